/* What was last known of the balances of addresses, and how far the round of looks has come.
 * Writer: scannerd. */
#ifndef TELLER_COMMON_STORE_BALANCE_STORE_H
#define TELLER_COMMON_STORE_BALANCE_STORE_H

#include "common/coin/amount.h"
#include "common/coin/coin.h"
#include "common/store/store.h"

struct balance_base {
	struct units balance; /* at that look */
	struct units seen;    /* sum of the sightings then */
	int64_t height;
	uint32_t surpluses; /* told so far */
};
/* An address that was never looked at had nothing, and nothing was seen of it. */
int store_balance_get(struct store *s, enum coin coin, const char *address,
		      struct balance_base *ret, struct err *err);
int store_balance_put(struct store *s, enum coin coin, const char *address,
		      const struct balance_base *b, struct err *err);

/* Sum of the address's sightings in blocks up to `height` that are on the chain; surpluses are none
 * of them.  ERR_INVALID: more than can be. */
int store_balance_seen(struct store *s, enum coin coin, const char *address, int64_t height,
		       struct units *ret, struct err *err);

struct balance_round {
	uint64_t pool_seq;  /* last place in the pool that was looked at; 0: the round is over */
	int64_t started_at; /* Unix seconds; 0: there was none yet */
};
int store_balance_round_get(struct store *s, enum coin coin, struct balance_round *ret,
			    struct err *err);
int store_balance_round_put(struct store *s, enum coin coin, const struct balance_round *r,
			    struct err *err);

#endif
