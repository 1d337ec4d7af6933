/* Blocks that could not be traced when they were scanned, and are later: under scripted time,
 * beside a real scanner and a real database, killed and reorganised at each step.
 *
 * What a contract pays has a txid that begins with "by/", and is seen in traced blocks only. */
#include "scannerd/trace_debts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/store/trace_store.h"
#include "scannerd/block_record.h"
#include "test/support/scan_world.h"
#include "test/support/test.h"

#define HOUR_MS UINT64_C(3600000)

/* A second connection to the node: one question at a time. */
struct node {
	struct chain base;
	struct debts *owner;
	struct loop_timer *timer;
	int64_t height;
	bool traced; /* as the block that it just sent */
	chain_block_fn fn;
	void *arg;
};

struct debts {
	struct scan_world *w;
	struct trace_debts *t;
	struct trace_debts_options o;
	unsigned opened, asked, news;
	int64_t poison; /* is never traced; -1: none */
	bool unreachable, elsewhere;
	void (*before_answer)(struct debts *d);
	int64_t order[16]; /* the blocks that were asked for */
};

static void send_block(struct node *n)
{
	struct scripted_block raw;
	struct chain_block b;

	script_block(n->owner->w->chain, n->height, &raw, &b);
	if (n->owner->elsewhere)
		script_hash(b.hash, n->height, 999);
	if (n->height == n->owner->poison)
		b.traced = false, b.owed = "execution timeout";
	/* what was on its way when the chain changed */
	if (n->height == 101 && n->owner->before_answer != NULL)
		n->owner->before_answer(n->owner);
	n->fn(n->arg, NULL, &b);
}

static void on_due(void *arg)
{
	static const struct chain_error no = { CHAIN_UNREACHABLE, "no answer" };
	struct node *n = arg;

	if (n->owner->unreachable)
		n->fn(n->arg, &no, NULL);
	else
		send_block(n);
}

static void node_block_at(struct chain *c, int64_t height, chain_block_fn fn, void *arg)
{
	struct node *n = (struct node *)c;
	struct debts *d = n->owner;

	assert_false(loop_timer_active(n->timer));
	if (d->asked < sizeof(d->order) / sizeof(d->order[0]))
		d->order[d->asked] = height;
	d->asked++;
	n->height = height;
	n->fn = fn;
	n->arg = arg;
	loop_timer_start(n->timer, SCRIPT_ANSWER_MS);
}

static bool node_match(struct chain *c, const struct chain_block *b, const struct watchlist *w,
		       chain_output_fn fn, void *arg)
{
	(void)c;
	return script_match(b, w, fn, arg);
}

static void node_free(struct chain *c)
{
	loop_timer_free(((struct node *)c)->timer);
	free(c);
}

static const struct chain_ops node_ops = { .block_at = node_block_at,
					   .match = node_match,
					   .free = node_free };

static int open_chain(void *arg, enum coin coin, struct chain **ret, struct err *err)
{
	struct debts *d = arg;
	struct node *n = calloc(1, sizeof(*n));

	(void)coin, (void)err;
	assert_non_null(n);
	n->base.ops = &node_ops;
	n->owner = d;
	n->timer = loop_timer_new(d->w->loop, on_due, n);
	d->opened++;
	*ret = &n->base;
	return 0;
}

static void on_news(void *arg)
{
	((struct debts *)arg)->news++;
}

/* --- the world ---------------------------------------------------------------------------------
 */

static void debts_start(struct debts *d)
{
	d->o = (struct trace_debts_options){ .coin = COIN_BTC,
					     .wanted = true,
					     .confirmations = 3,
					     .scanner = d->w->btc.scanner,
					     .open_chain = open_chain,
					     .loop = d->w->loop,
					     .store = d->w->store,
					     .commits = d->w->commits,
					     .health = d->w->health,
					     .on_news = on_news,
					     .arg = d };
	d->t = trace_debts_new(&d->o);
	assert_non_null(d->t);
}

static void start(struct debts *d)
{
	scan_start(d->w);
	debts_start(d);
}

static void stop(struct debts *d)
{
	trace_debts_free(d->t);
	d->t = NULL;
	scan_stop(d->w);
}

