/* Fetching ahead: how far, how much at once, what happens when part of it fails or is slow. */
#include "test/support/test.h"

#include <inttypes.h>
#include <stdio.h>

#include "test/support/scan_world.h"

#define MIB (1U << 20)

static unsigned commits_until_tip(struct scan_world *w)
{
	unsigned commits = 0;
	int64_t seen = scan_cursor_height(w, COIN_BTC);

	while (scan_cursor_height(w, COIN_BTC) < w->chain->tip) {
		loop_scripted_advance(w->loop, 1);
		commits += scan_cursor_height(w, COIN_BTC) != seen ? 1 : 0;
		seen = scan_cursor_height(w, COIN_BTC);
	}
	return commits;
}

static void test_many_blocks_in_one_commit(void **state)
{
	struct scan_world *w = *state;

	script_mine_many(w->chain, 1600);
	scan_start(w);
	assert_in_range(commits_until_tip(w), 1600 / 32, 1600 / 13);
}

/* Large blocks are bounded by what they take, small ones by their number. */
static void test_blocks_ahead_by_bytes(void **state)
{
	static const struct {
		size_t size;
		unsigned least, most;
	} rows[] = {
		{ 0, 32, 32 },	   { 1000, 32, 32 },  { MIB, 32, 32 },
		{ 4 * MIB, 8, 8 }, { 8 * MIB, 4, 4 }, { 40 * MIB, 1, 1 }, /* one at least */
	};
	struct scan_world *w = *state;

	scan_start(w);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w->chain->block_size = rows[i].size;
		script_mine_many(w->chain, 100); /* what is expected follows what came */
		scan_run(w);
		scan_run(w);
		w->chain->most_under_way = 0;
		script_mine_many(w->chain, 100);
		scan_run(w);
		scan_run(w);
		expect_at_tip(w);
		assert_in_range(w->chain->most_under_way, rows[i].least, rows[i].most);
	}
}

/* What is expected before anything came: a chain may begin with its largest blocks. */
static void test_the_first_blocks_are_few(void **state)
{
	struct scan_world *w = *state;

	w->chain->block_size = 4 * MIB;
	script_mine_many(w->chain, 500);
	scan_start(w);
	scan_run(w);
	scan_run(w);
	expect_at_tip(w);
	assert_true(w->chain->most_under_way <= 8);
}

/* --- part of it fails ------------------------------------------------------------------------- */

/* Of those that were asked for together one fails: what is before it counts, what is behind it is
 * asked for again, and nothing twice. */
static void test_a_batch_that_fails_in_the_middle(void **state)
{
	static const struct chain_error errors[] = {
		{ CHAIN_UNREACHABLE, "half a body" },
		{ CHAIN_STALE, "block not found" },
		{ CHAIN_BAD_BLOCK, "merkle root" },
		{ CHAIN_REFUSED, "pruned" },
	};
	struct scan_world *w = *state;

	w->chain->batches = true;
	scan_start(w);
	script_mine_many(w->chain, 200);
	scan_run(w);
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		int64_t bad = w->chain->tip + 5;

		script_mine_many(w->chain, 20);
		script_pay(w->chain, "a", i, "ours", 5);
		w->chain->fail_block = bad;
		w->chain->fail_with = errors[i];
		loop_scripted_advance(w->loop, 5000);
		assert_int_equal(scan_cursor_height(w, COIN_BTC), bad - 1);
		w->chain->fail_block = -1;
		loop_scripted_advance(w->loop, 40000);
		expect_at_tip(w);
	}
	expect_sightings(w,
			 "a:0@320 confirmed, a:1@340 confirmed, a:2@360 confirmed, a:3@380 seen");
}

/* Each block alone comes in time, many at once do not: fewer are asked for until it works. */
static void time_out(void *arg, enum script_kind kind, int64_t height)
{
	struct scan_world *w = arg;

	(void)height;
	w->chain->fail_with = (struct chain_error){ CHAIN_UNREACHABLE, "timed out" };
	w->chain->fail_times = kind == ASK_BLOCK && w->chain->under_way > 2 ? 1 : 0;
}

