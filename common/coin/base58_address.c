#include "common/coin/base58_address.h"

#include <string.h>

#include "common/coin/base58.h"

int base58_address_decode(const char *text, uint8_t ret[BASE58_ADDRESS_LEN], struct err *err)
{
	size_t len;

	if (!base58_is_text(text))
		return err_set(err, ERR_INVALID, "Invalid base58 character");
	if (text[strspn(text, "1")] == '\0')
		return err_set(err, ERR_INVALID, "Invalid base58 string");
	if (!base58_decode(text, ret, BASE58_ADDRESS_LEN, &len) || len != BASE58_ADDRESS_LEN)
		return err_set(err, ERR_INVALID, "Invalid address length");
	return 0;
}

int base58_version_error(struct err *err)
{
	return err_set(err, ERR_INVALID, "Invalid version");
}

int base58_checksum_error(struct err *err)
{
	return err_set(err, ERR_INVALID, "Invalid checksum");
}
