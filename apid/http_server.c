/* libmicrohttpd has an epoll set of its own; its descriptor is polled by our loop.  After each
 * MHD_run() it is asked how long it can wait, and one timer is armed for that.
 *
 *   first call: make the request -> body pieces -> whole: handler -> answered? queue : suspend
 *                                                              (later) answer -> resume -> queue
 *
 * Resuming does not wake an external loop: `resumed` makes the next prepare step call MHD_run().
 * Limits: body 64 KiB (413 by Content-Length before it is read, or when it grows beyond), header
 * memory, connections in all and per address, silence. */
#include "apid/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/loop/loop_uv.h"

#define HTTP_CONNECTIONS_MAX   12000
#define HTTP_CONNECTION_MEMORY (16U * 1024)
#define HTTP_SILENCE_MAX_S     60
#define HTTP_HEADERS_MAX       24
#define HTTP_LISTEN_BACKLOG    1024
#define HTTP_FORM_FIELDS_MAX   16
#define HTTP_FORM_VALUE_MAX    256

struct http_server {
	const char *name;
	http_handler_fn fn;
	void *arg;
	struct MHD_Daemon *mhd;
	uv_poll_t poll;
	uv_timer_t timer;
	uv_prepare_t prepare;
	unsigned handles;
	bool resumed;
	struct http_request *suspended; /* list of those that wait for their answer */
};

struct form_field {
	char name[32];
	char value[HTTP_FORM_VALUE_MAX];
	size_t len;
	bool bad; /* too long, or holds a NUL byte */
};

struct http_request {
	struct http_server *server;
	struct MHD_Connection *connection;
	char *path;
	const char *method;
	struct buf body;
	bool too_large, handled, suspended;
	struct MHD_Response *response;
	int status;
	struct {
		const char *name; /* a constant */
		char *value;
	} header[HTTP_HEADERS_MAX];
	size_t headers;
	struct form_field *form;
	size_t form_fields;
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

const char *http_query(const struct http_request *r, const char *name)
{
	const char *value = NULL;
	size_t len = 0;

	if (MHD_lookup_connection_value_n(r->connection, MHD_GET_ARGUMENT_KIND, name, strlen(name),
					  &value, &len) != MHD_YES)
		return NULL;
	return value == NULL || strlen(value) != len ? "" : value;
}

const struct buf *http_body(const struct http_request *r)
{
	return &r->body;
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

/* --- forms --------------------------------------------------------------------------------- */

static struct form_field *form_field(struct http_request *r, const char *name, uint64_t offset)
{
	struct form_field *f;

	if (offset > 0 && r->form_fields > 0)
		return &r->form[r->form_fields - 1]; /* goes on */
	if (r->form_fields == HTTP_FORM_FIELDS_MAX)
		return NULL;
	f = &r->form[r->form_fields++];
	*f = (struct form_field){ .len = 0 };
	if (!text_copy(f->name, sizeof(f->name), name))
		f->name[0] = '\0'; /* longer than any that we know */
	return f;
}

static enum MHD_Result on_form_data(void *arg, enum MHD_ValueKind kind, const char *key,
				    const char *filename, const char *type, const char *encoding,
				    const char *data, uint64_t offset, size_t size)
{
	struct http_request *r = arg;
	struct form_field *f = form_field(r, key, offset);

	(void)kind;
	(void)filename;
	(void)type;
	(void)encoding;
	if (f == NULL)
		return MHD_NO;
	if (size >= sizeof(f->value) - f->len || memchr(data, '\0', size) != NULL) {
		f->bad = true;
		return MHD_YES;
	}
	memcpy(f->value + f->len, data, size);
	f->len += size;
	return MHD_YES;
}

/* An error of the form parser leaves the fields that were read: the checks speak for the rest. */
static void form_parse(struct http_request *r)
{
	struct MHD_PostProcessor *p;

	if (r->form != NULL || r->body.len == 0)
		return;
	r->form = calloc(HTTP_FORM_FIELDS_MAX, sizeof(*r->form));
	p = r->form == NULL ? NULL
			    : MHD_create_post_processor(r->connection, 1024, on_form_data, r);
	if (p == NULL)
		return;
	(void)MHD_post_process(p, r->body.data, r->body.len);
	(void)MHD_destroy_post_processor(p);
}

const char *http_param(struct http_request *r, const char *name)
{
	const char *value = http_query(r, name);

	if (value != NULL)
		return value;
	form_parse(r);
	for (size_t i = 0; i < r->form_fields; i++)
		if (strcmp(r->form[i].name, name) == 0)
			return r->form[i].bad ? "" : r->form[i].value;
	return NULL;
}

/* --- waiting for an answer ------------------------------------------------------------------ */

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
	s->resumed = true;
	MHD_resume_connection(r->connection);
}

/* --- answers ------------------------------------------------------------------------------- */

void http_add_header(struct http_request *r, const char *name, const char *value)
{
	char *copy = strdup(value);

	if (r->headers == HTTP_HEADERS_MAX || copy == NULL) {
		free(copy);
		return;
	}
	r->header[r->headers].name = name;
	r->header[r->headers++].value = copy;
}

static void reply_with(struct http_request *r, int status, const char *type,
		       struct MHD_Response *response)
{
	r->status = status;
	r->response = response;
	if (response == NULL)
		log_error("http_reply", "listener=%s why=\"out of memory\"", r->server->name);
	if (response != NULL && type != NULL)
		(void)MHD_add_response_header(response, "Content-Type", type);
	for (size_t i = 0; response != NULL && i < r->headers; i++)
		(void)MHD_add_response_header(response, r->header[i].name, r->header[i].value);
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

static bool length_is_too_large(const struct http_request *r)
{
	const char *text = http_header(r, "Content-Length");
	uint64_t n;

	return text != NULL && (!text_to_u64(text, UINT64_MAX, &n) || n > HTTP_BODY_MAX);
}

static enum MHD_Result reply_too_large(struct http_request *r)
{
	static const char text[] = "Request body too large\n";

