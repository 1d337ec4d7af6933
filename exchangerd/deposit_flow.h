/* Events happen to deposits here: the rule is looked up, the row and its history are written, the
 * change is logged.  Everything inside the caller's transaction. */
#ifndef TELLER_EXCHANGERD_DEPOSIT_FLOW_H
#define TELLER_EXCHANGERD_DEPOSIT_FLOW_H

#include "common/conf/conf.h"
#include "common/store/deposit_store.h"
#include "common/store/payout_store.h"
#include "exchangerd/deposit_rules.h"

/* Apply `e` to `d`: fields that the caller changed in *d are stored with it.  `why` goes into the
 * history, and into the deposit's error where the rule says so.
 * An event that cannot happen: logged, 0, nothing stored. */
int deposit_apply(struct store *s, struct deposit *d, enum deposit_event e, const char *why,
		  struct err *err);

/* For a deposit in waiting_decide: quote it if it has no rate yet, then direct, passthrough or
 * dust. */
int deposit_decide(struct store *s, const struct conf *conf, struct deposit *d, struct err *err);

/* Its payout waits again: the transaction that paid it is dead.  A deposit that waits for that
 * payment is paid anew, or void when it left the chain meanwhile; for any other nothing changes. */
int deposit_unpaid(struct store *s, struct deposit *d, const struct payout *p, struct err *err);

/* It left the chain: void when nothing that is kept going was signed for it, else flagged. */
int deposit_orphan(struct store *s, struct deposit *d, const char *why, struct err *err);

/* Decide again what an earlier run could not (no rate then, say). */
int deposit_resume(struct store *s, const struct conf *conf, struct err *err);

#endif
