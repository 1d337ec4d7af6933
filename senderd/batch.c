/* The size of a transaction is known before it exists: 49 bytes, 97 for an input, 37 for an
 * output.  How many inputs a sum needs is a search in the choice, so that taking or refusing a
 * payout costs no more than looking for an equal output. */
#include "senderd/batch.h"

#include <stdlib.h>
#include <string.h>

#include "senderd/hours.h"

/* Bytes kept free below the node's limit: a limit is no place to live at. */
#define SIZE_MARGIN 256

/* Every output costs 37 bytes, so that a transaction of the largest size has fewer than this. */
#define OUTPUTS_MAX (PAYOUT_TX_RAW_MAX / 37)

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

int batch_init(struct batch *b, const struct choice *choice, const struct sky_policy *policy,
	       const struct sky_address *change, struct err *err)
{
	*b = (struct batch){ .choice = choice, .policy = *policy, .change = *change };
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
	*b = (struct batch){ .choice = NULL };
}

static size_t size_limit(const struct batch *b)
{
	size_t limit = b->policy.max_tx_size < PAYOUT_TX_RAW_MAX ? b->policy.max_tx_size
								 : PAYOUT_TX_RAW_MAX;

	return limit > SIZE_MARGIN ? limit - SIZE_MARGIN : 0;
}

/* Inputs that fit beside `outputs` outputs and a change; 0 when none does. */
static size_t inputs_max(const struct batch *b, size_t outputs)
{
	size_t bare = sky_tx_size(0, outputs + 1), each = sky_tx_size(1, 0) - sky_tx_size(0, 0);

	return size_limit(b) <= bare ? 0 : (size_limit(b) - bare) / each;
}

/* Do this many outputs of this sum fit, with the inputs they need and change? */
static bool batch_fits(const struct batch *b, struct droplets sum, size_t outputs)
{
	const struct uxout *const *spent;
	size_t n;

	return choose(b->choice, sum, inputs_max(b, outputs), &spent, &n, NULL) == 0;
}

/* Index of an equal output, or `count`. */
static size_t find_equal(const struct sky_tx_output *outputs, size_t count,
			 const struct sky_address *to, struct droplets coins)
{
	size_t i = 0;

	while (i < count && !(droplets_compare(outputs[i].coins, coins) == 0 &&
			      sky_address_equal(&outputs[i].to, to)))
		i++;
	return i;
}

/* Take every output that equals (to, *coins) out of the list and into *coins, until none does. */
static void join_equal(struct sky_tx_output *outputs, size_t *count, const struct sky_address *to,
		       struct droplets *coins)
{
	for (;;) {
		size_t i = find_equal(outputs, *count, to, *coins);

		/* Sums stay below the coins at hand, which are added up without overflow. */
		if (i == *count || !droplets_add(*coins, outputs[i].coins, coins))
			return;
		memmove(&outputs[i], &outputs[i + 1], (*count - i - 1) * sizeof(*outputs));
		(*count)--;
	}
}

static void batch_take(struct batch *b, uint64_t deposit_id, const struct sky_address *to,
		       struct droplets amount, struct droplets sum)
{
	join_equal(b->outputs, &b->output_count, to, &amount);
	b->outputs[b->output_count++] = (struct sky_tx_output){ .to = *to, .coins = amount };
	b->ids[b->count++] = deposit_id;
	b->sum = sum;
}

enum batch_answer batch_offer(struct batch *b, uint64_t deposit_id, const struct sky_address *to,
			      struct droplets amount)
{
	size_t i = find_equal(b->outputs, b->output_count, to, amount);
	size_t outputs = b->output_count + (i == b->output_count ? 1 : 0);
	struct droplets sum;

	if (b->count == BATCH_PAYOUTS_MAX || outputs == OUTPUTS_MAX)
		return BATCH_FULL;
	if (!droplets_add(b->sum, amount, &sum) ||
	    droplets_compare(sum, choice_total(b->choice)) > 0)
		return BATCH_TOO_LARGE;
	if (!batch_fits(b, sum, outputs))
		return b->count == 0 ? BATCH_SCATTERED : BATCH_FULL;
	batch_take(b, deposit_id, to, amount, sum);
	return BATCH_TAKEN;
}

bool batch_is_spent(const struct batch *b)
{
	struct droplets least;

	return !droplets_add(b->sum, policy_unit(&b->policy), &least) ||
	       droplets_compare(least, choice_total(b->choice)) > 0;
}

/* --- the transaction ----------------------------------------------------------------------- */
static bool spent_sums(const struct uxout *const *spent, size_t count, struct droplets *ret_coins,
		       struct hours *ret_hours)
{
	*ret_coins = droplets_of(0);
	*ret_hours = hours_of(0);
	for (size_t i = 0; i < count; i++)
		if (!droplets_add(*ret_coins, spent[i]->coins, ret_coins) ||
		    !hours_add(*ret_hours, spent[i]->hours, ret_hours))
			return false;
	return true;
}

/* Add change as the last output, joined with what equals it. */
static void add_change(const struct batch *b, struct droplets change, struct sky_tx_output *outputs,
		       size_t *count)
{
	join_equal(outputs, count, &b->change, &change);
	outputs[(*count)++] = (struct sky_tx_output){ .to = b->change, .coins = change };
}

static bool fill(struct sky_tx *t, const struct uxout *const *spent, size_t inputs,
		 const struct sky_tx_output *outputs, size_t count)
{
	bool ok = true;

	for (size_t i = 0; ok && i < inputs; i++)
		ok = sky_tx_add_input(t, &spent[i]->id);
	for (size_t i = 0; ok && i < count; i++)
		ok = sky_tx_add_output(t, &outputs[i].to, outputs[i].coins, outputs[i].hours);
	return ok;
}

static int build_from(const struct batch *b, const struct uxout *const *spent, size_t inputs,
		      struct sky_tx_output *outputs, struct sky_tx *t, struct err *err)
{
	size_t count = b->output_count;
	struct droplets coins, change;
	struct hours hours;
	bool have_change;

	if (!spent_sums(spent, inputs, &coins, &hours) || !droplets_sub(coins, b->sum, &change))
		return err_set(err, ERR_INVALID, "chosen outputs do not add up");
	memcpy(outputs, b->outputs, count * sizeof(*outputs));
	have_change = !droplets_is_zero(change);
	if (have_change)
		add_change(b, change, outputs, &count);
	hours_assign(hours, b->policy.burn_factor, have_change, outputs, count);
	if (!fill(t, spent, inputs, outputs, count))
		return err_set(err, ERR_FATAL, "out of memory");
	return 0;
}

int batch_build(const struct batch *b, struct sky_tx *ret, const struct uxout *const **ret_spent,
		struct err *err)
{
	struct sky_tx_output *outputs = calloc(b->output_count + 1, sizeof(*outputs));
	const struct uxout *const *spent;
	size_t inputs;
	int rc;

	if (outputs == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	sky_tx_init(ret);
	rc = choose(b->choice, b->sum, inputs_max(b, b->output_count), &spent, &inputs, err);
	if (rc == 0)
		rc = build_from(b, spent, inputs, outputs, ret, err);
	if (rc == 0)
		*ret_spent = spent;
	else
		sky_tx_release(ret);
	free(outputs);
	return rc;
}
