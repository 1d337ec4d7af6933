/* The part that Bitcoin's and Skycoin's base58 addresses share: 25 bytes, of which a version, a
 * key's hash and four bytes of checksum; and the reasons to refuse a text, in the reference
 * program's words and order, which the HTTP API shows. */
#ifndef TELLER_COMMON_COIN_BASE58_ADDRESS_H
#define TELLER_COMMON_COIN_BASE58_ADDRESS_H

#include <stdint.h>

#include "common/base/err.h"

#define BASE58_PAYLOAD_LEN  21 /* version and hash, in the coin's order */
#define BASE58_CHECKSUM_LEN 4
#define BASE58_ADDRESS_LEN  (BASE58_PAYLOAD_LEN + BASE58_CHECKSUM_LEN)

/* Decode to 25 bytes.  ERR_INVALID, checked in this order: "Invalid base58 character"; "Invalid
 * base58 string" for nothing and for nothing but zeros; "Invalid address length". */
int base58_address_decode(const char *text, uint8_t ret[BASE58_ADDRESS_LEN], struct err *err);
int base58_version_error(struct err *err);  /* "Invalid version": checked next */
int base58_checksum_error(struct err *err); /* "Invalid checksum": checked last */

#endif
