/* Double SHA-256 of many short messages: a block's transactions and its merkle tree.  Two at a time
 * where the processor can, else one by one. */
#ifndef TELLER_COMMON_CRYPTO_SHA256_MANY_H
#define TELLER_COMMON_CRYPTO_SHA256_MANY_H

#include "common/crypto/hash.h"

#define SHA256_PIECES 3

/* A message in pieces, one behind the other; those that are not needed have no bytes. */
struct sha256_piece {
	const uint8_t *at;
	size_t len;
};
struct sha256_message {
	struct sha256_piece piece[SHA256_PIECES];
};

/* ret[i] is sha256d() of messages[i]. */
void sha256d_many(const struct sha256_message *messages, size_t count, struct sha256 *ret);

/* ret[i] is sha256d() of from[2 * i] and from[2 * i + 1]; `ret` may be `from`. */
void sha256d_pairs(const struct sha256 *from, size_t count, struct sha256 *ret);

/* The same without this processor's special instructions: tests hold the ways against each other.
 */
void sha256d_many_plain(const struct sha256_message *messages, size_t count, struct sha256 *ret);
void sha256d_pairs_plain(const struct sha256 *from, size_t count, struct sha256 *ret);

#endif
