/* Two digits at a time through a table of all 65536 pairs: one load a byte and no branch, so that
 * the check costs nothing.  A pair that is no hex has a bit above the byte, which is gathered and
 * looked at once at the end.  (common/base/text.h decodes digit by digit: right for a hash.) */
#include "scannerd/btc_hex.h"

#include <string.h>

#define PAIR_BAD 0x100

static uint16_t pairs[65536];
static bool pairs_made;

static int digit_value(unsigned c)
{
	if (c >= '0' && c <= '9')
		return (int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (int)(c - 'A') + 10;
	return -1;
}

/* The index is the pair as it is loaded: the byte order of this machine decides. */
static unsigned pair_index(const char *hex)
{
	uint16_t index;

	memcpy(&index, hex, sizeof(index));
	return index;
}

static void pairs_make(void)
{
	for (unsigned high = 0; high < 256; high++) {
		for (unsigned low = 0; low < 256; low++) {
			char text[2] = { (char)high, (char)low };
			int h = digit_value(high), l = digit_value(low);

			pairs[pair_index(text)] =
				h < 0 || l < 0 ? PAIR_BAD : (uint16_t)(h << 4 | l);
		}
	}
	pairs_made = true;
}

bool btc_hex_decode(const char *hex, size_t hex_len, uint8_t *ret)
{
	unsigned seen = 0;

	if (hex_len % 2 != 0)
		return false;
	if (!pairs_made)
		pairs_make();
	for (size_t i = 0; i < hex_len / 2; i++) {
		unsigned value = pairs[pair_index(hex + 2 * i)];

		seen |= value;
		ret[i] = (uint8_t)value;
	}
	return (seen & PAIR_BAD) == 0;
}
