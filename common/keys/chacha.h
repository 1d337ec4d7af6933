/* ChaCha20-Poly1305, the IETF variant (12 bytes of nonce): opening what was sealed. */
#ifndef TELLER_COMMON_KEYS_CHACHA_H
#define TELLER_COMMON_KEYS_CHACHA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHACHA_KEY_BYTES   32
#define CHACHA_NONCE_BYTES 12
#define CHACHA_TAG_BYTES   16

/* `sealed` is the cipher text and its tag; `ret` takes CHACHA_TAG_BYTES less.  False: another key,
 * or a bit of `sealed` or of `beside` (which was signed, not hidden) differs. */
bool chacha_open(const uint8_t key[CHACHA_KEY_BYTES], const uint8_t nonce[CHACHA_NONCE_BYTES],
		 const uint8_t *beside, size_t beside_len, const uint8_t *sealed, size_t len,
		 uint8_t *ret);

#endif
