/* With u units in all, k parts get b, b + 1, ... b + k - 1 units, and the last what does not
 * divide; b = (u - k(k - 1)/2) / k. */
#include "senderd/split.h"

#include "senderd/hours.h"

static uint64_t stairs(size_t parts)
{
	return (uint64_t)parts * (parts - 1) / 2;
}

/* Units of the first, smallest part; 0 when there are not enough. */
static uint64_t first_units(uint64_t units, size_t parts)
{
	return units < stairs(parts) ? 0 : (units - stairs(parts)) / parts;
}

static bool is_worth(const struct split_rule *r, const struct sky_tx_output *whole, size_t parts)
{
	struct droplets first;

	return droplets_times(r->unit, first_units(droplets_over(whole->coins, r->unit), parts),
			      &first) &&
	       droplets_compare(first, r->least) >= 0 &&
	       hours_suffice(whole->hours, parts, r->hours_least);
}

size_t split_parts(const struct split_rule *r, const struct sky_tx_output *whole)
{
	size_t parts = r->most < SPLIT_PARTS_MAX ? r->most : SPLIT_PARTS_MAX;

	while (parts > 1 && !is_worth(r, whole, parts))
		parts--;
	return parts > 1 ? parts : 1;
}

void split_fill(const struct sky_tx_output *whole, size_t parts, struct droplets unit,
		struct sky_tx_output *ret)
{
	uint64_t first = first_units(droplets_over(whole->coins, unit), parts);
	struct droplets left = whole->coins;

	for (size_t i = 0; i < parts; i++) {
		ret[i] = *whole;
		/* Each is a part of the whole: neither line can fail. */
		if (i + 1 == parts || !droplets_times(unit, first + i, &ret[i].coins) ||
		    !droplets_sub(left, ret[i].coins, &left))
			ret[i].coins = left;
	}
	hours_spread(whole->hours, ret, parts);
}
