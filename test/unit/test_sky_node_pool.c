/* Several nodes as one: whom health waits for, whom the questions go to, and what is told. */
#include "test/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "common/node/sky_node_pool.h"
#include "test/support/fake_sky_node.h"

#define NODES 3
#define OTHER "7db37de380aaed0124e0d5834fcf2dc0e04c3c31ab8e16cff3d280eaf52d0c4c"

struct world {
	struct loop *loop;
	struct fake_node node[NODES];
	struct sky_node *pool;
	bool freed;
	unsigned answers;
	bool failed;
	struct err err;
	struct sky_health health;
	enum sky_inject_result inject;
};

static const char *const names[NODES] = { "a:6420", "b:6420", "c:6420" };

static void world_init(struct world *w, size_t count)
{
	struct sky_pool_member members[NODES];

	memset(w, 0, sizeof(*w));
	w->loop = loop_new_scripted(1000);
	for (size_t i = 0; i < NODES; i++) {
		fake_init(&w->node[i], w->loop);
		members[i] = (struct sky_pool_member){ names[i], &w->node[i].node };
	}
	assert_int_equal(sky_node_pool_new(w->loop, members, count, &w->pool, NULL), 0);
}

static void world_release(struct world *w)
{
	if (!w->freed)
		w->pool->ops->free(w->pool);
	for (size_t i = 0; i < NODES; i++)
		fake_release(&w->node[i]);
	loop_free(w->loop);
}

static void on_health(void *arg, const struct sky_health *h, const struct err *err)
{
	struct world *w = arg;

	w->answers++;
	w->failed = err != NULL;
	if (err != NULL)
		w->err = *err;
	else
		w->health = *h;
}

static void ask_health(struct world *w)
{
	w->answers = 0;
	w->pool->ops->health(w->pool, on_health, w);
	assert_int_equal(w->answers, 0);
}

/* Ask, and be told after so many milliseconds, not before. */
static void health_after(struct world *w, uint64_t ms)
{
	ask_health(w);
	loop_scripted_advance(w->loop, ms - 1);
	assert_int_equal(w->answers, 0);
	loop_scripted_advance(w->loop, 1);
	assert_int_equal(w->answers, 1);
}

static void on_status(void *arg, enum sky_tx_status status, uint64_t height, uint64_t block_seq,
		      const struct err *err)
{
	struct world *w = arg;

	(void)status;
	(void)height;
	(void)block_seq;
	w->answers++;
	w->failed = err != NULL;
}

static void ask_status(struct world *w)
{
	w->answers = 0;
	w->pool->ops->status(w->pool, "00", on_status, w);
	loop_scripted_advance(w->loop, 10);
	assert_int_equal(w->answers, 1);
}

static void expect_asked(const struct world *w, unsigned a, unsigned b, unsigned c)
{
	assert_int_equal(w->node[0].statuses, a);
	assert_int_equal(w->node[1].statuses, b);
	assert_int_equal(w->node[2].statuses, c);
}

/* --- whom the questions go to ------------------------------------------------------------------
 */

static void test_one_node(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 1);
	health_after(&w, 1);
	assert_int_equal(w.health.standing, SKY_GOOD);
	assert_string_equal(w.health.problems, "");
	ask_status(&w);
	expect_asked(&w, 1, 0, 0);
	w.node[0].down = true;
	health_after(&w, 1);
	assert_true(w.failed);
	assert_string_equal(w.err.text, "connection refused"); /* as if there were no pool */
	world_release(&w);
}

/* All are asked for health, one for the rest: the first, while it is in order. */
static void test_the_first_of_three(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 3);
	health_after(&w, 1);
	assert_string_equal(w.health.problems, "");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(w.node[i].healths, 1);
	ask_status(&w);
	expect_asked(&w, 1, 0, 0);
	world_release(&w);
}

/* What is wrong with the one that is asked is its standing, not a problem of the others. */
static void test_the_only_one_in_trouble(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 2);
	w.node[0].connections = 0;
	w.node[1].down = true;
	health_after(&w, 1);
	assert_int_equal(w.health.standing, SKY_NO_PEERS);
	assert_string_equal(w.health.address, "127.0.0.1:6420"); /* as the fake calls itself */
	assert_string_equal(w.health.problems, "Skycoin node b:6420: connection refused");
	world_release(&w);
}

