/* The listening end: who is let in, what they may ask, and that no peer can harm another.
 *
 *   accepted -> (hello within 5 s, uid and protocol right) -> asking -> closed
 *
 * It decides from the uid that the kernel reports and from the list of messages alone.  Whatever
 * is wrong costs the one connection.  Each peer is bounded: by its unanswered questions, by what
 * waits to be written to it, and by the time it may leave that unread.
 *
 * A question (struct ipc_ask) lives until it is answered, the connection until it closes; each
 * lets go of the other.  May never happen: a pointer from a question to a closed peer. */
#include "common/ipc/ipc_server.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/version.h"
#include "common/ipc/ipc_conn.h"
#include "common/loop/loop_uv.h"

#define HELLO_MS       5000 /* a connection that does not say hello holds no place for long */
#define STALL_CHECK_MS 5000 /* nor one whose queue is full and does not shrink */
#define STALLS_MAX     6    /* for so many checks: 30 s */
#define UNANSWERED_LOW (IPC_UNANSWERED_MAX / 2)
#define LISTEN_BACKLOG 64

struct peer;

struct ipc_ask {
	struct peer *peer; /* NULL: it has gone */
	struct ipc_ask *next, **link;
	enum ipc_role from;
	uid_t uid;
	enum message_type reply; /* what the list wants, unless it is refused */
	uint32_t id;
};

struct peer {
	struct ipc_server *server;
	struct peer *next, **link;
	struct ipc_conn *conn;
	struct loop_timer *deadline; /* of the hello, then of a full queue's next check */
	struct ipc_ask *asks;
	unsigned unanswered;
	size_t queued;	 /* bytes at the last check of a full queue */
	unsigned stalls; /* checks in a row that found no fewer */
	uid_t uid;
	enum ipc_role role; /* 0 before the hello */
};

struct ipc_server {
	struct loop *loop;
	uv_pipe_t listener;
	struct peer *peers;
	unsigned peer_count;
	bool full_told;
	enum ipc_role self;
	struct ipc_users users;
	ipc_ask_fn on_ask;
	void *arg;
};

/* --- one peer ------------------------------------------------------------------------------- */

static const char *peer_name(const struct peer *p)
{
	return p->role != 0 ? ipc_role_name(p->role) : "unknown";
}

static void ask_detach(struct ipc_ask *ask)
{
	*ask->link = ask->next;
	if (ask->next != NULL)
		ask->next->link = ask->link;
	ask->peer = NULL;
}

static void peer_close(struct peer *p)
{
	while (p->asks != NULL)
		ask_detach(p->asks);
	ipc_conn_close(p->conn);
	loop_timer_free(p->deadline);
	*p->link = p->next;
	if (p->next != NULL)
		p->next->link = p->link;
	p->server->peer_count--;
	free(p);
}

static void peer_send_error(struct peer *p, uint32_t id, const char *code, const char *text)
{
	struct message m = { .type = MSG_TYPE_error };
	struct envelope env = { .id = id, .is_reply = true };

	(void)snprintf(m.u.error.code, sizeof(m.u.error.code), "%s", code);
	(void)snprintf(m.u.error.message, sizeof(m.u.error.message), "%s", text);
	(void)ipc_conn_send(p->conn, &m, &env); /* the connection closes all the same */
}

