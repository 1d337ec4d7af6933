#include "apid/totals.h"

#include <stdlib.h>

#include "common/base/clock.h"

#define PAGE_ROWS 500

struct waiter {
	struct waiter *next;
	totals_fn fn;
	void *arg;
};

struct totals {
	struct daemon *d;
	struct turns *turns;
	struct turn turn;
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

/* 1: there are more. */
static int add_page(struct totals *t, struct err *err)
{
	struct deposit_entry after = t->last;
	int rc = store_deposit_entries(t->d->store, &after, INT64_MAX, PAGE_ROWS, on_entry, t, err);

	return rc < 0 ? rc : t->last.id != after.id;
}

static void on_turn(void *arg)
{
	int64_t begun_ms = clock_mono_ms();
	struct totals *t = arg;
	struct err err;
	int rc;

	do {
		rc = add_page(t, &err);
	} while (rc == 1 && clock_mono_ms() - begun_ms < TURN_WORK_MS);
	if (rc == 1)
		turns_ask(t->turns, &t->turn);
	else
		answer_waiters(t, rc < 0 ? NULL : &t->sum, &err);
}

struct totals *totals_new(struct daemon *d, struct turns *turns)
{
	struct totals *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->d = d;
	t->turns = turns;
	t->turn = (struct turn){ .step = on_turn, .arg = t };
	return t;
}

void totals_free(struct totals *t)
{
	struct waiter *w, *next;

	if (t == NULL)
		return;
	turns_forget(t->turns, &t->turn);
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
	turns_ask(t->turns, &t->turn);
}
