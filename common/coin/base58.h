/* Base58 with Bitcoin's alphabet, in constant small memory. */
#ifndef TELLER_COMMON_COIN_BASE58_H
#define TELLER_COMMON_COIN_BASE58_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BASE58_BYTES_MAX 82 /* an extended key */

/* Every character in the alphabet?  (An empty text is.) */
bool base58_is_text(const char *text);
/* False when a character is not in the alphabet or the result is longer than `size`. */
bool base58_decode(const char *text, uint8_t *ret, size_t size, size_t *ret_len);
/* `len` at most BASE58_BYTES_MAX; `ret` needs 2 * len + 2 bytes. */
void base58_encode(const uint8_t *bytes, size_t len, char *ret);

#endif
