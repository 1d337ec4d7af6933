/* A confirmed transaction is followed until it is final_depth deep.  When its block disappears it
 * goes out again, byte for byte the same; only a node in step says so. */
#include "test/support/test.h"

#include <string.h>

#include "test/support/payer_world.h"

#define ROUND_MS 310000

static uint64_t confirmed(struct world *w)
{
	uint64_t id;

	fund(w, 100, 100);
	id = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	fake_block(&w->node);
	run(w, WAIT_MS + 100);
	take_payouts(w);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_int_equal(deposit_of(w, id).state, DEPOSIT_DONE);
	assert_int_equal(tx_of(w, 0).block_seq, w->node.head_seq);
	return id;
}

static void assert_paid_once(struct world *w, uint64_t id)
{
	take_payouts(w);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_int_equal(deposit_of(w, id).state, DEPOSIT_DONE);
	assert_received(w, 1, 5 * SKY);
	assert_int_equal(w->node.tx_count, 1);
}

static void unconfirm(struct world *w, bool forget)
{
	fake_unconfirm(&w->node, w->node.txs[0].txid, forget);
}

/* --- gone ----------------------------------------------------------------------------------------
 */
static void test_gone_and_sent_again(void **state)
{
	struct world *w = *state;
	uint64_t id = confirmed(w);

	unconfirm(w, true);
	run(w, ROUND_MS);
	take_payouts(w);
	assert_state(w, id, PAYOUT_SENT);
	assert_int_equal(deposit_of(w, id).state, DEPOSIT_WAITING_CONFIRM);
	assert_true(w->node.txs[0].in_pool); /* the same bytes: there is one transaction */
	grow(w, 1);
	fake_block(&w->node);
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).block_seq, w->node.head_seq);
	assert_paid_once(w, id);
}

/* The pool has it back by itself. */
static void test_gone_and_pending(void **state)
{
	struct world *w = *state;
	uint64_t id = confirmed(w);

	unconfirm(w, false);
	run(w, ROUND_MS);
	assert_state(w, id, PAYOUT_SENT);
	assert_int_equal(w->node.injects, 1);
	fake_block(&w->node);
	run(w, ROUND_MS);
	assert_paid_once(w, id);
}

/* Nobody looked meanwhile: all there is to store is the other block. */
static void test_in_another_block(void **state)
{
	struct world *w = *state;
	uint64_t id = confirmed(w);
	unsigned told;

	unconfirm(w, false);
	grow(w, 1);
	fake_block(&w->node);
	told = w->feed_moved;
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).block_seq, w->node.head_seq);
	assert_true(w->feed_moved <= told + 1);
	assert_paid_once(w, id);
}

static void test_only_a_node_in_step_decides(void **state)
{
	static const enum sky_standing others[] = { SKY_BEHIND, SKY_NO_PEERS, SKY_OTHER_CHAIN,
						    SKY_UNPROVEN };
	struct world *w = *state;
	uint64_t id = confirmed(w);

	unconfirm(w, true);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		w->node.standing = others[i];
		run(w, ROUND_MS);
		stop_payer(w);
		start_payer(w);
		run(w, ROUND_MS);
		assert_state(w, id, PAYOUT_CONFIRMED);
	}
	w->node.standing = SKY_GOOD;
	run(w, ROUND_MS);
	assert_state(w, id, PAYOUT_SENT);
	fake_block(&w->node);
	run(w, ROUND_MS);
	assert_paid_once(w, id);
}

/* A node that cannot prove anything lacks one that is not the last: nothing can be done with it,
 * and a person hears of that. */
static void test_missing_is_told(void **state)
{
	struct world *w = *state;
	uint64_t id = confirmed(w), second;

	second = owe(w, 2, 7 * SKY);
	fund(w, 50, 50);
	run(w, ROUND_MS);
	fake_block(&w->node);
	run(w, ROUND_MS);
	assert_state(w, second, PAYOUT_CONFIRMED);
	w->node.standing = SKY_UNPROVEN;
	w->node.txs[0].confirmed = false;
	run(w, ROUND_MS);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_non_null(strstr(health_text(w->health, "sky_node"), w->node.txs[0].txid));
	w->node.txs[0].confirmed = true;
	run(w, ROUND_MS);
	assert_string_equal(health_text(w->health, "sky_node"), "");
}

