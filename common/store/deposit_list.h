/* What operators ask of deposits: figures and what sums are made of.  Pages of deposits are
 * common/store/deposit_pager. */
#ifndef TELLER_COMMON_STORE_DEPOSIT_LIST_H
#define TELLER_COMMON_STORE_DEPOSIT_LIST_H

#include "common/store/deposit_store.h"

/* How many there are of each coin in each state, and how many of these have an error, without
 * counting them. */
struct deposit_counts {
	uint64_t of[COIN_COUNT][DEPOSIT_STATE_COUNT];
	uint64_t errored[COIN_COUNT][DEPOSIT_STATE_COUNT];
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
