/* Value that moved inside the transactions of a block: calls of contracts, and what a contract
 * that destroys itself leaves.  As nodes tell it in two forms: debug_trace... with callTracer, and
 * trace_block.  Untrusted bytes, as in eth_block.h. */
#ifndef TELLER_SCANNERD_ETH_TRACE_H
#define TELLER_SCANNERD_ETH_TRACE_H

#include "scannerd/eth_block.h"

struct eth_move {
	uint32_t tx; /* place of the transaction in the block */
	uint8_t to[20];
	struct units value; /* never zero */
};

/* In the order of execution, which is the same in both forms. */
struct eth_moves {
	struct eth_move *list;
	size_t count, room;
};

/* The block's moves but for the transactions' own; what a failed call did, and all that was called
 * within it, is left out.  ERR_NOT_FOUND: null, the node does not know the block any more.
 * ERR_INVALID: what is wrong with it, or that a transaction could not be traced.  On success *ret
 * is the caller's to eth_moves_release(). */
int eth_trace_calls(const char *json, size_t len, const struct eth_block *b, struct eth_moves *ret,
		    struct err *err);
int eth_trace_flat(const char *json, size_t len, const struct eth_block *b, struct eth_moves *ret,
		   struct err *err);
void eth_moves_release(struct eth_moves *m);

#endif
