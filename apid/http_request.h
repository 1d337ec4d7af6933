/* A request from its first header to the end of its answer: what the files of the HTTP server
 * share.  Handlers see http_server.h only. */
#ifndef TELLER_APID_HTTP_REQUEST_H
#define TELLER_APID_HTTP_REQUEST_H

#include <microhttpd.h>

#include "apid/http_server.h"

#define HTTP_HEAD_MAX (64U * 1024) /* of an answer */

struct http_form;
struct kept_response;
struct http_refusal;
struct connection;

struct http_request {
	struct http_server *server;
	struct MHD_Connection *connection;
	struct connection *watched; /* NULL: it could not be had, and is cut */
	struct buf uri, path;
	const char *uri_place; /* in the library's memory, for the guard only */
	bool begun;	       /* the header is whole */
	const char *method;
	struct buf body;
	size_t dropped; /* bytes of a body that is too large */
	bool too_large, handled, suspended;
	bool streams;			    /* its answer is made while it is sent */
	bool close;			    /* the connection, after the answer */
	const struct http_refusal *refusal; /* NULL: none */
	struct MHD_Response *response;
	struct kept_response *kept; /* `response` is one of the cache; NULL: it is ours */
	int status;		    /* 0: not answered yet */
	struct buf head;	    /* of the answer: name, NUL, value, NUL, ... */
	struct http_form *form;
	void *context;
	http_answered_fn answered; /* NULL: nobody asks */
	void *answered_arg;
	int64_t asked_us;		  /* when that was said */
	struct http_request *next, *prev; /* in the server's list while suspended */
};

/* NULL: out of memory. */
struct http_request *http_request_new(struct http_server *s, struct MHD_Connection *c,
				      const char *uri);
/* The header is whole.  False: out of memory. */
bool http_request_begin(struct http_request *r, const char *path, const char *method,
			const char *version);
void http_request_free(struct http_request *r);
void http_requests_release(struct http_request *spare); /* the server's, at its end */
/* Of the server: requests to be used again, responses to be sent again. */
struct http_request **http_server_spare(struct http_server *s);
struct response_cache *http_server_responses(struct http_server *s);
/* What is sent of its answer is not all: the client shall see that. */
void http_request_break(const struct http_request *r);
/* A connection was resumed: the library must look at it. */
void http_server_wake(struct http_server *s);
/* It was suspended, and its answer is there. */
void http_request_resume(struct http_request *r);

#endif
