/* THE table of what apid answers: listener, path, method, role, handler, limits, and what
 * doc/ROUTES.md says of it. */
#ifndef TELLER_APID_ROUTE_TABLE_H
#define TELLER_APID_ROUTE_TABLE_H

#include "apid/apid.h"

enum route_need { NEED_NOTHING, NEED_DUMMY_SCANNER, NEED_DUMMY_SENDER };

struct route {
	enum listener_kind listener;
	const char *path;
	const char *method; /* NULL: any */
	unsigned roles;	    /* bits of enum access_role, one of which a token must have; 0: none */
	void (*handler)(struct apid *a, struct http_request *r);
	const char *body_type; /* Content-Type that the body must have; NULL: any or none */
	bool throttled;
	bool says_accept; /* the original put Accept: application/json on every answer of bind */
	enum route_need need;
	const char *query; /* parameters, separated by spaces, or NULL */
	const char *says;  /* a sentence for doc/ROUTES.md */
};

extern const struct route routes[];
extern const size_t route_count;

/* NULL: there is none, or not in this configuration. */
const struct route *route_find(enum listener_kind listener, const char *path,
			       const struct conf *conf);

/* doc/ROUTES.md */
void route_print_markdown(struct buf *out);

#endif
