/* HTTP(S) requests to nodes and the exchange: libcurl's multi interface on the loop.
 *
 * Redirects are never followed, only http and https are spoken, a body larger than `max_body` ends
 * the transfer, connections are kept and reused.  Every request is answered exactly once. */
#ifndef TELLER_COMMON_RPC_HTTP_CLIENT_H
#define TELLER_COMMON_RPC_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/loop/loop.h"

struct http_client; /* one peer: base URL, credentials, trust */

struct http_options {
	const char *url;  /* "http://127.0.0.1:8332" or with a path; no '/' is added or removed */
	const char *user; /* NULL or "": no credentials; else Basic with the first request */
	const char *pass;
	/* NULL or "": none; else user and password are read from it (cookie_file.h), anew when the
	 * peer does not take them: such a request is sent once more with what is there then. */
	const char *cookie_file;
	const char *ca_file; /* NULL or "": the system's; else the only trust anchor */
	/* Whoever answers is believed: for a question that is no secret, to this machine itself,
	 * whose certificate is for the names by which others know it. */
	bool trusts_any;
	uint64_t timeout_ms; /* for one whole request */
	uint64_t connect_timeout_ms;
	size_t max_body;
	unsigned max_connections; /* kept and used at once */
};

struct http_request {
	const char *method;	  /* "GET", "POST" */
	const char *path;	  /* appended to the URL; "" for none */
	const char *content_type; /* NULL: none */
	const char *header;	  /* one more "Name: value", or NULL */
	const char *body;	  /* copied */
	size_t body_len;
	/* Must not reach the peer twice (an order).  Else a request whose kept connection turns
	 * out to be closed is sent again on a new one; this one gets a new one at once. */
	bool once;
	/* A big answer is likely (a block): it is read in big pieces, and may take four times as
	 * long as long as it keeps coming. */
	bool large;
};

/* `err` NULL: an answer came; `status` and `body` are set (any status).  Else no whole answer was
 * had (`err->text` says why, code ERR_IO) and what the peer did with the request is unknown,
 * except when err->code is ERR_BUSY: the connection could not be made, nothing was sent.
 * `body` lives during the call only; it may be taken by swapping it for an empty one. */
typedef void (*http_done_fn)(void *arg, int status, struct buf *body, const struct err *err);

int http_client_new(struct loop *l, const struct http_options *o, struct http_client **ret,
		    struct err *err);
/* Calls under way are dropped: their fn is not called.  Fine inside an fn; NULL is fine. */
void http_client_free(struct http_client *c);

/* "https://host:port", without what else the URL may hold: for texts. */
const char *http_client_name(const struct http_client *c);

/* Within an fn that got an `err`: it is that the peer's certificate is not one that we trust, or
 * names another host.  Nothing was sent. */
bool http_client_untrusted(const struct http_client *c);

/* Never fails: what goes wrong comes back through `fn`, later, never from inside this call. */
void http_send(struct http_client *c, const struct http_request *r, http_done_fn fn, void *arg);

#endif
