/* What is saved is sent again and again, perhaps to another node than the one that was asked when
 * it was built: so it must satisfy all of them. */
#include "senderd/pay_rules.h"

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

struct sky_policy pay_rules_policy(const struct pay_rules *r, const struct sky_policy *node)
{
	struct sky_policy p = {
		.burn_factor = node->burn_factor,
		.max_tx_size = smaller(node->max_tx_size, PAY_TX_SIZE_MAX),
		.max_decimals = smaller(node->max_decimals, PAY_DECIMALS_MAX),
	};

	if (r->burn_factor > 0)
		p.burn_factor = smaller(node->burn_factor, r->burn_factor);
	return p;
}

struct droplets policy_unit(const struct sky_policy *p)
{
	uint64_t unit = 1;

	for (unsigned i = p->max_decimals; i < DROPLETS_DECIMALS; i++)
		unit *= 10;
	return droplets_of(unit);
}

bool policy_allows(const struct sky_policy *p, struct droplets amount)
{
	return p->max_decimals >= DROPLETS_DECIMALS ||
	       droplets_compare(droplets_truncate(amount, p->max_decimals), amount) == 0;
}

bool pay_rules_counts(const struct pay_rules *r, struct droplets coins)
{
	return r->split_outputs > 0 && droplets_compare(coins, r->split_min) >= 0;
}

bool pay_rules_is_small(const struct pay_rules *r, struct droplets coins)
{
	return droplets_compare(coins, r->sweep_below) < 0 && !pay_rules_counts(r, coins);
}
