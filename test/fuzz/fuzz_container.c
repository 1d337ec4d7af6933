/* Any bytes as the container of an encrypted wallet: the first byte chooses its kind.  Nothing is
 * opened with the wrong password that was not sealed, and what is cheap enough is opened.
 *
 * For sha256-xor a container is also made of the bytes, and must open to them again. */
#include <stdlib.h>
#include <string.h>

#include "common/keys/derive.h"
#include "common/wallet/container.h"

#define PASSWORD "fuzz"
#define BLOCK	 32U
#define TEXT_MAX 4096U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct secret_text password(void)
{
	struct secret_text t;

	if (secret_text_new(strlen(PASSWORD), &t, NULL) < 0)
		abort();
	memcpy(t.data, PASSWORD, t.len);
	return t;
}

/* A factor of more than this makes the fuzzer slow, not wiser. */
static bool is_cheap(const uint8_t *data, size_t size)
{
	static const char needle[] = "\"n\":16,\"r\":1,\"p\":1,";

	return memmem(data, size, needle, sizeof(needle) - 1) != NULL;
}

static void open_scrypt(const uint8_t *data, size_t size)
{
	struct secret_text p = password(), opened;
	struct err err;

	if (container_scrypt_check(data, size, &err) == 0 && is_cheap(data, size) &&
	    container_scrypt_open(data, size, &p, &opened, &err) == 0)
		secret_text_free(&opened);
	secret_text_free(&p);
}

static void open_xor(const uint8_t *data, size_t size)
{
	struct secret_text p = password(), opened;
	struct err err;

	if (container_xor_open(data, size, &p, &opened, &err) == 0)
		secret_text_free(&opened);
	secret_text_free(&p);
}

/* One block of the mask, written here a second time. */
static struct sha256 mask(const struct sha256 *key, const uint8_t nonce[BLOCK], uint64_t i)
{
	uint8_t in[2 * BLOCK] = { 0 };
	struct sha256 inner = sha256(nonce, BLOCK);
	size_t n = 0;

	memcpy(in + BLOCK, inner.b, BLOCK);
	for (i *= 2; i >= 128; i >>= 7)
		in[n++] = (uint8_t)(i & 127) | 128;
	in[n] = (uint8_t)i;
	inner = sha256(in, sizeof(in));
	memcpy(in, key->b, BLOCK);
	memcpy(in + BLOCK, inner.b, BLOCK);
	return sha256(in, sizeof(in));
}

static size_t seal_xor(const uint8_t *text, size_t len, uint8_t *out)
{
	const struct sha256 key = derive_hash((const uint8_t *)PASSWORD, strlen(PASSWORD));
	size_t blocks = 1 + (4 + len + BLOCK - 1) / BLOCK;
	uint8_t *plain = out + 2 * BLOCK;
	struct sha256 h;

	memset(out, 7, 2 * BLOCK);
	memset(plain, 0, blocks * BLOCK);
	for (size_t i = 0; i < 4; i++)
		plain[BLOCK + i] = (uint8_t)(len >> (8 * i));
	memcpy(plain + BLOCK + 4, text, len);
	h = sha256(plain + BLOCK, (blocks - 1) * BLOCK);
	memcpy(plain, h.b, BLOCK);
	for (size_t i = 0; i < blocks; i++) {
		struct sha256 m = mask(&key, out + BLOCK, i);

		for (size_t k = 0; k < BLOCK; k++)
			plain[i * BLOCK + k] ^= m.b[k];
	}
	h = sha256(out + BLOCK, (1 + blocks) * BLOCK);
	memcpy(out, h.b, BLOCK);
	return (2 + blocks) * BLOCK;
}

static void round_trip_xor(const uint8_t *data, size_t size)
{
	static uint8_t sealed[TEXT_MAX + 5 * BLOCK];
	size_t len = seal_xor(data, size < TEXT_MAX ? size : TEXT_MAX, sealed);
	struct secret_text p = password(), opened;
	struct err err;

	if (container_xor_open(sealed, len, &p, &opened, &err) < 0)
		abort();
	if (opened.len != (size < TEXT_MAX ? size : TEXT_MAX) ||
	    memcmp(opened.data, data, opened.len) != 0)
		abort();
	secret_text_free(&opened);
	p.data[0] ^= 1;
	if (container_xor_open(sealed, len, &p, &opened, &err) == 0)
		abort();
	secret_text_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	switch (data[0] % 3) {
	case 0: open_scrypt(data + 1, size - 1); break;
	case 1: open_xor(data + 1, size - 1); break;
	default: round_trip_xor(data + 1, size - 1); break;
	}
	return 0;
}
