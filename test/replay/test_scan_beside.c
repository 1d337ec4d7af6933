/* Several chains in one scannerd: one that is stuck, slow, huge, halted or refused by the database
 * does not slow the others. */
#include "test/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "test/support/scan_world.h"

struct beside {
	struct scan_world *w;
	struct scan_side eth;
};

static int setup(void **state)
{
	struct beside *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	assert_int_equal(scan_world_setup((void **)&b->w), 0);
	scan_side_open(b->w, COIN_ETH, &b->eth);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct beside *b = *state;

	scan_side_close(&b->eth);
	assert_int_equal(scan_world_teardown((void **)&b->w), 0);
	free(b);
	return 0;
}

/* Milliseconds that Ethereum needs for 600 blocks. */
static uint64_t eth_ms(struct beside *b)
{
	uint64_t ms = 0;

	while (scan_cursor_height(b->w, COIN_ETH) < b->eth.chain->tip) {
		loop_scripted_advance(b->w->loop, 5);
		ms += 5;
		assert_true(ms < 60000);
	}
	return ms;
}

static uint64_t eth_alone_ms(void)
{
	void *state;
	uint64_t ms;
	struct beside *b;

	assert_int_equal(setup(&state), 0);
	b = state;
	script_mine_many(b->eth.chain, 600);
	scan_side_start(&b->eth);
	ms = eth_ms(b);
	teardown(&state);
	return ms;
}

static void expect_eth_as_fast(struct beside *b, uint64_t alone_ms)
{
	script_mine_many(b->eth.chain, 600);
	script_pay(b->eth.chain, "e", 0, "ours", 5);
	scan_side_start(&b->eth);
	assert_in_range(eth_ms(b), 1, alone_ms + 10);
}

/* One scripted loop at a time: what it needs alone is measured before. */
static uint64_t alone_ms;

static void test_a_node_that_never_answers(void **state)
{
	struct beside *b = *state;

	b->w->chain->hangs = true;
	scan_start(b->w);
	expect_eth_as_fast(b, alone_ms);
}

static void test_a_node_that_hangs_amid_blocks(void **state)
{
	struct beside *b = *state;

	script_mine_many(b->w->chain, 300);
	scan_start(b->w);
	loop_scripted_advance(b->w->loop, 60);
	b->w->chain->hangs = true;
	expect_eth_as_fast(b, alone_ms);
	assert_true(scan_cursor_height(b->w, COIN_BTC) < 400);
}

static void test_a_node_that_fails_and_fails(void **state)
{
	struct beside *b = *state;

	b->w->chain->fail_times = -1;
	b->w->chain->fail_with = (struct chain_error){ CHAIN_UNREACHABLE, "refused" };
	scan_start(b->w);
	expect_eth_as_fast(b, alone_ms);
	expect_side_at_tip(b->w, &b->eth);
	expect_problem(b->w, "btc_node", "refused");
}

static void test_a_chain_that_has_halted(void **state)
{
	struct beside *b = *state;
	struct scanner_status s;

	b->w->btc.o.initial_height = 1;
	script_mine_many(b->w->chain, 1400);
	scan_start(b->w);
	scan_run(b->w);
	script_drop(b->w->chain, 1300);
	script_mine_many(b->w->chain, 1400);
	scan_run(b->w);
	scanner_status(b->w->btc.scanner, &s);
	assert_string_equal(s.state, "halted");
	expect_eth_as_fast(b, alone_ms);
}

/* Blocks that each pay thousands: what is recorded of them in a turn is bounded, so that the other
 * chain moves on between them. */
static void test_a_chain_with_a_flood(void **state)
{
	struct beside *b = *state;

	b->w->chain->batches = true;
	script_mine_many(b->w->chain, 40);
	for (int64_t h = 101; h <= 140; h++)
		b->w->chain->blocks[h].crowd = 500;
	scan_start(b->w);
	expect_eth_as_fast(b, alone_ms);
	scan_run(b->w);
	expect_at_tip(b->w);
}

/* A step of one chain that the database refuses is undone alone: what the other one did in the same
 * turn is committed with it. */
static void test_a_block_that_cannot_be_recorded(void **state)
{
	struct beside *b = *state;
	struct chain_output *o;

	scan_start(b->w);
	scan_side_start(&b->eth);
	scan_run(b->w);
	script_mine_many(b->w->chain, 3);
	o = script_pay(b->w->chain, "t", 0, "ours", 5);
	o->txid[0] = '\0'; /* the schema says no */
	script_mine_many(b->eth.chain, 3);
	script_pay(b->eth.chain, "e", 0, "ours", 5);
	scan_run(b->w);
	expect_side_at_tip(b->w, &b->eth);
	assert_int_equal(scan_cursor_height(b->w, COIN_BTC), 102);
	expect_problem(b->w, "btc_scan", "not recorded");
	expect_no_problem(b->w, "eth_scan");
}

/* No file may grow: the work is done and its commit fails, again and again. */
static void limit_files(bool on)
{
	struct rlimit limit = { .rlim_cur = on ? 0 : RLIM_INFINITY, .rlim_max = RLIM_INFINITY };

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A commit that fails undoes what both did, and both do it again. */
static void test_a_commit_that_fails(void **state)
{
	struct beside *b = *state;

	scan_start(b->w);
	scan_side_start(&b->eth);
	scan_run(b->w);
	script_mine_many(b->w->chain, 3);
	script_pay(b->w->chain, "t", 0, "ours", 5);
	script_mine_many(b->eth.chain, 3);
	limit_files(true);
	scan_run(b->w);
	limit_files(false);
	assert_int_equal(scan_cursor_height(b->w, COIN_BTC), 100);
	assert_int_equal(scan_cursor_height(b->w, COIN_ETH), 100);
	loop_scripted_advance(b->w->loop, 40000);
	expect_at_tip(b->w);
	expect_side_at_tip(b->w, &b->eth);
	expect_sightings(b->w, "t:0@103 seen");
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_a_node_that_never_answers),   ROW(test_a_node_that_hangs_amid_blocks),
		ROW(test_a_node_that_fails_and_fails), ROW(test_a_chain_that_has_halted),
		ROW(test_a_chain_with_a_flood),	       ROW(test_a_block_that_cannot_be_recorded),
		ROW(test_a_commit_that_fails),
	};

	alone_ms = eth_alone_ms();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