/* Down, then up again: what was chosen in its place stays. */
static void test_down_and_up(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 3);
	w.node[0].down = true;
	health_after(&w, 1);
	assert_int_equal(w.health.standing, SKY_GOOD);
	assert_string_equal(w.health.problems, "Skycoin node a:6420: connection refused");
	ask_status(&w);
	w.node[0].down = false;
	health_after(&w, 1);
	assert_string_equal(w.health.problems, "");
	ask_status(&w);
	expect_asked(&w, 0, 2, 0);
	world_release(&w);
}

/* Health is one thing, answers another: whose answers fail is passed over at the next health. */
static void test_failing_answers(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 2);
	health_after(&w, 1);
	w.node[0].down = true;
	ask_status(&w);
	assert_true(w.failed);
	ask_status(&w); /* nobody changes in between */
	expect_asked(&w, 2, 0, 0);
	w.node[0].down = false;
	health_after(&w, 1);
	ask_status(&w);
	assert_false(w.failed);
	expect_asked(&w, 2, 1, 0);
	world_release(&w);
}

static void test_none_answers(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 2);
	w.node[0].down = w.node[1].down = true;
	health_after(&w, 1);
	assert_true(w.failed);
	assert_int_equal(w.err.code, ERR_IO);
	assert_string_equal(w.err.text,
			    "no Skycoin node answers: Skycoin node a:6420: connection refused; "
			    "Skycoin node b:6420: connection refused");
	world_release(&w);
}

/* From the next health on; what was not pinned is taken as it is. */
static void test_pinned_chain(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 2);
	w.node[0].genesis = w.node[1].genesis = OTHER;
	health_after(&w, 1);
	assert_int_equal(w.health.standing, SKY_GOOD);
	assert_string_equal(w.health.genesis, OTHER);
	w.node[1].genesis = "6f9b23518627707a5a66bb7099f39b8414dfa063f985a0deed1c73d9879a7dca";
	w.pool->ops->pin(w.pool, w.node[1].genesis);
	health_after(&w, 1);
	assert_int_equal(w.health.standing, SKY_GOOD);
	assert_string_equal(w.health.problems,
			    "Skycoin node a:6420 is on another chain, or of another coin");
	ask_status(&w);
	expect_asked(&w, 0, 1, 0);
	world_release(&w);
}

/* --- whom health waits for ----------------------------------------------------------------------
 */

/* One that does not answer costs five seconds once, and nothing more until it answers again. */
static void test_one_hangs(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 3);
	w.node[0].hang = true;
	health_after(&w, 5000);
	assert_string_equal(w.health.problems, "Skycoin node a:6420: does not answer in time");
	for (int i = 0; i < 3; i++)
		health_after(&w, 1);
	assert_int_equal(w.node[0].healths, 1); /* it still owes the first answer */
	ask_status(&w);
	expect_asked(&w, 0, 1, 0);
	world_release(&w);
}

/* A slow one is heard once it answers in time again. */
static void test_slow_and_quick_again(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 2);
	w.node[0].delay_ms = 7000;
	health_after(&w, 5000);
	assert_string_equal(w.health.problems, "Skycoin node a:6420: does not answer in time");
	loop_scripted_advance(w.loop, 2000); /* that answer comes after its round */
	w.node[0].delay_ms = 30;
	health_after(&w, 1); /* not waited for */
	loop_scripted_advance(w.loop, 100);
	health_after(&w, 30);
	assert_string_equal(w.health.problems, "");
	world_release(&w);
}

/* As long as there is nobody else, the slow one is waited for. */
static void test_only_a_slow_one(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 2);
	w.node[0].delay_ms = 20000;
	w.node[1].down = true;
	health_after(&w, 20000);
	assert_int_equal(w.health.standing, SKY_GOOD);
	assert_string_equal(w.health.problems, "Skycoin node b:6420: connection refused");
	w.node[0].delay_ms = 0;
	ask_status(&w);
	expect_asked(&w, 1, 0, 0);
	world_release(&w);
}

