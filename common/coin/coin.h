/* The coins that a customer can pay with: THE table (name, base unit, decimals). */
#ifndef TELLER_COMMON_COIN_COIN_H
#define TELLER_COMMON_COIN_COIN_H

#include <stdbool.h>

enum coin { COIN_BTC, COIN_ETH, COIN_SKY };
#define COIN_COUNT 3 /* in the alphabetical order in which the API lists them */

struct coin_info {
	const char *name;      /* "BTC": in the API, the database, messages */
	const char *key;       /* "btc": in configuration keys */
	const char *base_unit; /* "satoshi" */
	unsigned decimals;     /* base units of one coin = 10^decimals */
};

const struct coin_info *coin_info(enum coin coin);
const char *coin_name(enum coin coin);
/* Exactly "BTC", "ETH" or "SKY". */
bool coin_parse(const char *name, enum coin *ret);

#endif
