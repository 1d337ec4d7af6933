/* Blocks that must be traced later.  Writer: scannerd.  A reorganisation that takes a block back
 * takes what is owed for it, too (store_cursor_rewind). */
#ifndef TELLER_COMMON_STORE_TRACE_STORE_H
#define TELLER_COMMON_STORE_TRACE_STORE_H

#include "common/model/trace_debt.h"
#include "common/store/store.h"

/* Record one; the same block again is no mistake. */
int store_trace_owe(struct store *s, const struct trace_debt *d, struct err *err);
/* It was traced; when nothing was owed for it, nothing happens. */
int store_trace_settle(struct store *s, enum coin coin, int64_t height, struct err *err);
/* It was tried once more: tries and why are stored. */
int store_trace_failed(struct store *s, const struct trace_debt *d, struct err *err);
/* No more of blocks `from` to `to`. */
int store_trace_drop(struct store *s, enum coin coin, int64_t from, int64_t to, uint64_t *ret_count,
		     struct err *err);

/* The one that was tried least, of those the newest: nodes forget the state of old blocks.
 * ERR_NOT_FOUND: nothing is owed. */
int store_trace_next(struct store *s, enum coin coin, struct trace_debt *ret, struct err *err);
/* Is this still owed, for this very block? */
int store_trace_is_owed(struct store *s, const struct trace_debt *d, bool *ret, struct err *err);
/* Is anything owed for a block above `above`, up to `to`? */
int store_trace_owed_between(struct store *s, enum coin coin, int64_t above, int64_t to, bool *ret,
			     struct err *err);
int store_trace_sum(struct store *s, enum coin coin, struct trace_debts_sum *ret, struct err *err);

typedef int (*store_trace_fn)(void *arg, const struct trace_debt *d, struct err *err);
/* All of them, upwards. */
int store_trace_each(struct store *s, store_trace_fn fn, void *arg, struct err *err);

#endif
