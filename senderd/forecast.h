/* When the hot wallet will be empty if things go on as in the last day.  Pure logic, whole numbers.
 *
 * Coins: the rate is what left within the window, without the largest payout of it, so that one
 * large payout alone is no rate.  It is always divided by the whole window: a wallet that pays only
 * since an hour has no day's rate yet, and is warned for later, never too early.  What waits to be
 * paid is as good as gone.
 *
 * Hours: how many burned yesterday says how many there were, not how many are needed: a payment
 * burns a share of what it spends, be that much or little.  What it needs is one hour.  So hours
 * last for ever while the coins earn one between two payments; where payments are more frequent,
 * they are played forward: each keeps what the burning and the payees leave of all hours. */
#ifndef TELLER_SENDERD_FORECAST_H
#define TELLER_SENDERD_FORECAST_H

#include "common/coin/amount.h"

#define FORECAST_WINDOW_S 86400

/* The wallet, with what open transactions bring back. */
struct forecast_wallet {
	struct droplets coins, waiting; /* what it has; what is owed and not yet in a transaction */
	struct hours hours;
	unsigned burn_factor; /* 0: hours are not needed */
};

/* What was done within the window. */
struct forecast_past {
	struct droplets paid, largest; /* all payouts, and the largest */
	uint64_t transactions;
};

#define FORECAST_NEVER UINT64_MAX

/* Seconds until they are gone; FORECAST_NEVER: not at this rate. */
struct forecast {
	uint64_t coins_s, hours_s;
};

struct forecast forecast(const struct forecast_wallet *w, const struct forecast_past *past);

/* Count one more payout. */
void forecast_count(struct forecast_past *past, struct droplets amount);

#endif
