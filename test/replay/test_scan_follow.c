/* Along the chain: what is asked for, recorded and confirmed, by depth and by finality. */
#include "test/support/test.h"

#include "test/support/scan_world.h"

/* --- along the chain ------------------------------------------------------------------------ */

static void test_first_start_is_at_the_initial_height(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	scan_run(w);
	expect_at_tip(w);
	assert_int_equal(w->chain->lowest_block_asked, 91);
	assert_int_equal(w->chain->asked[ASK_BLOCK], 10); /* empty blocks are blocks, each once */
	assert_int_equal(w->btc.news, 0);
}

static void test_restart_is_at_the_cursor(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	scan_run(w);
	scan_stop(w);
	script_mine_many(w->chain, 3);
	w->chain->lowest_block_asked = SCRIPT_BLOCKS_MAX;
	w->btc.o.initial_height = 7; /* a changed configuration does not matter any more */
	scan_start(w);
	scan_run(w);
	expect_at_tip(w);
	assert_int_equal(w->chain->lowest_block_asked, 101);
}

static void test_blocks_are_fetched_ahead_within_a_bound(void **state)
{
	struct scan_world *w = *state;

	script_mine_many(w->chain, 500);
	scan_start(w);
	scan_run(w);
	expect_at_tip(w);
	assert_int_equal(w->chain->asked[ASK_BLOCK], 510);
	assert_true(w->chain->most_under_way > 4);
	assert_true(w->chain->most_under_way <= 32);
}

static void test_initial_height_above_the_tip_is_waited_for(void **state)
{
	struct scan_world *w = *state;

	w->btc.o.initial_height = 103;
	scan_start(w);
	scan_run(w);
	assert_int_equal(w->chain->asked[ASK_BLOCK], 0);
	expect_problem(w, "btc_scan", "103");
	script_mine_many(w->chain, 4);
	scan_run(w);
	expect_at_tip(w);
	assert_int_equal(w->chain->lowest_block_asked, 103);
}

static void test_every_output_counts_for_itself(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t1", 0, "ours", 5);
	script_pay(w->chain, "t1", 2, "ours", 5);
	script_pay(w->chain, "t1", 3, "theirs", 5);
	script_pay(w->chain, "t2", 0, "ours", 0); /* no value, no deposit */
	scan_run(w);
	expect_sightings(w, "t1:0@101 seen, t1:2@101 seen");
}

static void test_confirmed_exactly_at_depth(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	scan_run(w);
	expect_sightings(w, "t:0@101 seen");
	script_mine(w->chain);
	scan_run(w);
	expect_sightings(w, "t:0@101 seen");
	assert_int_equal(w->btc.news, 0);
	script_mine(w->chain);
	scan_run(w);
	expect_sightings(w, "t:0@101 confirmed");
	expect_feed_after(w, 0, "t:0@101 confirmed");
	assert_int_equal(w->btc.news, 1);
}

static void test_one_confirmation_is_the_block_itself(void **state)
{
	struct scan_world *w = *state;

	w->btc.o.confirmations = 1;
	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	scan_run(w);
	expect_feed_after(w, 0, "t:0@101 confirmed");
}

static void test_coinbase_counts_when_mature(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "cb", 0, "ours", 5)->coinbase = true;
	script_mine_many(w->chain, 98); /* 99 confirmations */
	scan_run(w);
	expect_sightings(w, "cb:0@101 seen");
	script_mine(w->chain);
	scan_run(w);
	expect_sightings(w, "cb:0@101 confirmed");
}

static void test_coinbase_with_more_confirmations_required(void **state)
{
	struct scan_world *w = *state;

	w->btc.o.confirmations = 102;
	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "cb", 0, "ours", 5)->coinbase = true;
	script_mine_many(w->chain, 100);
	scan_run(w);
	expect_sightings(w, "cb:0@101 seen");
	script_mine(w->chain);
	scan_run(w);
	expect_sightings(w, "cb:0@101 confirmed");
}

/* --- finality ------------------------------------------------------------------------------- */

static void finality_world(struct scan_world *w)
{
	w->btc.o.confirmations = 0;
	w->chain->final = 90;
	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	script_mine(w->chain);
	script_pay(w->chain, "u", 0, "ours", 5);
	script_mine_many(w->chain, 200);
	scan_run(w);
	expect_at_tip(w);
}

static void test_finality_confirms_and_depth_does_not(void **state)
{
	struct scan_world *w = *state;

	finality_world(w);
	expect_sightings(w, "t:0@101 seen, u:0@102 seen");
	w->chain->final = 100;
	scan_run(w);
	expect_sightings(w, "t:0@101 seen, u:0@102 seen");
	assert_int_equal(w->btc.news, 0);
	w->chain->final = 101;
	scan_run(w);
	expect_feed_after(w, 0, "t:0@101 confirmed");
	assert_int_equal(w->btc.news, 1);
	w->chain->final = 302;
	scan_run(w);
	expect_feed_after(w, 0, "t:0@101 confirmed, u:0@102 confirmed");
	assert_int_equal(w->btc.news, 2);
}

