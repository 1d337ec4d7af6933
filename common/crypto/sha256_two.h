/* SHA-256's compression of two blocks at once, with the processor's own instructions for it: what
 * sha256_many.c is built on. */
#ifndef TELLER_COMMON_CRYPTO_SHA256_TWO_H
#define TELLER_COMMON_CRYPTO_SHA256_TWO_H

#include <stdbool.h>
#include <stdint.h>

#include "common/crypto/hash.h"

#define SHA256_BLOCK 64

/* Words in the order in which the instructions want them. */
struct sha256_state {
	uint32_t w[8];
} __attribute__((aligned(16)));

/* Does this processor have the instructions?  Nothing below may be called where it has not. */
bool sha256_two_works(void);

void sha256_two_start(struct sha256_state *s);
/* One block into each of two different states. */
void sha256_two_add(struct sha256_state *a, const uint8_t block_a[SHA256_BLOCK],
		    struct sha256_state *b, const uint8_t block_b[SHA256_BLOCK]);
struct sha256 sha256_two_end(const struct sha256_state *s);

#endif
