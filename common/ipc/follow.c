/* News of a feed.  The feed is in the database, so a lost or doubled message here costs at most
 * IDLE_MS of latency and never a row.
 *
 * The consumer: wake -> on_news (reads the database) -> ask for more than that -> answer -> wake.
 * Every wake, whatever its reason, is the same function at the end of the turn.  An answer that
 * brings no news or an error is not asked again at once: a peer that errs must not make us spin.
 *
 * The producer keeps one waiting question for each role: a consumer that asks again has lost
 * interest in what it asked before, perhaps together with its connection. */
#include "common/ipc/follow.h"

#include <stdio.h>
#include <stdlib.h>

#define IDLE_MS	 30000 /* look at least this often, and let no question wait longer */
#define RETRY_MS 1000

/* --- the consumer --------------------------------------------------------------------------- */

struct follower {
	struct loop *loop;
	struct ipc_client *client;
	struct loop_timer *timer;
	struct message question;
	follower_fn on_news;
	void *arg;
	bool woken, asking;
};

static void on_answer(void *arg, const struct message *m)
{
	struct follower *f = arg;

	f->asking = false;
	if (m->type == MSG_TYPE_follow_reply &&
	    m->u.follow_reply.newest > f->question.u.follow.after)
		follower_wake(f);
	else if (ipc_client_connected(f->client))
		loop_timer_start(f->timer, RETRY_MS);
}

static void follower_ask(struct follower *f)
{
	f->asking = true;
	ipc_ask(f->client, &f->question, IDLE_MS, on_answer, f);
}

static void follower_turn(void *arg)
{
	struct follower *f = arg;
	uint64_t position;

	f->woken = false;
	loop_timer_start(f->timer, IDLE_MS);
	position = f->on_news(f->arg);
	if (position == FOLLOWER_LATER)
		return;
	f->question.u.follow.after = position;
	if (!f->woken && !f->asking && ipc_client_connected(f->client))
		follower_ask(f);
}

void follower_wake(struct follower *f)
{
	if (f->woken)
		return;
	f->woken = true;
	loop_at_turn_end(f->loop, follower_turn, f);
}

static void on_timer(void *arg)
{
	follower_wake(arg);
}

static void on_state(void *arg, bool connected)
{
	if (connected)
		follower_wake(arg);
}

int follower_new(struct loop *l, const char *path, enum ipc_role self, enum ipc_role peer,
		 const char *feed, follower_fn on_news, void *arg, struct follower **ret,
		 struct err *err)
{
	struct follower *f = calloc(1, sizeof(*f));
	int rc;

	if (f == NULL)
		abort();
	f->loop = l;
	f->on_news = on_news;
	f->arg = arg;
	f->question.type = MSG_TYPE_follow;
	(void)snprintf(f->question.u.follow.feed, sizeof(f->question.u.follow.feed), "%s", feed);
	rc = ipc_client_new(l, path, self, peer, on_state, f, &f->client, err);
	if (rc < 0) {
		free(f);
		return rc;
	}
	f->timer = loop_timer_new(l, on_timer, f);
	follower_wake(f);
	*ret = f;
	return 0;
}

void follower_free(struct follower *f)
{
	if (f == NULL)
		return;
	ipc_client_free(f->client); /* answers the question: `f` must still be there */
	loop_cancel_turn_end(f->loop, f);
	loop_timer_free(f->timer);
	free(f);
}

/* --- the producer --------------------------------------------------------------------------- */

#define ROLE_BITS 5

struct waiting {
	struct ipc_ask *ask; /* NULL: nobody waits */
	uint64_t after;
};

struct followed {
	struct waiting by_role[ROLE_BITS];
};

struct followed *followed_new(void)
{
	struct followed *f = calloc(1, sizeof(*f));

	if (f == NULL)
		abort();
	return f;
}

static void answer_newest(struct ipc_ask *ask, uint64_t newest)
{
	struct message m = { .type = MSG_TYPE_follow_reply, .u.follow_reply.newest = newest };

	ipc_answer(ask, &m);
}

static void waiting_answer(struct waiting *w, uint64_t newest)
{
	struct ipc_ask *ask = w->ask;

	w->ask = NULL;
	if (ask != NULL)
		answer_newest(ask, newest);
}

void followed_free(struct followed *f)
{
	if (f == NULL)
		return;
	for (int i = 0; i < ROLE_BITS; i++)
		if (f->by_role[i].ask != NULL)
			ipc_refuse(f->by_role[i].ask, "unavailable", "stopping");
	free(f);
}

void followed_ask(struct followed *f, struct ipc_ask *ask, const struct msg_follow *m,
		  uint64_t newest)
{
	struct waiting *w = &f->by_role[__builtin_ctz(ipc_ask_from(ask))];

	if (newest > m->after) {
		answer_newest(ask, newest);
		return;
	}
	waiting_answer(w, newest);
	*w = (struct waiting){ .ask = ask, .after = m->after };
}

void followed_news(struct followed *f, uint64_t newest)
{
	for (int i = 0; i < ROLE_BITS; i++)
		if (f->by_role[i].ask != NULL && newest > f->by_role[i].after)
			waiting_answer(&f->by_role[i], newest);
}
