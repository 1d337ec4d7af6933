/* A Skycoin node as senderd sees it: a few operations, whatever the node speaks.
 *
 * sky_client (over HTTP), sky_node_pool (several of them) and sky_node_dummy (the same in memory)
 * are behind it.  Every operation calls back exactly once, later, never from inside the call;
 * freeing the node drops what is under way.
 *
 * A node's word is worth what its standing says: whoever concludes from an answer that something is
 * gone, or dead, asks health() first and believes a node of SKY_GOOD standing only. */
#ifndef TELLER_COMMON_NODE_SKY_NODE_H
#define TELLER_COMMON_NODE_SKY_NODE_H

#include "common/coin/address_sky.h"
#include "common/coin/amount.h"
#include "common/crypto/hash.h"
#include "common/loop/loop.h"
#include "common/model/payout.h"
#include "common/node/sky_block.h"

/* An unspent output. */
struct uxout {
	struct sha256 id;
	struct sky_address owner;
	struct droplets coins;
	struct hours hours; /* as of the head block's time (calculated_hours); above 2^53: 2^53 */
	uint64_t block_seq;
};

/* The node's rules for a transaction (spec/skycoin.md section 6, 7). */
struct sky_policy {
	unsigned burn_factor; /* fee >= ceil(hours in / this) and > 0; 0: no fee at all (dummy) */
	unsigned max_tx_size; /* bytes */
	unsigned max_decimals;
};

struct sky_outputs {
	uint64_t head_seq;
	const struct uxout *spendable; /* confirmed and not spent by a pending transaction */
	size_t count;
	bool incoming; /* a pending transaction will create outputs for these addresses */
	struct sky_policy policy;
};

enum sky_inject_result {
	SKY_INJECT_OK,	    /* the node has it and gave it to a peer */
	SKY_INJECT_REFUSED, /* the node's rules say no: `text` */
	SKY_INJECT_UNKNOWN, /* no answer, 5xx, no peer: it may or may not be in the pool */
};

enum sky_tx_status { SKY_TX_UNKNOWN, SKY_TX_PENDING, SKY_TX_CONFIRMED };

/* May what this node says be used? */
enum sky_standing {
	SKY_GOOD,
	SKY_NO_PEERS,	 /* it cannot broadcast */
	SKY_BEHIND,	 /* its head is below what its peers, or our other nodes, have */
	SKY_OTHER_CHAIN, /* genesis or coin differ */
	SKY_UNPROVEN,	 /* usable for paying, but it cannot show that it is in step */
};

#define SKY_ADDRESS_MAX	 256
#define SKY_PROBLEMS_MAX 1024

struct sky_health {
	enum sky_standing standing;
	char version[48];
	uint64_t head_seq;
	uint64_t highest_seq;	       /* that its peers tell of; 0 when not known */
	int64_t open_connections;      /* -1 when not known */
	char coin[48];		       /* "skycoin" or empty when not known */
	char genesis[65];	       /* hash of block 0; empty when not known */
	char api[16];		       /* "rest", "legacy-rest", "webrpc", "dummy" */
	char address[SKY_ADDRESS_MAX]; /* of the node that answered */
	/* Of several nodes: a sentence for each other one that is not in order, "; " between them;
	 * empty when all are.  To be unproven is no disorder. */
	char problems[SKY_PROBLEMS_MAX];
};

/* Who spent an output, as the chain says, not the pool. */
struct sky_spent {
	bool found;	    /* the node knows the output */
	bool spent;	    /* in a block */
	char txid[65];	    /* of the spender, when spent */
	uint64_t spent_seq; /* its block */
	uint64_t head_seq;  /* of the node, not above what it was when it answered, and never below
			       spent_seq: the spender is head_seq - spent_seq + 1 deep */
};

/* `err` NULL: success. */
typedef void (*sky_outputs_fn)(void *arg, const struct sky_outputs *o, const struct err *err);
typedef void (*sky_inject_fn)(void *arg, enum sky_inject_result result, const char *text);
/* `height`: confirmations, 1 in the head block; `block_seq`: its block.  Both 0 unless confirmed.
 */
typedef void (*sky_status_fn)(void *arg, enum sky_tx_status status, uint64_t height,
			      uint64_t block_seq, const struct err *err);
typedef void (*sky_spent_fn)(void *arg, const struct sky_spent *s, const struct err *err);
/* In order; they live during the call. */
typedef void (*sky_blocks_fn)(void *arg, const struct sky_blocks *b, const struct err *err);
typedef void (*sky_health_fn)(void *arg, const struct sky_health *h, const struct err *err);

struct sky_node {
	const struct sky_node_ops *ops;
};

struct sky_node_ops {
	void (*free)(struct sky_node *n);
	void (*outputs)(struct sky_node *n, const struct sky_address *addresses, size_t count,
			sky_outputs_fn fn, void *arg);
	void (*inject)(struct sky_node *n, const uint8_t *raw, size_t len, sky_inject_fn fn,
		       void *arg);
	void (*status)(struct sky_node *n, const char *txid, sky_status_fn fn, void *arg);
	/* Who spent this output of `owner`? */
	void (*spent)(struct sky_node *n, const struct sha256 *uxid,
		      const struct sky_address *owner, sky_spent_fn fn, void *arg);
	/* Blocks `first` to `last`, at most SKY_BLOCKS_MAX; those that the chain has not got (yet)
	 * are left out at the end.  Each is what its hashes say; ERR_INVALID: one is not.  NULL: a
	 * node in memory, which has none to show. */
	void (*blocks)(struct sky_node *n, uint64_t first, uint64_t last, sky_blocks_fn fn,
		       void *arg);
	void (*health)(struct sky_node *n, sky_health_fn fn, void *arg);
	/* The hash of block 0 of the chain that is ours; "" (at first): any.  Nodes of another
	 * chain have SKY_OTHER_CHAIN standing from the next health() on. */
	void (*pin)(struct sky_node *n, const char *genesis);
};

#endif
