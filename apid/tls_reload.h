/* Keeps the certificate that is shown in step with its files, while connections go on. */
#ifndef TELLER_APID_TLS_RELOAD_H
#define TELLER_APID_TLS_RELOAD_H

#include "apid/tls_files.h"
#include "apid/tls_identity.h"
#include "common/daemon/health.h"
#include "common/loop/loop.h"

struct tls_reload;

struct tls_reload_conf {
	struct tls_files files;
	const char *host; /* the name that clients ask for; "": not known */
	bool awaited; /* somebody will put the files there: that they are missing is no matter */
	struct tls_identity *identity;
	struct health *health;
	const char *problem; /* in health, while the certificate is not in order; a constant */
	/* Called each time that another certificate was shown; may be NULL. */
	loop_fn on_shown;
	void *arg;
};

/* Loads them, and looks at them every few seconds from now on.  ERR_INVALID: they cannot be used,
 * and they are not awaited. */
int tls_reload_new(struct loop *l, const struct tls_reload_conf *conf, struct tls_reload **ret,
		   struct err *err);
void tls_reload_free(struct tls_reload *r); /* NULL is fine */

/* Somebody says that they changed: load them now, and tell at once when they are bad. */
void tls_reload_now(struct tls_reload *r);

#endif
