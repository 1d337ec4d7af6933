/* Looking for the fork: of every depth, with few questions, while the chain goes on moving; and
 * what happens when it lies deeper than is kept. */
#include "test/support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/store/stmt.h"
#include "scannerd/block_record.h"
#include "test/support/scan_world.h"

#define LONG 1300

/* --- depth ------------------------------------------------------------------------------------ */

static void long_chain(struct scan_world *w)
{
	w->btc.o.initial_height = 1;
	script_mine_many(w->chain, LONG - SCAN_TIP_FIRST);
	scan_start(w);
	scan_run(w);
	expect_at_tip(w);
}

static unsigned bits(int64_t n)
{
	unsigned count = 0;

	for (; n > 0; n /= 2)
		count++;
	return count;
}

/* Down in growing steps, then halved: and not a block more than what was replaced is asked for. */
static void test_the_fork_is_found_with_few_questions(void **state)
{
	static const int64_t depths[] = { 1,  2,  3,  4,  5,   7,   8,	 9,
					  16, 17, 31, 50, 100, 333, 999, 1000 };
	struct scan_world *w = *state;

	long_chain(w);
	for (unsigned i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
		int64_t fork = w->chain->tip - depths[i];
		unsigned asked = w->chain->asked[ASK_HASH];

		script_drop(w->chain, depths[i]);
		script_mine_many(w->chain, (unsigned)depths[i] + 1);
		w->chain->lowest_block_asked = SCRIPT_BLOCKS_MAX;
		scan_run(w);
		expect_at_tip(w);
		assert_int_equal(w->chain->lowest_block_asked, fork + 1);
		/* some looks at the unchanged tip come besides */
		assert_in_range(w->chain->asked[ASK_HASH] - asked, 2, 2 * bits(depths[i]) + 6);
	}
}

static void test_all_that_is_kept_is_searched(void **state)
{
	struct scan_world *w = *state;

	long_chain(w);
	script_drop(w->chain, BLOCK_HASHES_KEPT);
	script_mine_many(w->chain, BLOCK_HASHES_KEPT + 1);
	scan_run(w);
	expect_at_tip(w);
}

/* Hashes above the fork are forgotten: a second reorganisation finds fewer, and stops no sooner
 * than it must. */
static void test_one_deep_reorganisation_after_another(void **state)
{
	struct scan_world *w = *state;
	struct scanner_status s;

	long_chain(w);
	for (unsigned i = 0; i < 2; i++) {
		script_drop(w->chain, 500);
		script_mine_many(w->chain, 100);
		scan_run(w);
		expect_at_tip(w);
	}
	script_drop(w->chain, 400);
	script_mine_many(w->chain, 500);
	scan_run(w);
	scanner_status(w->btc.scanner, &s);
	assert_string_equal(s.state, "halted");
}

/* --- moving meanwhile ---------------------------------------------------------------------------
 */

enum move { DEEPER, BACK_TO_OURS, SHORTER, LONGER, MOVES };

struct moving {
	struct scan_world *w;
	struct scripted_branch ours;
	enum move move;
	unsigned wait; /* answers of hashes before it moves */
	bool moved;
};

static void move_now(struct moving *m)
{
	struct scripted_chain *c = m->w->chain;

	m->moved = true;
	switch (m->move) {
	case DEEPER:
		script_drop(c, c->tip > 500 ? 400 : 50);
		script_mine_many(c, 450);
		break;
	case BACK_TO_OURS: script_return(c, &m->ours); break;
	case SHORTER: script_drop(c, 100); break;
	case LONGER: script_mine_many(c, 3); break;
	case MOVES: break;
	}
}

static void on_hash_answer(void *arg, enum script_kind kind, int64_t height)
{
	struct moving *m = arg;

	(void)height;
	if (kind == ASK_HASH && !m->moved && m->wait-- == 0)
		move_now(m);
}

/* Deposits above and below every fork; in the end those count that the node's chain has. */
static void pay_some(struct scripted_chain *c, const char *prefix)
{
	char txid[32];

	for (unsigned i = 0; i < 20; i++) {
		script_mine_many(c, 10);
		(void)snprintf(txid, sizeof(txid), "%s%u", prefix, i);
		script_pay(c, txid, 0, "ours", 5);
	}
}

struct tally {
	const struct scripted_chain *chain;
	unsigned standing;
};

static int on_standing(void *arg, const struct sighting *g, struct err *err)
{
	struct tally *t = arg;
	char hash[BLOCK_HASH_TEXT_MAX];

	(void)err;
	if (g->state == SIGHTING_ORPHANED)
		return 0;
	t->standing++;
	script_hash(hash, g->height, t->chain->blocks[g->height].branch);
	assert_string_equal(g->block_hash, hash);
	return 0;
}

