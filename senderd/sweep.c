/* Free is what leaves the required fee as it was: an output without hours, or the odd hours that
 * the division rounds away. */
#include "senderd/sweep.h"

#include "common/node/sky_tx.h"

static bool same_fee(struct hours before, struct hours after, unsigned burn_factor)
{
	struct hours more;

	return hours_sub(sky_required_fee(after, burn_factor),
			 sky_required_fee(before, burn_factor), &more) &&
	       more.n == 0;
}

size_t sweep(const struct pay_rules *rules, unsigned burn_factor, const struct uxout *const *rest,
	     size_t rest_count, size_t most, const struct uxout **spent, size_t count)
{
	size_t end = count + (most < SWEEP_MAX ? most : SWEEP_MAX);
	struct hours sum = hours_of(0), with;

	for (size_t i = 0; i < count; i++)
		if (!hours_add(sum, spent[i]->hours, &sum))
			return count;
	for (size_t i = 0; i < rest_count && count < end; i++) {
		if (!pay_rules_is_small(rules, rest[i]->coins) ||
		    !hours_add(sum, rest[i]->hours, &with) || !same_fee(sum, with, burn_factor))
			continue;
		spent[count++] = rest[i];
		sum = with;
	}
	return count;
}
