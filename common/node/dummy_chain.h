/* A Skycoin chain in memory, for dummy mode: which outputs there are, which transactions were
 * broadcast, and the rules that one must keep (all but signatures: keys are another room). */
#ifndef TELLER_COMMON_NODE_DUMMY_CHAIN_H
#define TELLER_COMMON_NODE_DUMMY_CHAIN_H

#include "common/node/sky_node.h"
#include "common/node/sky_tx.h"

#define DUMMY_OUTPUTS 100 /* of one SKY and one hour each, so that many payments can be pending */

struct dummy_coin {
	struct uxout u;
	bool confirmed; /* the transaction that made it is */
	bool spent;	/* by a pending transaction; a confirmed one takes it away */
};

struct dummy_tx {
	char txid[65];
	struct sky_tx tx;
	bool confirmed;
	uint64_t block_seq; /* when confirmed */
};

struct dummy_chain {
	uint64_t head_seq;
	struct dummy_coin *coins; /* heap */
	size_t coin_count;
	struct dummy_tx *txs; /* heap; in the order of broadcast */
	size_t tx_count;
};

void dummy_chain_init(struct dummy_chain *c, const struct sky_address *owner);
void dummy_chain_release(struct dummy_chain *c);

/* ERR_INVALID with the node's text when it breaks a rule.  The same again while it is pending is
 * fine, as at a node; when it is confirmed its inputs do not exist any more. */
int dummy_chain_inject(struct dummy_chain *c, const uint8_t *raw, size_t len, struct err *err);
/* The same without the rules: it was accepted in an earlier run. */
int dummy_chain_restore(struct dummy_chain *c, const uint8_t *raw, size_t len, bool confirmed,
			struct err *err);
/* NULL when there is none. */
struct dummy_tx *dummy_chain_find(struct dummy_chain *c, const char *txid);
void dummy_chain_spent(const struct dummy_chain *c, const struct sha256 *uxid,
		       struct sky_spent *ret);
/* In a new block of its own; nothing when it is in one. */
void dummy_chain_confirm(struct dummy_chain *c, struct dummy_tx *t);

#endif
