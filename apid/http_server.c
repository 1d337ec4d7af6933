/* libmicrohttpd has an epoll set of its own; its descriptor is polled by our loop.  After each
 * MHD_run() it is asked how long it can wait, and one timer is armed for that.
 *
 *   headers -> request made -> body pieces -> whole: handler -> answered? queue : suspend
 *                                                            (later) answer -> resume -> queue
 *
 * Resuming does not wake an external loop: the timer does.  What a connection may take in time and
 * a client in connections is held by connections.c; memory for a header by the library.  A body
 * that is too large is read and thrown away up to a point, so that a client that writes before it
 * reads gets to see its 413; beyond that, or when it waits for a "100 Continue", it is answered
 * before the body comes. */
#include "apid/http_server.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "apid/accept_encoding.h"
#include "apid/connections.h"
#include "apid/http_guard.h"
#include "apid/http_library_log.h"
#include "apid/http_listen.h"
#include "apid/http_request.h"
#include "apid/idle_memory.h"
#include "apid/response_cache.h"
#include "apid/tcp_socket.h"
#include "apid/tls_handshakes.h"
#include "apid/tls_identity.h"
#include "apid/uri.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/loop/loop_uv.h"

#define CONNECTION_MEMORY (16U * 1024)
#define SILENCE_MAX_S	  120 /* of a client that takes a long answer */
#define BLANK_LINES_MAX	  32  /* bytes of them, before the first request */
#define OPTIONS_MAX	  16
#define BODY_DRAIN_MAX	  (4U << 20)
#define LAST_RUNS	  3 /* of the library, to send what is ready: resume, queue, write */

struct http_server {
	struct http_server_conf conf;
	struct MHD_Daemon *mhd;
	struct connections *connections;
	struct tls_handshakes *handshakes; /* NULL: plain */
	struct http_request *spare;	   /* memory of requests that were */
	struct response_cache *responses;
	uv_poll_t poll;
	uv_timer_t timer;
	uv_idle_t again; /* runs while the library has work that it need not wait for */
	unsigned handles;
	struct http_request *suspended; /* list of those that wait for their answer */
	bool draining;			/* a connection ends with its answer */
	bool closed;			/* what comes now is answered without the handler */
	struct http_library_log library_log;
	loop_fn on_idle; /* while draining */
	void *on_idle_arg;
};

struct http_request **http_server_spare(struct http_server *s)
{
	return &s->spare;
}

struct response_cache *http_server_responses(struct http_server *s)
{
	return s->responses;
}

const char *http_server_name(const struct http_server *s)
{
	return s->conf.name;
}

bool http_takes_gzip(const struct http_request *r)
{
	return r->server->conf.gzip && accept_encoding_has_gzip(http_header(r, "Accept-Encoding"));
}

bool http_is_tls(const struct http_request *r)
{
	return r->server->conf.tls != NULL;
}

/* --- waiting for an answer ------------------------------------------------------------------ */

static void on_timer(uv_timer_t *h);

static void request_suspend(struct http_request *r)
{
	struct http_server *s = r->server;

	r->suspended = true;
	r->prev = NULL;
	r->next = s->suspended;
	if (s->suspended != NULL)
		s->suspended->prev = r;
	s->suspended = r;
	MHD_suspend_connection(r->connection);
}

void http_server_wake(struct http_server *s)
{
	(void)uv_timer_start(&s->timer, on_timer, 0, 0);
}

void http_request_resume(struct http_request *r)
{
	struct http_server *s = r->server;

	r->suspended = false;
	if (r->prev != NULL)
		r->prev->next = r->next;
	else
		s->suspended = r->next;
	if (r->next != NULL)
		r->next->prev = r->prev;
	MHD_resume_connection(r->connection);
	http_server_wake(s);
	if (s->suspended == NULL && s->on_idle != NULL)
		s->on_idle(s->on_idle_arg);
}

/* --- libmicrohttpd's callbacks --------------------------------------------------------------- */

/* What the headers say of the body.  Chunked ones are counted as they come. */
static bool length_is_above(const struct http_request *r, uint64_t max)
{
	const char *text = http_header(r, "Content-Length");
	uint64_t n;

	return text != NULL && (!text_to_u64(text, UINT64_MAX, &n) || n > max);
}

static enum MHD_Result request_queue(struct http_request *r)
{
	if (r->response == NULL)
		return MHD_NO;
	return MHD_queue_response(r->connection, (unsigned)r->status, r->response);
}

static void enter(const struct http_request *r, enum connection_phase phase)
{
	if (r->watched != NULL)
		connection_enter(r->watched, phase);
}