/* The peer is wrong: tell it, tell the log, close. */
__attribute__((format(printf, 3, 4))) static void peer_refuse(struct peer *p, uint32_t id,
							      const char *fmt, ...)
{
	char text[sizeof(((struct msg_error *)0)->message)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_warn("ipc_peer_refused", "peer=%s uid=%u reason=\"%s\"", peer_name(p), (unsigned)p->uid,
		 text);
	peer_send_error(p, id, "invalid", text);
	peer_close(p);
}

static void peer_unreadable(struct peer *p, const char *why)
{
	log_warn("ipc_peer_lost", "peer=%s uid=%u unanswered=%u reason=\"%s\"", peer_name(p),
		 (unsigned)p->uid, p->unanswered, why);
	peer_close(p);
}

/* --- bounds: stop reading from those who ask more than they take ------------------------------ */

static void peer_watch_queue(struct peer *p)
{
	size_t queued = ipc_conn_queued(p->conn);

	p->stalls = queued < p->queued ? 0 : p->stalls + 1;
	p->queued = queued;
	loop_timer_start(p->deadline, STALL_CHECK_MS);
}

static void peer_check_bounds(struct peer *p)
{
	bool full = ipc_conn_full(p->conn);

	if (full && !loop_timer_active(p->deadline)) {
		p->stalls = 0;
		p->queued = SIZE_MAX;
		peer_watch_queue(p);
	}
	if (full || p->unanswered >= IPC_UNANSWERED_MAX)
		ipc_conn_pause(p->conn);
	else if (ipc_conn_paused(p->conn) && p->unanswered <= UNANSWERED_LOW)
		ipc_conn_resume(p->conn);
}

static void on_deadline(void *arg)
{
	struct peer *p = arg;

	if (p->role == 0)
		peer_refuse(p, 0, "no hello within %d ms", HELLO_MS);
	else if (!ipc_conn_full(p->conn))
		peer_check_bounds(p);
	else if (p->stalls < STALLS_MAX)
		peer_watch_queue(p);
	else
		peer_unreadable(p, "it does not read its answers");
}

static void on_drained(void *owner)
{
	struct peer *p = owner;

	if (p->role == 0)
		return;
	loop_timer_stop(p->deadline);
	peer_check_bounds(p);
}

/* --- hello ---------------------------------------------------------------------------------- */

static uid_t users_uid(const struct ipc_users *users, unsigned role)
{
	switch ((enum ipc_role)role) {
	case IPC_SCANNERD: return users->scannerd;
	case IPC_EXCHANGERD: return users->exchangerd;
	case IPC_SENDERD: return users->senderd;
	case IPC_APID: return users->apid;
	case IPC_TELLERCTL: return users->tellerctl;
	}
	return 0; /* of no role: root alone */
}

static void peer_send_hello(struct peer *p)
{
	struct message m = { .type = MSG_TYPE_hello, .u.hello.protocol = IPC_PROTOCOL };
	struct envelope env = { .id = 0, .is_reply = true };

	(void)snprintf(m.u.hello.daemon, sizeof(m.u.hello.daemon), "%s",
		       ipc_role_name(p->server->self));
	(void)snprintf(m.u.hello.version, sizeof(m.u.hello.version), "%s", teller_version());
	if (!ipc_conn_send(p->conn, &m, &env))
		peer_unreadable(p, "its hello could not be answered");
}

static void peer_hello(struct peer *p, const struct message *m, const struct envelope *env)
{
	const struct msg_hello *hello = &m->u.hello;
	unsigned role = ipc_role_parse(hello->daemon);

	if (m->type != MSG_TYPE_hello || env->is_reply)
		return peer_refuse(p, env->id, "hello must come first, not '%s'",
				   message_name(m->type));
	if (hello->protocol != IPC_PROTOCOL)
		return peer_refuse(p, 0, "protocol %u is not spoken here: %s speaks %d",
				   hello->protocol, ipc_role_name(p->server->self), IPC_PROTOCOL);
	if (role == 0)
		return peer_refuse(p, 0, "'%s' is no daemon", hello->daemon);
	if (p->uid != 0 && p->uid != users_uid(&p->server->users, role))
		return peer_refuse(p, 0, "uid %u may not be %s", (unsigned)p->uid, hello->daemon);
	p->role = (enum ipc_role)role;
	loop_timer_stop(p->deadline);
	log_debug("ipc_peer_hello", "peer=%s uid=%u version=%s", hello->daemon, (unsigned)p->uid,
		  hello->version);
	peer_send_hello(p);
}

/* --- questions ------------------------------------------------------------------------------ */

static struct ipc_ask *ask_new(struct peer *p, enum message_type type, uint32_t id)
{
	struct ipc_ask *ask = calloc(1, sizeof(*ask));

	if (ask == NULL)
		abort();
	ask->peer = p;
	ask->id = id;
	ask->from = p->role;
	ask->uid = p->uid;
	ask->reply = message_reply(type);
	ask->next = p->asks;
	ask->link = &p->asks;
	if (ask->next != NULL)
		ask->next->link = &ask->next;
	p->asks = ask;
	p->unanswered++;
	return ask;
}

static bool peer_may_ask(const struct peer *p, const struct message *m, const struct envelope *env)
{
	return !env->is_reply && env->id != 0 && m->type != MSG_TYPE_hello &&
	       (message_askers(m->type) & p->role) != 0 &&
	       (message_answerers(m->type) & p->server->self) != 0;
}

static void peer_ask(struct peer *p, const struct message *m, const struct envelope *env)
{
	struct ipc_conn *conn = p->conn;

	if (!peer_may_ask(p, m, env))
		return peer_refuse(p, env->is_reply ? 0 : env->id, "%s may not %s '%s' here",
				   peer_name(p), env->is_reply ? "answer" : "ask",
				   message_name(m->type));
	p->server->on_ask(p->server->arg, ask_new(p, m->type, env->id), m);
	if (!ipc_conn_closing(conn)) /* the peer is gone when its answer could not be queued */
		peer_check_bounds(p);
}

static void on_frame(void *owner, const char *json, size_t len)
{
	struct peer *p = owner;
	struct envelope env = { .id = 0 };
	struct message m;
	struct err err;

	if (message_decode(json, len, &m, &env, &err) < 0)
		return peer_refuse(p, 0, "malformed message: %s", err.text);
	if (p->role == 0)
		peer_hello(p, &m, &env);
	else
		peer_ask(p, &m, &env);
	message_release(&m);
}

/* A peer that leaves is an ordinary day; one that leaves the protocol is not. */
static void on_broken(void *owner, const char *why)
{
	struct peer *p = owner;

	if (strcmp(why, "closed by the peer") == 0) {
		log_debug("ipc_peer_left", "peer=%s", peer_name(p));
		peer_close(p);
	} else {
		peer_unreadable(p, why);
	}
}

static const struct ipc_conn_owner peer_calls = {
	.on_frame = on_frame,
	.on_broken = on_broken,
	.on_drained = on_drained,
};

/* --- answers -------------------------------------------------------------------------------- */

enum ipc_role ipc_ask_from(const struct ipc_ask *ask)
{
	return ask->from;
}

uid_t ipc_ask_uid(const struct ipc_ask *ask)
{
	return ask->uid;
}

void ipc_answer(struct ipc_ask *ask, const struct message *reply)
{
	struct envelope env = { .id = ask->id, .is_reply = true };
	struct peer *p = ask->peer;

	assert(reply->type == ask->reply || reply->type == MSG_TYPE_error);
	if (p != NULL) {
		ask_detach(ask);
		p->unanswered--;
		if (ipc_conn_send(p->conn, reply, &env))
			peer_check_bounds(p);
		else
			peer_unreadable(p, "its answer does not fit its queue");
	}
	free(ask);
}

void ipc_answer_ok(struct ipc_ask *ask)
{
	struct message m = { .type = MSG_TYPE_ok, .u.ok.ok = true };

	ipc_answer(ask, &m);
}

void ipc_refuse(struct ipc_ask *ask, const char *code, const char *fmt, ...)
{
	struct message m = { .type = MSG_TYPE_error };
	va_list ap;

	(void)snprintf(m.u.error.code, sizeof(m.u.error.code), "%s", code);
	va_start(ap, fmt);
	(void)vsnprintf(m.u.error.message, sizeof(m.u.error.message), fmt, ap);
	va_end(ap);
	ipc_answer(ask, &m);
}

/* --- listening ------------------------------------------------------------------------------ */

static struct peer *peer_new(struct ipc_server *s)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		abort();
	p->server = s;
	p->conn = ipc_conn_new(s->loop, &peer_calls, p);
	p->deadline = loop_timer_new(s->loop, on_deadline, p);
	p->next = s->peers;
	p->link = &s->peers;
	if (p->next != NULL)
		p->next->link = &p->next;
	s->peers = p;
	s->peer_count++;
	return p;
}

