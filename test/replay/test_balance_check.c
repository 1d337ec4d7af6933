/* The comparison of balances under scripted time, against a chain that says what it is told, and
 * the real store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/store/balance_store.h"
#include "common/store/trace_store.h"
#include "scannerd/balance_check.h"
#include "test/support/test_store.h"

#define ROUND_MS  UINT64_C(21600000) /* six hours */
#define ANSWER_MS 10
#define BOUND_MAX 600

struct fake {
	struct chain base;
	struct loop_timer *timer;
	/* the question */
	char asked[CHAIN_BALANCES_MAX][ADDRESS_TEXT_MAX];
	size_t count;
	chain_balances_fn fn;
	void *arg;
	/* what the test arranges and looks at */
	struct units balance[BOUND_MAX + 1]; /* of "a1", "a2", ... */
	bool fails;
	unsigned requests, addresses;
	int64_t height;
};

static unsigned number_of(const char *address)
{
	return (unsigned)strtoul(address + 1, NULL, 10);
}

static void fake_due(void *arg)
{
	static const struct chain_error no = { CHAIN_REFUSED, "missing trie node" };
	struct units balances[CHAIN_BALANCES_MAX];
	struct fake *f = arg;

	for (size_t i = 0; i < f->count; i++)
		balances[i] = f->balance[number_of(f->asked[i])];
	f->fn(f->arg, f->fails ? &no : NULL, f->fails ? NULL : balances);
}

static void fake_balances(struct chain *c, int64_t height, const char *const *addresses,
			  size_t count, chain_balances_fn fn, void *arg)
{
	struct fake *f = (struct fake *)c;

	assert_true(count > 0 && count <= CHAIN_BALANCES_MAX);
	assert_false(loop_timer_active(f->timer));
	for (size_t i = 0; i < count; i++)
		(void)snprintf(f->asked[i], ADDRESS_TEXT_MAX, "%s", addresses[i]);
	f->count = count;
	f->height = height;
	f->fn = fn;
	f->arg = arg;
	f->requests++;
	f->addresses += (unsigned)count;
	loop_timer_start(f->timer, ANSWER_MS);
}

static const struct chain_ops fake_ops = { .balances = fake_balances };

struct rig {
	struct test_store t;
	struct loop *loop;
	struct commit_group *commits;
	struct health *health;
	struct fake fake;
	struct balance_check *check;
	int64_t height;
	unsigned news;
};

static int64_t settled_height(void *arg)
{
	return ((struct rig *)arg)->height;
}

static void on_news(void *arg)
{
	((struct rig *)arg)->news++;
}

static void rig_start(struct rig *r)
{
	struct balance_check_options o = { .coin = COIN_ETH,
					   .round_ms = ROUND_MS,
					   .chain = &r->fake.base,
					   .loop = r->loop,
					   .store = r->t.scannerd,
					   .commits = r->commits,
					   .health = r->health,
					   .settled_height = settled_height,
					   .on_news = on_news,
					   .arg = r };

	r->check = balance_check_new(&o);
	assert_non_null(r->check);
}

static void rig_stop(struct rig *r)
{
	balance_check_free(r->check);
	r->check = NULL;
	loop_timer_stop(r->fake.timer);
}

static int setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	test_store_open(&r->t);
	r->loop = loop_new_scripted(1700000000);
	r->commits = commit_group_new(r->loop, r->t.scannerd);
	r->health = health_new();
	r->fake.base.ops = &fake_ops;
	r->fake.timer = loop_timer_new(r->loop, fake_due, &r->fake);
	r->height = 1000;
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct rig *r = *state;

	rig_stop(r);
	loop_timer_free(r->fake.timer);
	commit_group_free(r->commits);
	health_free(r->health);
	loop_free(r->loop);
	test_store_close(&r->t);
	free(r);
	return 0;
}

/* A pool of BOUND_MAX addresses, of which `count` are bound. */
static void bind_some(struct rig *r, unsigned count)
{
	test_store_pool(&r->t, COIN_ETH, "a", BOUND_MAX);
	while (count-- > 0)
		(void)test_store_bind(&r->t, COIN_ETH, "sky");
}

