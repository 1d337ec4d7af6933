/* Dead transactions whose payouts wait again, and how a new transaction makes sure that none of
 * them can be confirmed after all: it spends an output that the dead one spends, as long as there
 * is one.
 *
 * Of one that is proven dead there need not be any left.  One that an operator released may still
 * be confirmed: until it is excluded, or proven dead, its payouts wait. */
#ifndef TELLER_SENDERD_REPLACED_H
#define TELLER_SENDERD_REPLACED_H

#include "common/node/sky_tx.h"
#include "common/store/store.h"
#include "senderd/uxout_set.h"

#define REPLACED_MAX 32 /* more at a time wait for their turn */

struct replaced {
	struct sha256 ids[REPLACED_MAX]; /* outputs that a new transaction spends, each once */
	size_t id_count;
	char excluded[REPLACED_MAX][TXID_TEXT_MAX]; /* dead ones that spend one of them */
	size_t excluded_count;
};

/* `spendable`: what may be spent now. */
int replaced_find(struct store *s, const struct uxout_set *spendable, struct replaced *ret,
		  struct err *err);
/* Is every transaction that ever was to pay this deposit excluded, or proven dead? */
int replaced_excludes(const struct replaced *r, struct store *s, uint64_t deposit_id, bool *ret,
		      struct err *err);
/* Does it spend all that it must? */
bool replaced_is_spent(const struct replaced *r, const struct sky_tx *t);

#endif
