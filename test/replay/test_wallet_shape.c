/* How payments shape the wallet: standing splits, sweeps, limits; and that a split, which pays
 * nobody, is as safe as a payment and comes to an end. */
#include "test/support/test.h"

#include "common/store/payout_tx_store.h"
#include "test/support/payer_world.h"

static const struct sky_address *own(const struct world *w)
{
	return wallet_change(w->wallet);
}

static void want_outputs(struct world *w, size_t count, uint64_t least)
{
	w->setup.rules.split_outputs = count;
	w->setup.rules.split_min = droplets_of(least);
}

/* Unspent outputs of the wallet, of `least` droplets or more. */
static unsigned outputs_of(const struct world *w, uint64_t least)
{
	unsigned n = 0;

	for (size_t i = 0; i < w->node.coin_count; i++)
		n += !w->node.coins[i].spent && w->node.coins[i].u.coins.n >= least &&
				     sky_address_equal(&w->node.coins[i].u.owner, own(w))
			     ? 1
			     : 0;
	return n;
}

/* A block, and the payer sees it. */
static void block(struct world *w)
{
	fake_block(&w->node);
	payer_check(w->payer);
	run(w, 100);
}

static void test_change_is_split(void **state)
{
	struct world *w = *state;
	uint64_t id;

	want_outputs(w, 5, 10 * SKY);
	fund(w, 100, 10000);
	id = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	assert_state(w, id, PAYOUT_SENT);
	block(w);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_int_equal(outputs_of(w, 10 * SKY), 5);
	assert_received(w, 1, 5 * SKY);
	assert_int_equal(fake_received(&w->node, own(w)), 95 * SKY);
	assert_int_equal(w->node.tx_count, 1);

	/* From now on five payments can be under way. */
	for (unsigned i = 0; i < 5; i++) {
		(void)owe(w, 2 + i, SKY);
		run(w, 100);
	}
	assert_int_equal(w->node.tx_count, 6);
	block(w);
	for (unsigned i = 0; i < 5; i++)
		assert_received(w, 2 + i, SKY);
	assert_int_equal(w->node.tx_count, 6); /* there are five still: nothing to split */
}

static void test_idle_wallet_is_split_once(void **state)
{
	struct world *w = *state;

	want_outputs(w, 4, 10 * SKY);
	fund(w, 100, 10000);
	start_payer(w);
	run(w, 100);
	assert_int_equal(w->node.tx_count, 1);
	run(w, 10 * WAIT_MS);
	assert_int_equal(w->node.tx_count, 1); /* one at a time */
	block(w);
	assert_int_equal(outputs_of(w, 10 * SKY), 4);
	assert_int_equal(fake_received(&w->node, own(w)), 100 * SKY);
	run(w, 7200000);
	payer_check(w->payer);
	run(w, 100);
	assert_int_equal(w->node.tx_count, 1);
	assert_string_equal(payer_error(w->payer), "");
}

/* Two large outputs, both to be cut before there are enough: one after the other, an hour apart. */
static void test_splits_are_rare(void **state)
{
	struct world *w = *state;

	want_outputs(w, 8, 10 * SKY);
	fund(w, 40, 10000);
	fund(w, 39, 10000);
	start_payer(w);
	run(w, 100);
	block(w);
	assert_int_equal(w->node.tx_count, 1);
	run(w, WAIT_MS);
	assert_int_equal(w->node.tx_count, 1);
	run(w, 3600000);
	payer_check(w->payer);
	run(w, 100);
	assert_int_equal(w->node.tx_count, 2);
	block(w);
	run(w, 3700000);
	payer_check(w->payer);
	run(w, 100);
	assert_int_equal(w->node.tx_count, 2); /* nothing is left that could be cut */
}

static const struct {
	const char *why;
	uint64_t sky, hours, owed;
	size_t wanted;
} not_split[] = {
	{ "switched off", 100, 10000, 0, 0 },
	{ "hours are low", 100, 126, 0, 4 },
	{ "coins are few", 19, 10000, 0, 4 },
	{ "a payout waits that cannot be paid", 100, 10000, 101, 4 },
};