static bool peer_read_uid(struct peer *p)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	uv_os_fd_t fd;

	if (uv_fileno((uv_handle_t *)ipc_conn_pipe(p->conn), &fd) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return false;
	p->uid = cred.uid;
	return true;
}

static void server_full(struct ipc_server *s, struct peer *p)
{
	if (!s->full_told)
		log_warn("ipc_connections_full", "connections=%d newest_uid=%u",
			 IPC_CONNECTIONS_MAX, (unsigned)p->uid);
	s->full_told = true;
	peer_send_error(p, 0, "busy", "too many connections");
	peer_close(p);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct ipc_server *s = listener->data;
	struct peer *p;

	if (status < 0)
		return log_warn("ipc_accept_failed", "reason=\"%s\"", uv_strerror(status));
	p = peer_new(s);
	if (uv_accept(listener, (uv_stream_t *)ipc_conn_pipe(p->conn)) < 0 || !peer_read_uid(p))
		return peer_unreadable(p, "its connection could not be taken");
	ipc_conn_start(p->conn);
	if (s->peer_count > IPC_CONNECTIONS_MAX)
		return server_full(s, p);
	/* told once for each time that it fills up */
	s->full_told = s->full_told && s->peer_count == IPC_CONNECTIONS_MAX;
	loop_timer_start(p->deadline, HELLO_MS);
}