	r->handled = true;
	http_reply(r, 413, "text/plain; charset=utf-8", text, sizeof(text) - 1);
	return r->response == NULL
		       ? MHD_NO
		       : MHD_queue_response(r->connection, (unsigned)r->status, r->response);
}

static enum MHD_Result request_finish(struct http_request *r)
{
	if (!r->handled) {
		r->handled = true;
		if (r->too_large)
			return reply_too_large(r);
		r->server->fn(r->server->arg, r);
	}
	if (r->status != 0)
		return r->response == NULL ? MHD_NO
					   : MHD_queue_response(r->connection, (unsigned)r->status,
								r->response);
	request_suspend(r);
	return MHD_YES;
}

static enum MHD_Result on_access(void *arg, struct MHD_Connection *c, const char *path,
				 const char *method, const char *version, const char *data,
				 size_t *size, void **state)
{
	struct http_request *r = *state;

	(void)version;
	if (r == NULL) {
		r = request_new(arg, c, path, method);
		*state = r;
		if (r == NULL)
			return MHD_NO;
		return length_is_too_large(r) ? reply_too_large(r) : MHD_YES;
	}
	if (*size == 0)
		return request_finish(r);
	if (!r->too_large && !buf_append(&r->body, data, *size))
		r->too_large = true;
	*size = 0;
	return MHD_YES;
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

__attribute__((format(printf, 2, 0))) static void on_mhd_log(void *arg, const char *fmt, va_list ap)
{
	struct http_server *s = arg;
	char text[256];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	log_debug("http_library", "listener=%s text=\"%s\"", s->name, text);
}

/* --- the loop -------------------------------------------------------------------------------- */

static void server_run(struct http_server *s);

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

static void on_prepare(uv_prepare_t *h)
{
	struct http_server *s = h->data;

	if (s->resumed)
		server_run(s);
}

static void server_run(struct http_server *s)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;

	s->resumed = false;
	(void)MHD_run(s->mhd);
	if (MHD_get_timeout(s->mhd, &wait_ms) == MHD_YES)
		(void)uv_timer_start(&s->timer, on_timer, wait_ms, 0);
	else
		(void)uv_timer_stop(&s->timer);
}

/* --- listening ------------------------------------------------------------------------------- */

static int split_address(const char *address, char *host, size_t size, const char **ret_port,
			 struct err *err)
{
	const char *colon = strrchr(address, ':');
	size_t len = colon == NULL ? 0 : (size_t)(colon - address);

