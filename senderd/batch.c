/* How many inputs a sum needs is a search in the choice, so that taking or refusing a payout costs
 * no more than looking for an equal output. */
#include "senderd/batch.h"

#include <stdlib.h>

#include "common/model/payout.h"
#include "senderd/out_list.h"

/* Every output costs 37 bytes, so that a transaction of the largest size has fewer than this. */
#define OUTPUTS_MAX (PAYOUT_TX_RAW_MAX / 37)

int batch_init(struct batch *b, const struct composer *composer, struct err *err)
{
	*b = (struct batch){ .composer = *composer };
	b->ids = calloc(BATCH_PAYOUTS_MAX, sizeof(*b->ids));
	b->outputs = calloc(OUTPUTS_MAX, sizeof(*b->outputs));
	if (b->ids == NULL || b->outputs == NULL) {
		batch_release(b);
		return err_set(err, ERR_FATAL, "out of memory");
	}
	return 0;
}

void batch_release(struct batch *b)
{
	free(b->ids);
	free(b->outputs);
	*b = (struct batch){ .ids = NULL };
}

static size_t outputs_max(const struct batch *b)
{
	size_t most = b->composer.rules.max_outputs;

	return most > 0 && most < OUTPUTS_MAX ? most : OUTPUTS_MAX;
}

static void batch_take(struct batch *b, uint64_t deposit_id, const struct sky_address *to,
		       struct droplets amount, struct droplets sum)
{
	out_list_add(b->outputs, &b->output_count, to, amount);
	b->ids[b->count++] = deposit_id;
	b->sum = sum;
}

enum batch_answer batch_offer(struct batch *b, uint64_t deposit_id, const struct sky_address *to,
			      struct droplets amount)
{
	size_t i = out_list_find(b->outputs, b->output_count, to, amount);
	size_t outputs = b->output_count + (i == b->output_count ? 1 : 0);
	struct droplets sum;

	if (b->count == BATCH_PAYOUTS_MAX || outputs > outputs_max(b))
		return BATCH_FULL;
	if (!droplets_add(b->sum, amount, &sum) ||
	    droplets_compare(sum, choice_total(b->composer.choice)) > 0)
		return BATCH_TOO_LARGE;
	if (!composer_fits(&b->composer, sum, outputs))
		return b->count == 0 ? BATCH_SCATTERED : BATCH_FULL;
	batch_take(b, deposit_id, to, amount, sum);
	return BATCH_TAKEN;
}

bool batch_is_spent(const struct batch *b)
{
	struct droplets least;

	return !droplets_add(b->sum, policy_unit(&b->composer.policy), &least) ||
	       droplets_compare(least, choice_total(b->composer.choice)) > 0;
}

int batch_build(const struct batch *b, struct sky_tx *ret, const struct uxout ***ret_spent,
		struct err *err)
{
	return composer_pay(&b->composer, b->outputs, b->output_count, b->sum, ret, ret_spent, err);
}
