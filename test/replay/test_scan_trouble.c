/* Nodes and disks that fail: nothing is lost, nothing is believed, and it is told. */
#include "test/support/test.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "test/support/scan_world.h"

/* --- trouble -------------------------------------------------------------------------------- */

static void test_node_away_and_back(void **state)
{
	struct scan_world *w = *state;

	w->chain->fail_times = -1;
	w->chain->fail_with = (struct chain_error){ CHAIN_UNREACHABLE, "node x: refused" };
	scan_start(w);
	loop_scripted_advance(w->loop, 600000);
	expect_problem(w, "btc_node", "node x: refused; deposits");
	assert_true(w->chain->asked[ASK_TIP] > 10); /* it keeps asking, but not in a hurry */
	assert_true(w->chain->asked[ASK_TIP] < 60);
	w->chain->fail_times = 0;
	loop_scripted_advance(w->loop, 40000);
	expect_at_tip(w);
}

static void test_node_goes_away_in_the_middle(void **state)
{
	struct scan_world *w = *state;

	script_mine_many(w->chain, 300);
	scan_start(w);
	loop_scripted_advance(w->loop, 60);
	w->chain->fail_times = 6;
	w->chain->fail_with = (struct chain_error){ CHAIN_UNREACHABLE, "half a body" };
	loop_scripted_advance(w->loop, 60000);
	expect_at_tip(w);
}

/* The tip stands still, and nobody says why. */
static void test_a_chain_that_stands_still_is_told(void **state)
{
	struct scan_world *w = *state;

	w->btc.o.quiet_ms = 600000;
	scan_start(w);
	loop_scripted_advance(w->loop, 590000);
	expect_no_problem(w, "btc_quiet");
	loop_scripted_advance(w->loop, 20000);
	expect_problem(w, "btc_quiet", "no block after 100");
	w->chain->tip = 99; /* going back is no news */
	scan_run(w);
	w->chain->tip = 100;
	scan_run(w);
	assert_string_not_equal(health_text(w->health, "btc_quiet"), "");
	script_mine(w->chain);
	scan_run(w);
	expect_at_tip(w);
	expect_no_problem(w, "btc_quiet");
	scan_stop(w);
	w->btc.o.quiet_ms = 0;
	scan_start(w);
	loop_scripted_advance(w->loop, 6000000);
	expect_no_problem(w, "btc_quiet");
}

static void test_troubles_are_told_apart(void **state)
{
	static const struct {
		enum chain_trouble trouble;
		const char *advice;
	} rows[] = {
		{ CHAIN_WRONG_NETWORK, "network" },	{ CHAIN_UNAUTHORIZED, "password" },
		{ CHAIN_WARMING_UP, "is starting" },	{ CHAIN_BAD_BLOCK, "before this block" },
		{ CHAIN_REFUSED, "before this block" },
	};
	struct scan_world *w = *state;

	scan_start(w);
	scan_run(w);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w->chain->fail_times = -1;
		w->chain->fail_with = (struct chain_error){ rows[i].trouble, "words" };
		script_mine(w->chain);
		scan_run(w);
		assert_non_null(strstr(health_text(w->health, "btc_node"), rows[i].advice));
		assert_int_equal(scan_cursor_height(w, COIN_BTC), w->chain->tip - 1);
		w->chain->fail_times = 0;
		loop_scripted_advance(w->loop, 40000);
		expect_at_tip(w);
	}
}

static void test_database_locked_by_another(void **state)
{
	struct scan_world *w = *state;
	struct err err;

	scan_start(w);
	scan_run(w);
	assert_int_equal(store_begin(w->exchangerd, &err), 0);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	while (health_text(w->health, "btc_scan")[0] == '\0')
		loop_scripted_advance(w->loop, SCRIPT_ANSWER_MS); /* once: it waits for the lock */
	assert_int_equal(scan_cursor_height(w, COIN_BTC), 100);
	store_rollback(w->exchangerd);
	loop_scripted_advance(w->loop, 40000);
	expect_at_tip(w);
	expect_sightings(w, "t:0@101 seen");
}

/* No file may grow: the work is done and its commit fails, again and again. */
static void limit_files(bool on)
{
	struct rlimit limit = { .rlim_cur = on ? 0 : RLIM_INFINITY, .rlim_max = RLIM_INFINITY };

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_full_disk(void **state)
{
	struct scan_world *w = *state;
	unsigned asked, news;

	scan_start(w);
	scan_run(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	script_mine_many(w->chain, 40);
	asked = w->chain->asked[ASK_TIP];
	news = w->btc.news;
	limit_files(true);
	loop_scripted_advance(w->loop, 120000);
	assert_string_not_equal(health_text(w->health, "btc_scan"), "");
	limit_files(false);
	assert_int_equal(scan_cursor_height(w, COIN_BTC), 100);
	assert_int_equal(w->btc.news, news);
	assert_true(w->chain->asked[ASK_TIP] - asked < 40); /* the back-off grows */
	loop_scripted_advance(w->loop, 60000);
	expect_at_tip(w);
	expect_sightings(w, "t:0@101 confirmed");
	assert_int_equal(w->btc.news, news + 1);
}

/* The same when a start with fewer confirmations confirms: what was not committed is made up for.
 */
static void test_full_disk_at_a_start(void **state)
{
	struct scan_world *w = *state;

	scan_start(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	scan_run(w);
	scan_stop(w);
	w->btc.o.confirmations = 1;
	limit_files(true);
	scan_start(w);
	scan_run(w);
	expect_problem(w, "btc_scan", "deposits are not recorded");
	assert_int_equal(w->btc.news, 0);
	limit_files(false);
	loop_scripted_advance(w->loop, 60000);
	expect_at_tip(w);
	expect_feed_after(w, 0, "t:0@101 confirmed");
	assert_int_equal(w->btc.news, 1);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, scan_world_setup, scan_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_node_away_and_back),
		ROW(test_node_goes_away_in_the_middle),
		ROW(test_a_chain_that_stands_still_is_told),
		ROW(test_troubles_are_told_apart),
		ROW(test_database_locked_by_another),
		ROW(test_full_disk),
		ROW(test_full_disk_at_a_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
