/* A transaction is dead when another one spent an input of it, dead_depth deep, at a node in step;
 * not one block sooner, and by nothing else.  Its payouts are then paid by another transaction,
 * once. */
#include "test/support/test.h"

#include <stdio.h>
#include <string.h>

#include "common/store/deposit_store.h"
#include "test/support/payer_world.h"

#define ROUND_MS 310000 /* longer than the longest wait between two offers of refused bytes */

/* --- a payment whose input somebody else spends ------------------------------------------------
 */
/* 5 SKY owed, sent, and forgotten by the pool; there is a second output to pay from. */
static uint64_t sent_and_forgotten(struct world *w)
{
	uint64_t id;

	fund(w, 100, 100);
	id = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	assert_state(w, id, PAYOUT_SENT);
	take_payouts(w);
	fake_forget(&w->node);
	fund(w, 50, 50);
	return id;
}

/* In a block of its own: one deep. */
static void spend_elsewhere(struct world *w, unsigned tx, size_t input)
{
	struct sha256 id = input_of(w, tx, input);
	char spender[65];

	fake_empty_block(&w->node);
	fake_spend_elsewhere(&w->node, &id, "foreign", spender);
}

static struct fake_coin *spent_coin(struct world *w)
{
	for (size_t i = 0; i < w->node.coin_count; i++)
		if (w->node.coins[i].spent)
			return &w->node.coins[i];
	fail_msg("nothing is spent");
	return NULL;
}

/* The rest of the way: the payout is paid by transaction `by`, once. */
static void assert_paid_by(struct world *w, uint64_t id, unsigned by)
{
	for (unsigned i = 0; i < 3; i++) {
		take_payouts(w);
		run(w, ROUND_MS);
		fake_block(&w->node);
	}
	run(w, ROUND_MS);
	take_payouts(w);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_string_equal(payout_of(w, id).txid, w->node.txs[by].txid);
	assert_received(w, 1, 5 * SKY);
	assert_int_equal(deposit_of(w, id).state, DEPOSIT_DONE);
	assert_string_equal(deposit_of(w, id).payout_txid, w->node.txs[by].txid);
}

/* --- when --------------------------------------------------------------------------------------
 */
static void test_dead_at_its_depth_and_not_before(void **state)
{
	struct world *w = *state;
	uint64_t id = sent_and_forgotten(w);

	spend_elsewhere(w, 0, 0);
	for (unsigned depth = 1; depth < 3; depth++) {
		run(w, ROUND_MS);
		assert_state(w, id, PAYOUT_SENT);
		assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_SENT);
		assert_true(tx_of(w, 0).held_at > 0);
		assert_int_equal(w->node.tx_count, 1);
		grow(w, 1);
	}
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_DEAD);
	assert_true(tx_of(w, 0).proven);
	assert_int_equal(tx_of(w, 0).held_at, 0);
	assert_state(w, id, PAYOUT_WAITING);
	assert_string_equal(payout_of(w, id).replaces, w->node.txs[0].txid);
	assert_string_equal(health_text(w->health, "payout_tx"), "");
	assert_int_equal(w->node.tx_count, 1); /* exchangerd has not moved the deposit yet */
	take_payouts(w);
	run(w, 1000);
	assert_int_equal(w->node.tx_count, 2);
	assert_paid_by(w, id, 1);
}

static void test_a_depth_of_one(void **state)
{
	struct world *w = *state;
	uint64_t id;

	w->setup.dead_depth = 1;
	id = sent_and_forgotten(w);
	spend_elsewhere(w, 0, 0);
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_DEAD);
	assert_paid_by(w, id, 1);
}

/* --- whose word counts
 * ---------------------------------------------------------------------------- */
static void test_only_a_node_in_step_decides(void **state)
{
	static const struct {
		const char *why;
		enum sky_standing standing;
	} rows[] = {
		{ "behind", SKY_BEHIND },
		{ "without peers", SKY_NO_PEERS },
		{ "on another chain", SKY_OTHER_CHAIN },
		{ "unproven", SKY_UNPROVEN },
	};
	struct world *w = *state;
	uint64_t id = sent_and_forgotten(w);

	spend_elsewhere(w, 0, 0);
	grow(w, 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w->node.standing = rows[i].standing;
		run(w, ROUND_MS);
		stop_payer(w);
		start_payer(w);
		run(w, ROUND_MS);
		if (tx_of(w, 0).state != PAYOUT_TX_SENT || w->node.spents != 0)
			fail_msg("a node %s was believed", rows[i].why);
	}
	w->node.standing = SKY_GOOD;
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_DEAD);
	assert_paid_by(w, id, 1);
}