/* Once the server is being freed the handler's rooms are gone; the library still reads what kept
 * connections have sent. */
static void request_handle(struct http_request *r)
{
	const struct http_server *s = r->server;

	r->handled = true;
	r->close |= s->draining;
	enter(r, CONNECTION_ANSWER);
	if (s->closed)
		http_reply(r, 503, NULL, "", 0);
	else
		s->conf.fn(s->conf.arg, r);
}

/* Called when it is whole, and once more when its answer has come. */
static enum MHD_Result request_step(struct http_request *r)
{
	if (!r->handled)
		request_handle(r);
	if (r->status != 0)
		return request_queue(r);
	request_suspend(r);
	return MHD_YES;
}

static enum MHD_Result request_begin(struct http_request *r)
{
	if (r->refusal != NULL)
		return request_step(r);
	r->too_large = length_is_above(r, HTTP_BODY_MAX);
	if (r->too_large &&
	    (length_is_above(r, BODY_DRAIN_MAX) || http_header(r, "Expect") != NULL))
		return request_step(r);
	enter(r, CONNECTION_BODY);
	return MHD_YES;
}

/* MHD_NO closes the connection. */
static enum MHD_Result request_take_body(struct http_request *r, const char *data, size_t size)
{
	if (!r->too_large && buf_append(&r->body, data, size))
		return MHD_YES;
	r->too_large = true;
	buf_release(&r->body);
	r->dropped += size;
	return r->dropped <= BODY_DRAIN_MAX ? MHD_YES : MHD_NO;
}

