/* A node that shows another chain in place of the one that was scanned: by all that it says it may
 * be a reorganisation of everything, but for the first block. */
#include "test/support/test.h"

#include <stdlib.h>

#include "test/support/scan_world.h"

struct origin_world {
	struct scan_world *w;
	struct chain_pin pin;
};

static void read_pin(struct origin_world *o)
{
	struct err err;

	assert_int_equal(chain_pin_init(&o->pin, COIN_BTC, o->w->store, o->w->commits, &err), 0);
}

static int setup(void **state)
{
	struct origin_world *o = calloc(1, sizeof(*o));

	(void)scan_world_setup((void **)&o->w);
	read_pin(o);
	o->w->btc.o.pin = &o->pin;
	*state = o;
	return 0;
}

static int teardown(void **state)
{
	struct origin_world *o = *state;

	scan_stop(o->w);
	chain_pin_release(&o->pin);
	(void)scan_world_teardown((void **)&o->w);
	free(o);
	return 0;
}

static void restart(struct origin_world *o)
{
	scan_stop(o->w);
	chain_pin_release(&o->pin);
	read_pin(o);
	scan_start(o->w);
	loop_scripted_advance(o->w->loop, 20000);
}

/* From its first block on. */
static void begin_anew(struct scan_world *w, unsigned blocks)
{
	w->chain->branch = ++w->chain->last_branch;
	w->chain->tip = -1;
	script_mine_many(w->chain, blocks);
}

static void see_one(struct scan_world *w)
{
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	script_mine_many(w->chain, 4);
	scan_run(w);
	expect_sightings(w, "t:0@101 confirmed");
}

static void expect_refused(struct scan_world *w)
{
	expect_problem(w, "btc_node", "another BTC chain");
	assert_int_equal(scan_cursor_height(w, COIN_BTC), 105);
	expect_sightings(w, "t:0@101 confirmed");
	expect_feed_after(w, 0, "t:0@101 confirmed");
}

static void test_another_chain_undoes_nothing(void **state)
{
	struct origin_world *o = *state;
	struct scan_world *w = o->w;
	struct scripted_branch ours;

	scan_start(w);
	see_one(w);
	ours = script_save(w->chain);
	begin_anew(w, 301);
	loop_scripted_advance(w->loop, 20000);
	expect_refused(w);
	restart(o);
	expect_refused(w);
	script_return(w->chain, &ours);
	loop_scripted_advance(w->loop, 60000);
	expect_at_tip(w);
	expect_feed_after(w, 0, "t:0@101 confirmed");
	scripted_branch_release(&ours);
}

/* The same chain may still replace all that was scanned of it. */
static void test_a_reorganisation_of_everything(void **state)
{
	struct origin_world *o = *state;

	scan_start(o->w);
	see_one(o->w);
	script_drop(o->w->chain, 100);
	script_mine_many(o->w->chain, 120);
	loop_scripted_advance(o->w->loop, 20000);
	expect_at_tip(o->w);
	expect_sightings(o->w, "t:0@101 orphaned");
}

/* A mistake that was noticed before anything was seen. */
static void test_another_chain_before_anything_was_seen(void **state)
{
	struct origin_world *o = *state;

	scan_start(o->w);
	scan_run(o->w);
	expect_at_tip(o->w);
	begin_anew(o->w, 151);
	restart(o);
	expect_at_tip(o->w);
}

static void refuse_first_block(void *arg, enum script_kind kind, int64_t height)
{
	struct scripted_chain *c = arg;

	if (kind == ASK_HASH && height == 0)
		c->fail_times = 1;
}

/* A node that has cut its history off is scanned all the same. */
static void test_a_first_block_that_is_not_to_be_had(void **state)
{
	struct origin_world *o = *state;
	struct scan_world *w = o->w;

	w->chain->fail_with = (struct chain_error){ CHAIN_REFUSED, "history is pruned" };
	w->chain->before_answer = refuse_first_block;
	w->chain->hook_arg = w->chain;
	scan_start(w);
	see_one(w);
	expect_at_tip(w);
	assert_string_equal(o->pin.genesis, "");
	w->chain->before_answer = NULL;
	restart(o);
	assert_string_not_equal(o->pin.genesis, "");
	begin_anew(w, 301);
	loop_scripted_advance(w->loop, 20000);
	expect_refused(w);
}

/* Who hosts a node may refuse old blocks with a page, and a first block may not come at all. */
static void test_nothing_but_the_first_block_is_answered(void **state)
{
	static const struct chain_error ways[] = {
		{ CHAIN_UNAUTHORIZED, "not in your plan" },
		{ CHAIN_UNREACHABLE, "bad gateway" },
	};
	struct origin_world *o = *state;
	struct scan_world *w = o->w;

	w->chain->before_answer = refuse_first_block;
	w->chain->hook_arg = w->chain;
	scan_start(w);
	for (unsigned i = 0; i < 2; i++) {
		w->chain->fail_with = ways[i];
		restart(o);
		script_mine(w->chain);
		loop_scripted_advance(w->loop, 120000);
		expect_at_tip(w);
		expect_no_problem(w, "btc_node");
		assert_string_equal(o->pin.genesis, "");
	}
	w->chain->before_answer = NULL;
	restart(o);
	assert_string_not_equal(o->pin.genesis, "");
}

/* Nothing is concluded from silence. */
static void test_no_answer_about_the_first_block(void **state)
{
	struct origin_world *o = *state;
	struct scan_world *w = o->w;

	scan_start(w);
	see_one(w);
	w->chain->fail_with = (struct chain_error){ CHAIN_UNREACHABLE, "no answer" };
	w->chain->before_answer = refuse_first_block;
	w->chain->hook_arg = w->chain;
	script_drop(w->chain, 100);
	script_mine_many(w->chain, 120);
	loop_scripted_advance(w->loop, 20000);
	expect_problem(w, "btc_node", "no answer");
	expect_sightings(w, "t:0@101 confirmed");
	w->chain->before_answer = NULL;
	loop_scripted_advance(w->loop, 60000);
	expect_at_tip(w);
	expect_sightings(w, "t:0@101 orphaned");
}

/* It was known, and the node has cut its history off: a person must tell, and can. */
static void test_a_first_block_that_is_not_to_be_had_any_more(void **state)
{
	struct origin_world *o = *state;
	struct scan_world *w = o->w;
	uint64_t orphaned;
	struct err err;

	scan_start(w);
	see_one(w);
	w->chain->fail_with = (struct chain_error){ CHAIN_REFUSED, "history is pruned" };
	w->chain->before_answer = refuse_first_block;
	w->chain->hook_arg = w->chain;
	script_drop(w->chain, 100);
	script_mine_many(w->chain, 120);
	loop_scripted_advance(w->loop, 20000);
	expect_problem(w, "btc_scan", "tellerctl scan accept");
	expect_sightings(w, "t:0@101 confirmed");
	assert_int_equal(scanner_accept(w->btc.scanner, 0, &orphaned, &err), 0);
	loop_scripted_advance(w->loop, 20000);
	expect_at_tip(w);
	expect_sightings(w, "t:0@101 orphaned");
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_another_chain_undoes_nothing),
		ROW(test_a_reorganisation_of_everything),
		ROW(test_another_chain_before_anything_was_seen),
		ROW(test_a_first_block_that_is_not_to_be_had),
		ROW(test_nothing_but_the_first_block_is_answered),
		ROW(test_a_first_block_that_is_not_to_be_had_any_more),
		ROW(test_no_answer_about_the_first_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
