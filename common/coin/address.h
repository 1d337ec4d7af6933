/* Addresses of all coins: one door.  Parsing checks everything that can be checked without a
 * node and gives the canonical text (bech32 in lower case, Ethereum with its EIP-55 capitals). */
#ifndef TELLER_COMMON_COIN_ADDRESS_H
#define TELLER_COMMON_COIN_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/coin/coin.h"

#define ADDRESS_TEXT_MAX 96 /* bech32 has at most 90 characters */

/* Which Bitcoin network: address prefixes and genesis block. */
enum btc_network { BTC_MAIN, BTC_TEST, BTC_SIGNET, BTC_REGTEST };
#define BTC_NETWORK_COUNT 4
/* "main", "test", "signet", "regtest" */
const char *btc_network_name(enum btc_network network);
bool btc_network_parse(const char *name, enum btc_network *ret);
/* Hex of the genesis block's hash in display order; NULL where several chains share the name
 * (test: testnet3 and testnet4). */
const char *btc_network_genesis(enum btc_network network);

struct address {
	enum coin coin;
	char text[ADDRESS_TEXT_MAX]; /* canonical */
};

/* `network` matters for BTC only.  ERR_INVALID with the reason ("Invalid checksum"); for SKY and
 * base58 BTC in the words of the original teller, which the API shows. */
int address_parse(enum coin coin, enum btc_network network, const char *text, struct address *ret,
		  struct err *err);

#endif
