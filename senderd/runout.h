/* Warns while the wallet will be empty within a configured time: a problem in health, and a line
 * for a person when it begins. */
#ifndef TELLER_SENDERD_RUNOUT_H
#define TELLER_SENDERD_RUNOUT_H

#include "common/daemon/health.h"
#include "common/store/store.h"
#include "senderd/forecast.h"

struct runout {
	uint64_t within_s; /* warn when it is nearer than this; 0: never */
	bool looked;
	int64_t looked_at; /* monotonic milliseconds */
	bool coins, hours; /* warned of */
};

/* Look, if the last look is a while ago.  Errors of the store are logged and the look is made
 * again later: a forecast is not worth stopping for. */
void runout_look(struct runout *r, struct store *s, struct health *h,
		 const struct forecast_wallet *w);

#endif
