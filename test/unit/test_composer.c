/* Many worlds made from a seed: whatever the wallet, the queue and the rules are, every transaction
 * that is built passes our own verifier under the rules of each node version it is meant for, pays
 * what is owed, sweeps only what is free and splits only as far as is wanted.
 *
 * A world that fails is printed by its number; TELLER_TEST_WORLD=N makes that one alone. */
#include "test/support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "senderd/batch.h"
#include "senderd/hours.h"
#include "senderd/sky_sign.h"
#include "senderd/split.h"
#include "senderd/verify.h"

#define SKY	 1000000ULL
#define UNIT	 1000ULL
#define WORLDS	 1000
#define OFFERED	 120
#define FEW_ONES 40 /* payees that are not unique */

struct world {
	unsigned number;
	uint64_t random;
	struct wallet *wallet;
	struct uxout_set set;
	struct choice choice;
	struct sha256 first_ids[3];
	struct choice_first first;
	struct sky_policy policy;
	struct pay_rules rules;
	size_t coming;
	struct batch batch;
	struct verify_owed owed[OFFERED];
};

/* How often what is to be looked at was there at all. */
static struct {
	unsigned payments, swept, parted, forced, cuts, joined;
} seen;

#define broken(w, ...)                                                                             \
	do {                                                                                       \
		print_error("world %u: ", (w)->number);                                            \
		fail_msg(__VA_ARGS__);                                                             \
	} while (0)

/* --- a world ------------------------------------------------------------------------------- */
/* splitmix64: the same worlds on every machine. */
static uint64_t draw(struct world *w)
{
	uint64_t z = w->random += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static uint64_t below(struct world *w, uint64_t n)
{
	return draw(w) % n;
}

static bool one_in(struct world *w, uint64_t n)
{
	return below(w, n) == 0;
}

static struct sky_address payee(struct world *w)
{
	uint64_t n = one_in(w, 2) ? below(w, FEW_ONES) : draw(w);
	struct sha256 h = sha256(&n, sizeof(n));
	struct sky_address a = { .version = 0 };

	if (one_in(w, 60))
		return *wallet_change(w->wallet);
	memcpy(a.key_hash.b, h.b, sizeof(a.key_hash.b));
	return a;
}

/* Dust, small change, working size, or all the coins there are. */
static uint64_t draw_coins(struct world *w)
{
	static const uint64_t most[] = { 3, 2000, 100000, 5000000, 400000000 };

	return UNIT * (1 + below(w, most[below(w, 5)]));
}

static void make_wallet(struct world *w)
{
	size_t count = 1 + below(w, one_in(w, 4) ? 300 : 12);

	for (size_t i = 0; i < count; i++) {
		uint64_t key = draw(w);
		struct uxout u = { .id = sha256(&key, sizeof(key)),
				   .owner = *wallet_change(w->wallet),
				   .coins = droplets_of(draw_coins(w)),
				   .hours = hours_of(one_in(w, 3) ? 0 : below(w, 5000)),
				   .block_seq = below(w, 1000) };

		assert_true(uxout_set_add(&w->set, &u));
	}
}

static void make_rules(struct world *w)
{
	const struct sky_policy node = { .burn_factor = one_in(w, 2) ? 2 : 10,
					 .max_tx_size =
						 one_in(w, 3) ? 1000 + below(w, 8000) : 32768,
					 .max_decimals = 3 + (unsigned)below(w, 4) };

	w->rules = (struct pay_rules){
		.burn_factor = one_in(w, 3)   ? 0
			       : one_in(w, 2) ? 2
					      : 10,
		.max_outputs = one_in(w, 3) ? 1 + below(w, 20) : 0,
		.split_outputs = one_in(w, 3) ? 0 : 2 + below(w, 20),
		.split_min = droplets_of(UNIT * (1 + below(w, 200000))),
		.sweep_below = droplets_of(one_in(w, 3) ? 0 : SKY * (1 + below(w, 5))),
	};
	w->coming = one_in(w, 2) ? 0 : below(w, 6);
	w->policy = pay_rules_policy(&w->rules, &node);
}

static void make_first(struct world *w)
{
	size_t count = one_in(w, 3) ? below(w, 4) : 0;

	for (size_t i = 0; i < count && i < w->set.count; i++)
		w->first_ids[w->first.count++] = w->set.items[i].id;
	w->first.ids = w->first_ids;
}

static void world_init(struct world *w, unsigned number)
{
	struct err err;

	*w = (struct world){ .number = number, .random = number };
	assert_int_equal(wallet_new_dummy(&w->wallet, &err), 0);
	make_rules(w);
	make_wallet(w);
	make_first(w);
}

static void world_release(struct world *w)
{
	uxout_set_release(&w->set);
	wallet_free(w->wallet);
}

static struct composer composer_of(const struct world *w)
{
	return (struct composer){ .choice = &w->choice,
				  .policy = w->policy,
				  .rules = w->rules,
				  .change = *wallet_change(w->wallet),
				  .coming = w->coming };
}

/* --- what must be so ------------------------------------------------------------------------ */
static void encode(struct world *w, struct sky_tx *t, const struct uxout *const *spent,
		   struct buf *raw)
{
	struct err err;

	if (sky_sign(t, spent, w->wallet, &err) < 0 || !sky_tx_encode(t, raw))
		broken(w, "cannot be signed");
}

/* The rules of each version that must take it: half burns for all, a tenth for 0.26 and later. */
static void check_every_version(struct world *w, const struct sky_tx *t,
				const struct uxout *const *spent, const struct buf *raw)
{
	static const unsigned factors[] = { 2, 10 };
	struct err err;

	for (size_t i = 0; i < 2; i++) {
		struct sky_policy p = { factors[i], 32768, 3 };

		if (factors[i] >= w->policy.burn_factor &&
		    verify_raw((const uint8_t *)raw->data, raw->len, spent, t->input_count, &p,
			       &err) < 0)
			broken(w, "burn %u: %s", factors[i], err.text);
	}
	if (raw->len > w->policy.max_tx_size)
		broken(w, "%zu bytes, %u allowed", raw->len, w->policy.max_tx_size);
}

static void check_paid(struct world *w, const struct buf *raw, size_t count)
{
	struct err err;

	if (verify_pays((const uint8_t *)raw->data, raw->len, w->owed, count,
			wallet_change(w->wallet), 1, &err) < 0)
		broken(w, "%s", err.text);
}

static bool is_spent(const struct uxout *const *spent, size_t count, const struct sha256 *id)
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(spent[i]->id.b, id->b, sizeof(id->b)) == 0)
			return true;
	return false;
}

