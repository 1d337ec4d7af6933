/* GnuTLS parses; this decides what is good enough to be shown to customers.  Key and chain are two
 * files that somebody replaces one after the other, so that they belong together is proven here,
 * and no handshake ever meets a pair that does not. */
#include "apid/tls_certificate.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#include "apid/tls_trial.h"

#define KEY_ID_MAX 64

static int refused(struct err *err, const char *what, int code)
{
	return err_set(err, ERR_INVALID, "%s: %s", what, gnutls_strerror(code));
}

static gnutls_datum_t datum_of(const struct buf *b)
{
	return (gnutls_datum_t){ .data = (unsigned char *)(uintptr_t)buf_text(b),
				 .size = (unsigned)b->len };
}

/* --- the chain ------------------------------------------------------------------------------- */

static int read_chain(struct tls_certificate *c, const struct buf *text, struct err *err)
{
	static const char what[] = "the certificate file holds no certificate chain in PEM form";
	gnutls_datum_t data = datum_of(text);
	unsigned count = TLS_CHAIN_MAX;
	int rc = gnutls_pcert_list_import_x509_raw(c->chain, &count, &data, GNUTLS_X509_FMT_PEM,
						   GNUTLS_X509_CRT_LIST_SORT);

	if (rc == GNUTLS_E_SHORT_MEMORY_BUFFER)
		return err_set(err, ERR_INVALID,
			       "the certificate file holds more than %d certificates",
			       TLS_CHAIN_MAX);
	if (rc < 0)
		return refused(err, what, rc);
	c->count = count;
	return count > 0 ? 0 : err_set(err, ERR_INVALID, "%s", what);
}

static int export_one(const gnutls_pcert_st *p, gnutls_x509_crt_t *ret, struct err *err)
{
	gnutls_x509_crt_t crt = NULL;
	int rc = gnutls_x509_crt_init(&crt);

	if (rc == 0)
		rc = gnutls_x509_crt_import(crt, &p->cert, GNUTLS_X509_FMT_DER);
	if (rc < 0) {
		gnutls_x509_crt_deinit(crt);
		return refused(err, "a certificate of the chain", rc);
	}
	*ret = crt;
	return 0;
}

/* A chain ends when the first of its certificates does. */
static int read_life(struct tls_certificate *c, struct err *err)
{
	for (unsigned i = 0; i < c->count; i++) {
		gnutls_x509_crt_t crt;
		int64_t until;
		int rc = export_one(&c->chain[i], &crt, err);

		if (rc < 0)
			return rc;
		until = gnutls_x509_crt_get_expiration_time(crt);
		if (i == 0)
			c->from = gnutls_x509_crt_get_activation_time(crt);
		if (i == 0 || until < c->until)
			c->until = until;
		gnutls_x509_crt_deinit(crt);
	}
	return 0;
}

static int read_id(struct tls_certificate *c, struct err *err)
{
	gnutls_hash_hd_t h;

	if (gnutls_hash_init(&h, GNUTLS_DIG_SHA256) < 0)
		return err_set(err, ERR_BUSY, "GnuTLS makes no SHA-256");
	for (unsigned i = 0; i < c->count; i++)
		(void)gnutls_hash(h, c->chain[i].cert.data, c->chain[i].cert.size);
	gnutls_hash_deinit(h, c->id);
	return 0;
}

/* --- the key --------------------------------------------------------------------------------- */

static int read_key(struct tls_certificate *c, const struct buf *text, struct err *err)
{
	gnutls_datum_t data = datum_of(text);
	int rc = gnutls_privkey_init(&c->key);

	if (rc == 0)
		rc = gnutls_privkey_import_x509_raw(c->key, &data, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (rc == GNUTLS_E_DECRYPTION_FAILED || strstr(buf_text(text), "ENCRYPTED") != NULL)
		return err_set(err, ERR_INVALID,
			       "the key file is encrypted, and there is nobody to ask for its "
			       "password: store it decrypted, mode 0600");
	if (rc < 0)
		return refused(err, "the key file holds no private key in PEM form", rc);
	rc = gnutls_privkey_verify_params(c->key);
	return rc < 0 ? refused(err, "the key file holds a damaged private key", rc) : 0;
}

static int key_id_of(gnutls_pubkey_t key, uint8_t ret[KEY_ID_MAX], size_t *ret_len)
{
	*ret_len = KEY_ID_MAX;
	return gnutls_pubkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, ret, ret_len);
}

static int public_part(gnutls_privkey_t key, uint8_t ret[KEY_ID_MAX], size_t *ret_len)
{
	gnutls_pubkey_t pub = NULL;
	int rc = gnutls_pubkey_init(&pub);

	if (rc == 0)
		rc = gnutls_pubkey_import_privkey(pub, key, 0, 0);
	if (rc == 0)
		rc = key_id_of(pub, ret, ret_len);
	gnutls_pubkey_deinit(pub);
	return rc;
}

static int check_pair(const struct tls_certificate *c, struct err *err)
{
	uint8_t of_key[KEY_ID_MAX] = { 0 }, of_chain[KEY_ID_MAX] = { 0 };
	size_t key_len = 0, chain_len = 0;
	int rc = public_part(c->key, of_key, &key_len);

	if (rc == 0)
		rc = key_id_of(c->chain[0].pubkey, of_chain, &chain_len);
	if (rc < 0)
		return refused(err, "cannot compare key and certificate", rc);
	if (key_len != chain_len || memcmp(of_key, of_chain, key_len) != 0)
		return err_set(err, ERR_INVALID,
			       "the key is not the one of the certificate, which must be the first "
			       "of its file: they are of two different certificates");
	return 0;
}

/* --- its life -------------------------------------------------------------------------------- */

int tls_certificate_new(const struct buf *chain, const struct buf *key,
			struct tls_certificate **ret, struct err *err)
{
	struct tls_certificate *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	rc = read_chain(c, chain, err);
	if (rc == 0)
		rc = read_life(c, err);
	if (rc == 0)
		rc = read_id(c, err);
	if (rc == 0)
		rc = read_key(c, key, err);
	if (rc == 0)
		rc = check_pair(c, err);
	if (rc == 0)
		rc = tls_trial(c, err);
	if (rc < 0)
		tls_certificate_free(c);
	else
		*ret = c;
	return rc;
}

void tls_certificate_free(struct tls_certificate *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < c->count; i++)
		gnutls_pcert_deinit(&c->chain[i]);
	if (c->key != NULL)
		gnutls_privkey_deinit(c->key);
	free(c);
}

bool tls_certificate_is_for(const struct tls_certificate *c, const char *host)
{
	gnutls_x509_crt_t crt;
	struct err err;
	bool is;

	if (export_one(&c->chain[0], &crt, &err) < 0)
		return false;
	is = gnutls_x509_crt_check_hostname(crt, host) != 0;
	gnutls_x509_crt_deinit(crt);
	return is;
}
