#include "apid/totals.h"

#include <stdlib.h>

#include "common/loop/loop.h"

#define PAGE_ROWS 500
#define TURN_MS	  1 /* 0 would be the same turn again: see http_server.c */

struct waiter {
	struct waiter *next;
	totals_fn fn;
	void *arg;
};

struct totals {
	struct daemon *d;
	struct loop_timer *turn;
	struct waiter *waiters; /* none: nothing is being made */
	struct deposit_entry last;
	struct deposit_totals sum;
};

static void answer_waiters(struct totals *t, const struct deposit_totals *sum,
			   const struct err *err)
{
	struct waiter *w = t->waiters, *next;

	t->waiters = NULL;
	for (; w != NULL; w = next) {
		next = w->next;
		w->fn(w->arg, sum, err);
		free(w);
	}
}

static int on_entry(void *arg, const struct deposit_entry *e, struct err *err)
{
	struct totals *t = arg;

	t->last = *e;
	return deposit_totals_add(&t->sum, e, err);
}

static void on_turn(void *arg)
{
	struct totals *t = arg;
	struct deposit_entry after = t->last;
	struct err err;

	if (store_deposit_entries(t->d->store, &after, INT64_MAX, PAGE_ROWS, on_entry, t, &err) < 0)
		answer_waiters(t, NULL, &err);
	else if (t->last.id == after.id)
		answer_waiters(t, &t->sum, NULL);
	else
		loop_timer_start(t->turn, TURN_MS);
}

struct totals *totals_new(struct daemon *d)
{
	struct totals *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->d = d;
	t->turn = loop_timer_new(d->loop, on_turn, t);
	return t;
}

void totals_free(struct totals *t)
{
	struct waiter *w, *next;

	if (t == NULL)
		return;
	loop_timer_free(t->turn);
	for (w = t->waiters; w != NULL; w = next) {
		next = w->next;
		free(w);
	}
	free(t);
}

void totals_get(struct totals *t, totals_fn fn, void *arg)
{
	struct waiter *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return fn(arg, NULL, &(struct err){ .code = ERR_BUSY, .text = "out of memory" });
	*w = (struct waiter){ .next = t->waiters, .fn = fn, .arg = arg };
	t->waiters = w;
	if (w->next != NULL)
		return;
	t->sum = (struct deposit_totals){ .count = 0 };
	t->last = (struct deposit_entry){ .id = 0 };
	loop_timer_start(t->turn, TURN_MS);
}
