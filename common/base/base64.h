/* Base64, the standard alphabet with padding, strictly. */
#ifndef TELLER_COMMON_BASE_BASE64_H
#define TELLER_COMMON_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that a text of `len` characters decodes to at most. */
size_t base64_room(size_t len);
/* False when a character is foreign (spaces are), the padding is wrong, or the result is longer
 * than `size`. */
bool base64_decode(const char *text, uint8_t *ret, size_t size, size_t *ret_len);

/* Of `len` bytes: base64_text_room(len) characters, the NUL included. */
size_t base64_text_room(size_t len);
void base64_encode(const uint8_t *bytes, size_t len, char *ret);

#endif