/* Its inputs stay reserved: nothing else may spend them while a block can still disappear. */
static void test_gone_does_not_free_its_inputs(void **state)
{
	struct world *w = *state;
	uint64_t id = confirmed(w), other;

	unconfirm(w, true);
	other = owe(w, 2, 5 * SKY);
	run(w, 1000);
	assert_state(w, other, PAYOUT_WAITING); /* the node lists its input as unspent again */
	fake_block(&w->node);
	run(w, ROUND_MS);
	fake_block(&w->node);
	run(w, ROUND_MS);
	fake_block(&w->node);
	run(w, ROUND_MS);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_state(w, other, PAYOUT_CONFIRMED);
	assert_received(w, 1, 5 * SKY);
	assert_received(w, 2, 5 * SKY);
}

/* The chain without it lets another spend its input: then it is dead, and paid anew. */
static void test_gone_and_dead(void **state)
{
	struct world *w = *state;
	uint64_t id = confirmed(w);
	struct sha256 input = input_of(w, 0, 0);
	char spender[65];

	unconfirm(w, true);
	fake_spend_elsewhere(&w->node, &input, "foreign", spender);
	fund(w, 50, 50);
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_SENT);
	grow(w, 5);
	run(w, ROUND_MS);
	assert_int_equal(tx_of(w, 0).state, PAYOUT_TX_DEAD);
	take_payouts(w);
	assert_int_equal(deposit_of(w, id).state, DEPOSIT_WAITING_SEND);
	run(w, 1000);
	fake_block(&w->node);
	run(w, ROUND_MS);
	take_payouts(w);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_string_equal(payout_of(w, id).txid, w->node.txs[1].txid);
	assert_received(w, 1, 5 * SKY);
}

static void test_died_at_any_moment(void **state)
{
	struct world *w = *state;
	uint64_t id = confirmed(w);

	unconfirm(w, true);
	for (unsigned ms = 0; ms < 40; ms++) {
		stop_payer(w);
		start_payer(w);
		run(w, ms % 9);
		if (ms % 5 == 0)
			take_payouts(w);
		if (ms == 25)
			fake_block(&w->node);
	}
	run(w, ROUND_MS);
	assert_paid_once(w, id);
}

/* --- the head moves back
 * ---------------------------------------------------------------------------- */
static void test_a_reorganisation_is_no_lag(void **state)
{
	struct world *w = *state;
	uint64_t id;

	(void)confirmed(w);
	w->node.head_seq -= 2; /* and grew by the next payment's block only */
	id = owe(w, 2, SKY);
	run(w, ROUND_MS);
	assert_state(w, id, PAYOUT_SENT);
	assert_string_equal(payer_error(w->payer), "");
	w->node.head_seq -= 50; /* no reorganisation is so deep */
	id = owe(w, 3, SKY);
	run(w, ROUND_MS);
	assert_state(w, id, PAYOUT_WAITING);
	assert_non_null(strstr(payer_error(w->payer), "behind"));
}

/* --- final
 * --------------------------------------------------------------------------------------------- */
static void test_final_at_its_depth(void **state)
{
	struct world *w = *state;
	unsigned statuses;
	struct err err;
	bool reserved;

	(void)confirmed(w);
	grow(w, 4);
	run(w, ROUND_MS);
	assert_false(tx_of(w, 0).final);
	assert_int_equal(store_uxout_reserved(w->s, input_of(w, 0, 0).b, &reserved, &err), 0);
	assert_true(reserved);
	grow(w, 1);
	run(w, ROUND_MS);
	assert_true(tx_of(w, 0).final);
	assert_int_equal(store_uxout_reserved(w->s, input_of(w, 0, 0).b, &reserved, &err), 0);
	assert_false(reserved);
	statuses = w->node.statuses;
	run(w, 3600000);
	assert_int_equal(w->node.statuses, statuses); /* nothing to do: nothing is asked */
}

/* A node that is not used for new payments has it in a block, which nobody else has. */
static void test_not_final_by_a_node_that_is_cut_off(void **state)
{
	static const enum sky_standing others[] = { SKY_BEHIND, SKY_NO_PEERS };
	struct world *w = *state;
	uint64_t id;

	fund(w, 100, 100);
	id = owe(w, 1, 5 * SKY);
	start_payer(w);
	run(w, 100);
	take_payouts(w);
	fake_block(&w->node);
	grow(w, 20);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		w->node.standing = others[i];
		run(w, ROUND_MS);
		assert_state(w, id, PAYOUT_CONFIRMED);
		assert_false(tx_of(w, 0).final);
	}
	fake_unconfirm(&w->node, w->node.txs[0].txid, true);
	w->node.standing = SKY_GOOD;
	run(w, ROUND_MS);
	fake_block(&w->node);
	grow(w, 5);
	run(w, ROUND_MS);
	assert_true(tx_of(w, 0).final);
	assert_paid_once(w, id);
}