/* A node that has just started, or a chain without finality: nothing is confirmed by mistake, and
 * it is said why. */
static void test_unknown_finality_is_waited_for(void **state)
{
	struct scan_world *w = *state;

	finality_world(w);
	w->chain->final = -1;
	scan_run(w);
	expect_at_tip(w);
	expect_sightings(w, "t:0@101 seen, u:0@102 seen");
	expect_problem(w, "btc_final", "none is confirmed");
	script_mine(w->chain);
	scan_run(w);
	expect_at_tip(w); /* the scan goes on meanwhile */
	w->chain->final = 150;
	scan_run(w);
	expect_no_problem(w, "btc_final");
	expect_feed_after(w, 0, "t:0@101 confirmed, u:0@102 confirmed");
}

/* The node calls a block final that is not the one that was scanned: it may be another node. */
static void turn_before_final(void *arg, enum script_kind kind, int64_t height)
{
	struct scan_world *w = arg;

	(void)height;
	if (kind != ASK_FINAL)
		return;
	w->chain->before_answer = NULL;
	script_drop(w->chain, 203);
	script_mine_many(w->chain, 203);
	w->chain->final = 250;
}

static void test_another_final_block_confirms_nothing(void **state)
{
	struct scan_world *w = *state;

	finality_world(w);
	w->chain->before_answer = turn_before_final;
	w->chain->hook_arg = w;
	scan_run(w);
	expect_at_tip(w);
	expect_sightings(w, "t:0@101 orphaned, u:0@102 orphaned");
	assert_int_equal(w->btc.news, 0);
}

static void test_finality_further_than_the_scan(void **state)
{
	struct scan_world *w = *state;

	w->btc.o.confirmations = 0;
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	script_mine_many(w->chain, 500);
	w->chain->final = 550;
	scan_start(w);
	while (scan_cursor_height(w, COIN_BTC) < 400)
		loop_scripted_advance(w->loop, 1);
	expect_sightings(w, "t:0@101 seen");
	scan_run(w);
	expect_at_tip(w);
	expect_feed_after(w, 0, "t:0@101 confirmed");
}

/* --- another number in the configuration ----------------------------------------------------- */

static void restart_with(struct scan_world *w, int64_t confirmations)
{
	scan_stop(w);
	w->btc.o.confirmations = confirmations;
	scan_start(w);
	scan_run(w);
	expect_at_tip(w);
}

/* The next block may be long in coming, and customers are told the new number at once. */
static void test_fewer_confirmations_count_at_the_next_start(void **state)
{
	struct scan_world *w = *state;

	w->btc.o.confirmations = 6;
	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	script_pay(w->chain, "cb", 0, "ours", 5)->coinbase = true;
	script_mine(w->chain);
	script_pay(w->chain, "u", 0, "ours", 5);
	script_mine(w->chain);
	script_pay(w->chain, "v", 0, "ours", 5);
	scan_run(w);
	restart_with(w, 4);
	expect_feed_after(w, 0, "");
	restart_with(w, 2);
	expect_sightings(w, "t:0@101 confirmed, cb:0@101 seen, u:0@102 confirmed, v:0@103 seen");
	expect_feed_after(w, 0, "t:0@101 confirmed, u:0@102 confirmed");
	assert_int_equal(w->btc.news, 1);
	restart_with(w, 6); /* what was confirmed stays so */
	expect_feed_after(w, 0, "t:0@101 confirmed, u:0@102 confirmed");
}

static void test_a_depth_in_place_of_finality(void **state)
{
	struct scan_world *w = *state;

	finality_world(w);
	w->chain->final = -1;
	scan_run(w);
	expect_sightings(w, "t:0@101 seen, u:0@102 seen");
	restart_with(w, 1);
	expect_feed_after(w, 0, "t:0@101 confirmed, u:0@102 confirmed");
}

/* What the node no longer has is not confirmed by a smaller number. */
static void test_fewer_confirmations_on_another_branch(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	scan_run(w);
	script_drop(w->chain, 1);
	script_mine(w->chain);
	restart_with(w, 1);
	expect_sightings(w, "t:0@101 orphaned");
	expect_feed_after(w, 0, "");
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, scan_world_setup, scan_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_first_start_is_at_the_initial_height),
		ROW(test_restart_is_at_the_cursor),
		ROW(test_blocks_are_fetched_ahead_within_a_bound),
		ROW(test_initial_height_above_the_tip_is_waited_for),
		ROW(test_every_output_counts_for_itself),
		ROW(test_confirmed_exactly_at_depth),
		ROW(test_one_confirmation_is_the_block_itself),
		ROW(test_coinbase_counts_when_mature),
		ROW(test_coinbase_with_more_confirmations_required),
		ROW(test_finality_confirms_and_depth_does_not),
		ROW(test_unknown_finality_is_waited_for),
		ROW(test_another_final_block_confirms_nothing),
		ROW(test_finality_further_than_the_scan),
		ROW(test_fewer_confirmations_count_at_the_next_start),
		ROW(test_a_depth_in_place_of_finality),
		ROW(test_fewer_confirmations_on_another_branch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
