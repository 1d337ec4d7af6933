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

size_t base64_text_room(size_t len)
{
	return sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
}

void base64_encode(const uint8_t *bytes, size_t len, char *ret)
{
	(void)sodium_bin2base64(ret, base64_text_room(len), bytes, len,
				sodium_base64_VARIANT_ORIGINAL);
}
