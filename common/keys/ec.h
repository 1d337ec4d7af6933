/* secp256k1 as Skycoin uses it (spec/skycoin.md section 2).  Signatures are 65 bytes: r, s
 * big-endian, recovery id 0 to 3 last; low s; RFC 6979 nonces, so that signing the same bytes
 * twice gives the same signature. */
#ifndef TELLER_COMMON_KEYS_EC_H
#define TELLER_COMMON_KEYS_EC_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/coin/address_sky.h"
#include "common/crypto/hash.h"

struct seckey {
	uint8_t b[32];
};
struct pubkey {
	uint8_t b[33];
};
struct signature {
	uint8_t b[65];
};

bool seckey_is_valid(const struct seckey *k);
bool pubkey_from_seckey(const struct seckey *k, struct pubkey *ret);
bool pubkey_is_valid(const struct pubkey *p);
/* p * k, compressed: the "shared point" of the key generator. */
bool pubkey_multiply(const struct pubkey *p, const struct seckey *k, struct pubkey *ret);
bool ec_sign(const struct seckey *k, const struct sha256 *digest, struct signature *ret);
bool ec_recover(const struct sha256 *digest, const struct signature *sig, struct pubkey *ret);
/* Checks of spec/skycoin.md 2.2 in their order, with the modern texts. */
int ec_verify_address(const struct sky_address *address, const struct sha256 *digest,
		      const struct signature *sig, struct err *err);

#endif
