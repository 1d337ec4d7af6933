/* Which payouts fit into one transaction, and what becomes of equal outputs and of dust. */
#include "test/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "senderd/batch.h"
#include "senderd/sky_sign.h"
#include "senderd/verify.h"

#define SKY 1000000

struct world {
	struct wallet *wallet;
	struct uxout_set set;
	struct choice choice;
	struct batch batch;
	struct sky_policy policy;
	struct pay_rules rules;
	size_t coming;
};

static struct sky_address address_of(unsigned n)
{
	struct sha256 h = sha256(&n, sizeof(n));
	struct sky_address a = { .version = 0 };

	memcpy(a.key_hash.b, h.b, sizeof(a.key_hash.b));
	return a;
}

static void add_outputs(struct world *w, unsigned count, uint64_t coins, uint64_t hours)
{
	for (unsigned i = 0; i < count; i++) {
		size_t key[2] = { w->set.count, coins };
		struct uxout u = { .id = sha256(key, sizeof(key)),
				   .owner = *wallet_change(w->wallet),
				   .coins = droplets_of(coins),
				   .hours = hours_of(hours) };

		assert_true(uxout_set_add(&w->set, &u));
	}
}

static int setup(void **state)
{
	static struct world w;
	struct err err;

	memset(&w, 0, sizeof(w));
	w.policy =
		(struct sky_policy){ .burn_factor = 10, .max_tx_size = 32768, .max_decimals = 3 };
	assert_int_equal(wallet_new_dummy(&w.wallet, &err), 0);
	uxout_set_init(&w.set);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	batch_release(&w->batch);
	choice_release(&w->choice);
	uxout_set_release(&w->set);
	wallet_free(w->wallet);
	return 0;
}

static void begin(struct world *w)
{
	struct composer composer = { .choice = &w->choice,
				     .policy = w->policy,
				     .rules = w->rules,
				     .change = *wallet_change(w->wallet),
				     .coming = w->coming };
	struct err err;

	assert_int_equal(choice_init(&w->choice, &w->set, NULL, w->policy.burn_factor, &err), 0);
	assert_int_equal(batch_init(&w->batch, &composer, &err), 0);
}

static enum batch_answer offer(struct world *w, uint64_t id, unsigned to, uint64_t coins)
{
	struct sky_address a = address_of(to);

	return batch_offer(&w->batch, id, &a, droplets_of(coins));
}

/* Build, sign and verify; the transaction is the caller's to release. */
static void finish(struct world *w, struct sky_tx *t)
{
	struct buf raw = BUF_INIT(PAYOUT_TX_RAW_MAX);
	const struct uxout **spent;
	struct err err;

	assert_int_equal(batch_build(&w->batch, t, &spent, &err), 0);
	assert_int_equal(sky_sign(t, spent, w->wallet, &err), 0);
	assert_true(sky_tx_encode(t, &raw));
	if (verify_raw((const uint8_t *)raw.data, raw.len, spent, t->input_count, &w->policy,
		       &err) < 0)
		fail_msg("%s", err.text);
	buf_release(&raw);
	free(spent);
}

static uint64_t coins_to(const struct sky_tx *t, const struct sky_address *a, size_t *ret_count)
{
	uint64_t sum = 0;

	*ret_count = 0;
	for (size_t i = 0; i < t->output_count; i++)
		if (sky_address_equal(&t->outputs[i].to, a)) {
			sum += t->outputs[i].coins.n;
			(*ret_count)++;
		}
	return sum;
}

