/* What is watched of one coin: every address of its pool, bound or not, read from the database. */
#ifndef TELLER_SCANNERD_POOL_WATCH_H
#define TELLER_SCANNERD_POOL_WATCH_H

#include "common/store/binding_store.h"
#include "scannerd/watchlist.h"

struct pool_watch;

/* An address of the pool to its key on the chain; *ret_len bytes at `ret`.  ERR_INVALID. */
typedef int (*watch_key_fn)(void *arg, const char *address, uint8_t ret[WATCHLIST_KEY_MAX],
			    size_t *ret_len, struct err *err);

/* NULL when memory is short. */
struct pool_watch *pool_watch_new(struct store *s, enum coin coin, watch_key_fn key, void *arg);
void pool_watch_free(struct pool_watch *p);

/* Take in the next addresses, at most `limit`; *ret_more: there may be others.  For the start,
 * a page in each turn of the loop. */
int pool_watch_page(struct pool_watch *p, unsigned limit, bool *ret_more, struct err *err);
/* Take in all that came since the last look: call it before a block is matched. */
int pool_watch_refresh(struct pool_watch *p, struct err *err);
const struct watchlist *pool_watch_list(const struct pool_watch *p);

#endif
