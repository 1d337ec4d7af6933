/* The hashes, by nettle.  Keccak-256 has no door in nettle of Debian 12, but its permutation has:
 * the sponge here is that permutation with the padding that Ethereum kept from before SHA-3. */
#include "common/crypto/hash.h"

#include <endian.h>
#include <string.h>

#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/pbkdf2.h>
#include <nettle/ripemd160.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <nettle/sha3.h>

_Static_assert(sizeof(struct sha256_stream) >= sizeof(struct sha256_ctx),
	       "struct sha256_stream must hold nettle's context");
_Static_assert(_Alignof(struct sha256_stream) >= _Alignof(struct sha256_ctx),
	       "struct sha256_stream must be aligned as nettle's context");

static struct sha256_ctx *stream_ctx(struct sha256_stream *s)
{
	return (struct sha256_ctx *)(void *)s->opaque;
}

void sha256_start(struct sha256_stream *s)
{
	sha256_init(stream_ctx(s));
}

void sha256_add(struct sha256_stream *s, const void *data, size_t len)
{
	sha256_update(stream_ctx(s), len, data);
}

struct sha256 sha256_end(struct sha256_stream *s)
{
	struct sha256 h;

	sha256_digest(stream_ctx(s), sizeof(h.b), h.b);
	return h;
}

struct sha256 sha256(const void *data, size_t len)
{
	struct sha256_ctx ctx;
	struct sha256 h;

	sha256_init(&ctx);
	sha256_update(&ctx, len, data);
	sha256_digest(&ctx, sizeof(h.b), h.b);
	explicit_bzero(&ctx, sizeof(ctx)); /* holds the last block, which may be of a seed */
	return h;
}

struct sha256 sha256d(const void *data, size_t len)
{
	struct sha256 once = sha256(data, len);

	return sha256(once.b, sizeof(once.b));
}

struct hash160 sha1(const void *data, size_t len)
{
	struct sha1_ctx ctx;
	struct hash160 h;

	sha1_init(&ctx);
	sha1_update(&ctx, len, data);
	sha1_digest(&ctx, sizeof(h.b), h.b);
	return h;
}

struct hash160 ripemd160(const void *data, size_t len)
{
	struct ripemd160_ctx ctx;
	struct hash160 h;

	ripemd160_init(&ctx);
	ripemd160_update(&ctx, len, data);
	ripemd160_digest(&ctx, sizeof(h.b), h.b);
	return h;
}

#define KECCAK256_RATE 136 /* bytes absorbed by each permutation */

/* The state is an array of little-endian 64-bit lanes. */
static void keccak_absorb(struct sha3_state *state, const uint8_t block[KECCAK256_RATE])
{
	for (size_t i = 0; i < KECCAK256_RATE / 8; i++) {
		uint64_t lane;

		memcpy(&lane, block + 8 * i, sizeof(lane));
		state->a[i] ^= le64toh(lane);
	}
	sha3_permute(state);
}

struct sha256 keccak256(const void *data, size_t len)
{
	struct sha3_state state = { 0 };
	uint8_t last[KECCAK256_RATE] = { 0 };
	const uint8_t *at = data;
	struct sha256 h;

	for (; len >= KECCAK256_RATE; len -= KECCAK256_RATE, at += KECCAK256_RATE)
		keccak_absorb(&state, at);
	if (len > 0)
		memcpy(last, at, len);
	last[len] = 0x01;
	last[KECCAK256_RATE - 1] |= 0x80; /* the same byte as above when one is left */
	keccak_absorb(&state, last);
	for (size_t i = 0; i < sizeof(h.b) / 8; i++) {
		uint64_t lane = htole64(state.a[i]);

		memcpy(h.b + 8 * i, &lane, sizeof(lane));
	}
	return h;
}

struct sha512 hmac_sha512(const void *key, size_t key_len, const void *data, size_t len)
{
	struct hmac_sha512_ctx ctx;
	struct sha512 h;

	hmac_sha512_set_key(&ctx, key_len, key);
	hmac_sha512_update(&ctx, len, data);
	hmac_sha512_digest(&ctx, sizeof(h.b), h.b);
	explicit_bzero(&ctx, sizeof(ctx));
	return h;
}

struct sha512 stretch_sha512(const void *password, size_t len, const void *salt, size_t salt_len,
			     unsigned rounds)
{
	struct hmac_sha512_ctx ctx;
	struct sha512 h;

	hmac_sha512_set_key(&ctx, len, password);
	PBKDF2(&ctx, hmac_sha512_update, hmac_sha512_digest, SHA512_DIGEST_SIZE, rounds, salt_len,
	       salt, sizeof(h.b), h.b);
	explicit_bzero(&ctx, sizeof(ctx));
	return h;
}

bool sha256_is_equal(const struct sha256 *a, const struct sha256 *b)
{
	return memeql_sec(a->b, b->b, sizeof(a->b)) != 0;
}
