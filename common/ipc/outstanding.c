/* Places are found by the low bits of the id, deadlines by a list that is kept in their order: a
 * new one nearly always belongs at its end, so that is where the search begins. */
#include "common/ipc/outstanding.h"

#include <stdlib.h>
#include <string.h>

#define PLACE_BITS 12
#define PLACE_MASK ((1U << PLACE_BITS) - 1)
#define ROOM_MAX   (IPC_OUTSTANDING_MAX + 1) /* with the unused one */

_Static_assert(ROOM_MAX <= PLACE_MASK + 1, "an id must be able to name every place");

static uint16_t index_of(const struct outstanding *o, const struct question *q)
{
	return (uint16_t)(q - o->place);
}

static void place_free(struct outstanding *o, struct question *q)
{
	q->id = 0;
	q->fn = NULL;
	q->next = o->free;
	o->free = index_of(o, q);
}

static void grow(struct outstanding *o)
{
	unsigned first = o->room > 0 ? o->room : 1;
	unsigned room = o->room > 0 ? 2 * o->room : 16;

	room = room < ROOM_MAX ? room : ROOM_MAX;
	o->place = reallocarray(o->place, room, sizeof(*o->place));
	if (o->place == NULL)
		abort();
	memset(o->place + o->room, 0, (room - o->room) * sizeof(*o->place));
	o->room = room;
	for (unsigned i = room - 1; i >= first; i--)
		place_free(o, &o->place[i]);
}

static void link_by_deadline(struct outstanding *o, struct question *q)
{
	uint16_t me = index_of(o, q), before = o->last;

	while (before != 0 && o->place[before].deadline_ms > q->deadline_ms)
		before = o->place[before].prev;
	q->prev = before;
	q->next = before != 0 ? o->place[before].next : o->first;
	*(q->next != 0 ? &o->place[q->next].prev : &o->last) = me;
	*(before != 0 ? &o->place[before].next : &o->first) = me;
}

static void unlink_deadline(struct outstanding *o, const struct question *q)
{
	*(q->next != 0 ? &o->place[q->next].prev : &o->last) = q->prev;
	*(q->prev != 0 ? &o->place[q->prev].next : &o->first) = q->next;
}

struct question *outstanding_add(struct outstanding *o, int64_t deadline_ms)
{
	struct question *q;

	if (o->free == 0 && o->room < ROOM_MAX)
		grow(o);
	if (o->free == 0)
		return NULL;
	q = &o->place[o->free];
	o->free = q->next;
	q->id = ++q->uses << PLACE_BITS | index_of(o, q);
	q->deadline_ms = deadline_ms;
	link_by_deadline(o, q);
	o->count++;
	return q;
}

struct question *outstanding_find(const struct outstanding *o, uint32_t id)
{
	unsigned i = id & PLACE_MASK;

	return i > 0 && i < o->room && o->place[i].id == id ? &o->place[i] : NULL;
}

void outstanding_remove(struct outstanding *o, struct question *q)
{
	if (q->fn != NULL)
		unlink_deadline(o, q);
	else
		o->abandoned--;
	o->count--;
	place_free(o, q);
}

struct question *outstanding_first(const struct outstanding *o)
{
	return o->first != 0 ? &o->place[o->first] : NULL;
}

void outstanding_abandon(struct outstanding *o, struct question *q)
{
	unlink_deadline(o, q);
	q->fn = NULL;
	o->abandoned++;
}

void outstanding_forget(struct outstanding *o)
{
	for (unsigned i = 1; i < o->room && o->abandoned > 0; i++)
		if (o->place[i].id != 0 && o->place[i].fn == NULL)
			outstanding_remove(o, &o->place[i]);
}

void outstanding_release(struct outstanding *o)
{
	free(o->place);
	*o = (struct outstanding){ .place = NULL };
}
