/* The chain of a coin as the configuration names its node: for the scan, and for rescans. */
#ifndef TELLER_SCANNERD_CHAIN_OPEN_H
#define TELLER_SCANNERD_CHAIN_OPEN_H

#include "common/conf/conf.h"
#include "common/daemon/health.h"
#include "scannerd/chain.h"
#include "scannerd/chain_pin.h"

struct chain_opener {
	const struct conf *conf;
	struct loop *loop;
	struct chain_pin *sky_pin;
};

struct chain_use {
	struct health *health; /* hears what the chain itself has to tell */
	bool wants_news;       /* of new blocks, where a node tells of them */
};

/* On success *ret is the caller's to ops->free(); the opener must outlive it. */
int chain_open(struct chain_opener *o, enum coin coin, const struct chain_use *use,
	       struct chain **ret, struct err *err);

#endif
