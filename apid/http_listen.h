/* A listening TCP socket. */
#ifndef TELLER_APID_HTTP_LISTEN_H
#define TELLER_APID_HTTP_LISTEN_H

#include "common/base/err.h"

/* Listen on "host:port", "[v6]:port" or ":port" (all addresses).  Returns a descriptor, which is
 * the caller's, or ERR_INVALID: no such address, ERR_IO: it cannot be had. */
int http_listen(const char *address, struct err *err);
/* Where it listens, as text (port 0 was asked for: which one it is). */
void http_listen_log(const char *name, int fd);

#endif