static int connection_fd(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

void http_request_break(const struct http_request *r)
{
	tcp_socket_break(connection_fd(r->connection));
}

/* Where its memory for a connection begins the library does not tell.  The first request's method
 * stands there, unless blank lines came before it, as many as a stranger likes: then more has been
 * received than the head.  What TLS has received says nothing of that. */
static void learn_memory(const struct http_request *r)
{
	size_t head = http_request_head_size(r);
	uint64_t received;

	if (r->watched == NULL || !connection_is_new(r->watched) || http_is_tls(r))
		return;
	received = tcp_socket_received(connection_fd(r->connection));
	if (head > 0 && received >= head && received - head < BLANK_LINES_MAX)
		connection_set_memory(r->watched, r->method);
}

static enum MHD_Result request_start(struct http_request *r, const char *path, const char *method,
				     const char *version)
{
	if (!http_request_begin(r, path, method, version))
		return MHD_NO;
	learn_memory(r);
	return request_begin(r);
}

static enum MHD_Result on_access(void *arg, struct MHD_Connection *c, const char *path,
				 const char *method, const char *version, const char *data,
				 size_t *size, void **state)
{
	struct http_request *r = *state;
	size_t piece = *size;

	(void)arg;
	(void)c;
	if (r == NULL)
		return MHD_NO;
	if (!r->begun)
		return request_start(r, path, method, version);
	if (piece == 0)
		return request_step(r);
	*size = 0;
	return request_take_body(r, data, piece);
}

static void on_completed(void *arg, struct MHD_Connection *c, void **state,
			 enum MHD_RequestTerminationCode why)
{
	const struct http_request *r = *state;

	(void)arg;
	(void)c;
	(void)why;
	if (r != NULL)
		enter(r, CONNECTION_IDLE);
	if (r != NULL && r->watched != NULL)
		connection_set_request(r->watched, NULL);
	http_request_free(*state);
	*state = NULL;
}

static struct connection *watched(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL ? info->socket_context : NULL;
}

/* The first line of a request is whole: it has begun.  What is returned is its state; NULL: out of
 * memory, it is refused later. */
static void *on_first_line(void *arg, const char *uri, struct MHD_Connection *c)
{
	struct http_server *s = arg;
	struct http_request *r = http_request_new(s, c, uri);

	if (s->handshakes != NULL)
		tls_handshakes_end(s->handshakes, c);
	if (r == NULL)
		return NULL;
	r->watched = watched(c);
	if (r->watched != NULL)
		connection_set_request(r->watched, r);
	enter(r, CONNECTION_HEADER);
	if (http_guard_has_many_values(uri)) /* the library has no room and no answer for them */
		tcp_socket_cut(connection_fd(c));
	return r;
}

static enum MHD_Result on_accept(void *arg, const struct sockaddr *peer, socklen_t len)
{
	struct http_server *s = arg;

	(void)len;
	return connections_admit(s->connections, peer) ? MHD_YES : MHD_NO;
}

static void on_connected(struct http_server *s, struct MHD_Connection *c, void **context)
{
	int fd = connection_fd(c);
	const struct sockaddr *peer =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;

	*context = connection_begin(s->connections, fd, peer);
	if (*context == NULL)
		tcp_socket_cut(fd);
	if (s->handshakes != NULL)
		tls_handshakes_begin(s->handshakes, c);
}

/* Over TLS the library does not tell of the end of a request that it refuses while it reads it. */
static void on_disconnected(struct http_server *s, struct MHD_Connection *c, void *context)
{
	if (s->handshakes != NULL)
		tls_handshakes_end(s->handshakes, c);
	if (context == NULL)
		return;
	http_request_free(connection_request(context));
	connection_end(context);
}

static void on_connection(void *arg, struct MHD_Connection *c, void **context,
			  enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		on_connected(arg, c, context);
	else
		on_disconnected(arg, c, *context);
}

static size_t on_unescape(void *arg, struct MHD_Connection *c, char *text)
{
	(void)arg;
	(void)c;
	return uri_unescape(text);
}

/* --- the loop -------------------------------------------------------------------------------- */

static void on_again(uv_idle_t *h);

/* When there are as many connections as can be, the library no longer looks whether more come, and
 * when some end it looks again only at its next run: after the last one nothing calls for that. */
static void run_library(struct http_server *s)
{
	unsigned before;

	do {
		before = connections_count(s->connections);
		(void)MHD_run(s->mhd);
		if (s->handshakes != NULL) /* each time: a descriptor may be another's by then */
			tls_handshakes_park(s->handshakes);
	} while (connections_count(s->connections) < before);
}

/* A timer of no time at all that arms itself again would keep the loop from everything else. */
static void server_run(struct http_server *s)
{
	MHD_UNSIGNED_LONG_LONG wait_ms = 0;
	bool waits;

	run_library(s);
	waits = MHD_get_timeout(s->mhd, &wait_ms) == MHD_YES;
	if (waits && wait_ms > 0)
		(void)uv_timer_start(&s->timer, on_timer, wait_ms, 0);
	else
		(void)uv_timer_stop(&s->timer);
	if (waits && wait_ms == 0)
		(void)uv_idle_start(&s->again, on_again);
	else
		(void)uv_idle_stop(&s->again);
}

static void on_given_back(void *arg)
{
	server_run(arg);
}

static void on_again(uv_idle_t *h)
{
	server_run(h->data);
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	(void)status;
	(void)events;
	server_run(h->data);
}

static void on_timer(uv_timer_t *h)
{
	server_run(h->data);
}

/* --- its life -------------------------------------------------------------------------------- */

static void add_option(struct MHD_OptionItem *list, size_t *count, enum MHD_OPTION option,
		       intptr_t value, void *pointer)
{
	list[(*count)++] = (struct MHD_OptionItem){ option, value, pointer };
}

static unsigned add_tls(const struct tls_identity *identity, struct MHD_OptionItem *list,
			size_t *count)
{
	add_option(list, count, MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)tls_priorities);
	add_option(list, count, MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
		   (void *)(uintptr_t)tls_identity_callback(identity));
	return MHD_USE_TLS;
}

/* The library has one time of silence for all; that of idle connections may be longer. */
static unsigned silence_s(const struct http_server *s)
{
	uint64_t idle_s = s->conf.idle_ms / 1000 + 1;

	return idle_s > SILENCE_MAX_S ? (unsigned)idle_s : SILENCE_MAX_S;
}

static struct MHD_Daemon *start_mhd(struct http_server *s, int fd)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem more[OPTIONS_MAX];
	size_t count = 0;

	add_option(more, &count, MHD_OPTION_CONNECTION_LIMIT, s->conf.connections_max, NULL);
	add_option(more, &count, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL);
	add_option(more, &count, MHD_OPTION_CONNECTION_TIMEOUT, silence_s(s), NULL);
	/* The guard is stricter, and its answers are ours. */
	add_option(more, &count, MHD_OPTION_STRICT_FOR_CLIENT, 0, NULL);
	if (s->conf.tls != NULL)
		flags |= add_tls(s->conf.tls, more, &count);
	add_option(more, &count, MHD_OPTION_END, 0, NULL);
	return MHD_start_daemon(flags, 0, on_accept, s, on_access, s,
				/* first, so that it is in force for what follows */
				MHD_OPTION_EXTERNAL_LOGGER, http_library_say, &s->library_log,
				MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
				on_completed, s, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, s,
				MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
				MHD_OPTION_URI_LOG_CALLBACK, on_first_line, s, MHD_OPTION_ARRAY,
				more, MHD_OPTION_END);
}

