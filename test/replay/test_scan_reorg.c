/* Reorganisations: what was undone, and what came back. */
#include "test/support/test.h"

#include "test/support/scan_world.h"

/* --- reorganisations ------------------------------------------------------------------------ */

static void test_reorganisation_without_growth_is_seen(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	scan_run(w);
	script_drop(w->chain, 2);
	script_mine_many(w->chain, 2);
	script_pay(w->chain, "t", 0, "ours", 5);
	scan_run(w);
	expect_at_tip(w);
	expect_sightings(w, "t:0@100 seen");
}

static void test_reorganisation_while_stopped(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	scan_run(w);
	scan_stop(w);
	script_drop(w->chain, 3);
	script_mine_many(w->chain, 5);
	scan_start(w);
	scan_run(w);
	expect_at_tip(w);
	expect_sightings(w, "t:0@101 orphaned");
}

static void test_transaction_returns_in_another_block(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	scan_run(w);
	script_drop(w->chain, 1);
	script_mine_many(w->chain, 3);
	script_pay(w->chain, "t", 0, "ours", 5);
	scan_run(w);
	expect_sightings(w, "t:0@103 seen");
	script_mine_many(w->chain, 2);
	scan_run(w);
	expect_feed_after(w, 0, "t:0@103 confirmed");
}

static void test_confirmed_one_undone_and_back(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	script_mine_many(w->chain, 2);
	scan_run(w);
	expect_feed_after(w, 0, "t:0@101 confirmed");
	script_drop(w->chain, 3);
	script_mine_many(w->chain, 4);
	scan_run(w);
	expect_feed_after(w, 0, "t:0@101 orphaned");
	assert_int_equal(w->btc.news, 2);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	script_mine_many(w->chain, 2);
	scan_run(w);
	expect_feed_after(w, 0, "t:0@105 confirmed");
	assert_int_equal(w->btc.news, 3);
}

/* Where n is a place in the block, the transaction alone says which output it is: it keeps the name
 * under which exchangerd knows it. */
static void test_transaction_returns_at_another_place(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 3, "ours", 5)->n_moves = true;
	script_pay(w->chain, "u", 4, "ours", 5)->n_moves = true;
	scan_run(w);
	script_drop(w->chain, 1);
	script_mine_many(w->chain, 2);
	script_pay(w->chain, "u", 0, "ours", 5)->n_moves = true;
	script_pay(w->chain, "t", 1, "ours", 5)->n_moves = true;
	scan_run(w);
	expect_sightings(w, "t:3@102 seen, u:4@102 seen");
	script_mine_many(w->chain, 2);
	scan_run(w);
	expect_feed_after(w, 0, "t:3@102 confirmed, u:4@102 confirmed");
	script_drop(w->chain, 3);
	script_mine_many(w->chain, 3);
	script_pay(w->chain, "t", 7, "ours", 5)->n_moves = true;
	script_mine_many(w->chain, 2);
	scan_run(w);
	expect_feed_after(w, 2, "u:4@102 orphaned, t:3@104 confirmed");
}

/* A node that tells of the same transaction twice does not make it two deposits. */
static void test_transaction_at_two_places(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5)->n_moves = true;
	script_pay(w->chain, "t", 1, "ours", 5)->n_moves = true;
	script_mine(w->chain);
	script_pay(w->chain, "t", 2, "ours", 5)->n_moves = true;
	scan_run(w);
	expect_sightings(w, "t:0@101 seen");
}

