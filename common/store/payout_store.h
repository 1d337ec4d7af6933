/* Payouts: what is owed for each deposit.  Writer: senderd.  The transactions that pay them are
 * common/store/payout_tx_store. */
#ifndef TELLER_COMMON_STORE_PAYOUT_STORE_H
#define TELLER_COMMON_STORE_PAYOUT_STORE_H

#include "common/model/payout.h"
#include "common/store/store.h"

/* Record what is owed for a deposit, state WAITING.  ERR_EXISTS when it is recorded: nothing
 * changes. */
int store_payout_add(struct store *s, uint64_t deposit_id, const char *sky_address,
		     struct droplets amount, int64_t now, struct err *err);
int store_payout_get(struct store *s, uint64_t deposit_id, struct payout *ret, struct err *err);

typedef int (*store_payout_fn)(void *arg, const struct payout *p, struct err *err);
/* WAITING payouts whose deposit is in waiting_send, and has not left its chain, in the order of
 * deposit_id > after, at most `limit`: what may be paid now. */
int store_payout_waiting(struct store *s, uint64_t after, unsigned limit, store_payout_fn fn,
			 void *arg, struct err *err);
/* All, whatever their state, in the order of deposit_id > after. */
int store_payout_each(struct store *s, uint64_t after, unsigned limit, store_payout_fn fn,
		      void *arg, struct err *err);
int store_payout_feed(struct store *s, uint64_t after, unsigned limit, store_payout_fn fn,
		      void *arg, struct err *err);
/* WAITING -> REFUSED, with the reason; enters the feed. */
int store_payout_refuse(struct store *s, uint64_t deposit_id, const char *why, int64_t now,
			struct err *err);
/* REFUSED -> WAITING, to be judged again; any other, or none: no change. */
int store_payout_renew(struct store *s, uint64_t deposit_id, int64_t now, struct err *err);
/* Count and sum of what may be paid now; a sum beyond 2^64-1 is given as that. */
int store_payout_waiting_sum(struct store *s, uint64_t *ret_count, struct droplets *ret_sum,
			     struct err *err);
int store_payout_refused_count(struct store *s, uint64_t *ret, struct err *err);

#endif
