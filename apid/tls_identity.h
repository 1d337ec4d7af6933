/* What listeners show to whoever speaks TLS to them: one certificate, which may be exchanged at any
 * time.  Connections that are there already do not notice. */
#ifndef TELLER_APID_TLS_IDENTITY_H
#define TELLER_APID_TLS_IDENTITY_H

#include <gnutls/abstract.h>

#include "apid/tls_certificate.h"
#include "common/loop/loop.h"

/* Versions and ciphers: TLS 1.3 and 1.2, forward secrecy and authenticated encryption only. */
extern const char tls_priorities[];

/* There is one of each in a process: GnuTLS gives its callback no word of ours, so each has a
 * callback of its own. */
enum tls_listeners { TLS_PUBLIC, TLS_ADMIN };
#define TLS_LISTENERS_COUNT 2

struct tls_identity;

struct tls_identity *tls_identity_new(struct loop *l, enum tls_listeners of);
/* After the listener is gone; NULL is fine. */
void tls_identity_free(struct tls_identity *i);

/* From the next handshake on; `c` is the identity's to free. */
void tls_identity_show(struct tls_identity *i, struct tls_certificate *c);
/* NULL: none yet, handshakes fail. */
const struct tls_certificate *tls_identity_shown(const struct tls_identity *i);

gnutls_certificate_retrieve_function2 *tls_identity_callback(const struct tls_identity *i);

#endif
