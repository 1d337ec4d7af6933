/* The size of a transaction is known before it exists: 49 bytes, 97 for an input, 37 for an
 * output.  What is free comes last: first the payouts with the inputs they need and change, then
 * small outputs are swept in, then the change is cut, each as far as there is room. */
#include "senderd/composer.h"

#include <stdlib.h>
#include <string.h>

#include "common/model/payout.h"
#include "senderd/hours.h"
#include "senderd/out_list.h"
#include "senderd/split.h"
#include "senderd/sweep.h"

/* Bytes kept free below the limit: a limit is no place to live at. */
#define SIZE_MARGIN 256

/* A transaction under construction. */
struct draft {
	const struct uxout **spent;
	size_t inputs;
	struct droplets coins; /* sums of the inputs */
	struct hours hours;
	struct sky_tx_output *outputs;
	size_t count;
};

/* --- room ---------------------------------------------------------------------------------- */
static size_t size_limit(const struct composer *c)
{
	size_t limit = c->policy.max_tx_size < PAYOUT_TX_RAW_MAX ? c->policy.max_tx_size
								 : PAYOUT_TX_RAW_MAX;

	return limit > SIZE_MARGIN ? limit - SIZE_MARGIN : 0;
}

size_t composer_inputs_max(const struct composer *c, size_t outputs)
{
	size_t bare = sky_tx_size(0, outputs + 1), each = sky_tx_size(1, 0) - sky_tx_size(0, 0);

	return size_limit(c) <= bare ? 0 : (size_limit(c) - bare) / each;
}

/* Outputs that may be added to so many inputs and outputs. */
static size_t outputs_left(const struct composer *c, size_t inputs, size_t outputs)
{
	size_t size = sky_tx_size(inputs, outputs), each = sky_tx_size(0, 1) - sky_tx_size(0, 0);

	return size_limit(c) <= size ? 0 : (size_limit(c) - size) / each;
}

bool composer_fits(const struct composer *c, struct droplets sum, size_t outputs)
{
	const struct uxout *const *spent;
	size_t n;

	return choose(c->choice, sum, composer_inputs_max(c, outputs), &spent, &n, NULL) == 0;
}

/* --- a draft ------------------------------------------------------------------------------- */
static void draft_release(struct draft *d)
{
	free(d->spent);
	free(d->outputs);
	*d = (struct draft){ .spent = NULL };
}

static int draft_init(struct draft *d, size_t inputs, size_t outputs, struct err *err)
{
	*d = (struct draft){ .spent = NULL };
	/* An array of pointers: that its elements have a pointer's size is meant. */
	d->spent = calloc(inputs, sizeof(*d->spent)); // NOLINT(bugprone-sizeof-expression)
	d->outputs = calloc(outputs, sizeof(*d->outputs));
	if (d->spent != NULL && d->outputs != NULL)
		return 0;
	draft_release(d);
	return err_set(err, ERR_FATAL, "out of memory");
}

static int draft_sum(struct draft *d, struct err *err)
{
	d->coins = droplets_of(0);
	d->hours = hours_of(0);
	for (size_t i = 0; i < d->inputs; i++)
		if (!droplets_add(d->coins, d->spent[i]->coins, &d->coins) ||
		    !hours_add(d->hours, d->spent[i]->hours, &d->hours))
			return err_set(err, ERR_INVALID, "chosen outputs do not add up");
	return 0;
}

static bool draft_fill(const struct draft *d, struct sky_tx *t)
{
	bool ok = true;

	for (size_t i = 0; ok && i < d->inputs; i++)
		ok = sky_tx_add_input(t, &d->spent[i]->id);
	for (size_t i = 0; ok && i < d->count; i++)
		ok = sky_tx_add_output(t, &d->outputs[i].to, d->outputs[i].coins,
				       d->outputs[i].hours);
	return ok;
}

/* The transaction; the array of what it spends changes hands. */
static int draft_finish(struct draft *d, struct sky_tx *ret, const struct uxout ***ret_spent,
			struct err *err)
{
	sky_tx_init(ret);
	if (!draft_fill(d, ret)) {
		sky_tx_release(ret);
		return err_set(err, ERR_FATAL, "out of memory");
	}
	*ret_spent = d->spent;
	d->spent = NULL;
	return 0;
}

/* --- how many outputs the wallet has -------------------------------------------------------- */
static size_t count_good(const struct composer *c, const struct uxout *const *list, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += pay_rules_counts(&c->rules, list[i]->coins) ? 1 : 0;
	return n;
}

/* Outputs that count when these inputs are spent, without what the draft brings back. */
static size_t good_left(const struct composer *c, const struct draft *d)
{
	const struct uxout *const *all;
	size_t count;

	choice_items(c->choice, &all, &count);
	return count_good(c, all, count) - count_good(c, d->spent, d->inputs) + c->coming;
}

