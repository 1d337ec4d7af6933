/* Bitcoin addresses and the output scripts that they stand for:
 * P2PKH, P2SH, P2WPKH, P2WSH, P2TR and later witness versions. */
#ifndef TELLER_COMMON_COIN_ADDRESS_BTC_H
#define TELLER_COMMON_COIN_ADDRESS_BTC_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/coin/address.h"

#define BTC_SCRIPT_MAX 42 /* a witness program of 40 bytes */

struct btc_script {
	uint8_t b[BTC_SCRIPT_MAX];
	uint8_t len;
};

/* Address text to its output script; ERR_INVALID with the reason. */
int btc_address_parse(enum btc_network network, const char *text, struct btc_script *ret,
		      struct err *err);

/* Output script to its address; false when it has none (P2PK, bare multisig, OP_RETURN, ...). */
bool btc_address_from_script(enum btc_network network, const uint8_t *script, size_t len,
			     char ret[ADDRESS_TEXT_MAX]);

/* P2PKH address on main of a 33-byte public key (what newbtcaddress prints). */
void btc_address_from_pubkey(const uint8_t pubkey[33], char ret[ADDRESS_TEXT_MAX]);

#endif
