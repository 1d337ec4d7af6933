/* What operators asked to be scanned again.  Writer: scannerd. */
#ifndef TELLER_COMMON_STORE_RESCAN_STORE_H
#define TELLER_COMMON_STORE_RESCAN_STORE_H

#include "common/model/rescan_order.h"
#include "common/store/store.h"

/* Record a new one, o->seq is set here.  ERR_EXISTS: one of this coin is running. */
int store_rescan_add(struct store *s, struct rescan_order *o, struct err *err);
/* Store what changes while it runs or ends: next, next_hash, state, found, known, busy_ms, error,
 * updated_at. */
int store_rescan_put(struct store *s, const struct rescan_order *o, struct err *err);
/* The coin's running one; ERR_NOT_FOUND. */
int store_rescan_running(struct store *s, enum coin coin, struct rescan_order *ret,
			 struct err *err);
/* Was `from` to `to` scanned again, to the end, by one of them? */
int store_rescan_covered(struct store *s, enum coin coin, int64_t from, int64_t to, bool *ret,
			 struct err *err);

typedef int (*store_rescan_fn)(void *arg, const struct rescan_order *o, struct err *err);
/* All of them, in the order of asking. */
int store_rescan_each(struct store *s, store_rescan_fn fn, void *arg, struct err *err);

#endif
