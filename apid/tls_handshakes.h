/* TLS connections that have not sent their first request yet: they are taken away from
 * libmicrohttpd while the client has to speak, and given back when it has. */
#ifndef TELLER_APID_TLS_HANDSHAKES_H
#define TELLER_APID_TLS_HANDSHAKES_H

#include <microhttpd.h>

#include "common/loop/loop.h"

struct tls_handshakes; /* of one listener */

/* run(arg) is called when a connection was given back: the library has work.  NULL: no memory, or
 * no descriptor. */
struct tls_handshakes *tls_handshakes_new(struct loop *l, loop_fn run, void *arg);
/* All connections have ended; NULL is fine. */
void tls_handshakes_free(struct tls_handshakes *h);

void tls_handshakes_begin(struct tls_handshakes *h, struct MHD_Connection *c);
/* Its first request has begun, or it is about to be closed. */
void tls_handshakes_end(struct tls_handshakes *h, struct MHD_Connection *c);

/* After each run of the library. */
void tls_handshakes_park(struct tls_handshakes *h);
/* Give all back, and take none any more: the library is about to be stopped. */
void tls_handshakes_stop(struct tls_handshakes *h);

#endif
