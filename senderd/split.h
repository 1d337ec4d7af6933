/* Cutting what comes back to the wallet into several outputs.
 *
 * Change can be spent only after its block, so a wallet with one output can make one transaction a
 * block; one with several has several under way.  Parts of one transaction must differ, and all go
 * to one address: so each has one unit of coins more than the one before. */
#ifndef TELLER_SENDERD_SPLIT_H
#define TELLER_SENDERD_SPLIT_H

#include "common/node/sky_tx.h"

/* Hours that a part must get where transactions cost hours: enough for a few payments before it has
 * gathered any of its own. */
#define SPLIT_HOURS_MIN 32
#define SPLIT_PARTS_MAX 100

struct split_rule {
	size_t most;	       /* parts */
	struct droplets least; /* coins of a part, above zero */
	struct droplets unit;  /* coins are multiples of this */
	uint64_t hours_least;  /* of a part; 0: any */
};

/* Into how many parts; 1: it stays whole. */
size_t split_parts(const struct split_rule *r, const struct sky_tx_output *whole);
/* Fill ret[0 .. parts - 1]: the same address, the same coins and hours in sum. */
void split_fill(const struct sky_tx_output *whole, size_t parts, struct droplets unit,
		struct sky_tx_output *ret);

#endif
