/* Where a scan began, and what the configuration says of it now. */
#ifndef TELLER_SCANNERD_SCAN_START_H
#define TELLER_SCANNERD_SCAN_START_H

#include "common/coin/coin.h"
#include "common/daemon/health.h"
#include "common/store/store.h"

/* initial_scan_height is heard at the very first start only: when it was changed since, say so and
 * what to do.  `aloud`: in the log too; health hears it in any case. */
int scan_start_explain(struct store *s, struct health *h, enum coin coin, int64_t configured,
		       bool aloud, struct err *err);

#endif
