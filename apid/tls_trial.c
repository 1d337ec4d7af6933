/* A key and its certificate may be whole and belong together, and yet there is no handshake with
 * them: the key is of a kind that we do not speak (DSA), or the certificate does not allow it to
 * sign.  GnuTLS says so when a client comes.  So the first client is ourselves. */
#include "apid/tls_trial.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "apid/tls_identity.h"

#define TURNS_MAX 16
#define TALK_MAX  (256U * 1024) /* bytes that one side says */

struct side {
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
	struct buf heard;
	size_t read;
	struct side *other;
	bool done;
};

/* --- what one side says the other hears ------------------------------------------------------- */

static ssize_t on_push(gnutls_transport_ptr_t arg, const void *data, size_t size)
{
	const struct side *s = arg;

	return buf_append(&s->other->heard, data, size) ? (ssize_t)size : -1;
}

static ssize_t on_pull(gnutls_transport_ptr_t arg, void *data, size_t size)
{
	struct side *s = arg;
	size_t have = s->heard.len - s->read;

	if (have == 0) {
		gnutls_transport_set_errno(s->session, EAGAIN);
		return -1;
	}
	if (size > have)
		size = have;
	memcpy(data, s->heard.data + s->read, size);
	s->read += size;
	return (ssize_t)size;
}

/* --- its life -------------------------------------------------------------------------------- */

static int on_certificate(gnutls_session_t session, const gnutls_datum_t *issuers, int count,
			  const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
			  gnutls_pcert_st **ret_chain, unsigned *ret_length,
			  gnutls_privkey_t *ret_key)
{
	struct tls_certificate *c = gnutls_session_get_ptr(session);

	(void)issuers;
	(void)count;
	(void)algorithms;
	(void)algorithm_count;
	*ret_chain = c->chain;
	*ret_length = c->count;
	*ret_key = c->key;
	return 0;
}

static int side_start(struct side *s, unsigned role)
{
	int rc = gnutls_init(&s->session, role | GNUTLS_NONBLOCK);

	if (rc == 0)
		rc = gnutls_certificate_allocate_credentials(&s->credentials);
	if (rc == 0)
		rc = gnutls_priority_set_direct(s->session, tls_priorities, NULL);
	if (rc == 0)
		rc = gnutls_credentials_set(s->session, GNUTLS_CRD_CERTIFICATE, s->credentials);
	if (rc < 0)
		return rc;
	gnutls_transport_set_ptr(s->session, s);
	gnutls_transport_set_push_function(s->session, on_push);
	gnutls_transport_set_pull_function(s->session, on_pull);
	return 0;
}

static void side_end(struct side *s)
{
	if (s->session != NULL)
		gnutls_deinit(s->session);
	if (s->credentials != NULL)
		gnutls_certificate_free_credentials(s->credentials);
	buf_release(&s->heard);
}

/* --- the handshake --------------------------------------------------------------------------- */

/* 0, or what makes it impossible. */
static int side_go_on(struct side *s)
{
	int rc = s->done ? 0 : gnutls_handshake(s->session);

	s->done |= rc == 0;
	return gnutls_error_is_fatal(rc) ? rc : 0;
}

static int shake_hands(struct side *client, struct side *server)
{
	int rc = 0;

	for (int turn = 0; rc == 0 && turn < TURNS_MAX && !(client->done && server->done); turn++) {
		rc = side_go_on(client);
		if (rc == 0)
			rc = side_go_on(server);
	}
	if (rc == 0 && !(client->done && server->done))
		rc = GNUTLS_E_TIMEDOUT;
	return rc;
}

int tls_trial(const struct tls_certificate *c, struct err *err)
{
	struct side client = { .heard = BUF_INIT(TALK_MAX) },
		    server = { .heard = BUF_INIT(TALK_MAX) };
	int rc;

	client.other = &server;
	server.other = &client;
	rc = side_start(&client, GNUTLS_CLIENT);
	if (rc == 0)
		rc = side_start(&server, GNUTLS_SERVER);
	if (rc == 0) {
		gnutls_session_set_ptr(server.session, (void *)(uintptr_t)c);
		gnutls_certificate_set_retrieve_function2(server.credentials, on_certificate);
		rc = shake_hands(&client, &server);
	}
	side_end(&client);
	side_end(&server);
	if (rc == GNUTLS_E_MEMORY_ERROR)
		return err_set(err, ERR_BUSY, "out of memory");
	return rc == 0 ? 0
		       : err_set(err, ERR_INVALID,
				 "no client can be served with this certificate and key: %s",
				 gnutls_strerror(rc));
}