/* What a node was in the round before says nothing of what it is in this one. */
static void test_only_in_the_round_in_which_it_is_good(void **state)
{
	struct world *w = *state;
	uint64_t id;
	unsigned healths;

	fund(w, 100, 100);
	start_payer(w);
	run(w, 100);
	healths = w->node.healths;
	w->node.standing = SKY_UNPROVEN;
	id = owe(w, 1, 5 * SKY); /* paid at once: nobody is asked who he is */
	for (unsigned i = 0; i < 100 && w->node.injects < 1; i++) {
		w->node.refuse = "no";
		run(w, 1);
	}
	assert_int_equal(w->node.injects, 1);
	spend_elsewhere(w, 0, 0);
	grow(w, 20);
	run(w, 100);
	assert_int_equal(w->node.healths, healths);
	assert_int_equal(w->node.spents, 0);
	assert_true(tx_of(w, 0).held_at > 0);
	assert_state(w, id, PAYOUT_IN_TX);
	w->node.standing = SKY_GOOD;
	fund(w, 50, 50);
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_DEAD);
	w->node.refuse = NULL;
	assert_paid_by(w, id, 1);
}

/* Another chain under the same address, which its own health does not tell: its first block does.
 */
static void test_another_first_block(void **state)
{
	struct world *w = *state;
	uint64_t id = sent_and_forgotten(w);
	unsigned injects;

	assert_string_equal(w->node.pinned, w->node.genesis);
	stop_payer(w);
	w->node.genesis = "00000000000000000000000000000000000000000000000000000000000000ff";
	spend_elsewhere(w, 0, 0);
	grow(w, 20);
	injects = w->node.injects;
	start_payer(w);
	run(w, ROUND_MS);
	assert_state(w, id, PAYOUT_SENT);
	assert_int_equal(w->node.injects, injects); /* its bytes are not for them either */
	assert_non_null(strstr(payer_error(w->payer), "another chain"));
}

/* --- what is no proof
 * --------------------------------------------------------------------------------- */
/* Spent by itself: it is confirmed, whatever the node's index of transactions says now. */
static void test_its_own_id_is_no_proof(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	id = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	fake_block(&w->node);
	w->node.txs[0].confirmed = false;
	grow(w, 20);
	run(w, ROUND_MS);
	assert_true(w->node.spents > 0);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_SENT);
	w->node.txs[0].confirmed = true;
	run(w, ROUND_MS);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_received(w, 1, 5 * SKY);
}

/* Reorganised away before it was deep enough: the depth is counted anew, from nothing. */
static void test_spender_reorganised_away(void **state)
{
	struct world *w = *state;
	uint64_t id = sent_and_forgotten(w);

	spend_elsewhere(w, 0, 0);
	grow(w, 1);
	run(w, ROUND_MS);
	assert_true(tx_of(w, 0).held_at > 0);
	spent_coin(w)->spent = false;
	grow(w, 10);
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_SENT);
	assert_int_equal(tx_of(w, 0).held_at, 0); /* the same bytes were taken */
	fake_block(&w->node);
	run(w, ROUND_MS);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_received(w, 1, 5 * SKY);
	assert_int_equal(w->node.tx_count, 1);
}

/* A block that the node itself has not reached yet; an output that it does not know. */
static void test_answers_that_make_no_sense(void **state)
{
	struct world *w = *state;

	(void)sent_and_forgotten(w);
	spend_elsewhere(w, 0, 0);
	grow(w, 10);
	spent_coin(w)->spent_seq = w->node.head_seq + 100;
	run(w, ROUND_MS);
	assert_true(w->node.spents > 0);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_SENT);
}