static void check_first(struct world *w, const struct uxout *const *spent, size_t count)
{
	for (size_t i = 0; i < w->first.count; i++)
		if (!is_spent(spent, count, &w->first.ids[i]))
			broken(w, "an output that had to be spent is not");
}

static struct hours fee_of(const struct world *w, const struct uxout *const *spent, size_t count)
{
	struct hours sum = hours_of(0);

	for (size_t i = 0; i < count; i++)
		assert_true(hours_add(sum, spent[i]->hours, &sum));
	return sky_required_fee(sum, w->policy.burn_factor);
}

/* The same without sweeping: what was swept is small, and the fee is the same. */
static void check_sweep(struct world *w, const struct uxout *const *spent, size_t count)
{
	struct composer plain = composer_of(w);
	const struct uxout **needed;
	struct sky_tx t;
	struct err err;

	plain.rules.sweep_below = droplets_of(0);
	assert_int_equal(composer_pay(&plain, w->batch.outputs, w->batch.output_count, w->batch.sum,
				      &t, &needed, &err),
			 0);
	if (fee_of(w, spent, count).n != fee_of(w, needed, t.input_count).n)
		broken(w, "sweeping raised the fee");
	for (size_t i = 0; i < count; i++)
		if (!is_spent(needed, t.input_count, &spent[i]->id) &&
		    !pay_rules_is_small(&w->rules, spent[i]->coins))
			broken(w, "a large output was swept");
	seen.swept += count > t.input_count ? 1 : 0;
	free(needed);
	sky_tx_release(&t);
}