/* As after a kill: nothing is left but the database and the node. */
static void kill_and_start(struct debts *d)
{
	stop(d);
	start(d);
}

static int setup(void **state)
{
	struct debts *d = calloc(1, sizeof(*d));
	void *w;

	assert_non_null(d);
	(void)scan_world_setup(&w);
	d->w = w;
	d->poison = -1;
	d->w->chain->tracing = SCRIPT_TRACES;
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct debts *d = *state;
	void *w = d->w;

	stop(d);
	free(d);
	return scan_world_teardown(&w);
}

static void run(struct debts *d)
{
	scan_run(d->w);
}

/* Block 101 holds a payment of each kind and is scanned while the node does not trace; block 102
 * lies on it. */
static void scan_untraced(struct debts *d)
{
	start(d);
	run(d);
	d->w->chain->tracing = SCRIPT_TRACES_LATER;
	script_mine(d->w->chain);
	(void)script_pay(d->w->chain, "plain", 0, "ours", 5);
	(void)script_pay(d->w->chain, "by/contract", 0, "ours", 7);
	script_mine(d->w->chain);
	run(d);
	expect_at_tip(d->w);
}

static void expect_owed(struct debts *d, uint64_t count, int64_t from, int64_t to)
{
	struct trace_debts_sum sum;
	struct err err;

	assert_int_equal(store_trace_sum(d->w->store, COIN_BTC, &sum, &err), 0);
	assert_int_equal(sum.count, count);
	assert_int_equal(sum.from, from);
	assert_int_equal(sum.to, to);
}

#define NOT_FOUND_YET "plain:0@101 seen"
#define FOUND	      "plain:0@101 seen, by/contract:0@101 seen"

/* --- found later --------------------------------------------------------------------------------
 */

static void test_what_is_owed_is_found_when_the_node_traces_again(void **state)
{
	struct debts *d = *state;

	scan_untraced(d);
	expect_owed(d, 2, 101, 102);
	expect_sightings(d->w, NOT_FOUND_YET);
	run(d);
	expect_problem(d->w, "btc_untraced", "blocks from 101 on");
	assert_true(d->asked > 0);
	d->w->chain->tracing = SCRIPT_TRACES;
	loop_scripted_advance(d->w->loop, 60000);
	expect_owed(d, 0, 0, 0);
	expect_sightings(d->w, FOUND);
	expect_no_problem(d->w, "btc_untraced");

	/* It is confirmed as the others of its block are, and nothing is asked any more. */
	d->asked = 0;
	script_mine(d->w->chain);
	run(d);
	expect_sightings(d->w, "plain:0@101 confirmed, by/contract:0@101 confirmed");
	loop_scripted_advance(d->w->loop, HOUR_MS);
	assert_int_equal(d->asked, 0);
}

static void test_what_lies_deep_is_confirmed_at_once(void **state)
{
	struct debts *d = *state;

	scan_untraced(d);
	d->w->chain->tracing = SCRIPT_TRACES_LATER;
	script_mine_many(d->w->chain, 20);
	run(d);
	expect_owed(d, 22, 101, 122);
	d->w->chain->tracing = SCRIPT_TRACES;
	d->news = 0;
	loop_scripted_advance(d->w->loop, 60000);
	expect_owed(d, 0, 0, 0);
	expect_sightings(d->w, "plain:0@101 confirmed, by/contract:0@101 confirmed");
	assert_int_equal(d->news, 1);
}

/* Without an end, but ever more seldom; the scan goes on meanwhile. */
static void test_a_node_that_never_traces(void **state)
{
	struct debts *d = *state;
	unsigned asked;

	scan_untraced(d);
	loop_scripted_advance(d->w->loop, HOUR_MS);
	asked = d->asked;
	assert_in_range(asked, 8, 30);
	for (unsigned i = 0; i < 50; i++) {
		script_mine(d->w->chain);
		run(d);
		expect_at_tip(d->w);
	}
	loop_scripted_advance(d->w->loop, 24 * HOUR_MS);
	assert_in_range(d->asked, asked + 100, asked + 400);
	expect_owed(d, 52, 101, 152);
	assert_in_range(d->opened, d->asked - 2, d->asked); /* what it can do is found out anew */
}

