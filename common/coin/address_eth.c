#include "common/coin/address_eth.h"

#include <ctype.h>
#include <string.h>

#include "common/base/text.h"
#include "common/crypto/hash.h"

#define HEX_LEN 40

/* EIP-55: a letter is a capital where the same digit of the hash of the lower case text is 8 or
 * more.  `hex` is the 40 lower case digits and is changed in place. */
static void put_capitals(char hex[HEX_LEN + 1])
{
	struct sha256 h = keccak256(hex, HEX_LEN);

	for (size_t i = 0; i < HEX_LEN; i++) {
		unsigned digit = i % 2 == 0 ? h.b[i / 2] >> 4 : h.b[i / 2] & 15U;

		if (digit >= 8)
			hex[i] = (char)toupper((unsigned char)hex[i]);
	}
}

static bool is_mixed_case(const char *hex)
{
	bool lower = false, upper = false;

	for (; *hex != '\0'; hex++) {
		lower |= islower((unsigned char)*hex) != 0;
		upper |= isupper((unsigned char)*hex) != 0;
	}
	return lower && upper;
}

int eth_address_parse(const char *text, struct eth_address *ret, struct err *err)
{
	char canonical[ADDRESS_TEXT_MAX];
	struct eth_address a;

	if (strncmp(text, "0x", 2) != 0)
		return err_set(err, ERR_INVALID, "Invalid address prefix");
	if (strlen(text) != 2 + HEX_LEN)
		return err_set(err, ERR_INVALID, "Invalid address length");
	if (!hex_to_bytes(text + 2, a.b, sizeof(a.b)))
		return err_set(err, ERR_INVALID, "Invalid hex character");
	eth_address_to_text(&a, canonical);
	if (is_mixed_case(text + 2) && strcmp(text, canonical) != 0)
		return err_set(err, ERR_INVALID, "Invalid checksum");
	*ret = a;
	return 0;
}

void eth_address_to_text(const struct eth_address *a, char ret[ADDRESS_TEXT_MAX])
{
	ret[0] = '0';
	ret[1] = 'x';
	hex_from_bytes(a->b, sizeof(a->b), ret + 2);
	put_capitals(ret + 2);
}
