/* Which waiting payouts go into one transaction.
 *
 * Payouts are offered in their order; one that fits is taken.  What the outputs at hand cannot
 * cover waits, and smaller ones behind it may pass; once the transaction has no room left the
 * rest is the next one's.  Each payout is one output, but the chain forbids two equal outputs
 * (they would share an id), so payouts of the same address and coins are joined into one output
 * of their sum; the change too, when it happens to equal a payout. */
#ifndef TELLER_SENDERD_BATCH_H
#define TELLER_SENDERD_BATCH_H

#include "common/node/sky_tx.h"
#include "senderd/choose.h"

#define BATCH_PAYOUTS_MAX 4096 /* joined payouts need no output each; this bounds memory */

enum batch_answer {
	BATCH_TAKEN,
	BATCH_TOO_LARGE, /* not enough coins for it: it waits, go on offering */
	BATCH_SCATTERED, /* enough coins, but in too many outputs even for it alone: it waits */
	BATCH_FULL,	 /* stop offering */
};

struct batch {
	const struct choice *choice;
	struct sky_policy policy;
	struct sky_address change;
	uint64_t *ids; /* deposits being paid; `count` */
	size_t count;
	struct sky_tx_output *outputs; /* without change; `output_count` */
	size_t output_count;
	struct droplets sum;
};

/* `choice` must outlive the batch.  ERR_FATAL out of memory. */
int batch_init(struct batch *b, const struct choice *choice, const struct sky_policy *policy,
	       const struct sky_address *change, struct err *err);
void batch_release(struct batch *b);

/* `amount` above zero and with no more decimals than the policy allows; `to` not null. */
enum batch_answer batch_offer(struct batch *b, uint64_t deposit_id, const struct sky_address *to,
			      struct droplets amount);
/* Not even the smallest payout would fit any more? */
bool batch_is_spent(const struct batch *b);

/* The unsigned transaction of what was taken (one payout at least): inputs, outputs, change,
 * hours.  *ret_spent points to the outputs behind its inputs, inside the choice.  On success *ret
 * is the caller's to sky_tx_release(). */
int batch_build(const struct batch *b, struct sky_tx *ret, const struct uxout *const **ret_spent,
		struct err *err);

/* Droplets of one unit that the policy allows: 1000 for 3 decimals. */
struct droplets policy_unit(const struct sky_policy *p);
/* Is the amount a multiple of it? */
bool policy_allows(const struct sky_policy *p, struct droplets amount);

#endif
