/* Which outputs pay: the order of the official client (Skycoin cli, createRawTransaction).
 *
 * The order does not depend on the amount: the first output with hours (by coins descending, hours
 * ascending, block seq ascending, uxid ascending), then all without hours, then the rest with
 * hours.  A payment spends as many from the front as it needs.
 *
 * Dust could make that many: anybody may send a wallet hundreds of tiny outputs without hours,
 * and a transaction holds at most 336 inputs.  So where the official order needs more inputs than
 * allowed, the largest outputs go first instead, hours or not.
 *
 * A caller may list outputs that every payment must spend: a payment that replaces a dead one
 * spends an input of it, so that never both can be confirmed.  They go before all others in both
 * orders. */
#ifndef TELLER_SENDERD_CHOOSE_H
#define TELLER_SENDERD_CHOOSE_H

#include "senderd/uxout_set.h"

/* Outputs in an order of spending; sums[i] = coins of the first i + 1. */
struct choice_order {
	const struct uxout **items; /* into the set */
	struct droplets *sums;
	size_t count;
};

struct choice {
	struct choice_order official, largest;
	size_t least; /* inputs of every payment: what is listed, and one with hours */
};

/* Ids of outputs that every payment spends, each once. */
struct choice_first {
	const struct sha256 *ids;
	size_t count;
};

/* `set` must outlive the choice and stay unchanged; `first` may be NULL.  With burn_factor 0 no
 * hours are needed.  ERR_NOT_FOUND "no unspents to spend"; ERR_BUSY "Transaction has zero coinhour
 * fee" when no output has hours, or an id of `first` is not in the set; ERR_FATAL out of memory.
 * choice_release() is due on success only. */
int choice_init(struct choice *c, const struct uxout_set *set, const struct choice_first *first,
		unsigned burn_factor, struct err *err);
void choice_release(struct choice *c);

/* All outputs in the official order; `ret` may be NULL. */
void choice_items(const struct choice *c, const struct uxout *const **ret, size_t *ret_count);
/* All coins there are. */
struct droplets choice_total(const struct choice *c);
/* The outputs to spend for `want`, in order; those that are left of all follow in the same array.
 * ERR_INVALID "zero spend amount"; ERR_NOT_FOUND
 * "balance is not sufficient"; ERR_BUSY when more than `max_inputs` would be needed. */
int choose(const struct choice *c, struct droplets want, size_t max_inputs,
	   const struct uxout *const **ret, size_t *ret_count, struct err *err);

#endif
