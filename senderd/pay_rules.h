/* How the operator wants payments made, beside what a node demands. */
#ifndef TELLER_SENDERD_PAY_RULES_H
#define TELLER_SENDERD_PAY_RULES_H

#include "common/node/sky_node.h"

/* What every version of Skycoin accepts, whatever one node allows. */
#define PAY_TX_SIZE_MAX	 32768
#define PAY_DECIMALS_MAX 3

/* All zero: what the node demands, and nothing more. */
struct pay_rules {
	unsigned burn_factor; /* 0: the node's */
	size_t max_outputs;   /* to customers, of one transaction; 0: as many as fit */
	size_t split_outputs; /* outputs of split_min or more that the wallet should have; 0: any */
	struct droplets split_min;   /* above zero when split_outputs is */
	struct droplets sweep_below; /* outputs below are small; zero: none is */
};

/* The stricter of the node's rules and the operator's and every version's, so that the bytes that
 * one node takes another takes too.  A smaller burn factor burns more; 0 is the dummy node's, which
 * asks for no fee and has no other node beside it. */
struct sky_policy pay_rules_policy(const struct pay_rules *r, const struct sky_policy *node);

/* Droplets of one unit that the policy allows: 1000 for 3 decimals. */
struct droplets policy_unit(const struct sky_policy *p);
/* Is the amount a multiple of it? */
bool policy_allows(const struct sky_policy *p, struct droplets amount);

/* Is an output of this many coins one that counts for the split? */
bool pay_rules_counts(const struct pay_rules *r, struct droplets coins);
/* Is it small: of no use by itself, and not one of those that count? */
bool pay_rules_is_small(const struct pay_rules *r, struct droplets coins);

#endif