static void see(struct rig *r, const char *txid, const char *address, uint64_t value,
		int64_t height, enum sighting_state state)
{
	struct sighting g = test_sighting(COIN_ETH, txid, 0, address, height);
	struct err err;

	g.value = units_of(value);
	g.state = state;
	IN_TX(r->t.scannerd, 0, store_sighting_add(r->t.scannerd, &g, &err));
}

/* Several whole rounds, so that what is told twice would be seen. */
static void rounds(struct rig *r)
{
	loop_scripted_advance(r->loop, 3 * ROUND_MS);
}

struct words {
	char text[2048];
	size_t len;
};

static int add_words(void *arg, const struct sighting *g, struct err *err)
{
	struct words *w = arg;
	char value[UNITS_TEXT_MAX];

	(void)err;
	if (!g->surplus)
		return 0;
	assert_int_equal(g->state, SIGHTING_CONFIRMED);
	units_to_text(g->value, value);
	w->len += (size_t)snprintf(w->text + w->len, sizeof(w->text) - w->len, "%s%s:%u %s %s",
				   w->len > 0 ? ", " : "", g->txid, g->n, g->address, value);
	return 0;
}

static void expect_surpluses(struct rig *r, const char *want)
{
	struct words w = { .len = 0 };
	struct err err;

	MUST(store_sighting_feed(r->t.reader, 0, 1000, add_words, &w, &err));
	assert_string_equal(w.text, want);
}

/* --- what is found --------------------------------------------------------------------------- */

static void test_what_was_seen_is_no_surplus(void **state)
{
	struct rig *r = *state;

	bind_some(r, 3);
	see(r, "t", "a1", 70, 900, SIGHTING_CONFIRMED);
	see(r, "u", "a1", 5, 1000, SIGHTING_SEEN);
	r->fake.balance[1] = units_of(75);
	rig_start(r);
	rounds(r);
	assert_true(r->fake.requests >= 2);
	assert_int_equal(r->fake.height, 1000);
	expect_surpluses(r, "");
	assert_int_equal(r->news, 0);
}

static void test_a_surplus_is_told_once(void **state)
{
	struct rig *r = *state;

	bind_some(r, 3);
	see(r, "t", "a1", 70, 900, SIGHTING_CONFIRMED);
	r->fake.balance[1] = units_of(100);
	r->fake.balance[3] = units_of(1);
	rig_start(r);
	rounds(r);
	expect_surpluses(r, "balance/a1:0 a1 30, balance/a3:0 a3 1");
	assert_int_equal(r->news, 1);
	r->fake.balance[1] = units_of(107);
	rounds(r);
	expect_surpluses(r, "balance/a1:0 a1 30, balance/a3:0 a3 1, balance/a1:1 a1 7");
	assert_int_equal(r->news, 2);
}

static struct trace_debt owed(int64_t height)
{
	return (struct trace_debt){ COIN_ETH, height, "hash", 1700000000, 0, "not now" };
}

/* While a block is still to be traced, what it may show is not told of: it would be told, looked at
 * by somebody, and then be found and paid. */
static void test_a_surplus_waits_for_blocks_that_are_to_be_traced(void **state)
{
	struct rig *r = *state;
	struct trace_debt d = owed(950);
	struct err err;

	bind_some(r, 3);
	IN_TX(r->t.scannerd, 0, store_trace_owe(r->t.scannerd, &d, &err));
	r->fake.balance[1] = units_of(100);
	r->fake.balance[2] = units_of(30);
	rig_start(r);
	rounds(r);
	expect_surpluses(r, "");

	/* The trace shows the one and not the other. */
	see(r, "t/1", "a1", 100, 950, SIGHTING_CONFIRMED);
	IN_TX(r->t.scannerd, 0, store_trace_settle(r->t.scannerd, COIN_ETH, 950, &err));
	rounds(r);
	expect_surpluses(r, "balance/a2:0 a2 30");
}

