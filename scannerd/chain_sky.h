/* Skycoin over what the room common/node speaks: REST of both generations and webrpc, several
 * nodes. */
#ifndef TELLER_SCANNERD_CHAIN_SKY_H
#define TELLER_SCANNERD_CHAIN_SKY_H

#include "common/daemon/health.h"
#include "common/loop/loop.h"
#include "common/node/sky_node.h"
#include "scannerd/chain.h"

struct chain_sky_options {
	struct sky_node *node; /* the chain's from here on */
	struct loop *loop;
	struct health *health; /* hears when the node lags, or is alone */
	/* The hash of block 0 that the scan holds on to; "" as long as there is none. */
	const char *(*pinned)(void *arg);
	/* The node shows this one, and none is held. */
	void (*pin)(void *arg, const char *genesis);
	void *arg;
};

/* NULL when memory is short; the node is still the caller's then.  Else the caller's to
 * ops->free(). */
struct chain *chain_sky_new(const struct chain_sky_options *o);

#endif