static size_t count_good(const struct world *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->set.count; i++)
		n += pay_rules_counts(&w->rules, w->set.items[i].coins) ? 1 : 0;
	return n;
}

/* Ours in the transaction: how many, and how many of them would count. */
static size_t count_ours(struct world *w, const struct sky_tx *t, size_t *ret_good)
{
	size_t ours = 0;

	*ret_good = 0;
	for (size_t i = 0; i < t->output_count; i++) {
		if (!sky_address_equal(&t->outputs[i].to, wallet_change(w->wallet)))
			continue;
		ours++;
		*ret_good += pay_rules_counts(&w->rules, t->outputs[i].coins) ? 1 : 0;
	}
	return ours;
}

/* Parts are of the least size, carry hours, and are no more than were wanted. */
static void check_split(struct world *w, const struct sky_tx *t, const struct uxout *const *spent)
{
	size_t good, ours = count_ours(w, t, &good), left = count_good(w) + w->coming;

	for (size_t i = 0; i < t->input_count; i++)
		left -= pay_rules_counts(&w->rules, spent[i]->coins) ? 1 : 0;
	if (ours < 2)
		return;
	seen.parted++;
	if (good != ours || left + good > w->rules.split_outputs)
		broken(w, "%zu parts, %zu of them good, beside %zu; %zu are wanted", ours, good,
		       left, w->rules.split_outputs);
	for (size_t i = t->output_count - ours; i < t->output_count; i++)
		if (!hours_suffice(t->outputs[i].hours, 1, SPLIT_HOURS_MIN))
			broken(w, "a part has %" PRIu64 " hours", t->outputs[i].hours.n);
}

/* Is a customer paid at our own address?  Then what is ours cannot be told from what is theirs. */
static bool pays_us(const struct world *w, size_t owed)
{
	for (size_t i = 0; i < owed; i++)
		if (sky_address_equal(&w->owed[i].to, wallet_change(w->wallet)))
			return true;
	return false;
}

/* --- paying -------------------------------------------------------------------------------- */
static size_t offer_all(struct world *w)
{
	size_t count = 1 + below(w, OFFERED), taken = 0;
	bool small = one_in(w, 2);

	for (uint64_t id = 1; id <= count; id++) {
		struct sky_address to = payee(w);
		struct droplets coins = droplets_of(small ? UNIT * (1 + below(w, 20))
							  : draw_coins(w) / 4 / UNIT * UNIT + UNIT);

		switch (batch_offer(&w->batch, id, &to, coins)) {
		case BATCH_TAKEN: w->owed[taken++] = (struct verify_owed){ to, coins }; break;
		case BATCH_TOO_LARGE:
		case BATCH_SCATTERED: break;
		case BATCH_FULL: return taken;
		}
	}
	return taken;
}

static void check_batch(struct world *w, size_t taken)
{
	assert_int_equal(w->batch.count, taken);
	for (size_t i = 1; i < taken; i++)
		if (w->batch.ids[i - 1] >= w->batch.ids[i])
			broken(w, "not in the order of arrival");
	if (w->rules.max_outputs > 0 && w->batch.output_count > w->rules.max_outputs)
		broken(w, "%zu outputs, %zu allowed", w->batch.output_count, w->rules.max_outputs);
}

static void check_payment(struct world *w, size_t taken)
{
	struct buf raw = BUF_INIT(PAYOUT_TX_RAW_MAX);
	const struct uxout **spent;
	struct sky_tx t;
	struct err err;

	if (batch_build(&w->batch, &t, &spent, &err) < 0)
		broken(w, "%s", err.text);
	encode(w, &t, spent, &raw);
	seen.payments++;
	seen.joined += w->batch.output_count < taken ? 1 : 0;
	seen.forced += w->first.count > 0 ? 1 : 0;
	check_every_version(w, &t, spent, &raw);
	check_paid(w, &raw, taken);
	check_first(w, spent, t.input_count);
	check_sweep(w, spent, t.input_count);
	if (!pays_us(w, taken))
		check_split(w, &t, spent);
	buf_release(&raw);
	free(spent);
	sky_tx_release(&t);
}

