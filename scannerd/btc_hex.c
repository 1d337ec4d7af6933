/* Sixteen digits at a time, without a branch and without a table: what is no digit is gathered and
 * looked at once at the end.  Written with the compiler's own vectors, so every processor has it;
 * btc_hex_wide.c is for those that have more.  (common/base/text.h decodes digit by digit: right
 * for a hash.) */
#include "scannerd/btc_hex.h"

#include <string.h>

#define LANES 16

typedef uint8_t lanes __attribute__((vector_size(LANES)));

static lanes lanes_load(const char *at)
{
	lanes v;

	memcpy(&v, at, sizeof(v));
	return v;
}

/* The values of sixteen digits; lanes of *bad that are no digit are set. */
static inline lanes digits_value(lanes c, lanes *bad)
{
	lanes digit = c - '0', letter = (c | 0x20) - 'a';
	lanes is_digit = (lanes)(digit <= 9), is_letter = (lanes)(letter <= 5);

	*bad |= ~(is_digit | is_letter);
	return (digit & is_digit) | ((letter + 10) & is_letter);
}

static bool lanes_any(lanes v)
{
	uint64_t half[LANES / 8];

	memcpy(half, &v, sizeof(half));
	return (half[0] | half[1]) != 0;
}

/* 32 digits into 16 bytes. */
static inline void decode_32(const char *hex, uint8_t *ret, lanes *bad)
{
	lanes a = digits_value(lanes_load(hex), bad);
	lanes b = digits_value(lanes_load(hex + LANES), bad);
	lanes high = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24,
					     26, 28, 30);
	lanes low = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27,
					    29, 31);
	lanes bytes = high << 4 | low;

	memcpy(ret, &bytes, sizeof(bytes));
}

bool btc_hex_plain(const char *hex, size_t hex_len, uint8_t *ret)
{
	char last[2 * LANES];
	uint8_t last_bytes[LANES];
	lanes bad = { 0 };

	if (hex_len % 2 != 0)
		return false;
	for (; hex_len >= sizeof(last); hex_len -= sizeof(last), hex += sizeof(last), ret += LANES)
		decode_32(hex, ret, &bad);
	memset(last, '0', sizeof(last));
	memcpy(last, hex, hex_len);
	decode_32(last, last_bytes, &bad);
	memcpy(ret, last_bytes, hex_len / 2);
	return !lanes_any(bad);
}

bool btc_hex_decode(const char *hex, size_t hex_len, uint8_t *ret)
{
	size_t wide = btc_hex_wide_works() ? hex_len - hex_len % BTC_HEX_WIDE : 0;

	if (wide > 0 && !btc_hex_wide(hex, wide, ret))
		return false;
	return btc_hex_plain(hex + wide, hex_len - wide, ret + wide / 2);
}
