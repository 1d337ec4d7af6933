/* An Ethereum block as a node tells it (eth_getBlockByNumber with whole transactions), and the
 * receipts that say which of its transactions came to something.
 *
 * Untrusted bytes: members that matter are there once, of the right form, within bounds, and agree
 * with each other; all others are passed over, because every fork of the chain adds some. */
#ifndef TELLER_SCANNERD_ETH_BLOCK_H
#define TELLER_SCANNERD_ETH_BLOCK_H

#include "common/base/err.h"
#include "scannerd/eth_hex.h"

#define ETH_TXS_MAX    65536 /* in a block; a full one of the main network has 3,000 at most */
#define ETH_HEIGHT_MAX INT32_MAX

/* What came of a transaction. */
enum eth_outcome {
	ETH_NOT_TOLD, /* no receipt was read yet */
	ETH_FAILED,   /* it is in the block and moved nothing */
	ETH_SUCCESS,
};

struct eth_tx {
	struct eth_hash hash;
	uint8_t to[20];
	bool has_to; /* else it makes a contract */
	struct units value;
	enum eth_outcome outcome;
};

struct eth_head {
	int64_t number;
	int64_t timestamp;
	struct eth_hash hash, parent;
};

struct eth_block {
	struct eth_head head;
	struct eth_tx *txs; /* in their order in the block */
	size_t tx_count, tx_room;
};

/* `json` is a result: one JSON value.  ERR_NOT_FOUND: it is null, the node has no such block.
 * ERR_INVALID: what is wrong with it.  On success *ret is the caller's to eth_block_release(). */
int eth_block_parse(const char *json, size_t len, struct eth_block *ret, struct err *err);
void eth_block_release(struct eth_block *b);
/* Its head alone; transactions may be hashes. */
int eth_head_parse(const char *json, size_t len, struct eth_head *ret, struct err *err);

/* Receipts of the whole block: sets the outcome of every transaction, or of none.
 * ERR_NOT_FOUND: null, the node does not know the block any more. */
int eth_receipts_parse(const char *json, size_t len, struct eth_block *b, struct err *err);
/* The receipt of transaction `at`.  ERR_NOT_FOUND: null, or the transaction is in another block by
 * now. */
int eth_receipt_parse(const char *json, size_t len, struct eth_block *b, size_t at,
		      struct err *err);

#endif
