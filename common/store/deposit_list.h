/* What operators ask of deposits: lists, figures, sums.  All in pages, each a short read of its
 * own: a reader that stays in one read keeps the write-ahead log from being emptied, and one query
 * over years of deposits keeps its daemon from everything else. */
#ifndef TELLER_COMMON_STORE_DEPOSIT_LIST_H
#define TELLER_COMMON_STORE_DEPOSIT_LIST_H

#include "common/store/deposit_store.h"

/* Zero or NULL means any. */
struct deposit_filter {
	const char *state; /* a public state name */
	bool errored;	   /* only those with an error */
	const char *sky_address, *address;
	const char *txid;     /* of the deposit or of its payout */
	int64_t since, until; /* updated_at, Unix seconds, both included */
};
/* Deposits that the filter lets through with id > after, by id: at most `limit`, and of a bounded
 * stretch of ids.  *ret_next: go on from there, even when there were none; 0: that was the end. */
int store_deposit_page(struct store *s, const struct deposit_filter *f, uint64_t after,
		       unsigned limit, store_deposit_fn fn, void *arg, uint64_t *ret_next,
		       struct err *err);

/* How many there are of each coin in each state, without counting them. */
struct deposit_counts {
	uint64_t of[COIN_COUNT][DEPOSIT_STATE_COUNT];
};
int store_deposit_counts(struct store *s, struct deposit_counts *ret, struct err *err);
int store_deposit_error_count(struct store *s, uint64_t *ret, struct err *err);
/* Deposits that are paid, or being paid, and are on no chain any more; changed last at `since` or
 * later. */
int store_deposit_left_count(struct store *s, int64_t since, uint64_t *ret, struct err *err);

/* What accounts are made of, in the order of recording. */
struct deposit_entry {
	int64_t created_at;
	uint64_t id;
	enum coin coin;
	enum deposit_state state;
	struct units value;
	struct droplets sent;
};
typedef int (*store_entry_fn)(void *arg, const struct deposit_entry *e, struct err *err);
/* Entries behind (created_at, id) of `after`, recorded before `until`, at most `limit`. */
int store_deposit_entries(struct store *s, const struct deposit_entry *after, int64_t until,
			  unsigned limit, store_entry_fn fn, void *arg, struct err *err);

/* Exact sums over deposits that are not void: received by coin, sent in all. */
struct deposit_totals {
	struct units received[COIN_COUNT];
	struct droplets sent;
	uint64_t count;
};
/* ERR_FATAL: beyond all bounds. */
int deposit_totals_add(struct deposit_totals *t, const struct deposit_entry *e, struct err *err);

#endif
