/* An operator releases the payouts of a held transaction: they are paid by another, which spends an
 * output of the old one, so that whatever becomes of the old bytes only one of the two is
 * confirmed. */
#include "test/support/test.h"

#include <string.h>

#include "test/support/payer_world.h"

#define ROUND_MS 310000

/* 5 SKY owed, in a transaction that the node refuses; `outputs` larger ones are there. */
static uint64_t held(struct world *w, unsigned outputs)
{
	uint64_t id;

	fund(w, 100, 100);
	id = owe(w, 1, 5 * SKY);
	w->node.refuse = "no";
	start_payer(w);
	run(w, 1000);
	assert_true(tx_of(w, 0).held_at > 0);
	w->node.refuse = NULL;
	for (unsigned i = 0; i < outputs; i++)
		fund(w, 500, 500);
	return id;
}

static void settle(struct world *w)
{
	for (unsigned i = 0; i < 4; i++) {
		take_payouts(w);
		run(w, ROUND_MS);
		fake_block(&w->node);
	}
	run(w, ROUND_MS);
	take_payouts(w);
}

static void assert_paid_by(struct world *w, uint64_t id, unsigned by)
{
	settle(w);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_string_equal(payout_of(w, id).txid, w->node.txs[by].txid);
	assert_int_equal(deposit_of(w, id).state, DEPOSIT_DONE);
	assert_received(w, 1, 5 * SKY);
}

static void test_the_next_spends_an_output_of_it(void **state)
{
	struct world *w = *state;
	uint64_t id = held(w, 3);
	unsigned injects;

	release_tx(w, 0);
	assert_state(w, id, PAYOUT_WAITING);
	assert_string_equal(tx_of(w, 0).released_by, "ann");
	injects = w->node.injects;
	run(w, 1000);
	assert_int_equal(w->node.tx_count, 2);
	assert_true(conflicts(w, 1, 0));
	assert_int_equal(w->node.injects, injects + 1); /* the old bytes are not offered any more */
	assert_paid_by(w, id, 1);
	/* The next one is the proof that the first is dead. */
	grow(w, 6);
	run(w, ROUND_MS);
	run(w, ROUND_MS);
	assert_true(tx_of(w, 0).proven);
	assert_true(tx_of(w, 0).final);
	assert_true(tx_of(w, 1).final);
}

/* It was in some pool all the time: then it pays, and no second one is made. */
static void test_still_in_the_pool(void **state)
{
	struct world *w = *state;
	uint64_t id = held(w, 3);

	release_tx(w, 0);
	w->node.txs[0].in_pool = true;
	run(w, ROUND_MS);
	assert_int_equal(w->node.tx_count, 1);
	assert_state(w, id, PAYOUT_WAITING);
	assert_non_null(strstr(payer_error(w->payer), "released transaction"));
	assert_paid_by(w, id, 0);
	assert_int_equal(w->node.tx_count, 1);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_CONFIRMED);
}

/* Both are under way, and the old one wins: the new one is dead by that, its payout is paid. */
static void test_the_old_one_wins(void **state)
{
	struct world *w = *state;
	uint64_t id = held(w, 3);

	release_tx(w, 0);
	run(w, 1000);
	assert_int_equal(w->node.tx_count, 2);
	take_payouts(w);
	fake_forget(&w->node);
	w->node.txs[0].in_pool = true;
	fake_block(&w->node);
	grow(w, 2);
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_CONFIRMED);
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 1).state, PAYOUT_TX_DEAD);
	assert_paid_by(w, id, 0);
	assert_int_equal(w->node.tx_count, 2);
}

/* Its only output was spent by somebody else, not deep enough: until that is a proof it could come
 * back, and nothing would exclude it. */
static void test_nothing_left_to_spend(void **state)
{
	struct world *w = *state;
	uint64_t id = held(w, 3);
	struct sha256 input = input_of(w, 0, 0);
	char spender[65];

	release_tx(w, 0);
	fake_spend_elsewhere(&w->node, &input, "foreign", spender);
	run(w, ROUND_MS);
	assert_int_equal(w->node.tx_count, 1);
	assert_false(tx_of(w, 0).proven);
	grow(w, 2);
	run(w, ROUND_MS);
	assert_true(tx_of(w, 0).proven);
	assert_paid_by(w, id, 1);
	assert_false(conflicts(w, 1, 0));
}

