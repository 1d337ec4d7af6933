/* A handshake that has begun holds pointers into the certificate that it was given, and nobody says
 * when it is over.  So one that was replaced is kept for longer than any handshake may take (the
 * listener cuts them off after seconds), and only then freed. */
#include "apid/tls_identity.h"

#include <assert.h>
#include <stdlib.h>

#define RETIRED_MAX	64 /* more at a time: the oldest goes; handshakes are over in seconds */
#define RETIRED_KEEP_MS (10 * 60 * 1000)

/* "VERS" first: the rest of NORMAL is then narrowed to what both versions share.  No CBC, no static
 * RSA, no finite-field groups (slow, and nobody needs them), no SHA-1 signatures. */
const char tls_priorities[] =
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
	":-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA"
	":-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:-MAC-ALL:+AEAD"
	":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1"
	":-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:-SIGN-DSA-SHA1"
	":%SERVER_PRECEDENCE:%SAFE_RENEGOTIATION";

struct tls_identity {
	struct tls_certificate *shown;
	struct tls_certificate *retired[RETIRED_MAX]; /* newest first */
	struct loop_timer *timer;
	enum tls_listeners of;
};

static struct tls_identity *identities[TLS_LISTENERS_COUNT];

static void free_retired(struct tls_identity *i)
{
	for (int n = 0; n < RETIRED_MAX; n++) {
		tls_certificate_free(i->retired[n]);
		i->retired[n] = NULL;
	}
}

static void on_retired_long_ago(void *arg)
{
	free_retired(arg);
}

struct tls_identity *tls_identity_new(struct loop *l, enum tls_listeners of)
{
	struct tls_identity *i = calloc(1, sizeof(*i));

	assert(identities[of] == NULL);
	if (i == NULL)
		return NULL;
	i->timer = loop_timer_new(l, on_retired_long_ago, i);
	i->of = of;
	identities[of] = i;
	return i;
}

void tls_identity_free(struct tls_identity *i)
{
	if (i == NULL)
		return;
	identities[i->of] = NULL;
	loop_timer_free(i->timer);
	free_retired(i);
	tls_certificate_free(i->shown);
	free(i);
}

void tls_identity_show(struct tls_identity *i, struct tls_certificate *c)
{
	tls_certificate_free(i->retired[RETIRED_MAX - 1]);
	for (int n = RETIRED_MAX - 1; n > 0; n--)
		i->retired[n] = i->retired[n - 1];
	i->retired[0] = i->shown;
	i->shown = c;
	loop_timer_start(i->timer, RETIRED_KEEP_MS);
}

const struct tls_certificate *tls_identity_shown(const struct tls_identity *i)
{
	return i->shown;
}

static int give(enum tls_listeners of, gnutls_pcert_st **ret_chain, unsigned *ret_length,
		gnutls_privkey_t *ret_key)
{
	struct tls_certificate *c = identities[of] != NULL ? identities[of]->shown : NULL;

	if (c == NULL)
		return -1;
	*ret_chain = c->chain;
	*ret_length = c->count;
	*ret_key = c->key;
	return 0;
}

static int on_public_handshake(gnutls_session_t session, const gnutls_datum_t *issuers, int count,
			       const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
			       gnutls_pcert_st **ret_chain, unsigned *ret_length,
			       gnutls_privkey_t *ret_key)
{
	(void)session, (void)issuers, (void)count, (void)algorithms, (void)algorithm_count;
	return give(TLS_PUBLIC, ret_chain, ret_length, ret_key);
}

static int on_admin_handshake(gnutls_session_t session, const gnutls_datum_t *issuers, int count,
			      const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
			      gnutls_pcert_st **ret_chain, unsigned *ret_length,
			      gnutls_privkey_t *ret_key)
{
	(void)session, (void)issuers, (void)count, (void)algorithms, (void)algorithm_count;
	return give(TLS_ADMIN, ret_chain, ret_length, ret_key);
}

gnutls_certificate_retrieve_function2 *tls_identity_callback(const struct tls_identity *i)
{
	switch (i->of) {
	case TLS_PUBLIC: return on_public_handshake;
	case TLS_ADMIN: return on_admin_handshake;
	}
	return NULL;
}
