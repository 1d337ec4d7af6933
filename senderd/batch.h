/* Which waiting payouts go into one transaction.
 *
 * Payouts are offered in their order; one that fits is taken.  What the outputs at hand cannot
 * cover waits, and smaller ones behind it may pass; once the transaction has no room left the
 * rest is the next one's.  Each payout is one output, but what is equal in address and coins is
 * joined (out_list), and so needs no output of its own. */
#ifndef TELLER_SENDERD_BATCH_H
#define TELLER_SENDERD_BATCH_H

#include "senderd/composer.h"

#define BATCH_PAYOUTS_MAX 4096 /* joined payouts need no output each; this bounds memory */

enum batch_answer {
	BATCH_TAKEN,
	BATCH_TOO_LARGE, /* not enough coins for it: it waits, go on offering */
	BATCH_SCATTERED, /* enough coins, but in too many outputs even for it alone: it waits */
	BATCH_FULL,	 /* stop offering */
};

struct batch {
	struct composer composer;
	uint64_t *ids; /* deposits being paid; `count` */
	size_t count;
	struct sky_tx_output *outputs; /* without change; `output_count` */
	size_t output_count;
	struct droplets sum;
};

/* The composer is copied; its choice must outlive the batch.  ERR_FATAL out of memory. */
int batch_init(struct batch *b, const struct composer *composer, struct err *err);
void batch_release(struct batch *b);

/* `amount` above zero and with no more decimals than the policy allows; `to` not null. */
enum batch_answer batch_offer(struct batch *b, uint64_t deposit_id, const struct sky_address *to,
			      struct droplets amount);
/* Not even the smallest payout would fit any more? */
bool batch_is_spent(const struct batch *b);

/* The unsigned transaction of what was taken (one payout at least).  On success the caller has *ret
 * to sky_tx_release() and *ret_spent, the outputs behind its inputs, to free(). */
int batch_build(const struct batch *b, struct sky_tx *ret, const struct uxout ***ret_spent,
		struct err *err);

#endif