/* --- change -------------------------------------------------------------------------------- */
static struct split_rule split_rule(const struct composer *c, const struct draft *d)
{
	size_t have = good_left(c, d), want = c->rules.split_outputs;
	size_t room = outputs_left(c, d->inputs, d->count) + 1;
	size_t most = want > have ? want - have : 1;

	return (struct split_rule){ .most = most < room ? most : room,
				    .least = c->rules.split_min,
				    .unit = policy_unit(&c->policy),
				    .hours_least =
					    c->policy.burn_factor > 0 ? SPLIT_HOURS_MIN : 0 };
}

/* Cut the last output, which is ours.  Not when a customer is paid at the same address: what is
 * theirs could then equal a part. */
static void cut_last(const struct composer *c, struct draft *d)
{
	struct sky_tx_output whole = d->outputs[d->count - 1];
	struct split_rule rule = split_rule(c, d);
	size_t parts;

	if (c->rules.split_outputs == 0 || out_list_pays(d->outputs, d->count - 1, &whole.to))
		return;
	parts = split_parts(&rule, &whole);
	if (parts == 1)
		return;
	split_fill(&whole, parts, rule.unit, &d->outputs[d->count - 1]);
	d->count += parts - 1;
}

/* --- paying -------------------------------------------------------------------------------- */
/* The inputs that are needed, and what is swept in with them: only where there is change to take
 * its coins. */
static int spend(const struct composer *c, struct draft *d, struct droplets sum, struct err *err)
{
	size_t most = composer_inputs_max(c, d->count), all_count;
	const struct uxout *const *chosen;
	int rc = choose(c->choice, sum, most, &chosen, &d->inputs, err);

	if (rc < 0)
		return rc;
	choice_items(c->choice, NULL, &all_count);
	memcpy(d->spent, chosen, d->inputs * sizeof(*chosen)); // NOLINT(bugprone-sizeof-expression)
	rc = draft_sum(d, err);
	if (rc < 0 || droplets_compare(d->coins, sum) <= 0)
		return rc;
	d->inputs = sweep(&c->rules, c->policy.burn_factor, chosen + d->inputs,
			  all_count - d->inputs, most - d->inputs, d->spent, d->inputs);
	return draft_sum(d, err);
}

static int pay(const struct composer *c, struct draft *d, struct droplets sum, struct err *err)
{
	struct droplets change;
	int rc = spend(c, d, sum, err);
	bool have_change;

	if (rc < 0)
		return rc;
	if (!droplets_sub(d->coins, sum, &change))
		return err_set(err, ERR_INVALID, "chosen outputs do not add up");
	have_change = !droplets_is_zero(change);
	if (have_change)
		out_list_add(d->outputs, &d->count, &c->change, change);
	hours_assign(d->hours, c->policy.burn_factor, have_change, d->outputs, d->count);
	if (have_change)
		cut_last(c, d);
	return 0;
}

int composer_pay(const struct composer *c, const struct sky_tx_output *outputs, size_t count,
		 struct droplets sum, struct sky_tx *ret, const struct uxout ***ret_spent,
		 struct err *err)
{
	struct draft d;
	int rc = draft_init(&d, composer_inputs_max(c, count) + 1, count + SPLIT_PARTS_MAX, err);

	if (rc < 0)
		return rc;
	memcpy(d.outputs, outputs, count * sizeof(*outputs));
	d.count = count;
	rc = pay(c, &d, sum, err);
	if (rc == 0)
		rc = draft_finish(&d, ret, ret_spent, err);
	draft_release(&d);
	return rc;
}

/* --- splitting ------------------------------------------------------------------------------ */
/* The draft that spends this one output alone and gets it back, cut if it can be. */
static bool try_cut(const struct composer *c, struct draft *d, const struct uxout *u)
{
	d->spent[0] = u;
	d->inputs = 1;
	d->count = 1;
	d->outputs[0] = (struct sky_tx_output){ .to = c->change, .coins = u->coins };
	if (draft_sum(d, NULL) < 0)
		return false;
	hours_assign(d->hours, c->policy.burn_factor, true, d->outputs, 1);
	cut_last(c, d);
	return d->count > 1;
}

static const struct uxout *largest_to_cut(const struct composer *c, struct draft *d)
{
	const struct uxout *const *all, *best = NULL;
	size_t count;

	choice_items(c->choice, &all, &count);
	for (size_t i = 0; i < count; i++)
		if ((best == NULL || droplets_compare(all[i]->coins, best->coins) > 0) &&
		    try_cut(c, d, all[i]))
			best = all[i];
	return best;
}

int composer_split(const struct composer *c, struct sky_tx *ret, const struct uxout ***ret_spent,
		   struct err *err)
{
	const struct uxout *u;
	struct draft d;
	int rc = draft_init(&d, 1, SPLIT_PARTS_MAX, err);

	if (rc < 0)
		return rc;
	u = largest_to_cut(c, &d);
	if (u != NULL && try_cut(c, &d, u))
		rc = draft_finish(&d, ret, ret_spent, err);
	else
		rc = err_set(err, ERR_NOT_FOUND, "nothing to split");
	draft_release(&d);
	return rc;
}
