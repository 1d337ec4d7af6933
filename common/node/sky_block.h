/* A block of the Skycoin chain: what is in it, and what its hashes must be (spec/skycoin.md section
 * 5). */
#ifndef TELLER_COMMON_NODE_SKY_BLOCK_H
#define TELLER_COMMON_NODE_SKY_BLOCK_H

#include "common/node/sky_tx.h"

struct sky_block_tx {
	struct sha256 txid;
	struct sky_tx tx;
};

struct sky_block {
	uint32_t version;
	uint64_t time, seq, fee;
	struct sha256 prev_hash, body_hash;
	bool tells_ux_hash; /* legacy nodes do not: then nobody can compute the hash */
	struct sha256 ux_hash;
	struct sha256 hash;
	struct sky_block_tx *txs; /* heap */
	size_t tx_count;
};

#define SKY_BLOCKS_MAX 256 /* in one answer: a node's own limit where it has one */

/* The list grows as it is read; release it whether or not that went well. */
struct sky_blocks {
	struct sky_block *list; /* heap */
	size_t count;
};
void sky_blocks_release(struct sky_blocks *b);

/* SHA-256 of the header. */
struct sha256 sky_block_hash(const struct sky_block *b);
/* The Merkle root of the transactions' ids. */
struct sha256 sky_block_body_hash(const struct sky_block *b);
/* SHA-256 of the whole transaction, with the length that is written in it. */
bool sky_block_txid(const struct sky_tx *t, struct sha256 *ret);

/* Is the block what its hashes say?  Transactions by their ids, all of them by the body hash, that
 * by the block's hash where all of the header is told.  ERR_INVALID; ERR_BUSY: no memory. */
int sky_block_check(const struct sky_block *b, struct err *err);

#endif