static void expect_what_stands(struct scan_world *w)
{
	struct tally t = { .chain = w->chain };
	unsigned paid = 0;
	struct err err;

	for (int64_t h = w->btc.o.initial_height; h <= w->chain->tip; h++)
		paid += w->chain->blocks[h].output_count;
	assert_int_equal(store_sighting_each_of(w->store, COIN_BTC, "ours", on_standing, &t, &err),
			 0);
	assert_int_equal(t.standing, paid);
}

static bool move_at(struct scan_world *w, struct moving *m)
{
	script_return(w->chain, &m->ours);
	scan_run(w);
	scan_run(w);
	script_drop(w->chain, 150);
	pay_some(w->chain, "theirs");
	w->chain->before_answer = on_hash_answer;
	w->chain->hook_arg = m;
	scan_run(w);
	w->chain->before_answer = NULL;
	if (m->move == SHORTER)
		script_mine_many(w->chain, 400);
	scan_run(w);
	scan_run(w);
	expect_at_tip(w);
	expect_what_stands(w);
	return m->moved;
}

static void test_the_chain_moves_at_every_question(void **state)
{
	struct scan_world *w = *state;
	struct moving m = { .w = w };

	pay_some(w->chain, "ours");
	script_mine_many(w->chain, 300);
	pay_some(w->chain, "later");
	m.ours = script_save(w->chain);
	scan_start(w);
	scan_run(w);
	for (m.move = DEEPER; m.move < MOVES; m.move++) {
		for (unsigned wait = 0; wait < 24; wait++) {
			m.wait = wait;
			m.moved = false;
			if (!move_at(w, &m))
				break;
			assert_true(wait < 23);
		}
	}
	scripted_branch_release(&m.ours);
}

/* --- too deep -----------------------------------------------------------------------------------
 */

static struct scripted_branch halted_world(struct scan_world *w)
{
	struct scripted_branch ours;
	struct scanner_status s;

	long_chain(w);
	script_mine(w->chain);
	script_pay(w->chain, "t", 0, "ours", 5);
	scan_run(w);
	ours = script_save(w->chain);
	script_drop(w->chain, BLOCK_HASHES_KEPT + 50);
	script_mine_many(w->chain, BLOCK_HASHES_KEPT + 100);
	scan_run(w);
	scanner_status(w->btc.scanner, &s);
	assert_string_equal(s.state, "halted");
	expect_problem(w, "btc_scan", "scanning has stopped");
	return ours;
}

static void test_too_deep_halts_and_looks_seldom(void **state)
{
	struct scan_world *w = *state;
	struct scripted_branch ours = halted_world(w);
	unsigned tips = w->chain->asked[ASK_TIP], blocks = w->chain->asked[ASK_BLOCK];
	struct scanner_status s;

	loop_scripted_advance(w->loop, 600000);
	scanner_status(w->btc.scanner, &s);
	assert_string_equal(s.state, "halted");
	assert_int_equal(w->chain->asked[ASK_BLOCK], blocks);
	assert_in_range(w->chain->asked[ASK_TIP] - tips, 5, 11);
	assert_int_equal(scan_cursor_height(w, COIN_BTC), 1301);
	expect_sightings(w, "t:0@1301 seen");
	scripted_branch_release(&ours);
}

/* It was the wrong node, or one that was loading: the scan goes on by itself. */
static void test_halted_goes_on_when_the_chain_is_back(void **state)
{
	struct scan_world *w = *state;
	struct scripted_branch ours = halted_world(w);
	struct scanner_status s;

	script_return(w->chain, &ours);
	script_mine_many(w->chain, 2);
	loop_scripted_advance(w->loop, 62000);
	expect_at_tip(w);
	expect_sightings(w, "t:0@1301 confirmed");
	scanner_status(w->btc.scanner, &s);
	assert_string_equal(s.state, "waiting");
	scripted_branch_release(&ours);
}

static void test_halted_stays_halted_over_a_restart(void **state)
{
	struct scan_world *w = *state;
	struct scripted_branch ours = halted_world(w);
	struct scanner_status s;

	scan_stop(w);
	scan_start(w);
	scan_run(w);
	scanner_status(w->btc.scanner, &s);
	assert_string_equal(s.state, "halted");
	expect_sightings(w, "t:0@1301 seen");
	scripted_branch_release(&ours);
}

/* --- accepted -----------------------------------------------------------------------------------
 */

