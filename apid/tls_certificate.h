/* A certificate with its chain and its private key, as handshakes need them. */
#ifndef TELLER_APID_TLS_CERTIFICATE_H
#define TELLER_APID_TLS_CERTIFICATE_H

#include <gnutls/abstract.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define TLS_CHAIN_MAX 16 /* certificates */

struct tls_certificate {
	gnutls_pcert_st chain[TLS_CHAIN_MAX]; /* the server's own first */
	unsigned count;
	gnutls_privkey_t key;
	int64_t from, until; /* Unix seconds of the first one's life; the shortest `until` of all */
	uint8_t id[32];	     /* SHA-256 of the whole chain */
};

/* From the texts of two PEM files.  ERR_INVALID: one of them is none, the chain has no order, the
 * key is not that of the chain's first certificate, or no handshake can be made with it.  Whether
 * it is in force is the caller's to ask. */
int tls_certificate_new(const struct buf *chain, const struct buf *key,
			struct tls_certificate **ret, struct err *err);
/* The key is wiped; NULL is fine. */
void tls_certificate_free(struct tls_certificate *c);

/* Would a client that asks for this host take it? */
bool tls_certificate_is_for(const struct tls_certificate *c, const char *host);

#endif
