/* Skycoin addresses: base58 of hash (20 bytes), version 0, checksum (4 bytes of SHA-256). */
#ifndef TELLER_COMMON_COIN_ADDRESS_SKY_H
#define TELLER_COMMON_COIN_ADDRESS_SKY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/coin/address.h"
#include "common/crypto/hash.h"

struct sky_address {
	uint8_t version; /* 0; the chain has others */
	struct hash160 key_hash;
};

/* ERR_INVALID in the words of the original teller. */
int sky_address_parse(const char *text, struct sky_address *ret, struct err *err);
/* As a block may have it: of any version.  Nodes refuse others than 0 from people, and when they
 * are spent from; but not in a transaction that pays them, so anybody can put one into the chain.
 */
int sky_address_parse_any(const char *text, struct sky_address *ret, struct err *err);
void sky_address_to_text(const struct sky_address *a, char ret[ADDRESS_TEXT_MAX]);
struct sky_address sky_address_from_pubkey(const uint8_t pubkey[33]);
/* The all-zero address: parses, but what is sent there is lost.  Never pay to it. */
bool sky_address_is_null(const struct sky_address *a);
bool sky_address_equal(const struct sky_address *a, const struct sky_address *b);

#endif
