/* libmicrohttpd has an epoll set of its own; its descriptor is polled by our loop.  After each
 * MHD_run() it is asked how long it can wait, and one timer is armed for that.
 *
 *   headers -> request made -> body pieces -> whole: handler -> answered? queue : suspend
 *                                                            (later) answer -> resume -> queue
 *
 * Resuming does not wake an external loop: the timer does.  Limits: body, header memory,
 * connections, silence.  A body that is too large is read and thrown away up to a point, so that a
 * client that writes before it reads gets to see its 413; beyond that, or when it waits for a
 * "100 Continue", it is answered before the body comes. */
#include "apid/http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "apid/http_form.h"
#include "apid/http_listen.h"
#include "apid/uri.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/loop/loop_uv.h"

#define CONNECTION_MEMORY (16U * 1024)
#define SILENCE_MAX_S	  60
#define HEADERS_MAX	  24
#define BODY_DRAIN_MAX	  (4U << 20)
#define LAST_RUNS	  3 /* of the library, to send what is ready: resume, queue, write */

struct http_server {
	struct http_server_conf conf;
	struct MHD_Daemon *mhd;
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned handles;
	struct http_request *suspended; /* list of those that wait for their answer */
	loop_fn on_idle;		/* while draining */
	void *on_idle_arg;
};

struct http_request {
	struct http_server *server;
	struct MHD_Connection *connection;
	char *path;
	const char *method;
	struct buf body;
	size_t dropped; /* bytes of a body that is too large */
	bool too_large, handled, suspended;
	struct MHD_Response *response;
	int status; /* 0: not answered yet */
	struct {
		const char *name; /* a constant */
		char *value;
	} header[HEADERS_MAX];
	size_t headers;
	struct http_form *form;
	void *context;
	struct http_request *next, *prev; /* in the server's list while suspended */
};

/* --- requests ------------------------------------------------------------------------------ */

static struct http_request *request_new(struct http_server *s, struct MHD_Connection *c,
					const char *path, const char *method)
{
	struct http_request *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	*r = (struct http_request){ .server = s, .connection = c, .body = BUF_INIT(HTTP_BODY_MAX) };
	r->path = strdup(path);
	r->method = method; /* lives as long as the connection's request */
	if (r->path == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

static void request_free(struct http_request *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->headers; i++)
		free(r->header[i].value);
	if (r->response != NULL)
		MHD_destroy_response(r->response);
	buf_release(&r->body);
	free(r->form);
	free(r->path);
	free(r);
}

const char *http_method(const struct http_request *r)
{
	return r->method;
}

const char *http_path(const struct http_request *r)
{
	return r->path;
}

const char *http_header(const struct http_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* A search among headers, or among query values, whose names are exact. */
struct search {
	const char *name;
	bool last; /* else the first */
	const char *value;
};

/* "name" without "=" has no value there: an empty one for us. */
static enum MHD_Result on_value(void *arg, enum MHD_ValueKind kind, const char *name,
				const char *value)
{
	struct search *s = arg;
	bool same = kind == MHD_HEADER_KIND ? text_equal_nocase(name, s->name)
					    : strcmp(name, s->name) == 0;

	if (same)
		s->value = value != NULL ? value : "";
	return same && !s->last ? MHD_NO : MHD_YES;
}

const char *http_last_header(const struct http_request *r, const char *name)
{
	struct search s = { .name = name, .last = true };

	(void)MHD_get_connection_values(r->connection, MHD_HEADER_KIND, on_value, &s);
	return s.value;
}

const char *http_query(const struct http_request *r, const char *name)
{
	struct search s = { .name = name };

	(void)MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, on_value, &s);
	return s.value;
}

const char *http_param(struct http_request *r, const char *name)
{
	const char *value = http_query(r, name);

	if (value != NULL)
		return value;
	if (r->form == NULL && r->body.len > 0)
		r->form = http_form_read(r->connection, &r->body);
	return http_form_get(r->form, name);
}

const struct buf *http_body(const struct http_request *r)
{
	return &r->body;
}

bool http_body_is_too_large(const struct http_request *r)
{
	return r->too_large;
}

void http_set_context(struct http_request *r, void *context)
{
	r->context = context;
}

void *http_context(const struct http_request *r)
{
	return r->context;
}

void http_peer(const struct http_request *r, char *ret, size_t size)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *a = info != NULL ? info->client_addr : NULL;

	(void)snprintf(ret, size, "unknown");
	if (a != NULL && a->sa_family == AF_INET)
		(void)inet_ntop(AF_INET, &((const struct sockaddr_in *)a)->sin_addr, ret,
				(socklen_t)size);
	else if (a != NULL && a->sa_family == AF_INET6)
		(void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)a)->sin6_addr, ret,
				(socklen_t)size);
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

static void request_resume(struct http_request *r)
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
	(void)uv_timer_start(&s->timer, on_timer, 0, 0);
	if (s->suspended == NULL && s->on_idle != NULL)
		s->on_idle(s->on_idle_arg);
}

/* --- answers ------------------------------------------------------------------------------- */

void http_add_header(struct http_request *r, const char *name, const char *value)
{
	char *copy = strdup(value);

	if (r->headers == HEADERS_MAX || copy == NULL) {
		log_error("http_header_lost", "listener=%s header=%s", r->server->conf.name, name);
		free(copy);
		return;
	}
	r->header[r->headers].name = name;
	r->header[r->headers++].value = copy;
}

