/* FETCH and CHECK: a batch of blocks, and whether the node's chain still holds it when it is here.
 */
#include <inttypes.h>
#include <string.h>

#include "common/base/clock.h"
#include "scannerd/rescan_parts.h"

/* --- CHECK ---------------------------------------------------------------------------------- */

static void on_anchor_hash(void *arg, const struct chain_error *e, const char *hash)
{
	struct rescan *r = arg;

	if (e != NULL)
		rescan_trouble_of_node(r, e);
	else if (strcmp(hash, r->anchor.hash) != 0)
		rescan_trouble(r, true,
			       "the node's chain does not hold block %" PRId64
			       ", the last that was scanned",
			       r->anchor.height);
	else
		rescan_record(r);
}

static void on_top_hash(void *arg, const struct chain_error *e, const char *hash)
{
	struct rescan *r = arg;

	if (e != NULL)
		rescan_trouble_of_node(r, e);
	else if (strcmp(hash, r->slots[0].block.hash) != 0)
		rescan_trouble(r, true, "block %" PRId64 " left the node's chain", r->top);
	else
		r->chain->ops->hash_at(r->chain, r->anchor.height, on_anchor_hash, r);
}

static void check_batch(struct rescan *r)
{
	struct err err;

	if (store_cursor_get(r->o.store, r->o.coin, &r->anchor, &err) < 0)
		rescan_trouble_of_store(r, &err);
	else
		r->chain->ops->hash_at(r->chain, r->top, on_top_hash, r);
}

/* --- FETCH ---------------------------------------------------------------------------------- */

static void on_output(void *arg, const struct chain_output *o)
{
	scanned_block_add(arg, o);
}

/* False: an address came in meanwhile that the chain did not ask about. */
static bool take_block(struct rescan *r, struct scanned_block *to, const struct chain_block *b)
{
	scanned_block_head(to, b);
	return r->chain->ops->match(r->chain, b, pool_watch_list(r->pool), on_output, to);
}

static void on_block(void *arg, const struct chain_error *e, const struct chain_block *b)
{
	struct rescan_slot *slot = arg;
	struct rescan *r = slot->rescan;
	struct err err;

	if (e != NULL)
		rescan_trouble_of_node(r, e);
	else if (pool_watch_refresh(r->pool, &err) < 0)
		rescan_trouble_of_store(r, &err);
	else if (!take_block(r, &slot->block, b))
		rescan_trouble(r, true,
			       "an address was added while a block that pays it was asked for");
	else if (++r->arrived == r->asked)
		check_batch(r);
}

static void fetch_blocks(struct rescan *r)
{
	int64_t count = r->top - r->order.from + 1;

	r->arrived = 0;
	r->asked = count < RESCAN_BATCH ? (unsigned)count : RESCAN_BATCH;
	for (unsigned i = 0; i < r->asked; i++) {
		struct scanned_block *b = &r->slots[i].block;

		*b = (struct scanned_block){ .coin = r->o.coin, .height = r->top - i };
		r->chain->ops->block_at(r->chain, b->height, on_block, &r->slots[i]);
	}
}

static void on_tip(void *arg, const struct chain_error *e, int64_t height)
{
	struct rescan *r = arg;

	(void)height;
	if (e != NULL)
		rescan_trouble_of_node(r, e);
	else
		fetch_blocks(r);
}

/* The answer to the tip says also that the network is right, and of several nodes which is used. */
void rescan_fetch(struct rescan *r, int64_t top)
{
	r->asked_at = clock_mono_ms();
	r->top = top;
	r->chain->ops->tip(r->chain, on_tip, r);
}