static void test_a_block_that_is_never_traced_holds_no_other_up(void **state)
{
	struct debts *d = *state;

	d->poison = 102;
	scan_untraced(d);
	d->w->chain->tracing = SCRIPT_TRACES;
	loop_scripted_advance(d->w->loop, HOUR_MS);
	expect_owed(d, 1, 102, 102);
	expect_sightings(d->w, FOUND);
	d->poison = -1;
	loop_scripted_advance(d->w->loop, HOUR_MS);
	expect_owed(d, 0, 0, 0);
}

/* The state of old blocks is forgotten first. */
static void test_the_newest_comes_first(void **state)
{
	struct debts *d = *state;

	d->unreachable = true;
	scan_untraced(d);
	script_mine_many(d->w->chain, 2);
	stop(d);
	scan_start(d->w);
	run(d);
	d->unreachable = false;
	d->w->chain->tracing = SCRIPT_TRACES;
	d->asked = 0;
	debts_start(d);
	loop_scripted_advance(d->w->loop, 60000);
	assert_int_equal(d->asked, 4);
	assert_int_equal(d->order[0], 104);
	assert_int_equal(d->order[1], 103);
	expect_owed(d, 0, 0, 0);
}

/* --- kills ---------------------------------------------------------------------------------------
 */

static void test_kills_lose_and_double_nothing(void **state)
{
	struct debts *d = *state;
	struct err err;

	scan_untraced(d);
	kill_and_start(d);
	expect_owed(d, 2, 101, 102);
	d->w->chain->tracing = SCRIPT_TRACES;
	/* at each moment of the first minutes */
	for (unsigned ms = 0; ms < 300; ms++) {
		loop_scripted_advance(d->w->loop, 7);
		kill_and_start(d);
	}
	loop_scripted_advance(d->w->loop, 60000);
	expect_owed(d, 0, 0, 0);
	expect_sightings(d->w, FOUND);

	/* As if the last commit had been lost: it is found again, and is the same. */
	struct trace_debt again = { .coin = COIN_BTC, .height = 101, .since = 1, .why = "w" };
	script_hash(again.hash, 101, 0);
	assert_int_equal(store_begin(d->w->store, &err), 0);
	assert_int_equal(store_trace_owe(d->w->store, &again, &err), 0);
	assert_int_equal(store_commit(d->w->store, &err), 0);
	loop_scripted_advance(d->w->loop, 60000);
	expect_owed(d, 0, 0, 0);
	expect_sightings(d->w, FOUND);
}

/* --- reorganisations ---------------------------------------------------------------------------
 */

static void test_a_block_that_is_taken_back_is_not_owed_any_more(void **state)
{
	struct debts *d = *state;

	scan_untraced(d);
	script_drop(d->w->chain, 2);
	d->w->chain->tracing = SCRIPT_TRACES;
	script_mine_many(d->w->chain, 3);
	run(d);
	expect_at_tip(d->w);
	expect_owed(d, 0, 0, 0);
	expect_sightings(d->w, "plain:0@101 orphaned");
	run(d);
	expect_no_problem(d->w, "btc_untraced");
}

static void take_back(struct debts *d)
{
	uint64_t orphaned;
	struct err err;

	if (store_begin(d->w->store, &err) < 0 ||
	    store_cursor_rewind(d->w->store, COIN_BTC, 100, &orphaned, &err) < 0 ||
	    store_commit(d->w->store, &err) < 0)
		fail_msg("%s", err.text);
	d->before_answer = NULL;
}

/* The trace is on its way, of the block that was; then nothing of it is recorded. */
static void test_a_block_that_is_taken_back_while_it_is_traced(void **state)
{
	struct debts *d = *state;

	scan_untraced(d);
	scan_settle(d->w);
	d->w->chain->tracing = SCRIPT_TRACES;
	d->before_answer = take_back;
	loop_scripted_advance(d->w->loop, 60000);
	assert_null(d->before_answer);
	expect_owed(d, 0, 0, 0);
	expect_sightings(d->w, "plain:0@101 orphaned");
}