static void test_not_split(void **state)
{
	for (size_t i = 0; i < sizeof(not_split) / sizeof(not_split[0]); i++) {
		struct world *w;

		if (i > 0) {
			world_teardown(state);
			world_setup(state);
		}
		w = *state;
		w->node.policy.burn_factor = 2;
		want_outputs(w, not_split[i].wanted, 10 * SKY);
		fund(w, not_split[i].sky, not_split[i].hours);
		if (not_split[i].owed > 0)
			(void)owe(w, 1, not_split[i].owed * SKY);
		start_payer(w);
		run(w, WAIT_MS);
		if (w->node.tx_count != 0)
			fail_msg("%s", not_split[i].why);
	}
}

/* The same bytes after a lost answer and a restart, as with a payment; payouts that come meanwhile
 * wait for the split alone. */
static void test_split_is_followed(void **state)
{
	struct world *w = *state;
	uint64_t id;

	want_outputs(w, 4, 10 * SKY);
	fund(w, 100, 10000);
	w->node.cut_off = true;
	start_payer(w);
	run(w, 100);
	assert_int_equal(w->node.tx_count, 1);
	stop_payer(w);
	w->node.cut_off = false;
	id = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	assert_int_equal(w->node.tx_count, 1);
	assert_true(w->node.txs[0].in_pool);
	assert_state(w, id, PAYOUT_WAITING);
	block(w);
	block(w);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_int_equal(w->node.tx_count, 2);
	assert_received(w, 1, 5 * SKY);
}

/* Nothing of what a split saves counts as a payout. */
static void test_split_has_no_members(void **state)
{
	struct world *w = *state;
	unsigned moved;

	want_outputs(w, 4, 10 * SKY);
	fund(w, 100, 10000);
	start_payer(w);
	run(w, 100);
	moved = w->feed_moved;
	block(w);
	assert_int_equal(w->node.tx_count, 1);
	assert_true(w->node.txs[0].confirmed);
	assert_true(w->feed_moved <= moved + 1);
}

static void test_outputs_are_limited(void **state)
{
	struct world *w = *state;

	w->setup.rules.max_outputs = 3;
	fund(w, 100, 10000);
	fund(w, 100, 10000);
	for (unsigned i = 0; i < 6; i++)
		(void)owe(w, 1 + i, SKY);
	start_payer(w);
	run(w, 100);
	assert_int_equal(w->node.tx_count, 2);
	block(w);
	for (unsigned i = 0; i < 6; i++)
		assert_received(w, 1 + i, SKY);
}

/* Dust without hours goes along; what has hours, or is not small, stays. */
static void test_dust_is_swept(void **state)
{
	struct world *w = *state;

	w->setup.rules.sweep_below = droplets_of(SKY);
	w->setup.rules.burn_factor = 2;
	fund(w, 100, 10000);
	fund(w, 100, 0);
	for (unsigned i = 0; i < 10; i++)
		fake_fund(&w->node, own(w), 1000 + i * 1000, i < 5 ? 0 : 2);
	(void)owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	block(w);
	assert_received(w, 1, 5 * SKY);
	assert_int_equal(outputs_of(w, 0), 7);
	assert_int_equal(outputs_of(w, SKY), 2);
}

/* Half burns though the node would take a tenth: another node may not. */
static void test_burns_for_every_version(void **state)
{
	struct world *w = *state;
	uint64_t hours = 0;

	w->setup.rules.burn_factor = 2;
	fund(w, 100, 1000);
	(void)owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	block(w);
	for (size_t i = 0; i < w->node.coin_count; i++)
		hours += w->node.coins[i].spent ? 0 : w->node.coins[i].u.hours.n;
	assert_int_equal(hours, 500);
}

int main(void)
{
#define SHAPE_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		SHAPE_TEST(test_change_is_split),
		SHAPE_TEST(test_idle_wallet_is_split_once),
		SHAPE_TEST(test_splits_are_rare),
		SHAPE_TEST(test_not_split),
		SHAPE_TEST(test_split_is_followed),
		SHAPE_TEST(test_split_has_no_members),
		SHAPE_TEST(test_outputs_are_limited),
		SHAPE_TEST(test_dust_is_swept),
		SHAPE_TEST(test_burns_for_every_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
