#include "common/coin/coin.h"

#include <string.h>

// clang-format off
static const struct coin_info coins[COIN_COUNT] = {
	/*             name   key    base unit  decimals */
	[COIN_BTC] = { "BTC", "btc", "satoshi",  8 },
	[COIN_ETH] = { "ETH", "eth", "wei",     18 },
	[COIN_SKY] = { "SKY", "sky", "droplet",  6 },
};
// clang-format on

const struct coin_info *coin_info(enum coin coin)
{
	return &coins[coin];
}

const char *coin_name(enum coin coin)
{
	return coins[coin].name;
}

bool coin_parse(const char *name, enum coin *ret)
{
	for (size_t i = 0; i < COIN_COUNT; i++) {
		if (strcmp(coins[i].name, name) == 0) {
			*ret = (enum coin)i;
			return true;
		}
	}
	return false;
}
