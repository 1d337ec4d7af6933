/* Base58 by long multiplication and division in a buffer of the result's own size: a text of any
 * length is refused as soon as it passes that, so a long one costs no more than a short one. */
#include "common/coin/base58.h"

#include <string.h>

static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* Value of a digit; -1 when it is none. */
static int digit_value(char c)
{
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

	return at != NULL ? (int)(at - alphabet) : -1;
}

bool base58_is_text(const char *text)
{
	return text[strspn(text, alphabet)] == '\0';
}

/* number = number * 58 + digit, where `number` is the big-endian tail of `len` bytes that ends at
 * `end`.  False when it would need more than `size` bytes. */
static bool push_digit(uint8_t *end, size_t *len, size_t size, unsigned digit)
{
	unsigned carry = digit;

	for (size_t i = 1; i <= *len; i++) {
		carry += 58U * end[-(ptrdiff_t)i];
		end[-(ptrdiff_t)i] = (uint8_t)carry;
		carry >>= 8;
	}
	if (carry == 0)
		return true;
	if (*len == size)
		return false;
	end[-(ptrdiff_t)++ * len] = (uint8_t)carry;
	return true;
}

bool base58_decode(const char *text, uint8_t *ret, size_t size, size_t *ret_len)
{
	size_t zeros = strspn(text, "1");
	size_t len = 0;

	if (zeros > size)
		return false;
	for (text += zeros; *text != '\0'; text++) {
		int digit = digit_value(*text);

		if (digit < 0 || !push_digit(ret + size, &len, size - zeros, (unsigned)digit))
			return false;
	}
	memmove(ret + zeros, ret + size - len, len);
	memset(ret, 0, zeros);
	*ret_len = zeros + len;
	return true;
}

/* number = number / 58 in place, big-endian; returns the remainder. */
static unsigned pop_digit(uint8_t *number, size_t len)
{
	unsigned rest = 0;

	for (size_t i = 0; i < len; i++) {
		rest = rest << 8 | number[i];
		number[i] = (uint8_t)(rest / 58);
		rest %= 58;
	}
	return rest;
}

static void reverse(char *text, size_t len)
{
	for (size_t i = 0; i < len / 2; i++) {
		char c = text[i];

		text[i] = text[len - 1 - i];
		text[len - 1 - i] = c;
	}
}

void base58_encode(const uint8_t *bytes, size_t len, char *ret)
{
	uint8_t number[BASE58_BYTES_MAX];
	size_t zeros = 0, start, n = 0;

	memcpy(number, bytes, len);
	while (zeros < len && number[zeros] == 0)
		zeros++;
	for (start = zeros; start < len;) {
		ret[n++] = alphabet[pop_digit(number + start, len - start)];
		while (start < len && number[start] == 0)
			start++;
	}
	memset(ret + n, '1', zeros);
	n += zeros;
	reverse(ret, n);
	ret[n] = '\0';
}
