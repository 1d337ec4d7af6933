/* The set of watched keys of one coin.  A key is what an address looks like on the chain: the
 * output script for Bitcoin.  Only membership is kept, not the keys: 16 bytes each. */
#ifndef TELLER_SCANNERD_WATCHLIST_H
#define TELLER_SCANNERD_WATCHLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#define WATCHLIST_KEY_MAX 63

struct watchlist;

/* NULL when memory is short. */
struct watchlist *watchlist_new(void);
void watchlist_free(struct watchlist *w); /* NULL is fine */

/* Adding a key that is there already changes nothing.  ERR_INVALID: no key of 1 to
 * WATCHLIST_KEY_MAX bytes.  ERR_BUSY: no memory; the set is as it was. */
int watchlist_add(struct watchlist *w, const uint8_t *key, size_t len, struct err *err);
bool watchlist_has(const struct watchlist *w, const uint8_t *key, size_t len);
size_t watchlist_count(const struct watchlist *w);
/* Memory of the table. */
size_t watchlist_bytes(const struct watchlist *w);

#endif
