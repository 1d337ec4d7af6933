/* The asking end.
 *
 *   WAITING -> (back-off over) -> CONNECTING -> GREETING -> READY
 *      ^                              |            |          |
 *      +------------------------------+------------+----------+   whatever goes wrong
 *
 * It promises that every question is answered exactly once and never from inside ipc_ask(): by
 * the peer, or by itself with "unavailable".  A question whose time is over is answered so and
 * keeps its place until its late answer comes, which is then dropped; a peer that leaves half a
 * table of those is taken for dead and the connection is made anew.
 *
 * One timer serves the back-off, the greeting and, when ready, the deadlines of the questions. */
#include "common/ipc/ipc_client.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/base/version.h"
#include "common/ipc/ipc_conn.h"
#include "common/ipc/outstanding.h"
#include "common/loop/backoff.h"
#include "common/loop/loop_uv.h"

#define GREETING_MS	5000
#define RETRY_BASE_MS	250
#define RETRY_MAX_MS	5000
#define ABANDONED_MAX	(IPC_OUTSTANDING_MAX / 2)
#define ERROR_TEXT_SIZE 256

enum client_state { WAITING, CONNECTING, GREETING, READY };

/* A question that could not even be sent. */
struct refusal {
	struct refusal *next;
	ipc_reply_fn fn;
	void *arg;
	const char *why;
};

/* Outlives the client when libuv still holds the connect request. */
struct attempt {
	uv_connect_t request;
	struct ipc_client *client; /* NULL: nobody waits for it any more */
};

struct ipc_client {
	struct loop *loop;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	enum ipc_role self, peer;
	ipc_state_fn on_state;
	void *arg;
	enum client_state state;
	struct ipc_conn *conn;	 /* NULL while WAITING */
	struct attempt *attempt; /* while CONNECTING */
	struct loop_timer *timer;
	struct backoff backoff;
	struct outstanding asked;
	struct refusal *refused, **refused_end;
	char error[ERROR_TEXT_SIZE]; /* "" when READY */
};

/* --- answers that we give ourselves --------------------------------------------------------- */

static void answer_unavailable(ipc_reply_fn fn, void *arg, const char *why)
{
	struct message m = { .type = MSG_TYPE_error, .u.error.code = "unavailable" };

	(void)snprintf(m.u.error.message, sizeof(m.u.error.message), "%s", why);
	fn(arg, &m);
}

static void answer_refused(void *arg)
{
	struct ipc_client *c = arg;
	struct refusal *r = c->refused;

	c->refused = NULL;
	c->refused_end = &c->refused;
	while (r != NULL) {
		struct refusal *next = r->next;

		answer_unavailable(r->fn, r->arg, r->why);
		free(r);
		r = next;
	}
}

/* `why` must last until the end of the turn. */
static void refuse_later(struct ipc_client *c, ipc_reply_fn fn, void *arg, const char *why)
{
	struct refusal *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	*r = (struct refusal){ .fn = fn, .arg = arg, .why = why };
	if (c->refused == NULL)
		loop_at_turn_end(c->loop, answer_refused, c);
	*c->refused_end = r;
	c->refused_end = &r->next;
}

/* Questions that were asked by the answers that ipc_client_free() gave. */
static void refused_forget(struct ipc_client *c)
{
	while (c->refused != NULL) {
		struct refusal *r = c->refused;

		c->refused = r->next;
		free(r);
	}
}

static void answer_all(struct ipc_client *c, const char *why)
{
	struct question *q;

	while ((q = outstanding_first(&c->asked)) != NULL) {
		struct question copy = *q;

		outstanding_remove(&c->asked, q);
		answer_unavailable(copy.fn, copy.arg, why);
	}
	outstanding_forget(&c->asked);
}

/* --- losing the connection ------------------------------------------------------------------ */

static void client_drop_conn(struct ipc_client *c)
{
	if (c->attempt != NULL)
		c->attempt->client = NULL;
	c->attempt = NULL;
	ipc_conn_close(c->conn);
	c->conn = NULL;
	c->state = WAITING;
}

/* Told when it begins and when the reason changes, not at every try. */
static void client_set_error(struct ipc_client *c, const char *why)
{
	if (strcmp(c->error, why) == 0)
		return;
	(void)snprintf(c->error, sizeof(c->error), "%s", why);
	log_warn("ipc_unavailable", "peer=%s reason=\"%s\"", ipc_role_name(c->peer), why);
}

