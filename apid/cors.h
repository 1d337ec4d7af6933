/* Cross-origin requests to the public API: which origins may read answers. */
#ifndef TELLER_APID_CORS_H
#define TELLER_APID_CORS_H

#include "apid/http_server.h"
#include "common/conf/conf.h"

struct cors {
	const struct conf_list *allowed; /* may hold one '*' each; "*" alone allows all */
};

/* What Access-Control-Allow-Origin must say, or NULL: no such header. */
const char *cors_allow(const struct cors *c, const char *origin);
/* Is it a preflight (OPTIONS with Access-Control-Request-Method)? */
bool cors_is_preflight(const struct http_request *r);
void cors_answer_preflight(const struct cors *c, struct http_request *r);

#endif