/* Released twice: the third excludes the first and the second. */
static void test_released_twice(void **state)
{
	struct world *w = *state;
	uint64_t id = held(w, 3);

	w->node.refuse = "no";
	release_tx(w, 0);
	run(w, 1000);
	assert_int_equal(w->node.tx_count, 2);
	assert_true(tx_of(w, 1).held_at > 0);
	release_tx(w, 1);
	w->node.refuse = NULL;
	run(w, ROUND_MS);
	assert_int_equal(w->node.tx_count, 3);
	assert_true(conflicts(w, 2, 0));
	assert_true(conflicts(w, 2, 1));
	assert_paid_by(w, id, 2);
}

/* Others are paid meanwhile, and may be paid by the same transaction. */
static void test_others_are_not_held_up(void **state)
{
	struct world *w = *state;
	uint64_t id = held(w, 3), other;

	release_tx(w, 0);
	w->node.txs[0].in_pool = true;
	other = owe(w, 2, 7 * SKY);
	run(w, 1000);
	assert_state(w, other, PAYOUT_SENT);
	assert_state(w, id, PAYOUT_WAITING);
	assert_paid_by(w, id, 0);
	assert_received(w, 2, 7 * SKY);
}

/* Confirmed after all, and then its block disappears: it is kept going like any other. */
static void test_revived_and_gone(void **state)
{
	struct world *w = *state;
	uint64_t id = held(w, 3);

	release_tx(w, 0);
	w->node.txs[0].in_pool = true;
	fake_block(&w->node);
	run(w, ROUND_MS);
	assert_state(w, id, PAYOUT_CONFIRMED);
	fake_unconfirm(&w->node, w->node.txs[0].txid, true);
	run(w, ROUND_MS);
	assert_state(w, id, PAYOUT_SENT);
	assert_paid_by(w, id, 0);
	assert_int_equal(w->node.tx_count, 1);
}

/* The one that replaced it is dead, and had reserved what both spend: that stays reserved, for the
 * block of the old one may disappear. */
static void test_revived_keeps_its_inputs(void **state)
{
	struct world *w = *state;
	uint64_t id = held(w, 3), other;

	release_tx(w, 0);
	run(w, 1000);
	assert_int_equal(w->node.tx_count, 2);
	take_payouts(w);
	fake_forget(&w->node);
	w->node.txs[0].in_pool = true;
	fake_block(&w->node);
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_CONFIRMED);
	assert_int_equal(tx_of(w, 1).state, PAYOUT_TX_SENT);
	grow(w, 2);
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_CONFIRMED);
	assert_int_equal(tx_of(w, 1).state, PAYOUT_TX_DEAD);
	take_payouts(w);
	fake_unconfirm(&w->node, w->node.txs[0].txid, true);
	other = owe(w, 2, 7 * SKY);
	run(w, 100);
	assert_state(w, other, PAYOUT_SENT);
	assert_false(conflicts(w, 2, 0));
	assert_paid_by(w, id, 0);
	assert_received(w, 2, 7 * SKY);
}

/* Released while its bytes were under way: the answer changes nothing, the chain decides. */
static void test_released_under_way(void **state)
{
	struct world *w = *state;
	uint64_t id = held(w, 3);

	for (unsigned i = 0; i < 400000 && w->node.injects < 2; i++)
		run(w, 1);
	assert_int_equal(w->node.injects, 2); /* taken this time; the answer comes after this */
	release_tx(w, 0);
	run(w, 1000);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_DEAD);
	assert_state(w, id, PAYOUT_WAITING);
	assert_paid_by(w, id, 0);
	assert_int_equal(w->node.tx_count, 1);
}

static void test_died_at_any_moment(void **state)
{
	struct world *w = *state;
	uint64_t id = held(w, 3);

	release_tx(w, 0);
	for (unsigned ms = 0; ms < 60; ms++) {
		stop_payer(w);
		start_payer(w);
		run(w, ms % 12);
		if (ms % 7 == 0)
			take_payouts(w);
		if (ms == 40)
			w->node.txs[0].in_pool = !w->node.txs[1].in_pool;
	}
	settle(w);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_received(w, 1, 5 * SKY);
}

int main(void)
{
#define PAYER_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		PAYER_TEST(test_the_next_spends_an_output_of_it),
		PAYER_TEST(test_still_in_the_pool),
		PAYER_TEST(test_the_old_one_wins),
		PAYER_TEST(test_nothing_left_to_spend),
		PAYER_TEST(test_released_twice),
		PAYER_TEST(test_others_are_not_held_up),
		PAYER_TEST(test_revived_and_gone),
		PAYER_TEST(test_revived_keeps_its_inputs),
		PAYER_TEST(test_released_under_way),
		PAYER_TEST(test_died_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
