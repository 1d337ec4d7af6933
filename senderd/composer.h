/* From what is to be paid to an unsigned transaction: which outputs are spent, what comes back, in
 * how many parts, and who gets the hours. */
#ifndef TELLER_SENDERD_COMPOSER_H
#define TELLER_SENDERD_COMPOSER_H

#include "common/node/sky_tx.h"
#include "senderd/choose.h"
#include "senderd/pay_rules.h"

struct composer {
	const struct choice *choice;
	struct sky_policy policy; /* as agreed: pay_rules_policy() */
	struct pay_rules rules;
	struct sky_address change; /* the wallet's first address */
	size_t coming;		   /* outputs that count for the split, in open transactions */
};

/* Inputs that fit beside so many outputs and change; 0 when none does. */
size_t composer_inputs_max(const struct composer *c, size_t outputs);
/* Do the outputs, of this sum, fit with the inputs they need and change? */
bool composer_fits(const struct composer *c, struct droplets sum, size_t outputs);

/* Pay these outputs (one at least, hours are filled in), `sum` in all.  On success the caller has
 * *ret to sky_tx_release() and *ret_spent, the outputs behind its inputs, to free(). */
int composer_pay(const struct composer *c, const struct sky_tx_output *outputs, size_t count,
		 struct droplets sum, struct sky_tx *ret, const struct uxout ***ret_spent,
		 struct err *err);
/* Pay nobody: cut the largest output that can be cut, so that the wallet has as many as the rules
 * want.  ERR_NOT_FOUND: it has, or cannot; otherwise as above. */
int composer_split(const struct composer *c, struct sky_tx *ret, const struct uxout ***ret_spent,
		   struct err *err);

#endif
