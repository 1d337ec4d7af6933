/* A Skycoin node that exists only in memory: 100 SKY and 100 hours on one address, blocks made by
 * hand.  For dummy mode (dummy.sender): no fee is asked, so that the hours never run out. */
#ifndef TELLER_COMMON_NODE_SKY_NODE_DUMMY_H
#define TELLER_COMMON_NODE_SKY_NODE_DUMMY_H

#include "common/base/buf.h"
#include "common/node/sky_node.h"

/* 100 SKY and 100 hours in 100 equal outputs of `owner`; their ids are the same in every run. */
int sky_node_dummy_new(struct loop *l, const struct sky_address *owner, struct sky_node **ret,
		       struct err *err);

/* Put a transaction of an earlier run back, in the order of saving; its bytes are the proof. */
int sky_node_dummy_restore(struct sky_node *n, const uint8_t *raw, size_t len, bool confirmed,
			   struct err *err);
/* Broadcast transactions from number `from` on as a JSON array of {txid, outputs: [{address,
 * coins}], confirmed}, as many as fit `max_bytes`; *ret_next: where to go on, 0 at the end. */
void sky_node_dummy_print(struct sky_node *n, uint64_t from, size_t max_bytes, struct buf *out,
			  uint64_t *ret_next);
/* Confirm by txid, or by number in the order of broadcast when txid is empty.
 * ERR_NOT_FOUND when there is none. */
int sky_node_dummy_confirm(struct sky_node *n, const char *txid, uint64_t seq, struct err *err);

#endif
