/* Every share is computed in 128 bits and cut once; what cannot be known is "never". */
#include "senderd/forecast.h"

#include "common/node/sky_tx.h"
#include "senderd/hours.h"

/* What is left; nothing when b is more. */
static struct droplets less(struct droplets a, struct droplets b)
{
	struct droplets rest;

	return droplets_sub(a, b, &rest) ? rest : droplets_of(0);
}

static uint64_t coins_gone(const struct forecast_wallet *w, const struct forecast_past *past)
{
	struct droplets rate = less(past->paid, past->largest);

	if (droplets_is_zero(rate))
		return FORECAST_NEVER;
	return droplets_share(FORECAST_WINDOW_S, less(w->coins, w->waiting), rate);
}

/* What the coins earn between two payments. */
static struct hours earned(const struct forecast_wallet *w, uint64_t transactions)
{
	static const uint64_t window_hours = FORECAST_WINDOW_S / 3600;

	return hours_of(droplets_share(window_hours, w->coins, droplets_of(DROPLETS_PER_SKY)) /
			transactions);
}

/* An hour earned before each payment is enough for it; else each keeps less than the one before. */
static uint64_t hours_gone(const struct forecast_wallet *w, const struct forecast_past *past)
{
	struct hours left = w->hours;
	uint64_t payments = 0;

	if (w->burn_factor == 0 || past->transactions == 0 ||
	    !hours_are_none(earned(w, past->transactions)))
		return FORECAST_NEVER;
	for (; !hours_are_none(left); payments++)
		left = hours_kept(left, w->burn_factor);
	return payments * FORECAST_WINDOW_S / past->transactions;
}

struct forecast forecast(const struct forecast_wallet *w, const struct forecast_past *past)
{
	return (struct forecast){ .coins_s = coins_gone(w, past), .hours_s = hours_gone(w, past) };
}

void forecast_count(struct forecast_past *past, struct droplets amount)
{
	if (!droplets_add(past->paid, amount, &past->paid))
		past->paid = droplets_of(UINT64_MAX);
	if (droplets_compare(amount, past->largest) > 0)
		past->largest = amount;
}