/* A block has reached one and not yet the other: both are asked again after a moment. */
static void test_a_block_arrives(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 2);
	w.node[1].head_seq++;
	ask_health(&w);
	loop_scripted_advance(w.loop, 1);
	assert_int_equal(w.answers, 0);
	w.node[0].head_seq++;
	loop_scripted_advance(w.loop, 1001);
	assert_int_equal(w.answers, 1);
	assert_string_equal(w.health.problems, "");
	ask_status(&w);
	expect_asked(&w, 1, 0, 0);
	world_release(&w);
}

/* It does not come: the one that has it is asked from now on. */
static void test_a_block_does_not_arrive(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 2);
	w.node[1].head_seq++;
	ask_health(&w);
	loop_scripted_advance(w.loop, 1002);
	assert_int_equal(w.answers, 1);
	assert_string_equal(w.health.problems, "Skycoin node a:6420 is behind the chain");
	assert_int_equal(w.node[0].healths, 2);
	ask_status(&w);
	expect_asked(&w, 0, 1, 0);
	world_release(&w);
}

/* Two that ask at once are told of one round. */
static void test_two_ask(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, 2);
	ask_health(&w);
	w.pool->ops->health(w.pool, on_health, &w);
	loop_scripted_advance(w.loop, 1);
	assert_int_equal(w.answers, 2);
	assert_int_equal(w.node[0].healths, 1);
	world_release(&w);
}

/* --- the other questions, and the end -----------------------------------------------------------
 */

static void on_outputs(void *arg, const struct sky_outputs *o, const struct err *err)
{
	struct world *w = arg;

	w->answers++;
	assert_null(err);
	assert_non_null(o);
}

static void on_spent(void *arg, const struct sky_spent *s, const struct err *err)
{
	struct world *w = arg;

	w->answers++;
	assert_null(err);
	assert_false(s->found);
}

static void test_every_question(void **state)
{
	struct sky_address a = { .key_hash.b = { 1 } };
	struct sha256 id = { .b = { 1 } };
	struct world w;

	(void)state;
	world_init(&w, 2);
	w.pool->ops->outputs(w.pool, &a, 1, on_outputs, &w);
	loop_scripted_advance(w.loop, 1);
	w.pool->ops->spent(w.pool, &id, &a, on_spent, &w);
	loop_scripted_advance(w.loop, 1);
	assert_int_equal(w.answers, 2);
	assert_int_equal(w.node[0].fetches, 1);
	assert_int_equal(w.node[0].spents, 1);
	world_release(&w);
}

static void on_health_free(void *arg, const struct sky_health *h, const struct err *err)
{
	struct world *w = arg;

	on_health(arg, h, err);
	if (w->freed)
		return;
	w->pool->ops->free(w->pool);
	w->freed = true;
}

/* By who was told, while another still waits; and with everything under way. */
static void test_freed(void **state)
{
	struct sky_address a = { .key_hash.b = { 1 } };
	struct world w;

	(void)state;
	world_init(&w, 2);
	w.pool->ops->health(w.pool, on_health_free, &w);
	w.pool->ops->health(w.pool, on_health_free, &w);
	loop_scripted_advance(w.loop, 1);
	assert_int_equal(w.answers, 1);
	world_release(&w);
	world_init(&w, 2);
	w.node[1].hang = true;
	ask_health(&w);
	loop_scripted_advance(w.loop, 10);
	w.pool->ops->outputs(w.pool, &a, 1, on_outputs, &w);
	w.pool->ops->free(w.pool);
	w.freed = true;
	loop_scripted_advance(w.loop, 60000);
	assert_int_equal(w.answers, 0);
	world_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_node),
		cmocka_unit_test(test_the_first_of_three),
		cmocka_unit_test(test_the_only_one_in_trouble),
		cmocka_unit_test(test_down_and_up),
		cmocka_unit_test(test_failing_answers),
		cmocka_unit_test(test_none_answers),
		cmocka_unit_test(test_pinned_chain),
		cmocka_unit_test(test_one_hangs),
		cmocka_unit_test(test_slow_and_quick_again),
		cmocka_unit_test(test_only_a_slow_one),
		cmocka_unit_test(test_a_block_arrives),
		cmocka_unit_test(test_a_block_does_not_arrive),
		cmocka_unit_test(test_two_ask),
		cmocka_unit_test(test_every_question),
		cmocka_unit_test(test_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