static void add_headers(struct http_request *r, const char *type)
{
	if (type != NULL)
		(void)MHD_add_response_header(r->response, "Content-Type", type);
	for (size_t i = 0; i < r->headers; i++)
		(void)MHD_add_response_header(r->response, r->header[i].name, r->header[i].value);
}

static void reply_with(struct http_request *r, int status, const char *type,
		       struct MHD_Response *response)
{
	r->status = status;
	r->response = response;
	if (response != NULL)
		add_headers(r, type);
	else
		log_error("http_reply", "listener=%s why=\"out of memory\"", r->server->conf.name);
	if (r->suspended)
		request_resume(r);
}

void http_reply(struct http_request *r, int status, const char *type, const void *body, size_t len)
{
	reply_with(r, status, type,
		   MHD_create_response_from_buffer(len, (void *)(uintptr_t)body,
						   MHD_RESPMEM_MUST_COPY));
}

void http_reply_fd(struct http_request *r, int status, const char *type, int fd, uint64_t size)
{
	struct MHD_Response *response = MHD_create_response_from_fd64(size, fd);

	if (response == NULL)
		(void)close(fd);
	reply_with(r, status, type, response);
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

/* Called when it is whole, and once more when its answer has come. */
static enum MHD_Result request_step(struct http_request *r)
{
	if (!r->handled) {
		r->handled = true;
		r->server->conf.fn(r->server->conf.arg, r);
	}
	if (r->status != 0)
		return request_queue(r);
	request_suspend(r);
	return MHD_YES;
}

static enum MHD_Result request_begin(struct http_request *r)
{
	r->too_large = length_is_above(r, HTTP_BODY_MAX);
	if (r->too_large &&
	    (length_is_above(r, BODY_DRAIN_MAX) || http_header(r, "Expect") != NULL))
		return request_step(r);
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

static enum MHD_Result on_access(void *arg, struct MHD_Connection *c, const char *path,
				 const char *method, const char *version, const char *data,
				 size_t *size, void **state)
{
	struct http_request *r = *state;
	size_t piece = *size;

	(void)version;
	if (r == NULL) {
		*state = r = request_new(arg, c, path, method);
		return r == NULL ? MHD_NO : request_begin(r);
	}
	if (piece == 0)
		return request_step(r);
	*size = 0;
	return request_take_body(r, data, piece);
}

static void on_completed(void *arg, struct MHD_Connection *c, void **state,
			 enum MHD_RequestTerminationCode why)
{
	(void)arg;
	(void)c;
	(void)why;
	request_free(*state);
	*state = NULL;
}

static size_t on_unescape(void *arg, struct MHD_Connection *c, char *text)
{
	(void)arg;
	(void)c;
	return uri_unescape(text);
}

__attribute__((format(printf, 2, 0))) static void on_mhd_log(void *arg, const char *fmt, va_list ap)
{
	struct http_server *s = arg;
	char text[256];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	log_debug("http_library", "listener=%s text=\"%s\"", s->conf.name, text);
}

/* --- the loop -------------------------------------------------------------------------------- */

static void server_run(struct http_server *s)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;

	(void)MHD_run(s->mhd);
	if (MHD_get_timeout(s->mhd, &wait_ms) == MHD_YES)
		(void)uv_timer_start(&s->timer, on_timer, wait_ms, 0);
	else
		(void)uv_timer_stop(&s->timer);
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

static struct MHD_Daemon *start_mhd(struct http_server *s, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
				NULL, NULL, on_access, s,
				/* first, so that it is in force for what follows */
				MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, s, MHD_OPTION_LISTEN_SOCKET,
				fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
				MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, s,
				MHD_OPTION_CONNECTION_LIMIT, s->conf.connections_max,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
				MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE_MAX_S,
				MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

static void start_handles(struct http_server *s, struct loop *l)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->mhd, MHD_DAEMON_INFO_EPOLL_FD);

	s->poll.data = s->timer.data = s;
	s->handles = 2;
	(void)uv_poll_init(loop_uv(l), &s->poll, info->epoll_fd);
	(void)uv_timer_init(loop_uv(l), &s->timer);
	(void)uv_poll_start(&s->poll, UV_READABLE, on_poll);
}

int http_server_new(struct loop *l, const struct http_server_conf *conf, struct http_server **ret,
		    struct err *err)
{
	struct http_server *s;
	int fd = http_listen(conf->address, err);

	if (fd < 0)
		return err_wrap(err, "%s listener", conf->name);
	s = calloc(1, sizeof(*s));
	if (s != NULL) {
		*s = (struct http_server){ .conf = *conf };
		s->mhd = start_mhd(s, fd);
	}
	if (s == NULL || s->mhd == NULL) {
		free(s);
		(void)close(fd);
		return err_set(err, ERR_IO, "cannot start the HTTP server on '%s'", conf->address);
	}
	start_handles(s, l);
	http_listen_log(conf->name, fd);
	*ret = s;
	return 0;
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

void http_server_free(struct http_server *s)
{
	if (s == NULL)
		return;
	s->on_idle = NULL;
	while (s->suspended != NULL) /* the library does not stop while one is suspended */
		http_reply(s->suspended, 503, NULL, "", 0);
	for (int i = 0; i < LAST_RUNS; i++)
		(void)MHD_run(s->mhd);
	(void)uv_poll_stop(&s->poll);
	MHD_stop_daemon(s->mhd);
	uv_close((uv_handle_t *)&s->poll, on_handle_closed);
	uv_close((uv_handle_t *)&s->timer, on_handle_closed);
}