static void test_a_surplus_of_blocks_that_were_given_up_is_told(void **state)
{
	struct rig *r = *state;
	struct trace_debt d = owed(950), above = owed(1001);
	uint64_t count = 0;
	struct err err;

	bind_some(r, 1);
	IN_TX(r->t.scannerd, 0, store_trace_owe(r->t.scannerd, &d, &err));
	IN_TX(r->t.scannerd, 0, store_trace_owe(r->t.scannerd, &above, &err));
	r->fake.balance[1] = units_of(100);
	rig_start(r);
	rounds(r);
	expect_surpluses(r, "");
	IN_TX(r->t.scannerd, 0, store_trace_drop(r->t.scannerd, COIN_ETH, 0, 950, &count, &err));
	assert_int_equal(count, 1);
	rounds(r);
	expect_surpluses(r, "balance/a1:0 a1 100"); /* what is owed above is no matter */
}

static void test_more_than_64_bits(void **state)
{
	struct rig *r = *state;

	bind_some(r, 1);
	assert_true(units_from_text("20000000000000000001", &r->fake.balance[1]));
	rig_start(r);
	rounds(r);
	expect_surpluses(r, "balance/a1:0 a1 20000000000000000001");
}

/* What the operator takes away is no matter; what comes afterwards is. */
static void test_sweeps_are_decreases(void **state)
{
	struct rig *r = *state;

	bind_some(r, 1);
	see(r, "t", "a1", 70, 900, SIGHTING_CONFIRMED);
	r->fake.balance[1] = units_of(70);
	rig_start(r);
	rounds(r);
	r->fake.balance[1] = units_of(0);
	rounds(r);
	expect_surpluses(r, "");
	see(r, "u", "a1", 10, 950, SIGHTING_CONFIRMED);
	r->fake.balance[1] = units_of(12);
	rounds(r);
	expect_surpluses(r, "balance/a1:0 a1 2");
}

/* A sweep between a deposit and the first look. */
static void test_swept_before_it_was_looked_at(void **state)
{
	struct rig *r = *state;

	bind_some(r, 1);
	see(r, "t", "a1", 70, 900, SIGHTING_CONFIRMED);
	rig_start(r);
	rounds(r);
	r->fake.balance[1] = units_of(4);
	rounds(r);
	expect_surpluses(r, "balance/a1:0 a1 4");
}

/* Only what is in the blocks up to the one that was asked about is held against the balance. */
static void test_sightings_that_do_not_count(void **state)
{
	struct rig *r = *state;

	bind_some(r, 2);
	see(r, "late", "a1", 70, 1001, SIGHTING_SEEN);
	see(r, "gone", "a1", 70, 900, SIGHTING_ORPHANED);
	r->fake.balance[1] = units_of(9);
	rig_start(r);
	rounds(r);
	expect_surpluses(r, "balance/a1:0 a1 9");
	r->height = 1001;
	r->fake.balance[1] = units_of(79);
	rounds(r);
	expect_surpluses(r, "balance/a1:0 a1 9");
}

/* --- pace, failures, restarts ------------------------------------------------------------------
 */

static void test_looks_are_spread_over_the_round(void **state)
{
	struct rig *r = *state;
	unsigned before;

	bind_some(r, 240); /* five pages */
	rig_start(r);
	loop_scripted_advance(r->loop, 120000);
	assert_int_equal(r->fake.requests, 1);
	loop_scripted_advance(r->loop, 900000);
	assert_int_equal(r->fake.requests, 2);
	loop_scripted_advance(r->loop, ROUND_MS / 2);
	assert_int_equal(r->fake.requests, 5);
	assert_int_equal(r->fake.addresses, 240);
	before = r->fake.requests;
	loop_scripted_advance(r->loop, 10 * ROUND_MS);
	assert_true(r->fake.requests - before >= 45 && r->fake.requests - before <= 55);
}

/* A machine that starts with a wrong clock, and is told the time later. */
static void test_a_clock_that_is_set_back(void **state)
{
	struct rig *r = *state;

	bind_some(r, 1);
	loop_scripted_set_clock(r->loop, 300000000); /* nine years ahead */
	rig_start(r);
	rounds(r);
	loop_scripted_set_clock(r->loop, -300000000);
	r->fake.balance[1] = units_of(5);
	rounds(r);
	expect_surpluses(r, "balance/a1:0 a1 5");
}