/* A node that lacks what is final is on another way than ours, whatever it says of itself. */
static void test_what_is_final_is_not_gone(void **state)
{
	struct world *w = *state;
	uint64_t id = confirmed(w), second;

	grow(w, 5);
	run(w, ROUND_MS);
	assert_true(tx_of(w, 0).final);
	w->node.txs[0].confirmed = false;
	second = owe(w, 2, 5 * SKY);
	run(w, ROUND_MS);
	assert_state(w, id, PAYOUT_CONFIRMED);
	assert_state(w, second, PAYOUT_WAITING);
	assert_non_null(strstr(payer_error(w->payer), "last confirmed transaction"));
}

/* Chains stand still when nobody pays: one that is not final costs a few questions a minute. */
static void test_followed_slowly(void **state)
{
	struct world *w = *state;
	unsigned healths;

	(void)confirmed(w);
	run(w, ROUND_MS);
	healths = w->node.healths;
	run(w, 3600000);
	assert_in_range(w->node.healths - healths, 28, 32);
	assert_false(tx_of(w, 0).final);
}

/* --- the chain is pinned
 * ---------------------------------------------------------------------------------- */
static void test_the_first_good_node_pins_the_chain(void **state)
{
	struct world *w = *state;
	char genesis[65];
	struct err err;

	w->node.standing = SKY_UNPROVEN;
	start_payer(w);
	run(w, 1000);
	assert_int_equal(store_sky_genesis(w->s, genesis, &err), ERR_NOT_FOUND);
	stop_payer(w);
	w->node.standing = SKY_GOOD;
	start_payer(w);
	run(w, 1000);
	assert_int_equal(store_sky_genesis(w->s, genesis, &err), 0);
	assert_string_equal(genesis, w->node.genesis);
	stop_payer(w);
	w->node.pinned[0] = '\0';
	fund(w, 100, 100);
	(void)owe(w, 1, SKY);
	start_payer(w);
	run(w, 100);
	stop_payer(w);
	w->node.pinned[0] = '\0';
	start_payer(w); /* the node hears of it before it is asked anything */
	run(w, 0);
	assert_string_equal(w->node.pinned, w->node.genesis);
}

/* The first node was one of a test network: as long as nothing was paid there that can be mended.
 */
static void test_pinned_anew_before_the_first_payment(void **state)
{
	struct world *w = *state;
	char genesis[65];
	struct err err;
	uint64_t id;

	start_payer(w);
	run(w, 1000);
	stop_payer(w);
	w->node.genesis = "00000000000000000000000000000000000000000000000000000000000000ff";
	fund(w, 100, 100);
	id = owe(w, 1, SKY);
	start_payer(w);
	run(w, 1000);
	assert_state(w, id, PAYOUT_SENT);
	assert_int_equal(store_sky_genesis(w->s, genesis, &err), 0);
	assert_string_equal(genesis, w->node.genesis);
}

int main(void)
{
#define PAYER_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		PAYER_TEST(test_gone_and_sent_again),
		PAYER_TEST(test_gone_and_pending),
		PAYER_TEST(test_in_another_block),
		PAYER_TEST(test_only_a_node_in_step_decides),
		PAYER_TEST(test_missing_is_told),
		PAYER_TEST(test_gone_does_not_free_its_inputs),
		PAYER_TEST(test_gone_and_dead),
		PAYER_TEST(test_died_at_any_moment),
		PAYER_TEST(test_a_reorganisation_is_no_lag),
		PAYER_TEST(test_final_at_its_depth),
		PAYER_TEST(test_not_final_by_a_node_that_is_cut_off),
		PAYER_TEST(test_what_is_final_is_not_gone),
		PAYER_TEST(test_followed_slowly),
		PAYER_TEST(test_the_first_good_node_pins_the_chain),
		PAYER_TEST(test_pinned_anew_before_the_first_payment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