__attribute__((format(printf, 2, 3))) static void client_lost(struct ipc_client *c, const char *fmt,
							      ...)
{
	bool was_ready = c->state == READY;
	char why[ERROR_TEXT_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	client_drop_conn(c);
	client_set_error(c, why);
	loop_timer_start(c->timer, backoff_next(&c->backoff));
	if (was_ready && c->on_state != NULL)
		c->on_state(c->arg, false);
	answer_all(c, c->error);
}

/* --- answers of the peer -------------------------------------------------------------------- */

static void client_watch_deadlines(struct ipc_client *c)
{
	const struct question *first = outstanding_first(&c->asked);
	int64_t left;

	if (first == NULL)
		return loop_timer_stop(c->timer);
	left = first->deadline_ms - clock_mono_ms();
	loop_timer_start(c->timer, left > 0 ? (uint64_t)left : 0);
}

static void client_on_reply(struct ipc_client *c, const struct message *m,
			    const struct envelope *env)
{
	struct question *q = env->is_reply ? outstanding_find(&c->asked, env->id) : NULL;
	struct question copy;

	if (q == NULL)
		return client_lost(c, "%s answered a question that was not asked",
				   ipc_role_name(c->peer));
	if (m->type != q->reply && m->type != MSG_TYPE_error)
		return client_lost(c, "%s answered with '%s' where '%s' belongs",
				   ipc_role_name(c->peer), message_name(m->type),
				   message_name(q->reply));
	copy = *q;
	outstanding_remove(&c->asked, q);
	if (copy.fn != NULL)
		copy.fn(copy.arg, m);
}

static void client_ready(struct ipc_client *c, const struct msg_hello *hello)
{
	c->state = READY;
	c->error[0] = '\0';
	backoff_reset(&c->backoff);
	loop_timer_stop(c->timer);
	log_info("ipc_connected", "peer=%s version=%s", hello->daemon, hello->version);
	if (c->on_state != NULL)
		c->on_state(c->arg, true);
}

static void client_on_hello(struct ipc_client *c, const struct message *m)
{
	const struct msg_hello *hello = &m->u.hello;
	const char *peer = ipc_role_name(c->peer);

	if (m->type == MSG_TYPE_error)
		client_lost(c, "%s refused us: %s", peer, m->u.error.message);
	else if (m->type != MSG_TYPE_hello)
		client_lost(c, "%s did not begin with hello", peer);
	else if (hello->protocol != IPC_PROTOCOL)
		client_lost(c, "%s speaks protocol %u, we speak %d", peer, hello->protocol,
			    IPC_PROTOCOL);
	else if (strcmp(hello->daemon, peer) != 0)
		client_lost(c, "'%s' belongs to %s, not to %s", c->path, hello->daemon, peer);
	else
		client_ready(c, hello);
}

static void on_frame(void *owner, const char *json, size_t len)
{
	struct ipc_client *c = owner;
	struct envelope env;
	struct message m;
	struct err err;

	if (message_decode(json, len, &m, &env, &err) < 0)
		return client_lost(c, "%s sent a malformed message: %s", ipc_role_name(c->peer),
				   err.text);
	if (c->state == GREETING)
		client_on_hello(c, &m);
	else
		client_on_reply(c, &m, &env);
	message_release(&m);
}

static void on_broken(void *owner, const char *why)
{
	struct ipc_client *c = owner;

	client_lost(c, "connection to %s lost: %s", ipc_role_name(c->peer), why);
}

static void on_drained(void *owner)
{
	(void)owner; /* what does not fit was refused when it was asked */
}

static const struct ipc_conn_owner client_calls = {
	.on_frame = on_frame,
	.on_broken = on_broken,
	.on_drained = on_drained,
};

/* --- connecting ----------------------------------------------------------------------------- */

static void client_greet(struct ipc_client *c)
{
	struct message m = { .type = MSG_TYPE_hello, .u.hello.protocol = IPC_PROTOCOL };
	struct envelope env = { .id = 0 };

	c->state = GREETING;
	(void)snprintf(m.u.hello.daemon, sizeof(m.u.hello.daemon), "%s", ipc_role_name(c->self));
	(void)snprintf(m.u.hello.version, sizeof(m.u.hello.version), "%s", teller_version());
	loop_timer_start(c->timer, GREETING_MS);
	ipc_conn_start(c->conn);
	(void)ipc_conn_send(c->conn, &m, &env); /* into an empty queue */
}

static void on_connect(uv_connect_t *request, int status)
{
	struct attempt *a = request->data;
	struct ipc_client *c = a->client;

	free(a);
	if (c == NULL)
		return;
	c->attempt = NULL;
	if (status < 0)
		client_lost(c, "%s does not answer at '%s': %s", ipc_role_name(c->peer), c->path,
			    uv_strerror(status));
	else
		client_greet(c);
}

static void client_connect(struct ipc_client *c)
{
	struct attempt *a = calloc(1, sizeof(*a));

	if (a == NULL)
		abort();
	a->client = c;
	a->request.data = a;
	c->attempt = a;
	c->conn = ipc_conn_new(c->loop, &client_calls, c);
	c->state = CONNECTING;
	uv_pipe_connect(&a->request, ipc_conn_pipe(c->conn), c->path, on_connect);
}

static void client_expire(struct ipc_client *c)
{
	int64_t now = clock_mono_ms();
	struct question *q;

	while ((q = outstanding_first(&c->asked)) != NULL && q->deadline_ms <= now) {
		struct question copy = *q;

		outstanding_abandon(&c->asked, q);
		answer_unavailable(copy.fn, copy.arg, "no answer in time");
	}
	if (c->state != READY)
		return;
	if (c->asked.abandoned >= ABANDONED_MAX)
		client_lost(c, "%s leaves questions unanswered", ipc_role_name(c->peer));
	else
		client_watch_deadlines(c);
}

static void on_timer(void *arg)
{
	struct ipc_client *c = arg;

	switch (c->state) {
	case WAITING: client_connect(c); break;
	case CONNECTING: break;
	case GREETING: client_lost(c, "%s does not say hello", ipc_role_name(c->peer)); break;
	case READY: client_expire(c); break;
	}
}

/* --- the client's user ---------------------------------------------------------------------- */

int ipc_client_new(struct loop *l, const char *path, enum ipc_role self, enum ipc_role peer,
		   ipc_state_fn on_state, void *arg, struct ipc_client **ret, struct err *err)
{
	struct ipc_client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	if (!text_copy(c->path, sizeof(c->path), path)) {
		free(c);
		return err_set(err, ERR_INVALID,
			       "socket name '%s' is too long: use a shorter data directory", path);
	}
	c->loop = l;
	c->self = self;
	c->peer = peer;
	c->on_state = on_state;
	c->arg = arg;
	c->refused_end = &c->refused;
	c->timer = loop_timer_new(l, on_timer, c);
	backoff_init(&c->backoff, RETRY_BASE_MS, RETRY_MAX_MS);
	(void)snprintf(c->error, sizeof(c->error),
		       "%s has not answered yet: is it stopped, or very busy?",
		       ipc_role_name(c->peer));
	if (loop_uv(l) != NULL) /* there are no sockets in scripted time */
		client_connect(c);
	*ret = c;
	return 0;
}

void ipc_client_free(struct ipc_client *c)
{
	if (c == NULL)
		return;
	c->on_state = NULL;
	client_drop_conn(c);
	answer_all(c, "stopping");
	answer_refused(c);
	loop_cancel_turn_end(c->loop, c);
	refused_forget(c);
	loop_timer_free(c->timer);
	outstanding_release(&c->asked);
	free(c);
}

bool ipc_client_connected(const struct ipc_client *c)
{
	return c->state == READY;
}

const char *ipc_client_error(const struct ipc_client *c)
{
	return c->error;
}

static void ask_ready(struct ipc_client *c, const struct message *m, uint64_t timeout_ms,
		      ipc_reply_fn fn, void *arg)
{
	int64_t deadline_ms = clock_mono_ms() + (int64_t)timeout_ms;
	struct question *q = outstanding_add(&c->asked, deadline_ms);
	struct envelope env;

	assert(fn != NULL);
	if (q == NULL)
		return refuse_later(c, fn, arg, "too many questions wait for answers");
	q->reply = message_reply(m->type);
	q->fn = fn;
	q->arg = arg;
	env = (struct envelope){ .id = q->id };
	if (!ipc_conn_send(c->conn, m, &env)) {
		outstanding_remove(&c->asked, q);
		refuse_later(c, fn, arg, "the question is too large");
	} else if (q == outstanding_first(&c->asked)) {
		client_watch_deadlines(c);
	}
}

void ipc_ask(struct ipc_client *c, const struct message *m, uint64_t timeout_ms, ipc_reply_fn fn,
	     void *arg)
{
	if (c->state != READY)
		refuse_later(c, fn, arg, "not connected");
	else if (ipc_conn_full(c->conn))
		refuse_later(c, fn, arg, "the peer does not read");
	else
		ask_ready(c, m, timeout_ms, fn, arg);
}
