/* Both kinds of loop: the order of timers and turn-end work, and that ends are clean. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/loop/loop.h"
#include "test/support/test.h"

/* What ran, as text. */
static char trace[256];

struct step {
	struct loop *loop;
	const char *name;
};

static void trace_add(const char *name)
{
	size_t len = strlen(trace);

	(void)snprintf(trace + len, sizeof(trace) - len, "%s ", name);
}

static void on_step(void *arg)
{
	trace_add(((const struct step *)arg)->name);
}

static void stop_at_turn_end(void *arg)
{
	trace_add("stop");
	loop_stop(arg);
}

static struct loop *uv_loop(void)
{
	struct loop *l = NULL;

	assert_int_equal(loop_new(&l, NULL), 0);
	trace[0] = '\0';
	return l;
}

static struct loop *scripted_loop(void)
{
	trace[0] = '\0';
	return loop_new_scripted(1500000000);
}

static void test_timers_fire_in_order(void **state)
{
	struct loop *l = scripted_loop();
	struct step a = { l, "a" }, b = { l, "b" }, c = { l, "c" }, d = { l, "d" };
	struct loop_timer *ta = loop_timer_new(l, on_step, &a),
			  *tb = loop_timer_new(l, on_step, &b),
			  *tc = loop_timer_new(l, on_step, &c),
			  *td = loop_timer_new(l, on_step, &d);

	(void)state;
	loop_timer_start(tb, 20);
	loop_timer_start(tc, 20);
	loop_timer_start(ta, 10);
	loop_timer_start(td, 5);
	loop_timer_stop(td);
	assert_false(loop_timer_active(td));
	loop_scripted_advance(l, 19);
	assert_string_equal(trace, "a ");
	loop_scripted_advance(l, 1);
	assert_string_equal(trace, "a b c ");
	loop_timer_start(ta, 10);
	loop_timer_start(ta, 30); /* moved */
	loop_scripted_advance(l, 29);
	assert_string_equal(trace, "a b c ");
	assert_true(loop_timer_active(ta));
	loop_scripted_advance(l, 1);
	assert_string_equal(trace, "a b c a ");
	assert_false(loop_timer_active(ta));
	loop_timer_free(ta);
	loop_timer_free(NULL);
	loop_free(l); /* with three timers left */
}

static void test_scripted_clock_stands_still(void **state)
{
	struct loop *l = scripted_loop();
	int64_t mono = clock_mono_ms();

	(void)state;
	assert_int_equal(clock_unix(), 1500000000);
	loop_scripted_advance(l, 999);
	assert_int_equal(clock_unix(), 1500000000);
	assert_int_equal(clock_mono_ms(), mono + 999);
	loop_scripted_advance(l, 1);
	assert_int_equal(clock_unix(), 1500000001);
	loop_free(l);
	assert_true(clock_unix() > 1500000001); /* the system's again */
}

struct chain {
	struct loop *loop;
	unsigned left, ran;
};

static void on_chain(void *arg)
{
	struct chain *c = arg;

	c->ran++;
	if (--c->left > 0)
		loop_at_turn_end(c->loop, on_chain, c);
}

static void test_turn_end_work_runs_in_order(void **state)
{
	struct loop *l = scripted_loop();
	struct step a = { l, "a" }, b = { l, "b" };
	struct chain c = { l, 3, 0 };

	(void)state;
	loop_at_turn_end(l, on_step, &a);
	loop_at_turn_end(l, on_chain, &c);
	loop_at_turn_end(l, on_step, &b);
	assert_string_equal(trace, "");
	loop_scripted_turn(l);
	assert_string_equal(trace, "a b ");
	assert_int_equal(c.ran, 3); /* what it asked for belongs to the same turn */
	loop_scripted_turn(l);
	assert_string_equal(trace, "a b ");
	loop_free(l);
}

static struct step cancelled;

static void on_cancel(void *arg)
{
	loop_cancel_turn_end(arg, &cancelled);
}

static void test_cancelled_work_does_not_run(void **state)
{
	struct loop *l = scripted_loop();
	struct step a = { l, "a" };

	(void)state;
	cancelled = (struct step){ l, "cancelled" };
	loop_at_turn_end(l, on_step, &cancelled);
	loop_at_turn_end(l, on_step, &a);
	loop_cancel_turn_end(l, &cancelled);
	loop_scripted_turn(l);
	assert_string_equal(trace, "a ");
	loop_at_turn_end(l, on_cancel, l); /* while the queue is being run */
	loop_at_turn_end(l, on_step, &cancelled);
	loop_scripted_turn(l);
	assert_string_equal(trace, "a ");
	loop_free(l);
}

static void ask_two(void *arg)
{
	struct step *s = arg;

	trace_add("timer");
	loop_at_turn_end(s->loop, on_step, s);
	loop_at_turn_end(s->loop, stop_at_turn_end, s->loop);
}

static void test_uv_turn_ends_before_the_loop_waits(void **state)
{
	struct loop *l = uv_loop();
	struct step work = { l, "work" };
	struct loop_timer *t = loop_timer_new(l, ask_two, &work);

	(void)state;
	loop_timer_start(t, 1); /* the only event: if work waited for the next, it would hang */
	loop_run(l);
	assert_string_equal(trace, "timer work stop ");
	loop_timer_free(t);
	loop_free(l);
}

