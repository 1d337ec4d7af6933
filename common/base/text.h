/* Text to numbers and bytes, strictly: what is not exactly of the form is refused. */
#ifndef TELLER_COMMON_BASE_TEXT_H
#define TELLER_COMMON_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal digits only, no sign, no space, at most `max`; leading zeros are allowed. */
bool text_to_u64(const char *text, uint64_t max, uint64_t *ret);
/* An optional '-' and digits. */
bool text_to_i64(const char *text, int64_t min, int64_t max, int64_t *ret);

/* `hex` must be exactly 2 * len hex digits of either case, then NUL. */
bool hex_to_bytes(const char *hex, uint8_t *ret, size_t len);
/* The same for hex of `hex_len` characters without NUL; writes hex_len / 2 bytes. */
bool hex_decode(const char *hex, size_t hex_len, uint8_t *ret);
/* Writes 2 * len lower case digits and NUL. */
void hex_from_bytes(const uint8_t *bytes, size_t len, char *ret);

/* Copy when it fits with its NUL, else false and `to` is untouched. */
bool text_copy(char *to, size_t size, const char *from);
/* Trim these bytes at both ends: returns the first kept byte and its length. */
const char *text_trim(const char *text, const char *bytes, size_t *ret_len);
bool text_equal_nocase(const char *a, const char *b);
/* Every byte printable ASCII (0x20 to 0x7e)? */
bool text_is_plain(const char *text);

#endif
