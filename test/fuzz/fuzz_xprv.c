/* Any text as an extended private key: refused, or one whose parts make the same text again, and
 * that has children. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "common/coin/base58.h"
#include "common/keys/bip32.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_text(const struct bip32_key *k, char *ret)
{
	uint8_t raw[BIP32_DATA_BYTES + 4] = { 0x04, 0x88, 0xad, 0xe4, k->depth };
	uint32_t child = htobe32(k->child);
	struct sha256 check;

	memcpy(raw + 5, k->parent, 4);
	memcpy(raw + 9, &child, 4);
	memcpy(raw + 13, k->chain_code, 32);
	memcpy(raw + 46, k->key.b, 32);
	check = sha256d(raw, BIP32_DATA_BYTES);
	memcpy(raw + BIP32_DATA_BYTES, check.b, 4);
	base58_encode(raw, sizeof(raw), ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[256], again[2 * (BIP32_DATA_BYTES + 4) + 2];
	struct bip32_key k, child;
	struct err err;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (bip32_parse(text, &k, &err) < 0)
		return 0;
	write_text(&k, again);
	if (strcmp(text, again) != 0)
		abort();
	if (bip32_child(&k, 0, &child, &err) == 0 && child.depth != k.depth + 1)
		abort();
	return 0;
}
