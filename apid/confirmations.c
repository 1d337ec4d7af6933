/* A sighting's state decides whether it counts, never the numbers: what the network calls final is
 * no matter of depth, and a newly configured depth is no matter of what was confirmed before. */
#include "apid/confirmations.h"

/* Pages show a number of blocks: final is what is two to three epochs old. */
#define FINAL_BLOCKS 96
/* A coinbase output can be spent, and counts, from this many (scannerd/block_record.h). */
#define COINBASE_BLOCKS 100

int64_t confirmations_required(const struct conf_coin *c)
{
	return c->confirmations_required == CONF_FINALIZED ? FINAL_BLOCKS
							   : c->confirmations_required;
}

static int64_t required_of(const struct conf_coin *c, const struct sighting *g)
{
	int64_t required = confirmations_required(c);

	if (g->coinbase && required < COINBASE_BLOCKS)
		return COINBASE_BLOCKS;
	return required > 1 ? required : 1; /* it is in a block, or was not seen */
}

static int64_t within(int64_t n, int64_t low, int64_t high)
{
	return n < low ? low : n > high ? high : n;
}

struct confirmations confirmations_of(const struct conf_coin *c, const struct sighting *g,
				      int64_t scanned)
{
	int64_t required = required_of(c, g);
	int64_t depth = scanned - g->height + 1;

	return (struct confirmations){
		.have = g->state == SIGHTING_CONFIRMED ? required : within(depth, 0, required - 1),
		.required = required,
	};
}
