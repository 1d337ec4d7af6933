/* Conditional requests (RFC 9110, 13): does the client have it already? */
#ifndef TELLER_APID_HTTP_CONDITIONAL_H
#define TELLER_APID_HTTP_CONDITIONAL_H

#include <stdbool.h>
#include <stdint.h>

/* The headers as they came; NULL where there is none. */
struct http_conditions {
	const char *if_match, *if_none_match;
	const char *if_modified_since, *if_unmodified_since;
	const char *if_range;
};

enum http_verdict { HTTP_SEND, HTTP_NOT_MODIFIED, HTTP_PRECONDITION_FAILED };

/* `etag`: strong, with its quotes. */
enum http_verdict http_conditional(const struct http_conditions *c, const char *etag,
				   int64_t modified);
/* Is what the client has a part of this very thing, so that another part fits? */
bool http_if_range_holds(const char *if_range, const char *etag, int64_t modified);
/* Does a list of entity tags hold this one?  "*" holds all.  `weak`: W/ does not matter. */
bool http_etag_listed(const char *list, const char *etag, bool weak);

#endif
