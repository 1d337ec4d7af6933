/* Values of the query: what is not exactly of the form is refused, in words that name it. */
#ifndef TELLER_APID_QUERY_H
#define TELLER_APID_QUERY_H

#include "apid/http_server.h"

/* The first value of that name; NULL when there is none, or an empty one. */
const char *query_text(const struct http_request *r, const char *name);
/* These leave *ret alone when there is no value.  ERR_INVALID: "Invalid <name>". */
int query_u64(const struct http_request *r, const char *name, uint64_t min, uint64_t max,
	      uint64_t *ret, struct err *err);
/* Unix seconds, or a day in UTC such as 2026-01-31: its first second, or its last one. */
enum day_end { DAY_BEGIN, DAY_END };
int query_time(const struct http_request *r, const char *name, enum day_end end, int64_t *ret,
	       struct err *err);

/* "2026-01-31" to the first second of that day, UTC. */
bool day_from_text(const char *text, int64_t *ret);

#endif