static void start_handles(struct http_server *s, struct loop *l)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->mhd, MHD_DAEMON_INFO_EPOLL_FD);

	s->poll.data = s->timer.data = s->again.data = s;
	s->handles = 3;
	(void)uv_idle_init(loop_uv(l), &s->again);
	(void)uv_poll_init(loop_uv(l), &s->poll, info->epoll_fd);
	(void)uv_timer_init(loop_uv(l), &s->timer);
	(void)uv_poll_start(&s->poll, UV_READABLE, on_poll);
}

/* The library writes zeros over what a request has used of its memory. */
static void give_back_memory(const void *memory)
{
	idle_memory_release(memory, CONNECTION_MEMORY - BLANK_LINES_MAX);
}

static int watch_connections(struct http_server *s, struct loop *l, struct err *err)
{
	struct connections_conf conf = { .max = s->conf.connections_max,
					 .per_client = s->conf.connections_per_ip,
					 .spare_loopback = s->conf.spare_loopback,
					 .read_ms = s->conf.read_ms,
					 .answer_ms = s->conf.answer_ms,
					 .idle_ms = s->conf.idle_ms,
					 .cut = tcp_socket_cut,
					 .received = tcp_socket_received,
					 .rest = give_back_memory };

	return connections_new(l, &conf, &s->connections, err);
}

/* On success `fd` is the library's. */
static int server_start(struct http_server *s, struct loop *l, int fd, struct err *err)
{
	int rc = watch_connections(s, l, err);

	if (rc < 0)
		return rc;
	if (s->conf.tls != NULL) {
		s->handshakes = tls_handshakes_new(l, on_given_back, s);
		if (s->handshakes == NULL)
			return err_set(err, ERR_BUSY, "out of memory");
	}
	s->responses = response_cache_new();
	s->mhd = start_mhd(s, fd);
	if (s->mhd == NULL)
		return err_set(err, ERR_IO, "cannot start the HTTP server on '%s'",
			       s->conf.address);
	start_handles(s, l);
	http_listen_log(s->conf.name, fd);
	return 0;
}

int http_server_new(struct loop *l, const struct http_server_conf *conf, struct http_server **ret,
		    struct err *err)
{
	struct http_server *s = calloc(1, sizeof(*s));
	int fd, rc;

	if (s == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	s->conf = *conf;
	s->library_log.listener = s->conf.name;
	fd = http_listen(conf->address, err);
	rc = fd < 0 ? fd : server_start(s, l, fd, err);
	if (rc == 0) {
		*ret = s;
		return 0;
	}
	if (fd >= 0)
		(void)close(fd);
	tls_handshakes_free(s->handshakes);
	connections_free(s->connections);
	response_cache_free(s->responses);
	free(s);
	return err_wrap(err, "%s listener", conf->name);
}

bool http_server_is_idle(const struct http_server *s)
{
	return s->suspended == NULL;
}

bool http_server_drain(struct http_server *s, loop_fn fn, void *arg)
{
	int fd = MHD_quiesce_daemon(s->mhd);

	if (fd >= 0)
		(void)close(fd); /* ours since the library has let go of it */
	s->draining = true;
	s->on_idle = fn;
	s->on_idle_arg = arg;
	return http_server_is_idle(s);
}

static void on_handle_closed(uv_handle_t *h)
{
	struct http_server *s = h->data;

	if (--s->handles == 0)
		free(s);
}

/* What has a length shows by itself that it is not whole. */
static void break_stream(void *request)
{
	const struct http_request *r = request;

	if (r != NULL && r->streams)
		http_request_break(r);
}

void http_server_free(struct http_server *s)
{
	if (s == NULL)
		return;
	s->on_idle = NULL;
	s->draining = s->closed = true;
	while (s->suspended != NULL) /* the library does not stop while one is suspended */
		http_reply(s->suspended, 503, NULL, "", 0);
	if (s->handshakes != NULL)
		tls_handshakes_stop(s->handshakes);
	for (int i = 0; i < LAST_RUNS; i++)
		run_library(s);
	connections_answered(s->connections, break_stream);
	(void)uv_poll_stop(&s->poll);
	MHD_stop_daemon(s->mhd);
	tls_handshakes_free(s->handshakes);
	connections_free(s->connections);
	uv_close((uv_handle_t *)&s->again, on_handle_closed);
	http_requests_release(s->spare);
	response_cache_free(s->responses);
	uv_close((uv_handle_t *)&s->poll, on_handle_closed);
	uv_close((uv_handle_t *)&s->timer, on_handle_closed);
}
