/* The deterministic key generator (spec/skycoin.md 2.3). */
#ifndef TELLER_COMMON_KEYS_DERIVE_H
#define TELLER_COMMON_KEYS_DERIVE_H

#include <stddef.h>

#include "common/keys/ec.h"

/* secp256k1hash of any bytes, the "peculiar hash". */
struct sha256 derive_hash(const uint8_t *data, size_t len);
/* One step: the key for `seed` and the seed that follows.  ERR_INVALID "Seed input is empty". */
int derive_next(const uint8_t *seed, size_t len, struct seckey *ret_key, struct sha256 *ret_seed,
		struct err *err);
/* `count` keys into `keys`; `ret_last_seed` may be NULL (and stays as it is when count is 0). */
int derive_keys(const uint8_t *seed, size_t len, struct seckey *keys, size_t count,
		struct sha256 *ret_last_seed, struct err *err);
/* Wallet import format, compressed, main network: 52 characters and NUL. */
void seckey_to_wif(const struct seckey *k, char ret[64]);

#endif
