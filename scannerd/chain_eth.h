/* Ethereum over JSON-RPC: geth, Nethermind, Erigon, Besu, Reth, anvil, and hosted nodes. */
#ifndef TELLER_SCANNERD_CHAIN_ETH_H
#define TELLER_SCANNERD_CHAIN_ETH_H

#include "common/daemon/health.h"
#include "common/loop/loop.h"
#include "scannerd/chain.h"

#define ETH_TRACE_PROBLEM "eth_trace" /* in health: contracts' transfers are not seen */

struct chain_eth_options {
	const char *url; /* http or https; its path may hold a token and is never shown */
	const char *user, *pass;
	const char *cert; /* PEM file, the only trust anchor; NULL or empty: the system's */
	uint64_t chain_id;
	bool trace;	       /* look for transfers made by contracts, where the node can tell */
	bool trace_rests;      /* after failures blocks are let through untraced for a while */
	struct health *health; /* hears when it cannot */
};

/* ERR_INVALID: the URL is none.  On success *ret is the caller's to ops->free(). */
int chain_eth_new(struct loop *l, const struct chain_eth_options *o, struct chain **ret,
		  struct err *err);

#endif