	if (colon == NULL || colon[1] == '\0' || len >= size)
		return err_set(err, ERR_INVALID, "'%s' is no host:port", address);
	if (len >= 2 && address[0] == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	}
	memcpy(host, address, len);
	host[len] = '\0';
	*ret_port = colon + 1;
	return 0;
}

static int listen_on(const struct addrinfo *a, const char *address, struct err *err)
{
	int on = 1;
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_set_errno(err, "cannot make a socket for '%s'", address);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, HTTP_LISTEN_BACKLOG) < 0) {
		(void)err_set_errno(err, "cannot listen on '%s'", address);
		(void)close(fd);
		return ERR_IO;
	}
	return fd;
}

/* Returns a listening descriptor or an error code. */
static int open_listener(const char *address, struct err *err)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	const char *port;
	char host[256];
	int rc = split_address(address, host, sizeof(host), &port, err);

	if (rc < 0)
		return rc;
	rc = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &found);
	if (rc != 0)
		return err_set(err, ERR_INVALID, "'%s': %s", address, gai_strerror(rc));
	rc = listen_on(found, address, err);
	freeaddrinfo(found);
	return rc;
}

static void log_listening(const char *name, int fd)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	char host[64] = "", port[16] = "";

	if (getsockname(fd, (struct sockaddr *)&a, &len) == 0)
		(void)getnameinfo((struct sockaddr *)&a, len, host, sizeof(host), port,
				  sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	log_info("listening", "listener=%s address=%s port=%s", name, host, port);
}

static struct MHD_Daemon *start_mhd(struct http_server *s, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
				NULL, NULL, on_access, s,
				/* first, so that it is in force for what follows */
				MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, s, MHD_OPTION_LISTEN_SOCKET,
				fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
				MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_MEMORY,
				MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_SILENCE_MAX_S,
				MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

static void start_handles(struct http_server *s, struct loop *l)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->mhd, MHD_DAEMON_INFO_EPOLL_FD);

	s->poll.data = s->timer.data = s->prepare.data = s;
	s->handles = 3;
	(void)uv_poll_init(loop_uv(l), &s->poll, info->epoll_fd);
	(void)uv_timer_init(loop_uv(l), &s->timer);
	(void)uv_prepare_init(loop_uv(l), &s->prepare);
	(void)uv_poll_start(&s->poll, UV_READABLE, on_poll);
	(void)uv_prepare_start(&s->prepare, on_prepare);
}

int http_server_new(struct loop *l, const char *name, const char *address, http_handler_fn fn,
		    void *arg, struct http_server **ret, struct err *err)
{
	struct http_server *s;
	int fd = open_listener(address, err);

	if (fd < 0)
		return err_wrap(err, "%s listener", name);
	s = calloc(1, sizeof(*s));
	if (s != NULL) {
		*s = (struct http_server){ .name = name, .fn = fn, .arg = arg };
		s->mhd = start_mhd(s, fd);
	}
	if (s == NULL || s->mhd == NULL) {
		free(s);
		(void)close(fd);
		return err_set(err, ERR_FATAL, "cannot start the HTTP server on '%s'", address);
	}
	start_handles(s, l);
	log_listening(name, fd);
	*ret = s;
	return 0;
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
	(void)uv_poll_stop(&s->poll);
	while (s->suspended != NULL) /* the library does not stop while one is suspended */
		http_reply(s->suspended, 503, NULL, "", 0);
	MHD_stop_daemon(s->mhd);
	uv_close((uv_handle_t *)&s->poll, on_handle_closed);
	uv_close((uv_handle_t *)&s->timer, on_handle_closed);
	uv_close((uv_handle_t *)&s->prepare, on_handle_closed);
}
