#include "apid/turns.h"

#include <stdlib.h>

#define PAUSE_MS 1 /* 0 would be the same turn again: see http_server.c */

struct turns {
	struct loop_timer *timer;
	struct turn *first, **end;
	bool over;
};

static struct turn *take_first(struct turns *t)
{
	struct turn *one = t->first;

	t->first = one->next;
	if (t->first == NULL)
		t->end = &t->first;
	one->waits = false;
	return one;
}

/* The one that steps may ask again: it is the last then. */
static void on_turn(void *arg)
{
	struct turns *t = arg;
	struct turn *one;

	if (t->first == NULL)
		return;
	one = take_first(t);
	one->step(one->arg);
	if (t->first != NULL)
		loop_timer_start(t->timer, PAUSE_MS);
}

struct turns *turns_new(struct loop *l)
{
	struct turns *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->end = &t->first;
	t->timer = loop_timer_new(l, on_turn, t);
	return t;
}

void turns_free(struct turns *t)
{
	if (t == NULL)
		return;
	loop_timer_free(t->timer);
	free(t);
}

void turns_ask(struct turns *t, struct turn *one)
{
	if (one->waits || t->over)
		return;
	one->waits = true;
	one->next = NULL;
	*t->end = one;
	t->end = &one->next;
	if (!loop_timer_active(t->timer))
		loop_timer_start(t->timer, PAUSE_MS);
}

void turns_forget(struct turns *t, struct turn *one)
{
	if (!one->waits)
		return;
	one->waits = false;
	for (struct turn **at = &t->first; *at != NULL; at = &(*at)->next)
		if (*at == one) {
			*at = one->next;
			if (t->end == &one->next)
				t->end = at;
			return;
		}
}

void turns_stop(struct turns *t)
{
	t->over = true;
	loop_timer_stop(t->timer);
	while (t->first != NULL) {
		struct turn *one = take_first(t);

		one->step(one->arg);
	}
}

bool turns_are_over(const struct turns *t)
{
	return t->over;
}
