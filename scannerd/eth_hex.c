#include "scannerd/eth_hex.h"

#include <string.h>

#include "common/base/text.h"

#define DIGITS_MAX 64 /* no number of Ethereum has more than 256 bits */

/* What follows "0x"; false when that is missing. */
static bool strip(const struct json_slice *s, const char **ret, size_t *ret_len)
{
	if (s->len < 2 || s->text[0] != '0' || (s->text[1] | 0x20) != 'x')
		return false;
	*ret = s->text + 2;
	*ret_len = s->len - 2;
	return true;
}

bool eth_data(const struct json_slice *s, uint8_t *ret, size_t len)
{
	const char *digits;
	size_t count;

	return strip(s, &digits, &count) && count == 2 * len && hex_decode(digits, count, ret);
}

bool eth_units(const struct json_slice *s, struct units *ret)
{
	const char *digits;
	size_t count;

	return strip(s, &digits, &count) && count <= DIGITS_MAX &&
	       units_from_hex(digits, count, ret);
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool eth_u64(const struct json_slice *s, uint64_t max, uint64_t *ret)
{
	uint64_t n = 0;
	const char *digits;
	size_t count;

	if (!strip(s, &digits, &count) || count == 0 || count > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		int digit = digit_of(digits[i]);

		if (digit < 0 || n >> 60 != 0)
			return false;
		n = n << 4 | (unsigned)digit;
	}
	if (n > max)
		return false;
	*ret = n;
	return true;
}

bool eth_hash_equal(const struct eth_hash *a, const struct eth_hash *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

void eth_hash_text(const struct eth_hash *h, char ret[ETH_HASH_TEXT_MAX])
{
	ret[0] = '0';
	ret[1] = 'x';
	hex_from_bytes(h->b, sizeof(h->b), ret + 2);
}

struct json_slice eth_slice(const char *text)
{
	return (struct json_slice){ .text = text, .len = strlen(text) };
}