/* Refused for any other reason: held for as long as it takes, told once, also across restarts. */
static void test_refused_is_no_proof(void **state)
{
	struct world *w = *state;
	uint64_t id = sent_and_forgotten(w);
	int64_t held_at;

	w->node.refuse = "Transaction violates hard constraint: whatever";
	run(w, ROUND_MS);
	held_at = tx_of(w, 0).held_at;
	assert_true(held_at > 0);
	assert_non_null(strstr(tx_of(w, 0).held_why, "whatever"));
	grow(w, 100);
	for (unsigned i = 0; i < 3; i++) {
		stop_payer(w);
		start_payer(w);
		run(w, ROUND_MS);
		assert_int_equal(tx_of(w, 0).held_at, held_at);
		assert_non_null(strstr(health_text(w->health, "payout_tx"), "whatever"));
	}
	assert_state(w, id, PAYOUT_SENT);
	w->node.refuse = NULL;
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).held_at, 0);
	fake_block(&w->node);
	run(w, ROUND_MS);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_int_equal(w->node.tx_count, 1);
}

/* --- pools and losses
 * ------------------------------------------------------------------------------------ */
/* A pool may keep what can never be confirmed any more. */
static void test_pending_for_ever(void **state)
{
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	id = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	take_payouts(w);
	fund(w, 50, 50);
	spend_elsewhere(w, 0, 0);
	grow(w, 20);
	run(w, 60000);
	assert_state(w, id, PAYOUT_SENT);
	run(w, 600000);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_DEAD);
	fake_forget(&w->node);
	assert_paid_by(w, id, 1);
}

/* The answer to "who spent it?" never comes: nothing is concluded, and the next run asks again. */
static void test_no_answer(void **state)
{
	struct world *w = *state;
	uint64_t id = sent_and_forgotten(w);

	spend_elsewhere(w, 0, 0);
	grow(w, 5);
	w->node.hang_spent = true;
	run(w, ROUND_MS);
	assert_true(w->node.spents > 0);
	stop_payer(w);
	w->node.hang_spent = false;
	assert_state(w, id, PAYOUT_SENT);
	start_payer(w);
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_DEAD);
	assert_paid_by(w, id, 1);
}

/* Die after every millisecond of it in turn. */
static void test_died_at_any_moment(void **state)
{
	struct world *w = *state;
	uint64_t id = sent_and_forgotten(w);

	spend_elsewhere(w, 0, 0);
	grow(w, 5);
	for (unsigned ms = 0; ms < 60; ms++) {
		stop_payer(w);
		start_payer(w);
		run(w, ms % 12);
		if (ms % 7 == 0)
			take_payouts(w);
	}
	assert_paid_by(w, id, 1);
	assert_int_equal(w->node.tx_count, 2);
}

/* --- what replaces it
 * -------------------------------------------------------------------------------------- */
/* An input of it that is left is spent by the next: whatever a reorganisation brings back, never
 * both. */
static void test_the_next_spends_what_is_left(void **state)
{
	struct world *w = *state;
	uint64_t id;

	for (unsigned i = 0; i < 2; i++)
		fund(w, 3, 100);
	id = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	take_payouts(w);
	fake_forget(&w->node);
	fund(w, 1000, 1000);
	spend_elsewhere(w, 0, 0);
	grow(w, 5);
	run(w, ROUND_MS);
	take_payouts(w);
	run(w, 1000);
	assert_int_equal(w->node.tx_count, 2);
	assert_true(conflicts(w, 1, 0));
	assert_paid_by(w, id, 1);
}

/* Many in one: each is paid once by the next. */
static void test_many_payouts(void **state)
{
	struct world *w = *state;
	uint64_t ids[50];

	fund(w, 100, 100);
	for (unsigned i = 0; i < 50; i++)
		ids[i] = owe(w, i, SKY);
	start_payer(w);
	run(w, 100);
	take_payouts(w);
	fake_forget(&w->node);
	fund(w, 100, 100);
	spend_elsewhere(w, 0, 0);
	grow(w, 3);
	run(w, ROUND_MS);
	take_payouts(w);
	run(w, ROUND_MS);
	fake_block(&w->node);
	run(w, ROUND_MS);
	take_payouts(w);
	for (unsigned i = 0; i < 50; i++) {
		assert_state(w, ids[i], PAYOUT_CONFIRMED);
		assert_int_equal(deposit_of(w, ids[i]).state, DEPOSIT_DONE);
		assert_received(w, i, SKY);
	}
}