static void test_an_operator_accepts_the_chain(void **state)
{
	struct scan_world *w = *state;
	struct scripted_branch ours;
	uint64_t orphaned;
	struct err err;

	script_pay(w->chain, "old", 0, "ours", 5); /* in block 100: on both chains */
	ours = halted_world(w);
	expect_sightings(w, "old:0@100 confirmed, t:0@1301 seen");
	assert_int_equal(scanner_accept(w->btc.scanner, 60, &orphaned, &err), 0);
	assert_int_equal(orphaned, 1);
	expect_sightings(w, "old:0@100 orphaned, t:0@1301 orphaned");
	assert_int_equal(scan_cursor_height(w, COIN_BTC), 59);
	scan_run(w);
	expect_at_tip(w);
	expect_sightings(w, "old:0@100 confirmed, t:0@1301 orphaned");
	scripted_branch_release(&ours);
}

/* The answer to a look is under way: it belongs to what was before. */
static void test_accepted_in_the_middle_of_a_look(void **state)
{
	struct scan_world *w = *state;
	struct scripted_branch ours = halted_world(w);
	unsigned tips = w->chain->asked[ASK_TIP];
	uint64_t orphaned;
	struct err err;

	while (w->chain->asked[ASK_TIP] == tips)
		loop_scripted_advance(w->loop, 1);
	assert_int_equal(scanner_accept(w->btc.scanner, 1, &orphaned, &err), 0);
	scan_run(w);
	expect_at_tip(w);
	expect_sightings(w, "t:0@1301 orphaned");
	scripted_branch_release(&ours);
}

/* Operators restart the node, or name another, before they accept: it does not answer just then. */
static void test_accepted_while_the_node_is_away(void **state)
{
	struct scan_world *w = *state;
	struct scripted_branch ours;
	struct scanner_status s;
	uint64_t orphaned = 0;
	struct err err;

	script_pay(w->chain, "old", 0, "ours", 5); /* in block 100: on both chains */
	ours = halted_world(w);
	w->chain->fail_times = -1;
	w->chain->fail_with = (struct chain_error){ CHAIN_UNREACHABLE, "restarting" };
	loop_scripted_advance(w->loop, 62000);
	expect_problem(w, "btc_node", "restarting");
	assert_int_equal(scanner_accept(w->btc.scanner, 60, &orphaned, &err), 0);
	assert_int_equal(orphaned, 1);
	scanner_status(w->btc.scanner, &s);
	assert_int_equal(s.height, 59);
	w->chain->fail_times = 0;
	loop_scripted_advance(w->loop, 62000);
	expect_no_problem(w, "btc_scan");
	expect_at_tip(w);
	expect_sightings(w, "old:0@100 confirmed, t:0@1301 orphaned");
	scripted_branch_release(&ours);
}

/* What is certain to halt again is refused, and so is undoing a scan that goes well. */
static void test_what_cannot_be_accepted(void **state)
{
	struct scan_world *w = *state;
	struct scripted_branch ours;
	uint64_t orphaned;
	struct err err;

	scan_start(w);
	scan_run(w);
	assert_int_equal(scanner_accept(w->btc.scanner, 91, &orphaned, &err), ERR_INVALID);
	assert_int_equal(scan_cursor_height(w, COIN_BTC), 100);
	scan_stop(w);
	ours = halted_world(w);
	assert_int_equal(
		scanner_accept(w->btc.scanner, 1301 - BLOCK_HASHES_KEPT + 1, &orphaned, &err),
		ERR_INVALID);
	assert_int_equal(scanner_accept(w->btc.scanner, -1, &orphaned, &err), ERR_INVALID);
	assert_int_equal(store_begin(w->exchangerd, &err), 0);
	w->store->patience_us = 0;
	assert_int_equal(scanner_accept(w->btc.scanner, 1, &orphaned, &err), ERR_BUSY);
	store_rollback(w->exchangerd);
	assert_int_equal(scan_cursor_height(w, COIN_BTC), 1301);
	loop_scripted_advance(w->loop, 60000); /* it is still halted, and looks again */
	expect_problem(w, "btc_scan", "scanning has stopped");
	assert_int_equal(scanner_accept(w->btc.scanner, 1301 - BLOCK_HASHES_KEPT, &orphaned, &err),
			 0);
	scan_run(w);
	expect_at_tip(w);
	scripted_branch_release(&ours);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, scan_world_setup, scan_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_the_fork_is_found_with_few_questions),
		ROW(test_all_that_is_kept_is_searched),
		ROW(test_one_deep_reorganisation_after_another),
		ROW(test_the_chain_moves_at_every_question),
		ROW(test_too_deep_halts_and_looks_seldom),
		ROW(test_halted_goes_on_when_the_chain_is_back),
		ROW(test_halted_stays_halted_over_a_restart),
		ROW(test_an_operator_accepts_the_chain),
		ROW(test_accepted_in_the_middle_of_a_look),
		ROW(test_accepted_while_the_node_is_away),
		ROW(test_what_cannot_be_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
