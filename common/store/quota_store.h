/* How many deposit addresses a client was given today: on disk, so that a restart forgives nobody,
 * and in the transaction that binds, so that requests at the same time count as well.  A row costs
 * a deposit address, so there are no more of them than addresses.  Writer: exchangerd. */
#ifndef TELLER_COMMON_STORE_QUOTA_STORE_H
#define TELLER_COMMON_STORE_QUOTA_STORE_H

#include "common/store/store.h"

#define QUOTA_DAY_S 86400

/* One more for `client` at the time `now` (days are those of UTC).  ERR_BUSY: it has had `max`
 * already, *ret_over says so; what is done must be undone to the mark before it. */
int store_quota_take(struct store *s, const char *client, int64_t now, uint64_t max, bool *ret_over,
		     struct err *err);

#endif
