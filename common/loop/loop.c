/* What both kinds of loop share: the dispatch to the kind, and the work at the end of a turn.
 *
 * A turn is: everything that happened (timers, sockets), then what that asked for with
 * loop_at_turn_end().  That work may ask for more: a group is committed, its answers are given,
 * the connections that got answers are flushed.  All of it belongs to the same turn, so that an
 * answer leaves in the turn in which its commit was made.  But work that always asks again must
 * not keep the loop from its sockets: after GENERATIONS_MAX rounds the rest waits for one poll. */
#include "common/loop/loop.h"

#include <stdlib.h>
#include <string.h>

#include "common/loop/loop_ops.h"

#define GENERATIONS_MAX 8

void *loop_alloc(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL)
		abort();
	return p;
}

void loop_free(struct loop *l)
{
	if (l != NULL)
		l->ops->free(l);
}

void loop_run(struct loop *l)
{
	l->ops->run(l);
}

void loop_stop(struct loop *l)
{
	l->ops->stop(l);
}

/* --- timers --------------------------------------------------------------------------------- */

struct loop_timer *loop_timer_new(struct loop *l, loop_fn fn, void *arg)
{
	struct loop_timer *t = l->ops->timer_new(l);

	t->loop = l;
	t->fn = fn;
	t->arg = arg;
	return t;
}

void loop_timer_start(struct loop_timer *t, uint64_t delay_ms)
{
	t->active = true;
	t->loop->ops->timer_start(t, delay_ms);
}

void loop_timer_stop(struct loop_timer *t)
{
	if (!t->active)
		return;
	t->active = false;
	t->loop->ops->timer_stop(t);
}

bool loop_timer_active(const struct loop_timer *t)
{
	return t->active;
}

void loop_timer_free(struct loop_timer *t)
{
	if (t == NULL)
		return;
	loop_timer_stop(t);
	t->loop->ops->timer_free(t);
}

void loop_timer_fire(struct loop_timer *t)
{
	t->active = false;
	t->fn(t->arg);
}

void loop_beside(struct loop *l, loop_fn work, loop_fn done, void *arg)
{
	l->ops->beside(l, work, done, arg);
}

/* --- the end of a turn ---------------------------------------------------------------------- */

static void turn_queue_grow(struct turn_queue *q)
{
	size_t room = q->room > 0 ? 2 * q->room : 16;
	struct turn_work *item = reallocarray(q->item, room, sizeof(*item));

	if (item == NULL)
		abort();
	q->item = item;
	q->room = room;
}

void loop_at_turn_end(struct loop *l, loop_fn fn, void *arg)
{
	struct turn_queue *q = &l->asked;

	if (q->count == q->room)
		turn_queue_grow(q);
	q->item[q->count++] = (struct turn_work){ .fn = fn, .arg = arg };
}

static void turn_queue_cancel(struct turn_queue *q, const void *arg)
{
	for (size_t i = 0; i < q->count; i++)
		if (q->item[i].arg == arg)
			q->item[i].fn = NULL;
}

void loop_cancel_turn_end(struct loop *l, const void *arg)
{
	turn_queue_cancel(&l->asked, arg);
	turn_queue_cancel(&l->running, arg);
}

/* Work may be asked for and cancelled while it runs: `running` is another queue than `asked`. */
static void loop_run_generation(struct loop *l)
{
	struct turn_queue asked = l->asked;

	l->asked = l->running;
	l->running = asked;
	for (size_t i = 0; i < l->running.count; i++) {
		struct turn_work w = l->running.item[i];

		if (w.fn != NULL)
			w.fn(w.arg);
	}
	l->running.count = 0;
}

bool loop_run_turn_end(struct loop *l)
{
	for (unsigned i = 0; i < GENERATIONS_MAX && l->asked.count > 0; i++)
		loop_run_generation(l);
	return l->asked.count > 0;
}

void loop_release_turns(struct loop *l)
{
	free(l->asked.item);
	free(l->running.item);
}
