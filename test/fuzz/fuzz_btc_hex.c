/* Digits by the fast decoder, by the plain one, and one by one: all three say the same. */
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "scannerd/btc_hex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *hex = (const char *)data;
	char *text = malloc(size + 1);
	uint8_t *out = malloc(3 * (size / 2) + 1), *plain = out + size / 2,
		*slow = plain + size / 2;
	bool ok, slow_ok;

	if (text == NULL || out == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	ok = btc_hex_decode(hex, size, out);
	slow_ok = size % 2 == 0 && hex_to_bytes(text, slow, size / 2);
	if (btc_hex_plain(hex, size, plain) != ok || slow_ok != ok)
		abort();
	if (ok && (memcmp(out, plain, size / 2) != 0 || memcmp(out, slow, size / 2) != 0))
		abort();
	free(out);
	free(text);
	return 0;
}