static void on_endless(void *arg)
{
	loop_at_turn_end(arg, on_endless, arg);
}

static void on_timer_stop(void *arg)
{
	loop_stop(arg);
}

static void test_endless_work_does_not_starve_the_loop(void **state)
{
	struct loop *l = uv_loop();
	struct loop_timer *t = loop_timer_new(l, on_timer_stop, l);

	(void)state;
	loop_at_turn_end(l, on_endless, l);
	loop_timer_start(t, 5);
	loop_run(l); /* returns: the timer got its turn */
	loop_timer_free(t);
	loop_free(l);
}

struct self_free {
	struct loop *loop;
	struct loop_timer *timer;
};

static void on_free_self(void *arg)
{
	struct self_free *s = arg;

	loop_timer_free(s->timer);
	trace_add("freed");
	loop_stop(s->loop);
}

static void test_timer_may_free_itself(void **state)
{
	struct loop *kinds[2];

	(void)state;
	kinds[0] = uv_loop();
	kinds[1] = scripted_loop();
	for (int i = 0; i < 2; i++) {
		struct self_free s = { kinds[i], NULL };

		trace[0] = '\0';
		s.timer = loop_timer_new(kinds[i], on_free_self, &s);
		loop_timer_start(s.timer, 1);
		loop_run(kinds[i]);
		assert_string_equal(trace, "freed ");
	}
	loop_free(kinds[0]);
	loop_free(kinds[1]);
}

static void test_free_closes_what_is_left(void **state)
{
	struct loop *l = uv_loop();
	struct step a = { l, "a" };

	(void)state;
	loop_timer_start(loop_timer_new(l, on_step, &a), 100000);
	(void)loop_timer_new(l, on_step, &a);
	loop_at_turn_end(l, on_endless, l);
	loop_free(l); /* ASan sees a leak or a use after free */
	loop_free(NULL);
	assert_string_equal(trace, "");
}

/* A daemon that gives up outside loop_run() has stopped a loop that does not run: the stop must not
 * end the run that closes the handles. */
static void test_free_after_stop(void **state)
{
	struct loop *l = uv_loop();
	struct step a = { l, "a" };
	struct loop_timer *freed = loop_timer_new(l, on_step, &a);

	(void)state;
	loop_timer_start(loop_timer_new(l, on_step, &a), 0);
	loop_stop(l);
	loop_timer_free(freed);
	loop_free(l); /* aborts when a handle is left open */
	assert_string_equal(trace, "");
}

/* --- beside the loop ------------------------------------------------------------------------- */

#define BESIDES 100

struct beside {
	struct loop *loop;
	pthread_t worker;
	unsigned in, out, *left;
};

static void square(void *arg)
{
	struct beside *b = arg;

	b->worker = pthread_self();
	b->out = b->in * b->in;
}

static void on_squared(void *arg)
{
	struct beside *b = arg;

	if (--*b->left == 0)
		loop_stop(b->loop);
}

static void test_work_beside_the_loop(void **state)
{
	struct beside list[BESIDES];
	struct loop *l = uv_loop();
	unsigned left = BESIDES;

	(void)state;
	for (unsigned i = 0; i < BESIDES; i++) {
		list[i] = (struct beside){ .loop = l, .in = i, .left = &left };
		loop_beside(l, square, on_squared, &list[i]);
	}
	assert_int_equal(left, BESIDES); /* never from inside the call */
	loop_run(l);
	for (unsigned i = 0; i < BESIDES; i++) {
		assert_int_equal(list[i].out, i * i);
		assert_false(pthread_equal(list[i].worker, pthread_self()));
	}
	loop_free(l);
}

/* Whoever waits for done() to free something gets it. */
static void test_free_waits_for_work_beside(void **state)
{
	struct loop *l = uv_loop();
	unsigned left = 2;
	struct beside a = { .loop = l, .in = 7, .left = &left }, b = a;

	(void)state;
	loop_beside(l, square, on_squared, &a);
	loop_beside(l, square, on_squared, &b);
	loop_free(l);
	assert_int_equal(left, 0);
	assert_int_equal(a.out + b.out, 98);
}

static void test_work_beside_in_scripted_time(void **state)
{
	struct loop *l = scripted_loop();
	unsigned left = 1;
	struct beside a = { .loop = l, .in = 3, .left = &left };

	(void)state;
	loop_beside(l, square, on_squared, &a);
	assert_int_equal(left, 1);
	loop_scripted_turn(l);
	assert_int_equal(left, 0);
	assert_int_equal(a.out, 9);
	loop_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timers_fire_in_order),
		cmocka_unit_test(test_scripted_clock_stands_still),
		cmocka_unit_test(test_turn_end_work_runs_in_order),
		cmocka_unit_test(test_cancelled_work_does_not_run),
		cmocka_unit_test(test_uv_turn_ends_before_the_loop_waits),
		cmocka_unit_test(test_endless_work_does_not_starve_the_loop),
		cmocka_unit_test(test_timer_may_free_itself),
		cmocka_unit_test(test_free_closes_what_is_left),
		cmocka_unit_test(test_free_after_stop),
		cmocka_unit_test(test_work_beside_the_loop),
		cmocka_unit_test(test_free_waits_for_work_beside),
		cmocka_unit_test(test_work_beside_in_scripted_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
