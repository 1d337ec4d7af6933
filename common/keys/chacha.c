#include "common/keys/chacha.h"

#include <sodium.h>

bool chacha_open(const uint8_t key[CHACHA_KEY_BYTES], const uint8_t nonce[CHACHA_NONCE_BYTES],
		 const uint8_t *beside, size_t beside_len, const uint8_t *sealed, size_t len,
		 uint8_t *ret)
{
	return len >= CHACHA_TAG_BYTES &&
	       crypto_aead_chacha20poly1305_ietf_decrypt(ret, NULL, NULL, sealed, len, beside,
							 beside_len, nonce, key) == 0;
}
