/* btcd's websocket: it tells when a block comes or goes, so that nobody need ask all the time. */
#ifndef TELLER_SCANNERD_BTC_NOTIFY_H
#define TELLER_SCANNERD_BTC_NOTIFY_H

#include <stdbool.h>

#include "common/daemon/health.h"
#include "common/loop/loop.h"

struct btc_notify_options {
	const char *url; /* the node's, as for its RPC: what follows the host is left out */
	const char *user, *pass, *cert;
	const char *server; /* for texts */
	struct health *health;
	/* Look at the node now: a block came or went, or may have while nobody listened.
	 * `listening`: from now on it tells; false: it does not any more. */
	void (*on_news)(void *arg, bool listening);
	void *arg;
};

struct btc_notify;

/* ERR_INVALID: the URL is none.  It connects by itself, again and again. */
int btc_notify_new(struct loop *l, const struct btc_notify_options *o, struct btc_notify **ret,
		   struct err *err);
void btc_notify_free(struct btc_notify *n);

#endif
