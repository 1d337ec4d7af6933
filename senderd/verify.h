/* The node's rules for a transaction, checked by ourselves before it is saved: nothing that a node
 * would refuse may be stored, because what is stored is sent again and again.
 *
 * Three classes, as nodes have them: user (what may be handed in), hard (consensus) and soft
 * (policy), with the texts of Skycoin 0.26 and later without their "Transaction violates ..."
 * prefix.  The rule about locked distribution addresses is not among them: those 75 addresses
 * belong to the chain's founders, no hot wallet holds one. */
#ifndef TELLER_SENDERD_VERIFY_H
#define TELLER_SENDERD_VERIFY_H

#include "common/node/sky_node.h"
#include "common/node/sky_tx.h"

/* `spent`: the outputs behind the inputs, in their order, with hours as of the head block. */
struct verify_case {
	const struct sky_tx *tx;
	const struct uxout *const *spent;
	size_t spent_count;
};

/* 0, or ERR_INVALID with the first rule that is broken. */
int verify_user(const struct verify_case *c, struct err *err);
int verify_hard(const struct verify_case *c, struct err *err);
int verify_soft(const struct verify_case *c, const struct sky_policy *policy, struct err *err);

/* Signed bytes: decode them and apply all three. */
int verify_raw(const uint8_t *raw, size_t len, const struct uxout *const *spent, size_t spent_count,
	       const struct sky_policy *policy, struct err *err);

/* What one payout gives to whom. */
struct verify_owed {
	struct sky_address to;
	struct droplets coins;
};
/* Not a node's rule but ours: every address gets the sum of what it is owed, not a droplet more or
 * less, and all that is left comes back to addresses of our own (`own`; who is paid there may get
 * more).  So a transaction that pays nobody gives nothing away.  ERR_INVALID names the address. */
int verify_pays(const uint8_t *raw, size_t len, const struct verify_owed *owed, size_t owed_count,
		const struct sky_address *own, size_t own_count, struct err *err);

#endif
