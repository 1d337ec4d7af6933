/* A walk over the deposits that a filter lets through, in slices, each a short read of its own: a
 * reader that stays in one read keeps the write-ahead log from being emptied, and one query over
 * years of deposits keeps its daemon from everything else. */
#ifndef TELLER_COMMON_STORE_DEPOSIT_PAGER_H
#define TELLER_COMMON_STORE_DEPOSIT_PAGER_H

#include "common/store/deposit_store.h"

#define DEPOSIT_PAGER_STRETCH 2000 /* deposits that one call looks at, at most */

/* Zero or NULL means any. */
struct deposit_filter {
	const char *state; /* a public state name */
	bool errored;	   /* only those with an error */
	const char *sky_address, *address;
	const char *txid;     /* of the deposit or of its payout */
	int64_t since, until; /* updated_at, Unix seconds, both included */
};

/* By id.  Each call goes on from where the last one came to; it may find none while there are
 * more. */
struct deposit_pager {
	struct deposit_filter filter;
	bool newest_first;
	uint64_t after; /* id of the last one that was looked at; 0: none yet */
	bool over;
};

/* At most `limit` deposits. */
int store_deposit_page(struct store *s, struct deposit_pager *p, unsigned limit,
		       store_deposit_fn fn, void *arg, struct err *err);
/* Pass by at most `most` of them; *ret_skipped: how many these were. */
int store_deposit_skip(struct store *s, struct deposit_pager *p, uint64_t most,
		       uint64_t *ret_skipped, struct err *err);

#endif