static void test_large_waits_small_passes(void **state)
{
	struct world *w = *state;
	struct sky_tx t;

	add_outputs(w, 2, 10 * SKY, 100);
	begin(w);
	assert_int_equal(offer(w, 1, 1, 21 * SKY), BATCH_TOO_LARGE);
	assert_int_equal(offer(w, 2, 2, 15 * SKY), BATCH_TAKEN);
	assert_int_equal(offer(w, 3, 3, 6 * SKY), BATCH_TOO_LARGE);
	assert_false(batch_is_spent(&w->batch));
	assert_int_equal(offer(w, 4, 4, 5 * SKY), BATCH_TAKEN);
	assert_true(batch_is_spent(&w->batch));
	assert_int_equal(w->batch.count, 2);
	assert_int_equal(w->batch.ids[0], 2);
	assert_int_equal(w->batch.ids[1], 4);
	finish(w, &t);
	assert_int_equal(t.input_count, 2);
	assert_int_equal(t.output_count, 2); /* nothing left for change */
	sky_tx_release(&t);
}

static void test_equal_outputs_are_joined(void **state)
{
	static const struct {
		const char *why;
		uint64_t amounts[5];
		size_t outputs;
	} rows[] = {
		{ "two equal", { 5, 5 }, 1 },
		{ "the sum equals an earlier one: joined again", { 10, 5, 5 }, 1 },
		{ "three equal: ten and five", { 5, 5, 5 }, 2 },
		{ "four equal: twenty", { 5, 5, 5, 5 }, 1 },
		{ "all different", { 1, 2, 3, 4, 5 }, 5 },
	};
	struct sky_address to = address_of(1);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world *w;
		uint64_t sum = 0;
		struct sky_tx t;
		size_t count;

		if (i > 0) {
			teardown(state);
			setup(state);
		}
		w = *state;
		add_outputs(w, 1, 100 * SKY, 100);
		begin(w);
		for (size_t n = 0; n < 5 && rows[i].amounts[n] > 0; n++) {
			assert_int_equal(offer(w, n + 1, 1, rows[i].amounts[n] * SKY), BATCH_TAKEN);
			sum += rows[i].amounts[n] * SKY;
		}
		finish(w, &t);
		if (coins_to(&t, &to, &count) != sum || count != rows[i].outputs)
			fail_msg("%s: %zu outputs", rows[i].why, count);
		sky_tx_release(&t);
	}
}

/* A customer who is paid at the hot wallet's own address, exactly what the change would be. */
static void test_change_equal_to_a_payout(void **state)
{
	struct world *w = *state;
	struct sky_tx t;
	size_t count;

	add_outputs(w, 1, 100 * SKY, 100);
	begin(w);
	assert_int_equal(batch_offer(&w->batch, 1, wallet_change(w->wallet), droplets_of(50 * SKY)),
			 BATCH_TAKEN);
	finish(w, &t);
	assert_int_equal(t.output_count, 1);
	assert_int_equal(coins_to(&t, wallet_change(w->wallet), &count), 100 * SKY);
	assert_int_equal(t.outputs[0].hours.n, 90);
	sky_tx_release(&t);
}

static void test_full_by_outputs(void **state)
{
	struct world *w = *state;
	struct sky_tx t;
	unsigned n = 0;

	add_outputs(w, 1, 1000000 * (uint64_t)SKY, 100);
	begin(w);
	while (offer(w, n + 1, n + 1, SKY + n * 1000) == BATCH_TAKEN)
		n++;
	assert_int_equal(offer(w, n + 1, n + 1, SKY), BATCH_FULL);
	assert_true(n > 850 && n < 886);
	/* An equal one needs no output, so it still fits. */
	assert_int_equal(offer(w, n + 1, 1, SKY), BATCH_TAKEN);
	finish(w, &t);
	assert_int_equal(t.output_count, n + 1);
	sky_tx_release(&t);
}

static void test_full_by_inputs(void **state)
{
	struct world *w = *state;
	struct sky_tx t;
	unsigned n = 0;

	add_outputs(w, 1000, 1 * SKY, 1);
	begin(w);
	while (offer(w, n + 1, n + 1, SKY) == BATCH_TAKEN)
		n++;
	assert_int_equal(offer(w, n + 1, n + 1, SKY), BATCH_FULL);
	assert_true(n > 230);
	finish(w, &t);
	assert_int_equal(t.input_count, n);
	sky_tx_release(&t);
}