static void pay(struct world *w)
{
	struct composer composer = composer_of(w);
	size_t taken;
	struct err err;

	assert_int_equal(batch_init(&w->batch, &composer, &err), 0);
	taken = offer_all(w);
	check_batch(w, taken);
	if (taken > 0)
		check_payment(w, taken);
	batch_release(&w->batch);
}

/* --- splitting ------------------------------------------------------------------------------ */
static void check_cut(struct world *w, struct sky_tx *t, const struct uxout *const *spent)
{
	struct buf raw = BUF_INIT(PAYOUT_TX_RAW_MAX);
	size_t good;

	encode(w, t, spent, &raw);
	check_every_version(w, t, spent, &raw);
	check_paid(w, &raw, 0);
	check_split(w, t, spent);
	seen.cuts++;
	if (t->input_count != 1 || count_ours(w, t, &good) < 2)
		broken(w, "a split of %zu inputs into %zu", t->input_count, t->output_count);
	buf_release(&raw);
}

/* What the set is when this transaction is in a block, an hour later. */
static void confirm(struct world *w, const struct sky_tx *t, const struct uxout *spent)
{
	struct uxout_set next;

	uxout_set_init(&next);
	for (size_t i = 0; i < w->set.count; i++)
		if (&w->set.items[i] != spent)
			assert_true(uxout_set_add(&next, &w->set.items[i]));
	for (size_t i = 0; i < t->output_count; i++) {
		struct uxout u = { .id = sky_tx_uxid(&spent->id, &t->outputs[i]),
				   .owner = t->outputs[i].to,
				   .coins = t->outputs[i].coins,
				   .hours = t->outputs[i].hours };

		assert_true(uxout_set_add(&next, &u));
	}
	uxout_set_release(&w->set);
	w->set = next;
}

/* One split; false when there is nothing to do. */
static bool cut(struct world *w)
{
	const struct uxout **spent = NULL;
	struct composer composer;
	struct sky_tx t;
	struct err err;
	int rc = choice_init(&w->choice, &w->set, NULL, w->policy.burn_factor, &err);

	if (rc < 0)
		return false;
	composer = composer_of(w);
	rc = composer_split(&composer, &t, &spent, &err);
	if (rc == 0) {
		check_cut(w, &t, spent);
		confirm(w, &t, spent[0]);
		sky_tx_release(&t);
		free(spent);
	} else {
		assert_int_equal(rc, ERR_NOT_FOUND);
	}
	choice_release(&w->choice);
	return rc == 0;
}

/* With nobody to pay, the splitting comes to an end: each makes one output more at least. */
static void cut_all(struct world *w)
{
	size_t most = w->rules.split_outputs, cuts = 0;

	w->coming = 0;
	while (cut(w))
		if (++cuts > most)
			broken(w, "splits without end");
}

static void try_world(unsigned number)
{
	struct world w;
	struct err err;

	world_init(&w, number);
	if (choice_init(&w.choice, &w.set, &w.first, w.policy.burn_factor, &err) == 0) {
		pay(&w);
		choice_release(&w.choice);
	}
	cut_all(&w);
	world_release(&w);
}

static void test_worlds(void **state)
{
	const char *one = getenv("TELLER_TEST_WORLD");

	(void)state;
	if (one != NULL) {
		try_world((unsigned)strtoul(one, NULL, 10));
		return;
	}
	for (unsigned i = 1; i <= WORLDS; i++)
		try_world(i);
	print_message("%u payments, %u swept, %u with parts, %u forced, %u joined; %u cuts\n",
		      seen.payments, seen.swept, seen.parted, seen.forced, seen.joined, seen.cuts);
	assert_true(seen.payments > WORLDS / 2 && seen.swept > WORLDS / 20 &&
		    seen.parted > WORLDS / 20 && seen.forced > WORLDS / 20 &&
		    seen.joined > WORLDS / 20 && seen.cuts > WORLDS / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worlds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
