/* Blocks as a Skycoin node tells them, in JSON, become structs, and are what their hashes say.  No
 * I/O: this is what the fuzzer gets. */
#ifndef TELLER_COMMON_NODE_SKY_BLOCK_READ_H
#define TELLER_COMMON_NODE_SKY_BLOCK_READ_H

#include "common/json/json.h"
#include "common/node/sky_block.h"

#define SKY_BLOCK_TXS_MAX 65535 /* a block has 32 KiB as nodes are configured */

/* {"blocks": [...]}: blocks `first`, first + 1, ... each the parent of the next, at most up to
 * `last`; fewer (or none) where the chain ends before.  ERR_INVALID: no such answer, or a block is
 * not what it claims to be.  On success *ret is the caller's to release. */
int sky_blocks_read(const char *body, size_t len, uint64_t first, uint64_t last,
		    struct sky_blocks *ret, struct err *err);

#endif
