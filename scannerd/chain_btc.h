/* Bitcoin over JSON-RPC: Bitcoin Core, btcd and bcoin, of all ages, by what they have in common. */
#ifndef TELLER_SCANNERD_CHAIN_BTC_H
#define TELLER_SCANNERD_CHAIN_BTC_H

#include "common/daemon/health.h"
#include "common/loop/loop.h"
#include "scannerd/chain.h"

#define BTC_SYNC_PROBLEM "btc_sync" /* in health: the node has not got all blocks yet */

struct chain_btc_options {
	const char *server; /* "host:port", then https when there is a certificate; or a URL */
	const char *user, *pass;
	const char *cookie_file; /* NULL or empty: user and pass; else see http_client.h */
	const char *cert;	 /* PEM file, the only trust anchor; empty: the system's */
	enum btc_network network;
	bool websocket;	       /* btcd's: it tells of new blocks */
	struct health *health; /* for what the node says of itself; NULL: not told */
};

/* ERR_INVALID: the server is no address.  On success *ret is the caller's to ops->free(). */
int chain_btc_new(struct loop *l, const struct chain_btc_options *o, struct chain **ret,
		  struct err *err);

#endif
