#include "common/base/base64.h"

#include <string.h>

#include <sodium.h>

size_t base64_room(size_t len)
{
	return len / 4 * 3 + 3;
}

bool base64_decode(const char *text, uint8_t *ret, size_t size, size_t *ret_len)
{
	size_t len = strlen(text);
	const char *end;

	return sodium_base642bin(ret, size, text, len, NULL, ret_len, &end,
				 sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       end == text + len;
}
