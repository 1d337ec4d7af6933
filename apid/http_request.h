/* A request from its first header to the end of its answer: what the files of the HTTP server
 * share.  Handlers see http_server.h only. */
#ifndef TELLER_APID_HTTP_REQUEST_H
#define TELLER_APID_HTTP_REQUEST_H

#include <microhttpd.h>

#include "apid/http_server.h"

#define HTTP_HEADERS_MAX 24

struct http_form;
struct http_refusal;
struct connection;

struct http_request {
	struct http_server *server;
	struct MHD_Connection *connection;
	struct connection *watched; /* NULL: it could not be had, and is cut */
	char *uri;
	const char *uri_place; /* in the library's memory, for the guard only */
	char *path;	       /* NULL until the header is whole */
	const char *method;
	struct buf body;
	size_t dropped; /* bytes of a body that is too large */
	bool too_large, handled, suspended;
	bool close;			    /* the connection, after the answer */
	const struct http_refusal *refusal; /* NULL: none */
	struct MHD_Response *response;
	int status; /* 0: not answered yet */
	struct {
		const char *name; /* a constant */
		char *value;
	} header[HTTP_HEADERS_MAX];
	size_t headers;
	struct http_form *form;
	void *context;
	struct http_request *next, *prev; /* in the server's list while suspended */
};

/* NULL: out of memory. */
struct http_request *http_request_new(struct http_server *s, struct MHD_Connection *c,
				      const char *uri);
/* The header is whole.  False: out of memory. */
bool http_request_begin(struct http_request *r, const char *path, const char *method,
			const char *version);
void http_request_free(struct http_request *r);
/* It was suspended, and its answer is there. */
void http_request_resume(struct http_request *r);

#endif