static void test_a_node_that_has_another_block_there_settles_nothing(void **state)
{
	struct debts *d = *state;
	struct trace_debt next;
	struct err err;

	scan_untraced(d);
	d->w->chain->tracing = SCRIPT_TRACES;
	d->elsewhere = true;
	loop_scripted_advance(d->w->loop, 60000);
	expect_owed(d, 2, 101, 102);
	expect_sightings(d->w, NOT_FOUND_YET);
	assert_int_equal(store_trace_next(d->w->store, COIN_BTC, &next, &err), 0);
	assert_string_equal(next.why, "the node has another block there");
	d->elsewhere = false;
	loop_scripted_advance(d->w->loop, HOUR_MS);
	expect_sightings(d->w, FOUND);
}

/* --- given up -----------------------------------------------------------------------------------
 */

static void give_up(struct debts *d)
{
	uint64_t count = 0;
	struct err err;

	assert_int_equal(trace_debts_drop(d->t, 101, 102, &count, &err), 0);
	assert_int_equal(count, 1); /* the other one was traced before */
	d->before_answer = NULL;
}

static void test_given_up_while_it_is_traced(void **state)
{
	struct debts *d = *state;

	scan_untraced(d);
	d->w->chain->tracing = SCRIPT_TRACES;
	d->before_answer = give_up;
	loop_scripted_advance(d->w->loop, 60000);
	assert_null(d->before_answer);
	expect_owed(d, 0, 0, 0);
	expect_sightings(d->w, NOT_FOUND_YET);
	expect_no_problem(d->w, "btc_untraced");
}

static void test_where_tracing_is_switched_off_nothing_is_owed(void **state)
{
	struct debts *d = *state;

	scan_untraced(d);
	stop(d);
	scan_start(d->w);
	debts_start(d);
	trace_debts_free(d->t);
	d->o.wanted = false;
	d->o.scanner = d->w->btc.scanner;
	d->t = trace_debts_new(&d->o);
	d->asked = 0;
	loop_scripted_advance(d->w->loop, HOUR_MS);
	expect_owed(d, 0, 0, 0);
	assert_int_equal(d->asked, 0);
	expect_no_problem(d->w, "btc_untraced");
}

/* A rescan by an operator traces, too. */
static void test_a_rescan_settles_it(void **state)
{
	struct debts *d = *state;
	struct scanned_block b = { .coin = COIN_BTC, .height = 101, .traced = true };
	struct block_again sum = { .found = 0 };
	bool news = false;
	struct err err;

	scan_untraced(d);
	assert_int_equal(store_begin(d->w->store, &err), 0);
	assert_int_equal(block_record_again(d->w->store, &b, 102, 3, &sum, &news, &err), 0);
	assert_int_equal(store_commit(d->w->store, &err), 0);
	expect_owed(d, 1, 102, 102);
}

static void test_the_scan_comes_first(void **state)
{
	struct debts *d = *state;

	scan_untraced(d);
	run(d);
	d->w->chain->hangs = true; /* the scan has a tip to reach and does not */
	script_mine_many(d->w->chain, 10);
	d->w->chain->tracing = SCRIPT_TRACES;
	d->w->chain->hangs = false;
	d->w->chain->block_ms = 20000;
	loop_scripted_advance(d->w->loop, 2000);
	d->asked = 0;
	loop_scripted_advance(d->w->loop, 15000);
	assert_int_equal(d->asked, 0);
	d->w->chain->block_ms = 0;
	loop_scripted_advance(d->w->loop, 10 * 60000);
	expect_owed(d, 0, 0, 0);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		ROW(test_what_is_owed_is_found_when_the_node_traces_again),
		ROW(test_what_lies_deep_is_confirmed_at_once),
		ROW(test_a_node_that_never_traces),
		ROW(test_a_block_that_is_never_traced_holds_no_other_up),
		ROW(test_the_newest_comes_first),
		ROW(test_kills_lose_and_double_nothing),
		ROW(test_a_block_that_is_taken_back_is_not_owed_any_more),
		ROW(test_a_block_that_is_taken_back_while_it_is_traced),
		ROW(test_a_node_that_has_another_block_there_settles_nothing),
		ROW(test_given_up_while_it_is_traced),
		ROW(test_where_tracing_is_switched_off_nothing_is_owed),
		ROW(test_a_rescan_settles_it),
		ROW(test_the_scan_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
