/* Addresses of all coins: what parses has a canonical text, which parses to the same.  The first
 * byte picks the coin and the Bitcoin network. */
#include <stdlib.h>
#include <string.h>

#include "common/coin/address.h"
#include "common/coin/address_btc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(enum coin coin, enum btc_network network, const char *text)
{
	struct address once, twice;
	struct err err;

	if (address_parse(coin, network, text, &once, &err) < 0)
		return;
	if (address_parse(coin, network, once.text, &twice, &err) < 0)
		abort();
	if (strcmp(once.text, twice.text) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	if (text == NULL)
		abort();
	check((enum coin)(data[0] % COIN_COUNT), (enum btc_network)(data[0] / 4 % 4), text);
	free(text);
	return 0;
}
