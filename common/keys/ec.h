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
/* *k + b, modulo the curve's order, into *k.  False when `b` is above the order or the sum is 0:
 * *k is then of no use. */
bool seckey_add(struct seckey *k, const struct seckey *b);
bool pubkey_from_seckey(const struct seckey *k, struct pubkey *ret);
bool pubkey_is_valid(const struct pubkey *p);
/* p * k, compressed: the "shared point" of the key generator. */
bool pubkey_multiply(const struct pubkey *p, const struct seckey *k, struct pubkey *ret);
bool ec_sign(const struct seckey *k, const struct sha256 *digest, struct signature *ret);
/* The recovery id is taken modulo 4, as nodes do; signature_is_canonical() asks about its range. */
bool ec_recover(const struct sha256 *digest, const struct signature *sig, struct pubkey *ret);
/* Top bit of s clear and recovery id below 4. */
bool signature_is_canonical(const struct signature *sig);
/* What can be said of a signature without knowing who should have signed (2.2, steps 1 and 3). */
int ec_verify_form(const struct sha256 *digest, const struct signature *sig, struct err *err);
/* Checks of spec/skycoin.md 2.2 in their order, with the modern texts. */
int ec_verify_address(const struct sky_address *address, const struct sha256 *digest,
		      const struct signature *sig, struct err *err);

#endif
