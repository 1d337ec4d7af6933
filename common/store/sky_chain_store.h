/* Which Skycoin chain this database belongs to.  Writer: senderd. */
#ifndef TELLER_COMMON_STORE_SKY_CHAIN_STORE_H
#define TELLER_COMMON_STORE_SKY_CHAIN_STORE_H

#include "common/store/store.h"

/* The hash of block 0 of the Skycoin chain that this database belongs to; ERR_NOT_FOUND before it
 * was pinned. */
int store_sky_genesis(struct store *s, char ret[65], struct err *err);
/* Pinned once: ERR_EXISTS when there is one. */
int store_sky_genesis_pin(struct store *s, const char *genesis, int64_t now, struct err *err);
/* Forget it, unless a transaction was ever saved. */
int store_sky_genesis_unpin(struct store *s, struct err *err);

#endif
