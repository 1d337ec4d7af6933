/* Inside the ipc room: the questions of one connection that wait for their answers. */
#ifndef TELLER_COMMON_IPC_OUTSTANDING_H
#define TELLER_COMMON_IPC_OUTSTANDING_H

#include <stdint.h>

#include "common/ipc/ipc_client.h"

struct question {
	uint32_t id;		 /* 0: the place is free */
	uint32_t uses;		 /* how often the place was taken */
	enum message_type reply; /* the type that answers it */
	ipc_reply_fn fn;	 /* NULL: timed out, its answer will be dropped */
	void *arg;
	int64_t deadline_ms; /* on clock_mono_ms() */
	uint16_t next, prev; /* neighbours by deadline; next free place; 0: none */
};

/* A table of places that grows as needed, to IPC_OUTSTANDING_MAX.  An id names a place and how
 * often it was taken, so that an id comes again only after 2^20 questions in the same place.
 * Pointers into it are good until the next outstanding_add(). */
struct outstanding {
	struct question *place; /* place[0] is not used: index 0 means none */
	unsigned room;
	unsigned count; /* questions, with the abandoned ones */
	unsigned abandoned;
	uint16_t free, first, last;
};

/* A fresh id and a place for it; the caller fills in the rest.  NULL when the table is full. */
struct question *outstanding_add(struct outstanding *o, int64_t deadline_ms);
/* The question of an id; NULL when there is none. */
struct question *outstanding_find(const struct outstanding *o, uint32_t id);
void outstanding_remove(struct outstanding *o, struct question *q);
/* The one whose deadline comes first; NULL when none waits. */
struct question *outstanding_first(const struct outstanding *o);
/* Its time is over.  It keeps its place until the answer comes, so that the answer is known to be
 * late and not an invention. */
void outstanding_abandon(struct outstanding *o, struct question *q);
/* Forget the abandoned ones: their connection is gone. */
void outstanding_forget(struct outstanding *o);
void outstanding_release(struct outstanding *o);

#endif
