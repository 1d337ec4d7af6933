/* UTF-8, strictly (RFC 3629): shortest form only, no surrogates, nothing above U+10FFFF. */
#ifndef TELLER_COMMON_JSON_UTF8_H
#define TELLER_COMMON_JSON_UTF8_H

#include <stddef.h>

/* Bytes of the character at `s`, 1 to 4; 0 when the `len` bytes there start with none. */
size_t utf8_char_len(const unsigned char *s, size_t len);

#endif
