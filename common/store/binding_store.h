/* Address pools and bindings.  Writer: exchangerd. */
#ifndef TELLER_COMMON_STORE_BINDING_STORE_H
#define TELLER_COMMON_STORE_BINDING_STORE_H

#include "common/model/binding.h"
#include "common/store/store.h"

/* Add an address at the end of a coin's pool.  ERR_EXISTS when it is in the pool already (which
 * is no mistake: pool files are loaded at every start). */
int store_pool_add(struct store *s, enum coin coin, const char *address, struct err *err);
/* Unused addresses left. */
int store_pool_remaining(struct store *s, enum coin coin, uint64_t *ret, struct err *err);
/* Addresses of the pool, bound or not. */
int store_pool_size(struct store *s, enum coin coin, uint64_t *ret, struct err *err);

/* Is the address in the pool, bound or not? */
int store_pool_has(struct store *s, enum coin coin, const char *address, bool *ret,
		   struct err *err);

/* Calls `fn` for pool addresses with seq > after, in order of seq, at most `limit`; *ret_last is
 * the last seq seen (or `after`).  scannerd's watch list grows by this. */
typedef void (*store_pool_fn)(void *arg, uint64_t seq, const char *address);
int store_pool_each(struct store *s, enum coin coin, uint64_t after, unsigned limit,
		    store_pool_fn fn, void *arg, uint64_t *ret_last, struct err *err);
/* The same of those that are bound, which is also the order of binding. */
int store_pool_bound(struct store *s, enum coin coin, uint64_t after, unsigned limit,
		     store_pool_fn fn, void *arg, uint64_t *ret_last, struct err *err);

/* Take the first unused address of the pool and bind it: call inside a transaction.
 * `max_bound`: largest number of bindings of one SKY address over all coins, 0 no limit.
 * ERR_BUSY: limit reached ("limit" below tells).  ERR_NOT_FOUND: pool empty. */
int store_bind_address(struct store *s, enum coin coin, const char *sky_address,
		       enum buy_method method, unsigned max_bound, int64_t now, struct binding *ret,
		       bool *ret_limit_reached, struct err *err);

/* ERR_NOT_FOUND when nobody bound it. */
int store_binding_get(struct store *s, enum coin coin, const char *address, struct binding *ret,
		      struct err *err);
/* Bindings of one SKY address in the order of binding; `fn` for each. */
typedef void (*store_binding_fn)(void *arg, const struct binding *b);
int store_binding_each_of(struct store *s, const char *sky_address, store_binding_fn fn, void *arg,
			  struct err *err);

/* The last binding of this SKY address and coin, made since then, to which nobody has ever paid:
 * not even an output that is not confirmed, or that left the chain.  ERR_NOT_FOUND: there is none.
 */
int store_binding_unpaid(struct store *s, enum coin coin, const char *sky_address,
			 enum buy_method method, int64_t since, struct binding *ret,
			 struct err *err);

#endif