static void test_a_slow_node_is_asked_for_less(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	scan_run(w);
	script_mine_many(w->chain, 300);
	w->chain->block_ms = 200;
	w->chain->before_answer = time_out;
	w->chain->hook_arg = w;
	loop_scripted_advance(w->loop, 600000);
	assert_int_equal(scan_cursor_height(w, COIN_BTC), w->chain->tip);
	w->chain->before_answer = NULL;
	w->chain->fail_times = 0;
	scan_run(w);
	expect_at_tip(w);
}

/* --- slow ------------------------------------------------------------------------------------- */

static void hang_from(void *arg, enum script_kind kind, int64_t height)
{
	struct scan_world *w = arg;

	w->chain->hangs = kind == ASK_BLOCK && height >= 105;
}

/* The next block does not come: those before it are not kept waiting for company. */
static void test_no_block_waits_long_for_the_next(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	scan_run(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	script_mine_many(w->chain, 9);
	w->chain->on_ask = hang_from;
	w->chain->hook_arg = w;
	loop_scripted_advance(w->loop, SCAN_PERIOD_MS + 600);
	assert_int_equal(scan_cursor_height(w, COIN_BTC), 104);
	expect_sightings(w, "t:0@101 confirmed");
	assert_int_equal(w->btc.news, 1);
}

/* --- a flood ---------------------------------------------------------------------------------- */

#define CROWD 300

struct flood {
	struct scan_world *w;
	uint64_t told, most;
};

static void on_flood_news(void *arg)
{
	struct flood *f = arg;
	uint64_t now = feed_newest(f->w);

	f->most = now - f->told > f->most ? now - f->told : f->most;
	f->told = now;
}

/* More than a turn's share is ready: it goes on in the next, and nothing is left behind. */
static void test_a_flood_of_deposits(void **state)
{
	struct scan_world *w = *state;
	struct flood f = { .w = w };

	w->btc.o.confirmations = 1;
	w->btc.o.on_news = on_flood_news;
	w->btc.o.arg = &f;
	w->chain->batches = true;
	scan_start(w);
	scan_run(w);
	script_mine_many(w->chain, 40);
	for (int64_t h = 101; h <= 140; h++)
		w->chain->blocks[h].crowd = CROWD;
	scan_run(w);
	expect_at_tip(w);
	assert_int_equal(f.told, 40 * CROWD);
	assert_in_range(f.most, CROWD, 1000 + CROWD); /* in one turn */
	scan_stop(w);
}

/* What finality confirms at once is bounded, too. */
static void test_a_flood_becomes_final(void **state)
{
	struct scan_world *w = *state;
	struct flood f = { .w = w };

	w->btc.o.confirmations = 0;
	w->btc.o.on_news = on_flood_news;
	w->btc.o.arg = &f;
	w->chain->final = 100;
	scan_start(w);
	scan_run(w);
	script_mine_many(w->chain, 40);
	for (int64_t h = 101; h <= 140; h++)
		w->chain->blocks[h].crowd = CROWD;
	scan_run(w);
	assert_int_equal(f.told, 0);
	w->chain->final = 139;
	scan_run(w);
	expect_at_tip(w);
	assert_int_equal(f.told, 39 * CROWD);
	assert_in_range(f.most, CROWD, 1000);
	scan_stop(w);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, scan_world_setup, scan_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_many_blocks_in_one_commit),	 ROW(test_blocks_ahead_by_bytes),
		ROW(test_the_first_blocks_are_few),	 ROW(test_a_batch_that_fails_in_the_middle),
		ROW(test_a_slow_node_is_asked_for_less), ROW(test_no_block_waits_long_for_the_next),
		ROW(test_a_flood_of_deposits),		 ROW(test_a_flood_becomes_final),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
