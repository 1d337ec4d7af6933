/* What operators told senderd: the hold on sending, approved payouts, the list of their acts; and
 * which payouts a cap has made wait.  Writer: senderd.
 *
 * Call the writing ones inside a transaction.  An act that changes nothing is no act: *ret_changed
 * says so, and nothing is recorded. */
#ifndef TELLER_COMMON_STORE_CONTROL_STORE_H
#define TELLER_COMMON_STORE_CONTROL_STORE_H

#include "common/coin/amount.h"
#include "common/model/control.h"
#include "common/store/store.h"

/* --- the hold ------------------------------------------------------------------------------ */
/* A hold that lasts stays as it is: who came first is who is named. */
int store_send_hold(struct store *s, const struct act *act, bool *ret_changed, struct err *err);
int store_send_resume(struct store *s, const struct act *act, bool *ret_changed, struct err *err);
/* *ret_act (who held it) is filled in only when it is held. */
int store_send_held(struct store *s, bool *ret_held, struct act *ret_act, struct err *err);

/* --- approvals ----------------------------------------------------------------------------- */
/* For good: an approved payout passes every cap.  ERR_NOT_FOUND: the deposit has no payout;
 * ERR_INVALID: the payout does not wait. */
int store_payout_approve(struct store *s, uint64_t deposit_id, const struct act *act,
			 bool *ret_changed, struct err *err);
int store_payout_approved(struct store *s, uint64_t deposit_id, bool *ret, struct err *err);

/* --- acts ---------------------------------------------------------------------------------- */
/* Record an act; `subject`: a deposit's id, a txid, or empty. */
int store_act_add(struct store *s, enum act_kind kind, const char *subject, const struct act *act,
		  struct err *err);
struct stored_act {
	uint64_t seq;
	enum act_kind kind;
	char subject[129];
	struct act act;
};
typedef int (*store_act_fn)(void *arg, const struct stored_act *a, struct err *err);
/* All with seq > after, oldest first. */
int store_act_each(struct store *s, uint64_t after, store_act_fn fn, void *arg, struct err *err);

/* --- caps ---------------------------------------------------------------------------------- */
/* A cap makes this payout wait (CAP_NONE: not any more).  *ret_first: none had before. */
int store_payout_cap(struct store *s, uint64_t deposit_id, enum cap cap, int64_t now,
		     bool *ret_first, struct err *err);
/* No payout is made to wait by a cap any more. */
int store_payout_uncap_all(struct store *s, struct err *err);
struct capped {
	uint64_t count;	     /* payouts that a cap makes wait, */
	struct droplets sum; /* of them all; 2^64-1 when it is beyond */
	uint64_t deposit_id; /* the first of them */
	enum cap cap;
};
int store_payout_capped(struct store *s, struct capped *ret, struct err *err);
/* Which cap makes this payout wait; CAP_NONE when none does. */
int store_payout_cap_of(struct store *s, uint64_t deposit_id, enum cap *ret, struct err *err);

/* For each payout in a transaction that is not dead and was made after `since`. */
typedef void (*store_spent_fn)(void *arg, int64_t created_at, struct droplets amount);
int store_spent_since(struct store *s, int64_t since, store_spent_fn fn, void *arg,
		      struct err *err);
/* When the latest transaction was made, by its own word; 0 when there is none. */
int store_payout_tx_latest(struct store *s, int64_t *ret, struct err *err);

#endif
