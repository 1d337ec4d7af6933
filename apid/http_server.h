/* A listener and its requests: libmicrohttpd on the daemon's loop, and the only file that knows it.
 *
 * A request is handed to the handler once, whole.  The handler answers now or later, exactly once;
 * while it waits the connection is suspended and costs nothing.  A client that goes away in
 * between is noticed when the answer is given. */
#ifndef TELLER_APID_HTTP_SERVER_H
#define TELLER_APID_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/loop/loop.h"

#define HTTP_BODY_MAX 65536

struct http_server;
struct http_request;

typedef void (*http_handler_fn)(void *arg, struct http_request *r);

/* Listen on "host:port" (port 0: any; see the log).  ERR_INVALID: the address is wrong;
 * ERR_IO: it cannot be had. */
int http_server_new(struct loop *l, const char *name, const char *address, http_handler_fn fn,
		    void *arg, struct http_server **ret, struct err *err);
/* Stops listening and closes all connections. */
void http_server_free(struct http_server *s);

const char *http_method(const struct http_request *r);
const char *http_path(const struct http_request *r); /* decoded, without the query */
/* First header of that name, NULL when there is none. */
const char *http_header(const struct http_request *r, const char *name);
/* First value of the query; NULL when there is none, "" when it is empty or holds a NUL byte. */
const char *http_query(const struct http_request *r, const char *name);
/* The same from the query, else from an urlencoded form in the body. */
const char *http_param(struct http_request *r, const char *name);
const struct buf *http_body(const struct http_request *r);
/* The peer's address as text, without the port. */
void http_peer(const struct http_request *r, char *ret, size_t size);

/* A header of the answer to come. */
void http_add_header(struct http_request *r, const char *name, const char *value);
/* Answer.  `type` may be NULL for none; the body is copied. */
void http_reply(struct http_request *r, int status, const char *type, const void *body, size_t len);
/* Answer with a file's first `size` bytes; `fd` is closed in time. */
void http_reply_fd(struct http_request *r, int status, const char *type, int fd, uint64_t size);

/* A word of the handler's own, kept with the request. */
void http_set_context(struct http_request *r, void *context);
void *http_context(const struct http_request *r);

#endif