static void test_block_that_cannot_be_judged_is_asked_for_again(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	scan_run(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	w->chain->unjudged = 2;
	scan_run(w);
	expect_at_tip(w);
	expect_sightings(w, "t:0@101 seen");
}

/* Fewer blocks than before, all of them known: the node may be loading again.  Nothing is undone
 * until it shows another block. */
static void test_tip_going_back_undoes_nothing(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	scan_run(w);
	w->chain->tip = 95;
	scan_run(w);
	assert_int_equal(scan_cursor_height(w, COIN_BTC), 101);
	expect_sightings(w, "t:0@101 seen");
	expect_problem(w, "btc_scan", "95");
	w->chain->tip = 101;
	scan_run(w);
	expect_at_tip(w);
	expect_sightings(w, "t:0@101 seen");
}

/* Of several nodes behind one name each has its own newest block: one that is a little behind at
 * one look and not at the next is no news, one that stays so is. */
static void test_a_node_that_is_slightly_behind(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	scan_run(w);
	for (unsigned i = 0; i < 10; i++) {
		w->chain->tip = i % 2 == 0 ? 99 : 100;
		loop_scripted_advance(w->loop, SCAN_PERIOD_MS + 3 * SCRIPT_ANSWER_MS);
		expect_no_problem(w, "btc_scan");
	}
	w->chain->tip = 98;
	scan_run(w);
	expect_problem(w, "btc_scan", "98");
	w->chain->tip = 100;
	scan_run(w);
	expect_at_tip(w);
	w->chain->tip = 97; /* that is more than slightly */
	loop_scripted_advance(w->loop, SCAN_PERIOD_MS + 3 * SCRIPT_ANSWER_MS);
	expect_problem(w, "btc_scan", "97");
}

static void test_tip_going_back_to_another_branch(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	script_mine_many(w->chain, 2);
	script_pay(w->chain, "t", 0, "ours", 5);
	scan_run(w);
	script_drop(w->chain, 5);
	script_mine_many(w->chain, 2); /* 99, with two blocks of its own */
	scan_run(w);
	expect_at_tip(w);
	expect_sightings(w, "t:0@102 orphaned");
}

/* While the scanner walks back, the chain is replaced once more, deeper, and is shorter. */
static void replace_again(void *arg, enum script_kind kind, int64_t height)
{
	struct scan_world *w = arg;

	if (kind != ASK_HASH || height != 99)
		return;
	w->chain->before_answer = NULL;
	script_drop(w->chain, 6);
	script_mine_many(w->chain, 2);
}

static void test_tip_moves_during_the_walk_back(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	scan_run(w);
	script_drop(w->chain, 3);
	script_mine_many(w->chain, 3);
	w->chain->before_answer = replace_again;
	w->chain->hook_arg = w;
	scan_run(w);
	script_mine_many(w->chain, 9);
	scan_run(w);
	expect_at_tip(w);
}

/* Between two blocks of a fetch the chain turns to another branch. */
static void turn_at_block(void *arg, enum script_kind kind, int64_t height)
{
	struct scan_world *w = arg;

	if (kind != ASK_BLOCK || height != 104)
		return;
	w->chain->before_answer = NULL;
	script_drop(w->chain, w->chain->tip - 101);
	script_mine_many(w->chain, 9);
	script_pay(w->chain, "t", 0, "ours", 5);
}

static void test_chain_turns_during_a_fetch(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	scan_run(w);
	script_mine_many(w->chain, 8);
	w->chain->before_answer = turn_at_block;
	w->chain->hook_arg = w;
	scan_run(w);
	expect_at_tip(w);
	expect_sightings(w, "t:0@110 seen");
}

static void test_block_vanishes_after_its_hash(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	scan_run(w);
	script_mine_many(w->chain, 3);
	loop_scripted_advance(w->loop, SCAN_PERIOD_MS - 200);
	w->chain->fail_with = (struct chain_error){ CHAIN_STALE, "block not found" };
	while (w->chain->asked[ASK_BLOCK] < 13)
		loop_scripted_advance(w->loop, 1);
	w->chain->fail_times = 1;
	loop_scripted_advance(w->loop, 2 * SCRIPT_ANSWER_MS);
	expect_no_problem(w, "btc_node"); /* nobody needs to know */
	scan_run(w);
	expect_at_tip(w);
}

static void test_all_that_was_scanned_is_replaced(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	scan_run(w);
	script_drop(w->chain, 50);
	script_mine_many(w->chain, 60);
	script_pay(w->chain, "u", 0, "ours", 5);
	w->chain->lowest_block_asked = SCRIPT_BLOCKS_MAX;
	scan_run(w);
	expect_at_tip(w);
	assert_int_equal(w->chain->lowest_block_asked, 91);
	expect_sightings(w, "t:0@101 orphaned, u:0@111 seen");
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, scan_world_setup, scan_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_reorganisation_without_growth_is_seen),
		ROW(test_reorganisation_while_stopped),
		ROW(test_transaction_returns_in_another_block),
		ROW(test_confirmed_one_undone_and_back),
		ROW(test_transaction_returns_at_another_place),
		ROW(test_transaction_at_two_places),
		ROW(test_block_that_cannot_be_judged_is_asked_for_again),
		ROW(test_tip_going_back_undoes_nothing),
		ROW(test_a_node_that_is_slightly_behind),
		ROW(test_tip_going_back_to_another_branch),
		ROW(test_tip_moves_during_the_walk_back),
		ROW(test_chain_turns_during_a_fetch),
		ROW(test_block_vanishes_after_its_hash),
		ROW(test_all_that_was_scanned_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
