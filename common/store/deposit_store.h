/* Deposits, their history, and what nobody bound.  Writer: exchangerd.  Lists and sums of them are
 * common/store/deposit_list. */
#ifndef TELLER_COMMON_STORE_DEPOSIT_STORE_H
#define TELLER_COMMON_STORE_DEPOSIT_STORE_H

#include "common/model/deposit.h"
#include "common/store/store.h"

/* Record a new deposit (id, feed_seq are set here) with a first history row "recorded".
 * ERR_EXISTS when (coin, txid, n) is known: *d is then the stored one. */
int store_deposit_add(struct store *s, struct deposit *d, struct err *err);
int store_deposit_get(struct store *s, uint64_t id, struct deposit *ret, struct err *err);
int store_deposit_find(struct store *s, enum coin coin, const char *txid, uint32_t n,
		       struct deposit *ret, struct err *err);
/* Fix the rate and what is owed (rate, to_send) of a deposit in waiting_decide that was recorded
 * without a rate.  ERR_INVALID when it has one: a rate is never changed. */
int store_deposit_quote(struct store *s, const struct deposit *d, struct err *err);
/* Store the fields that may change (state, payout_txid, sent, error, left_chain, updated_at,
 * height) of a
 * deposit that was in state `from`, and a history row from -> d->state with `why`.  Entering
 * waiting_send puts it into the deposit feed.  ERR_INVALID when it is no longer in `from`. */
int store_deposit_move(struct store *s, struct deposit *d, enum deposit_state from, const char *why,
		       struct err *err);

/* Set right how many deposits have an error.  An exchangerd of before they were counted goes on
 * writing until it is started again, when another daemon has brought the tables up to date. */
int store_deposit_count_errors(struct store *s, struct err *err);

/* An output on an address that nobody bound.  ERR_EXISTS when recorded before. */
int store_unassigned_add(struct store *s, const struct sighting *g, int64_t now, struct err *err);
int store_unassigned_has(struct store *s, enum coin coin, const char *txid, uint32_t n, bool *ret,
			 struct err *err);
int store_unassigned_count(struct store *s, uint64_t *ret, struct err *err);

typedef int (*store_deposit_fn)(void *arg, const struct deposit *d, struct err *err);
/* The feed: deposits with feed_seq > after, in order, at most `limit`. */
int store_deposit_feed(struct store *s, uint64_t after, unsigned limit, store_deposit_fn fn,
		       void *arg, struct err *err);
/* Deposits in `state` with id > after, by id, at most `limit` (for resuming at start). */
int store_deposit_in_state(struct store *s, enum deposit_state state, uint64_t after,
			   unsigned limit, store_deposit_fn fn, void *arg, struct err *err);
/* Deposits on one deposit address by id. */
int store_deposit_each_of(struct store *s, enum coin coin, const char *address, store_deposit_fn fn,
			  void *arg, struct err *err);

struct deposit_history {
	uint64_t deposit_id;
	unsigned step; /* from 1 */
	char from[40], to[40];
	char why[DEPOSIT_ERROR_MAX];
	int64_t at;
};
typedef int (*store_history_fn)(void *arg, const struct deposit_history *h, struct err *err);
int store_deposit_history(struct store *s, uint64_t deposit_id, store_history_fn fn, void *arg,
			  struct err *err);

#endif