static void test_nobody_bound_nothing_asked(void **state)
{
	struct rig *r = *state;

	bind_some(r, 0);
	rig_start(r);
	rounds(r);
	assert_int_equal(r->fake.requests, 0);
	(void)test_store_bind(&r->t, COIN_ETH, "sky");
	loop_scripted_advance(r->loop, 120000);
	assert_int_equal(r->fake.addresses, 1);
}

static void test_no_block_to_look_at(void **state)
{
	struct rig *r = *state;

	bind_some(r, 1);
	r->height = -1;
	rig_start(r);
	rounds(r);
	assert_int_equal(r->fake.requests, 0);
	assert_string_equal(health_text(r->health, "eth_balances"), "");
	r->height = 5;
	loop_scripted_advance(r->loop, 120000);
	assert_int_equal(r->fake.requests, 1);
}

/* A restart goes on behind the last page, and begins no round before its time. */
static void test_restarts(void **state)
{
	struct rig *r = *state;

	bind_some(r, 120); /* three pages */
	r->fake.balance[60] = units_of(7);
	rig_start(r);
	loop_scripted_advance(r->loop, 120000);
	assert_string_equal(r->fake.asked[0], "a1");
	rig_stop(r);
	rig_start(r);
	loop_scripted_advance(r->loop, 120000);
	assert_string_equal(r->fake.asked[0], "a51");
	rig_stop(r);
	rig_start(r);
	loop_scripted_advance(r->loop, 120000);
	assert_string_equal(r->fake.asked[0], "a101");
	assert_int_equal(r->fake.count, 20);
	rig_stop(r);
	rig_start(r);
	loop_scripted_advance(r->loop, ROUND_MS / 2);
	assert_int_equal(r->fake.requests, 3);
	loop_scripted_advance(r->loop, ROUND_MS / 2);
	assert_int_equal(r->fake.requests, 4);
	assert_string_equal(r->fake.asked[0], "a1");
	expect_surpluses(r, "balance/a60:0 a60 7");
}

/* Killed between the answer and the commit: the page is asked about again, and told once. */
static void test_killed_before_the_commit(void **state)
{
	struct rig *r = *state;
	struct err err;

	bind_some(r, 1);
	r->fake.balance[1] = units_of(7);
	rig_start(r);
	MUST(store_begin(r->t.exchangerd, &err)); /* nobody else can commit */
	loop_scripted_advance(r->loop, 180000);
	expect_surpluses(r, "");
	assert_int_equal(r->news, 0);
	assert_string_not_equal(health_text(r->health, "eth_balances"), "");
	store_rollback(r->t.exchangerd);
	rig_stop(r);
	rig_start(r);
	rounds(r);
	expect_surpluses(r, "balance/a1:0 a1 7");
	assert_string_equal(health_text(r->health, "eth_balances"), "");
	assert_int_equal(r->news, 1);
}

static void test_a_node_that_does_not_say(void **state)
{
	struct rig *r = *state;
	unsigned requests;

	bind_some(r, 1);
	r->fake.balance[1] = units_of(7);
	r->fake.fails = true;
	rig_start(r);
	loop_scripted_advance(r->loop, 3600000);
	assert_non_null(strstr(health_text(r->health, "eth_balances"), "missing trie node"));
	requests = r->fake.requests;
	assert_true(requests >= 30 && requests <= 60); /* once a minute */
	expect_surpluses(r, "");
	r->fake.fails = false;
	loop_scripted_advance(r->loop, 120000);
	assert_string_equal(health_text(r->health, "eth_balances"), "");
	expect_surpluses(r, "balance/a1:0 a1 7");
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_what_was_seen_is_no_surplus),
		ROW(test_a_surplus_is_told_once),
		ROW(test_a_surplus_waits_for_blocks_that_are_to_be_traced),
		ROW(test_a_surplus_of_blocks_that_were_given_up_is_told),
		ROW(test_more_than_64_bits),
		ROW(test_sweeps_are_decreases),
		ROW(test_swept_before_it_was_looked_at),
		ROW(test_sightings_that_do_not_count),
		ROW(test_looks_are_spread_over_the_round),
		ROW(test_a_clock_that_is_set_back),
		ROW(test_nobody_bound_nothing_asked),
		ROW(test_no_block_to_look_at),
		ROW(test_restarts),
		ROW(test_killed_before_the_commit),
		ROW(test_a_node_that_does_not_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
