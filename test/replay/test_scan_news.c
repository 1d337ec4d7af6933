/* A chain whose node tells of its blocks: the scan looks when it is told, and regularly all the
 * same; and a node that a person must mend is not asked more often for it. */
#include "test/support/test.h"

#include <stdio.h>

#include "test/support/scan_world.h"

#define NET_MS	60000 /* how often a node that tells is asked all the same */
#define SOON_MS (6 * SCRIPT_ANSWER_MS)

static void tell(struct scan_world *w)
{
	w->chain->base.news(w->chain->base.news_arg);
}

static void start_listening(struct scan_world *w)
{
	scan_start(w);
	scan_run(w);
	expect_at_tip(w);
	w->chain->base.tells_news = true;
	tell(w);
	loop_scripted_advance(w->loop, SOON_MS);
}

static void test_told_of_a_block(void **state)
{
	struct scan_world *w = *state;

	start_listening(w);
	script_mine(w->chain);
	tell(w);
	loop_scripted_advance(w->loop, SOON_MS);
	expect_at_tip(w);
}

/* Nobody told of this one: the safety net finds it, and until then the node is left in peace. */
static void test_the_safety_net(void **state)
{
	struct scan_world *w = *state;
	unsigned before;

	start_listening(w);
	before = w->chain->asked[ASK_TIP];
	script_mine(w->chain);
	loop_scripted_advance(w->loop, NET_MS - SCAN_PERIOD_MS);
	assert_int_equal(w->chain->asked[ASK_TIP], before);
	loop_scripted_advance(w->loop, SCAN_PERIOD_MS + SOON_MS);
	expect_at_tip(w);
}

/* It does not tell any more: asked at once, and in the usual period from then on. */
static void test_told_no_more(void **state)
{
	struct scan_world *w = *state;

	start_listening(w);
	script_mine(w->chain);
	w->chain->base.tells_news = false;
	tell(w);
	loop_scripted_advance(w->loop, SOON_MS);
	expect_at_tip(w);
	script_mine(w->chain);
	loop_scripted_advance(w->loop, SCAN_PERIOD_MS + SOON_MS);
	expect_at_tip(w);
}

/* A block that comes while the scan is on its way: the look that is under way may be too early for
 * it, so there is another. */
static void tell_before_the_answer(void *arg, enum script_kind kind, int64_t height)
{
	struct scan_world *w = arg;

	(void)height;
	if (kind != ASK_HASH)
		return;
	w->chain->before_answer = NULL;
	script_mine(w->chain);
	tell(w);
}

static void test_told_while_busy(void **state)
{
	struct scan_world *w = *state;

	start_listening(w);
	w->chain->before_answer = tell_before_the_answer;
	w->chain->hook_arg = w;
	tell(w);
	loop_scripted_advance(w->loop, 3UL * SOON_MS);
	expect_at_tip(w);
}

/* Told without end: one look after the other, never two at once. */
static void test_told_without_end(void **state)
{
	struct scan_world *w = *state;
	unsigned before;

	start_listening(w);
	before = w->chain->asked[ASK_TIP];
	for (unsigned i = 0; i < 1000; i++) {
		tell(w);
		loop_scripted_advance(w->loop, 1);
	}
	assert_in_range(w->chain->asked[ASK_TIP] - before, 1, 1000 / SCRIPT_ANSWER_MS);
	expect_at_tip(w);
}

/* Wrong password: not a try every quarter of a second. */
static void test_patience_with_a_wrong_password(void **state)
{
	struct scan_world *w = *state;
	unsigned before;

	scan_start(w);
	scan_run(w);
	before = w->chain->asked[ASK_TIP];
	w->chain->fail_times = -1;
	w->chain->fail_with = (struct chain_error){ CHAIN_UNAUTHORIZED, "a wrong password" };
	loop_scripted_advance(w->loop, 30000);
	assert_in_range(w->chain->asked[ASK_TIP] - before, 2, 7);
	expect_problem(w, "btc_node", "check user and password");
	w->chain->fail_times = 0;
	loop_scripted_advance(w->loop, 40000);
	expect_no_problem(w, "btc_node");
	expect_at_tip(w);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scan_world_setup, scan_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_told_of_a_block),  TEST(test_the_safety_net),
		TEST(test_told_no_more),     TEST(test_told_while_busy),
		TEST(test_told_without_end), TEST(test_patience_with_a_wrong_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
