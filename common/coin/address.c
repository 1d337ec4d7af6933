#include "common/coin/address.h"

#include <string.h>

#include "common/coin/address_btc.h"
#include "common/coin/address_eth.h"
#include "common/coin/address_sky.h"

// clang-format off
static const struct {
	const char *name;
	const char *genesis;
} networks[BTC_NETWORK_COUNT] = {
	[BTC_MAIN]    = { "main",    "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f" },
	[BTC_TEST]    = { "test",    NULL }, /* testnet3 and testnet4 */
	[BTC_SIGNET]  = { "signet",  "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6" },
	[BTC_REGTEST] = { "regtest", "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206" },
};
// clang-format on

const char *btc_network_name(enum btc_network network)
{
	return networks[network].name;
}

bool btc_network_parse(const char *name, enum btc_network *ret)
{
	for (size_t i = 0; i < BTC_NETWORK_COUNT; i++) {
		if (strcmp(networks[i].name, name) == 0) {
			*ret = (enum btc_network)i;
			return true;
		}
	}
	return false;
}

const char *btc_network_genesis(enum btc_network network)
{
	return networks[network].genesis;
}

static int parse_btc(enum btc_network network, const char *text, char ret[ADDRESS_TEXT_MAX],
		     struct err *err)
{
	struct btc_script script;
	int rc = btc_address_parse(network, text, &script, err);

	if (rc < 0)
		return rc;
	if (!btc_address_from_script(network, script.b, script.len, ret))
		return err_set(err, ERR_INVALID, "Invalid address"); /* no address parses to such */
	return 0;
}

static int parse_eth(const char *text, char ret[ADDRESS_TEXT_MAX], struct err *err)
{
	struct eth_address a;
	int rc = eth_address_parse(text, &a, err);

	if (rc == 0)
		eth_address_to_text(&a, ret);
	return rc;
}

static int parse_sky(const char *text, char ret[ADDRESS_TEXT_MAX], struct err *err)
{
	struct sky_address a;
	int rc = sky_address_parse(text, &a, err);

	if (rc == 0)
		sky_address_to_text(&a, ret);
	return rc;
}

int address_parse(enum coin coin, enum btc_network network, const char *text, struct address *ret,
		  struct err *err)
{
	struct address a = { .coin = coin };
	int rc = ERR_INVALID;

	switch (coin) {
	case COIN_BTC: rc = parse_btc(network, text, a.text, err); break;
	case COIN_ETH: rc = parse_eth(text, a.text, err); break;
	case COIN_SKY: rc = parse_sky(text, a.text, err); break;
	}
	if (rc == 0)
		*ret = a;
	return rc;
}
