/* Automatic certificates: when the authority is asked, how long is waited after a failure, and what
 * is told of it. */
#ifndef TELLER_APID_ACME_H
#define TELLER_APID_ACME_H

#include "apid/acme_process.h"
#include "apid/tls_identity.h"
#include "common/daemon/health.h"
#include "common/loop/loop.h"

struct acme;

struct acme_conf {
	const char *host, *url, *program;
	const struct tls_identity *identity;
	struct health *health;
	bool (*run)(void *arg);	      /* begin a run; false: that cannot be done any more */
	void (*on_issued)(void *arg); /* there are new files */
	void *arg;
};

/* The first run is soon after. */
struct acme *acme_new(struct loop *l, const struct acme_conf *conf);
void acme_free(struct acme *a); /* NULL is fine */

/* Try now, whatever is being waited for. */
void acme_now(struct acme *a);

/* Of the run that was begun. */
void acme_on_line(struct acme *a, const char *text);
void acme_on_end(struct acme *a, enum acme_result result);
void acme_on_gone(struct acme *a);

#endif
