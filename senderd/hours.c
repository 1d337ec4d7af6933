/* The one place of senderd that computes inside struct hours.  No sum here can overflow: shares
 * are parts of the input, and what leaves a destination arrives at the change. */
#include "senderd/hours.h"

static struct hours change_share(struct hours rest, unsigned burn_factor, size_t destinations)
{
	if (burn_factor == 0 || destinations == 0)
		return rest;
	return hours_of(rest.n - rest.n / 2);
}

void hours_spread(struct hours hours, struct sky_tx_output *outputs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		outputs[i].hours = hours_of(hours.n / count + (i < hours.n % count ? 1 : 0));
}

bool hours_are_none(struct hours hours)
{
	return hours.n == 0;
}

struct hours hours_kept(struct hours input, unsigned burn_factor)
{
	return change_share(hours_of(input.n - sky_required_fee(input, burn_factor).n), burn_factor,
			    1);
}

bool hours_suffice(struct hours hours, size_t parts, uint64_t each)
{
	return hours.n / parts >= each;
}

void hours_share(struct hours input, unsigned burn_factor, bool have_change,
		 struct sky_tx_output *outputs, size_t count)
{
	struct hours fee = sky_required_fee(input, burn_factor);
	struct hours rest = hours_of(input.n - fee.n);
	size_t n = have_change ? count - 1 : count;

	if (have_change) {
		outputs[n].hours = change_share(rest, burn_factor, n);
		rest = hours_of(rest.n - outputs[n].hours.n);
	} else if (burn_factor == 0) {
		rest = hours_of(0);
	}
	hours_spread(rest, outputs, n);
}

/* One hour for each whole coin, one at least. */
static struct hours hours_cap(struct droplets coins)
{
	uint64_t whole = coins.n / DROPLETS_PER_SKY;

	return hours_of(whole > 0 ? whole : 1);
}

static void cap_destinations(struct sky_tx_output *outputs, size_t count, struct hours *change)
{
	for (size_t i = 0; i < count; i++) {
		struct hours cap = hours_cap(outputs[i].coins);

		if (outputs[i].hours.n <= cap.n)
			continue;
		change->n += outputs[i].hours.n - cap.n;
		outputs[i].hours = cap;
	}
}

void hours_assign(struct hours input, unsigned burn_factor, bool have_change,
		  struct sky_tx_output *outputs, size_t count)
{
	hours_share(input, burn_factor, have_change, outputs, count);
	if (have_change && outputs[count - 1].hours.n > 0)
		cap_destinations(outputs, count - 1, &outputs[count - 1].hours);
}
