/* Ethereum's two ways to write bytes and numbers in JSON: data ("0x" and all digits) and quantities
 * ("0x" and the digits of a number).  Nodes write lower case without leading zeros; reading is
 * lenient about both. */
#ifndef TELLER_SCANNERD_ETH_HEX_H
#define TELLER_SCANNERD_ETH_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/coin/amount.h"
#include "common/json/json_pull.h"

struct eth_hash {
	uint8_t b[32];
};
#define ETH_HASH_TEXT_MAX 67 /* with 0x */

/* Exactly `len` bytes. */
bool eth_data(const struct json_slice *s, uint8_t *ret, size_t len);
/* At most `max`. */
bool eth_u64(const struct json_slice *s, uint64_t max, uint64_t *ret);
/* False also for what struct units cannot hold: 2^128 wei are a million million times what there
 * is. */
bool eth_units(const struct json_slice *s, struct units *ret);

bool eth_hash_equal(const struct eth_hash *a, const struct eth_hash *b);
/* "0x..." in lower case. */
void eth_hash_text(const struct eth_hash *h, char ret[ETH_HASH_TEXT_MAX]);
/* A slice of a NUL-ended text. */
struct json_slice eth_slice(const char *text);

#endif