static void on_listener_closed(uv_handle_t *h)
{
	free(h->data);
}

static int server_listen(struct ipc_server *s, const char *path, struct err *err)
{
	int rc;

	if (unlink(path) < 0 && errno != ENOENT)
		return err_set_errno(err, "cannot remove the old socket '%s'", path);
	rc = uv_pipe_bind(&s->listener, path);
	if (rc == 0)
		rc = uv_listen((uv_stream_t *)&s->listener, LISTEN_BACKLOG, on_connection);
	if (rc < 0)
		return err_set(err, ERR_IO, "cannot listen on '%s': %s", path, uv_strerror(rc));
	if (chmod(path, 0660) < 0)
		return err_set_errno(err, "cannot set the mode of '%s'", path);
	return 0;
}

static struct ipc_users users_default(void)
{
	uid_t uid = geteuid();

	return (struct ipc_users){ uid, uid, uid, uid, uid };
}

int ipc_server_new(struct loop *l, const char *path, enum ipc_role self,
		   const struct ipc_users *users, ipc_ask_fn on_ask, void *arg,
		   struct ipc_server **ret, struct err *err)
{
	struct ipc_server *s;
	int rc;

	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return err_set(err, ERR_INVALID,
			       "socket name '%s' is too long: use a shorter data directory", path);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		abort();
	s->loop = l;
	s->self = self;
	s->users = users != NULL ? *users : users_default();
	s->on_ask = on_ask;
	s->arg = arg;
	(void)uv_pipe_init(loop_uv(l), &s->listener, 0);
	s->listener.data = s;
	rc = server_listen(s, path, err);
	if (rc < 0) {
		uv_close((uv_handle_t *)&s->listener, on_listener_closed);
		return rc;
	}
	*ret = s;
	return 0;
}

void ipc_server_free(struct ipc_server *s)
{
	struct peer *next;

	if (s == NULL)
		return;
	for (struct peer *p = s->peers; p != NULL; p = next) {
		next = p->next;
		peer_close(p);
	}
	uv_close((uv_handle_t *)&s->listener, on_listener_closed); /* removes the socket too */
}
