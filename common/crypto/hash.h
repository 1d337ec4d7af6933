/* The hashes of three chains behind one header (nettle inside).  All take any number of bytes;
 * outputs are in natural byte order. */
#ifndef TELLER_COMMON_CRYPTO_HASH_H
#define TELLER_COMMON_CRYPTO_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint8_t b[32];
};
struct hash160 {
	uint8_t b[20];
};
struct sha512 {
	uint8_t b[64];
};

/* SHA-256 in pieces, for what does not lie in one place (a Bitcoin txid, a Skycoin digest). */
struct sha256_stream {
	uint64_t opaque[20]; /* hash.c checks that nettle's context fits */
};
void sha256_start(struct sha256_stream *s);
void sha256_add(struct sha256_stream *s, const void *data, size_t len);
struct sha256 sha256_end(struct sha256_stream *s);

struct sha256 sha256(const void *data, size_t len);
/* In the same time wherever they differ. */
bool sha256_is_equal(const struct sha256 *a, const struct sha256 *b);
/* SHA-256 of the SHA-256: Bitcoin's hash, and inside Skycoin addresses. */
struct sha256 sha256d(const void *data, size_t len);
/* Broken for everything but what old protocols use it for: the handshake of websockets. */
struct hash160 sha1(const void *data, size_t len);
struct hash160 ripemd160(const void *data, size_t len);
/* Keccak-256 as Ethereum has it: the 0x01 padding from before SHA-3. */
struct sha256 keccak256(const void *data, size_t len);

/* What BIP-32 and BIP-39 make keys with.  Their own copies of what they are given are wiped. */
struct sha512 hmac_sha512(const void *key, size_t key_len, const void *data, size_t len);
struct sha512 stretch_sha512(const void *password, size_t len, const void *salt, size_t salt_len,
			     unsigned rounds);
#endif
