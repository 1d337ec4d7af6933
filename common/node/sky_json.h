/* What a Skycoin node tells of, as JSON of the same shape in REST and in webrpc: outputs, a
 * transaction's place, who spent an output, the first block.  No I/O. */
#ifndef TELLER_COMMON_NODE_SKY_JSON_H
#define TELLER_COMMON_NODE_SKY_JSON_H

#include "common/json/json.h"
#include "common/node/sky_node.h"

/* Hours that JSON's numbers can no longer tell apart. */
#define SKY_HOURS_CAP (UINT64_C(1) << 53)

struct sky_unspents {
	bool head_known; /* the answer told it */
	uint64_t head_seq;
	struct uxout *spendable; /* heap; in the order of ids */
	size_t count;
	bool incoming;
};

struct sky_tx_place {
	enum sky_tx_status status;
	uint64_t height, block_seq; /* 0 unless confirmed */
};

/* On success *ret is the caller's to json_free(). */
int sky_json_parse(const char *body, size_t len, struct json **ret, struct err *err);

/* An object with the three lists of outputs.  An output of an address that is not among `asked`, or
 * whose id is not the hash of its parts, makes the whole of it ERR_INVALID: the node lies or is
 * broken. */
int sky_json_outputs(const struct json *root, const struct sky_address *asked, size_t asked_count,
		     struct sky_unspents *ret, struct err *err);
void sky_unspents_release(struct sky_unspents *u);

/* An object with "status" and "txn".  ERR_INVALID when it is about another transaction. */
int sky_json_transaction(const struct json *root, const char *txid, struct sky_tx_place *ret,
			 struct err *err);

/* An output with its past.  ERR_INVALID when it is another output, or has another owner.
 * ret->head_seq is left as it is, but for raising it to the spender's block. */
int sky_json_spent(const struct json *uxout, const struct sha256 *uxid,
		   const struct sky_address *owner, struct sky_spent *ret, struct err *err);

/* A block: its hash, when it is number 0. */
int sky_json_genesis(const struct json *block, char ret[65], struct err *err);

#endif