static void test_scattered(void **state)
{
	struct world *w = *state;

	add_outputs(w, 1000, 1 * SKY, 1);
	begin(w);
	assert_int_equal(offer(w, 1, 1, 400 * (uint64_t)SKY), BATCH_SCATTERED);
	assert_int_equal(offer(w, 2, 2, 300 * (uint64_t)SKY), BATCH_TAKEN);
}

/* Hundreds of tiny outputs without hours would come first in the official order. */
static void test_dust_does_not_block(void **state)
{
	struct world *w = *state;
	struct sky_tx t;

	add_outputs(w, 2000, 1000, 0);
	add_outputs(w, 2, 100 * SKY, 50);
	begin(w);
	assert_int_equal(offer(w, 1, 1, 150 * SKY), BATCH_TAKEN);
	finish(w, &t);
	assert_int_equal(t.input_count, 2);
	sky_tx_release(&t);
}

static void test_no_fee(void **state)
{
	struct world *w = *state;
	struct sky_tx t;

	w->policy.burn_factor = 0;
	add_outputs(w, 1, 10 * SKY, 7);
	begin(w);
	assert_int_equal(offer(w, 1, 1, 3 * SKY), BATCH_TAKEN);
	finish(w, &t);
	assert_int_equal(t.outputs[0].hours.n, 0);
	assert_int_equal(t.outputs[1].hours.n, 7);
	sky_tx_release(&t);
	teardown(state);

	setup(state);
	w->policy.burn_factor = 0;
	add_outputs(w, 1, 10 * SKY, 0); /* hours are not needed at all */
	begin(w);
	assert_int_equal(offer(w, 1, 1, 10 * SKY), BATCH_TAKEN);
	finish(w, &t);
	assert_int_equal(t.output_count, 1);
	sky_tx_release(&t);
}

static void test_policy(void **state)
{
	static const struct {
		const char *why;
		unsigned decimals;
		uint64_t coins, unit;
		bool allowed;
	} rows[] = {
		{ "three places", 3, 1001000, 1000, true },
		{ "four places", 3, 1000100, 1000, false },
		{ "whole coins", 0, 2000000, 1000000, true },
		{ "half a coin where whole are asked", 0, 500000, 1000000, false },
		{ "every droplet", 6, 1, 1, true },
		{ "more places than there are", 9, 1, 1, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sky_policy p = { .max_decimals = rows[i].decimals };

		if (policy_allows(&p, droplets_of(rows[i].coins)) != rows[i].allowed ||
		    policy_unit(&p).n != rows[i].unit)
			fail_msg("%s", rows[i].why);
	}
}

static void test_sums_that_overflow(void **state)
{
	struct world *w = *state;
	struct uxout u = { .coins = droplets_of(UINT64_MAX) };

	assert_true(uxout_set_add(&w->set, &u));
	assert_false(uxout_set_add(&w->set, &u));
	u = (struct uxout){ .hours = hours_of(UINT64_MAX) };
	assert_true(uxout_set_add(&w->set, &u));
	assert_false(uxout_set_add(&w->set, &u));
	assert_int_equal(w->set.count, 2);
}

int main(void)
{
#define BATCH_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		BATCH_TEST(test_large_waits_small_passes),
		BATCH_TEST(test_equal_outputs_are_joined),
		BATCH_TEST(test_change_equal_to_a_payout),
		BATCH_TEST(test_full_by_outputs),
		BATCH_TEST(test_full_by_inputs),
		BATCH_TEST(test_scattered),
		BATCH_TEST(test_dust_does_not_block),
		BATCH_TEST(test_no_fee),
		BATCH_TEST(test_policy),
		BATCH_TEST(test_sums_that_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
