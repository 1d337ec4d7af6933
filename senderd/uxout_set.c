/* Sums are kept while adding, so that an answer whose amounts do not add up is refused before
 * anything is built from it. */
#include "senderd/uxout_set.h"

#include <stdlib.h>

#define FIRST_CAP 16

void uxout_set_init(struct uxout_set *s)
{
	*s = (struct uxout_set){ .items = NULL };
}

void uxout_set_release(struct uxout_set *s)
{
	free(s->items);
	uxout_set_init(s);
}

static bool uxout_set_grow(struct uxout_set *s)
{
	size_t cap = s->cap == 0 ? FIRST_CAP : s->cap * 2;
	struct uxout *items = reallocarray(s->items, cap, sizeof(*items));

	if (items == NULL)
		return false;
	s->items = items;
	s->cap = cap;
	return true;
}

bool uxout_set_add(struct uxout_set *s, const struct uxout *u)
{
	struct droplets coins;
	struct hours hours;

	if (!droplets_add(s->coins, u->coins, &coins) || !hours_add(s->hours, u->hours, &hours))
		return false;
	if (s->count == s->cap && !uxout_set_grow(s))
		return false;
	s->items[s->count++] = *u;
	s->coins = coins;
	s->hours = hours;
	return true;
}
