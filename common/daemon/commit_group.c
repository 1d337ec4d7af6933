/* One transaction a turn.
 *
 *   join, join, ... (the turn's requests do their work) -> turn end: COMMIT -> all are told
 *
 * Nobody is told before the commit, and everybody is told its outcome.  When the transaction
 * cannot be begun, the rest of the turn is not made to wait for the same lock again and again. */
#include "common/daemon/commit_group.h"

#include <stdlib.h>

#include "common/base/fault.h"

struct after {
	commit_group_fn fn;
	void *arg;
};

struct commit_group {
	struct loop *loop;
	struct store *store;
	struct after *after;
	size_t count, room;
	bool joined;	   /* the transaction is open */
	bool end_asked;	   /* on_turn_end will be called */
	int refused;	   /* this turn's transaction could not be begun: the code */
	struct err reason; /* and why */
};

struct commit_group *commit_group_new(struct loop *l, struct store *s)
{
	struct commit_group *g = calloc(1, sizeof(*g));

	if (g == NULL)
		abort();
	g->loop = l;
	g->store = s;
	return g;
}

void commit_group_free(struct commit_group *g)
{
	if (g == NULL)
		return;
	commit_group_flush(g);
	loop_cancel_turn_end(g->loop, g);
	free(g->after);
	free(g);
}

static void on_turn_end(void *arg)
{
	struct commit_group *g = arg;

	g->end_asked = false;
	commit_group_flush(g);
}

static void ask_turn_end(struct commit_group *g)
{
	if (g->end_asked)
		return;
	g->end_asked = true;
	loop_at_turn_end(g->loop, on_turn_end, g);
}

int commit_group_join(struct commit_group *g, struct err *err)
{
	if (g->joined)
		return 0;
	ask_turn_end(g);
	if (g->refused == 0)
		g->refused = store_begin(g->store, &g->reason);
	if (g->refused < 0)
		return err_set(err, g->reason.code, "%s", g->reason.text);
	g->joined = true;
	return 0;
}

void commit_group_after(struct commit_group *g, commit_group_fn fn, void *arg)
{
	if (g->count == g->room) {
		g->room = g->room > 0 ? 2 * g->room : 64;
		g->after = reallocarray(g->after, g->room, sizeof(*g->after));
		if (g->after == NULL)
			abort();
	}
	g->after[g->count++] = (struct after){ .fn = fn, .arg = arg };
	ask_turn_end(g);
}

static int group_commit(struct commit_group *g, struct err *err)
{
	int rc;

	if (!g->joined)
		return 0;
	g->joined = false;
	FAULT("commit.before");
	rc = store_commit(g->store, err);
	FAULT("commit.after");
	return rc;
}

/* Those who are told may join the next group at once: it has a list of its own. */
void commit_group_flush(struct commit_group *g)
{
	struct after *after = g->after;
	size_t count = g->count;
	struct err err;
	int rc = group_commit(g, &err);

	g->refused = 0;
	g->after = NULL;
	g->count = g->room = 0;
	for (size_t i = 0; i < count; i++)
		after[i].fn(after[i].arg, rc < 0 ? &err : NULL);
	free(after);
}
