/* A request's way to its handler; the handlers are in apid/route_table. */
#ifndef TELLER_APID_ROUTE_H
#define TELLER_APID_ROUTE_H

#include "apid/apid.h"

/* One listener's requests arrive here (http_handler_fn; arg: struct listener). */
void route_request(void *listener, struct http_request *r);

#endif
