/* Ethereum addresses: 0x and 40 hex digits, EIP-55 checked when the case is mixed. */
#ifndef TELLER_COMMON_COIN_ADDRESS_ETH_H
#define TELLER_COMMON_COIN_ADDRESS_ETH_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/coin/address.h"

struct eth_address {
	uint8_t b[20];
};

int eth_address_parse(const char *text, struct eth_address *ret, struct err *err);
/* With EIP-55 capitals. */
void eth_address_to_text(const struct eth_address *a, char ret[ADDRESS_TEXT_MAX]);

#endif
