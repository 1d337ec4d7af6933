/* The loop of the tests: its clock stands still until it is told, so that an hour of back-off is
 * tested in no time and always in the same way.  One at a time, because it owns the clock.
 *
 * Timers fire in the order of their times, those of the same time in the order of starting, and
 * the turn ends after each one. */
#include <assert.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/loop/loop_ops.h"

#define MONO_START_MS 1000000 /* no test shall take 0 for granted */

struct scripted_timer {
	struct loop_timer base;
	uint64_t due_ms, seq;
	struct scripted_timer *next, **link;
};

struct loop_scripted {
	struct loop base;
	int64_t unix_start;
	uint64_t now_ms; /* since the start */
	uint64_t seq;
	bool stopped;
	struct scripted_timer *timers;
};

static struct loop_scripted *the_scripted;

static int64_t scripted_unix(void)
{
	return the_scripted->unix_start + (int64_t)(the_scripted->now_ms / 1000);
}

static int64_t scripted_mono(void)
{
	return MONO_START_MS + (int64_t)the_scripted->now_ms;
}

static bool timer_before(const struct scripted_timer *a, const struct scripted_timer *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->seq < b->seq;
}

static struct scripted_timer *next_timer(const struct loop_scripted *l)
{
	struct scripted_timer *first = NULL;

	for (struct scripted_timer *t = l->timers; t != NULL; t = t->next)
		if (t->base.active && (first == NULL || timer_before(t, first)))
			first = t;
	return first;
}

void loop_scripted_turn(struct loop *base)
{
	while (loop_run_turn_end(base))
		;
}

static void scripted_fire(struct loop_scripted *l, struct scripted_timer *t)
{
	if (t->due_ms > l->now_ms)
		l->now_ms = t->due_ms;
	loop_timer_fire(&t->base);
	loop_scripted_turn(&l->base);
}

void loop_scripted_advance(struct loop *base, uint64_t ms)
{
	struct loop_scripted *l = (struct loop_scripted *)base;
	uint64_t until = l->now_ms + ms;
	struct scripted_timer *t;

	loop_scripted_turn(base);
	while ((t = next_timer(l)) != NULL && t->due_ms <= until)
		scripted_fire(l, t);
	l->now_ms = until;
}

/* From timer to timer, until loop_stop() or until nothing is left that could happen. */
static void scripted_run(struct loop *base)
{
	struct loop_scripted *l = (struct loop_scripted *)base;
	struct scripted_timer *t;

	loop_scripted_turn(base);
	while (!l->stopped && (t = next_timer(l)) != NULL)
		scripted_fire(l, t);
	l->stopped = false;
}

static void scripted_stop(struct loop *base)
{
	((struct loop_scripted *)base)->stopped = true;
}

static struct loop_timer *scripted_timer_new(struct loop *base)
{
	struct loop_scripted *l = (struct loop_scripted *)base;
	struct scripted_timer *t = loop_alloc(sizeof(*t));

	t->next = l->timers;
	t->link = &l->timers;
	if (t->next != NULL)
		t->next->link = &t->next;
	l->timers = t;
	return &t->base;
}

static void scripted_timer_start(struct loop_timer *base, uint64_t delay_ms)
{
	struct scripted_timer *t = (struct scripted_timer *)base;
	struct loop_scripted *l = (struct loop_scripted *)base->loop;

	t->due_ms = l->now_ms + delay_ms;
	t->seq = l->seq++;
}

void loop_scripted_set_clock(struct loop *base, int64_t seconds)
{
	((struct loop_scripted *)base)->unix_start += seconds;
}

static void scripted_timer_stop(struct loop_timer *base)
{
	(void)base; /* `active` is all there is */
}

static void scripted_timer_free(struct loop_timer *base)
{
	struct scripted_timer *t = (struct scripted_timer *)base;

	*t->link = t->next;
	if (t->next != NULL)
		t->next->link = t->link;
	free(t);
}

/* No threads in scripted time: it is done at once, and told at the end of the turn. */
static void scripted_beside(struct loop *base, loop_fn work, loop_fn done, void *arg)
{
	work(arg);
	loop_at_turn_end(base, done, arg);
}

static void scripted_free(struct loop *base)
{
	struct loop_scripted *l = (struct loop_scripted *)base;
	struct scripted_timer *next;

	for (struct scripted_timer *t = l->timers; t != NULL; t = next) {
		next = t->next;
		scripted_timer_free(&t->base);
	}
	clock_install(NULL, NULL);
	the_scripted = NULL;
	loop_release_turns(base);
	free(l);
}

static const struct loop_ops ops_scripted = {
	.run = scripted_run,
	.stop = scripted_stop,
	.free = scripted_free,
	.timer_new = scripted_timer_new,
	.timer_start = scripted_timer_start,
	.timer_stop = scripted_timer_stop,
	.timer_free = scripted_timer_free,
	.beside = scripted_beside,
};

struct loop *loop_new_scripted(int64_t unix_seconds)
{
	struct loop_scripted *l = loop_alloc(sizeof(*l));

	assert(the_scripted == NULL);
	l->base.ops = &ops_scripted;
	l->unix_start = unix_seconds;
	the_scripted = l;
	clock_install(scripted_unix, scripted_mono);
	return &l->base;
}
