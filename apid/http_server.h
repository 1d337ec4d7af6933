/* A listener and its requests: libmicrohttpd on the daemon's loop, behind functions in HTTP's
 * words.
 *
 * A request is handed to the handler once, whole.  The handler answers now or later, exactly once;
 * while it waits the connection is suspended and costs nothing.  A client that goes away in
 * between is noticed when the answer is given. */
#ifndef TELLER_APID_HTTP_SERVER_H
#define TELLER_APID_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/loop/loop.h"

#define HTTP_BODY_MAX 65536

struct http_server;
struct http_request;
struct tls_identity;

typedef void (*http_handler_fn)(void *arg, struct http_request *r);

struct http_server_conf {
	const char *name;    /* in the log; a constant */
	const char *address; /* host:port; port 0: any, see the log */
	unsigned connections_max;
	unsigned connections_per_ip;	      /* 0: as many as there may be in all */
	bool spare_loopback;		      /* the limit is not for this machine's own programs */
	uint64_t read_ms, answer_ms, idle_ms; /* see connections.h; answer_ms 0: no limit */
	struct tls_identity *tls;	      /* NULL: plain */
	bool gzip;			      /* answers may be compressed */
	http_handler_fn fn;
	void *arg;
};

/* ERR_INVALID: the address is wrong; ERR_IO: it cannot be had. */
int http_server_new(struct loop *l, const struct http_server_conf *conf, struct http_server **ret,
		    struct err *err);
/* Take no new connections, and end each with its next answer; fn(arg) is called each time that no
 * request waits for its answer any more.  Answers whether that is so already. */
bool http_server_drain(struct http_server *s, loop_fn fn, void *arg);
const char *http_server_name(const struct http_server *s);
/* Does no request wait for its answer? */
bool http_server_is_idle(const struct http_server *s);
/* Answers 503 to requests that wait or still come in, sends what is ready, closes all connections.
 * The handler is not called any more. */
void http_server_free(struct http_server *s);

const char *http_method(const struct http_request *r);
const char *http_path(const struct http_request *r); /* decoded, without the query */
const char *http_uri(const struct http_request *r);  /* as it came: path, query, escapes and all */
/* First header of that name, NULL when there is none. */
const char *http_header(const struct http_request *r, const char *name);
/* The last one: of several lines of the same name that is the nearest proxy's. */
const char *http_last_header(const struct http_request *r, const char *name);
/* First value of the query; NULL when there is none.  A NUL byte in it is shown as URI_NUL. */
const char *http_query(const struct http_request *r, const char *name);
/* The same from the query, else from a form in the body; "" when the form's is no text. */
const char *http_param(struct http_request *r, const char *name);
/* Is it no request that can be served?  Then it must be answered with this at once. */
bool http_is_refused(const struct http_request *r, int *ret_status, const char **ret_text);
/* The body; empty when it was larger than HTTP_BODY_MAX, which must be answered 413 at once. */
const struct buf *http_body(const struct http_request *r);
bool http_body_is_too_large(const struct http_request *r);
/* May the answer be gzipped: does the client take it, and does this listener do such a thing? */
bool http_takes_gzip(const struct http_request *r);
/* Did it come over TLS? */
bool http_is_tls(const struct http_request *r);
/* How large its head was when it came in; 0: unknown. */
size_t http_request_head_size(const struct http_request *r);
/* The peer's address as text, without the port. */
void http_peer(const struct http_request *r, char *ret, size_t size);

/* A header of the answer to come. */
void http_add_header(struct http_request *r, const char *name, const char *value);
/* Answer.  `type` may be NULL for none; the body is copied. */
void http_reply(struct http_request *r, int status, const char *type, const void *body, size_t len);
/* Answer with a file's first `size` bytes; `fd` is closed in time. */
void http_reply_fd(struct http_request *r, int status, const char *type, int fd, uint64_t size);
/* The same with `size` bytes from `from` on. */
void http_reply_fd_part(struct http_request *r, int status, const char *type, int fd, uint64_t from,
			uint64_t size);

/* Answer piece by piece, in constant memory. */
struct http_stream {
	uint64_t size; /* of all pieces together; HTTP_SIZE_UNKNOWN */
	/* Called when the client has room: write up to `room` bytes that belong at `position`,
	 * answer how many (not 0), HTTP_STREAM_END, HTTP_STREAM_BROKEN (the connection is cut, so
	 * that the client knows) or HTTP_STREAM_LATER (there is nothing yet: not called again
	 * before http_stream_resume(), which must come before the server is freed).  May not wait.
	 */
	ssize_t (*pull)(void *arg, uint64_t position, char *out, size_t room);
	void (*done)(void *arg); /* once, whatever became of the client; may be NULL */
};
#define HTTP_SIZE_UNKNOWN  UINT64_MAX
#define HTTP_STREAM_END	   ((ssize_t)-1)
#define HTTP_STREAM_BROKEN ((ssize_t)-2)
#define HTTP_STREAM_LATER  ((ssize_t)-3)

/* Not for HEAD: the library would send the pieces. */
void http_reply_stream(struct http_request *r, int status, const char *type,
		       const struct http_stream *s, void *arg);
/* A stream that had nothing yet has something now, or its end. */
void http_stream_resume(struct http_request *r);

/* Call fn(arg) once, when the request is answered: with which status, and how long after this. */
typedef void (*http_answered_fn)(void *arg, int status, uint64_t us);
void http_on_answered(struct http_request *r, http_answered_fn fn, void *arg);

/* A word of the handler's own, kept with the request. */
void http_set_context(struct http_request *r, void *context);
void *http_context(const struct http_request *r);

#endif
