/* What libmicrohttpd takes and a server behind a proxy must not: heads that two programs could
 * read in two ways, so that one of them sees a request where the other sees a body. */
#ifndef TELLER_APID_HTTP_GUARD_H
#define TELLER_APID_HTTP_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/* A refusal; the connection is closed after it. */
struct http_refusal {
	int status;
	const char *text;
};

extern const struct http_refusal http_guard_other_host;

/* One head on its way through the checks.  All texts are where they came in, in one piece of
 * memory, with a NUL byte in place of each byte that ended one. */
struct http_guard {
	bool version_1_1;
	unsigned hosts, lengths, codings;
	bool chunked;
	const char *host;	       /* NULL: none */
	const char *expected;	       /* where the next header must begin */
	const struct http_refusal *no; /* the first refusal; NULL: none */
};

/* `target`: a copy as it came in; `place`: where that was. */
void http_guard_begin(struct http_guard *g, const char *method, const char *target,
		      const char *place, const char *version);
/* More values than this in a query cost more memory than a request has. */
#define HTTP_QUERY_MAX 100
bool http_guard_has_many_values(const char *target);
void http_guard_header(struct http_guard *g, const char *name, const char *value);
/* `end`: behind the empty line.  NULL: nothing is wrong with it. */
const struct http_refusal *http_guard_end(struct http_guard *g, const char *end);

/* Of "http://host/path": "/path" ("/" when there is none), and whether `host` is what it names.
 * Any other target is answered as it is. */
const char *http_guard_path(const char *target, const char *host, bool *ret_other_host);

#endif
