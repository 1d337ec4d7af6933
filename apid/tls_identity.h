/* What this process shows to whoever speaks TLS to it: one certificate, which may be exchanged at
 * any time.  Connections that are there already do not notice. */
#ifndef TELLER_APID_TLS_IDENTITY_H
#define TELLER_APID_TLS_IDENTITY_H

#include <gnutls/abstract.h>

#include "apid/tls_certificate.h"
#include "common/loop/loop.h"

/* Versions and ciphers: TLS 1.3 and 1.2, forward secrecy and authenticated encryption only. */
extern const char tls_priorities[];

/* There is one in a process: GnuTLS gives its callback no word of ours. */
struct tls_identity;

struct tls_identity *tls_identity_new(struct loop *l);
/* After the listener is gone; NULL is fine. */
void tls_identity_free(struct tls_identity *i);

/* From the next handshake on; `c` is the identity's to free. */
void tls_identity_show(struct tls_identity *i, struct tls_certificate *c);
/* NULL: none yet, handshakes fail. */
const struct tls_certificate *tls_identity_shown(const struct tls_identity *i);

/* gnutls_certificate_retrieve_function2 */
int tls_identity_on_handshake(gnutls_session_t session, const gnutls_datum_t *issuers, int count,
			      const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
			      gnutls_pcert_st **ret_chain, unsigned *ret_length,
			      gnutls_privkey_t *ret_key);

#endif