/* A deposit that left its chain meanwhile is not paid by a second transaction. */
static void test_deposit_left_meanwhile(void **state)
{
	struct world *w = *state;
	uint64_t id = sent_and_forgotten(w);
	struct deposit d = deposit_of(w, id);
	struct err err;

	d.left_chain = true;
	assert_int_equal(store_begin(w->x, &err), 0);
	assert_int_equal(store_deposit_move(w->x, &d, DEPOSIT_WAITING_CONFIRM, "late", &err), 0);
	assert_int_equal(store_commit(w->x, &err), 0);
	spend_elsewhere(w, 0, 0);
	grow(w, 5);
	run(w, ROUND_MS);
	assert_state(w, id, PAYOUT_WAITING);
	take_payouts(w);
	run(w, ROUND_MS);
	assert_int_equal(deposit_of(w, id).state, DEPOSIT_VOID);
	assert_int_equal(w->node.tx_count, 1);
	assert_received(w, 1, 0);
}

/* It is looked after until its spender is final, and not longer. */
static void test_final_after_all(void **state)
{
	struct world *w = *state;
	uint64_t id = sent_and_forgotten(w);

	spend_elsewhere(w, 0, 0);
	grow(w, 2);
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_DEAD);
	assert_false(tx_of(w, 0).final);
	grow(w, 3);
	run(w, ROUND_MS);
	assert_true(tx_of(w, 0).final);
	assert_paid_by(w, id, 1);
}

/* --- a payment from the change of another --------------------------------------------------------
 */
/* The first is confirmed and its block disappears; somebody else takes its input.  What the second
 * spends will then never be, which no block ever shows: that its parent is dead for good is the
 * proof. */
static void test_the_change_of_a_dead_one(void **state)
{
	struct world *w = *state;
	uint64_t first, second;

	fund(w, 100, 100);
	first = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	take_payouts(w);
	second = owe(w, 2, 3 * SKY);
	run(w, 1000);
	assert_state(w, first, PAYOUT_CONFIRMED);
	assert_state(w, second, PAYOUT_SENT);
	assert_int_equal(w->node.tx_count, 2);
	fake_unconfirm(&w->node, w->node.txs[0].txid, true);
	fake_forget(&w->node);
	fund(w, 80, 80);
	spend_elsewhere(w, 0, 0);
	grow(w, 2);
	run(w, 2 * ROUND_MS);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_DEAD);
	assert_int_equal(tx_of(w, 1).state, PAYOUT_TX_SENT); /* the spender is not final yet */
	assert_true(tx_of(w, 1).held_at > 0);
	for (unsigned i = 0; i < 6; i++) {
		grow(w, 1);
		run(w, ROUND_MS);
		take_payouts(w);
		fake_block(&w->node);
	}
	run(w, ROUND_MS);
	take_payouts(w);
	assert_int_equal(tx_of(w, 1).state, PAYOUT_TX_DEAD);
	assert_true(tx_of(w, 1).proven);
	assert_state(w, first, PAYOUT_CONFIRMED);
	assert_state(w, second, PAYOUT_CONFIRMED);
	assert_received(w, 1, 5 * SKY);
	assert_received(w, 2, 3 * SKY);
	assert_int_equal(deposit_of(w, second).state, DEPOSIT_DONE);
}

int main(void)
{
#define PAYER_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		PAYER_TEST(test_dead_at_its_depth_and_not_before),
		PAYER_TEST(test_a_depth_of_one),
		PAYER_TEST(test_the_change_of_a_dead_one),
		PAYER_TEST(test_only_a_node_in_step_decides),
		PAYER_TEST(test_only_in_the_round_in_which_it_is_good),
		PAYER_TEST(test_another_first_block),
		PAYER_TEST(test_its_own_id_is_no_proof),
		PAYER_TEST(test_spender_reorganised_away),
		PAYER_TEST(test_answers_that_make_no_sense),
		PAYER_TEST(test_refused_is_no_proof),
		PAYER_TEST(test_pending_for_ever),
		PAYER_TEST(test_no_answer),
		PAYER_TEST(test_died_at_any_moment),
		PAYER_TEST(test_the_next_spends_what_is_left),
		PAYER_TEST(test_many_payouts),
		PAYER_TEST(test_deposit_left_meanwhile),
		PAYER_TEST(test_final_after_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
