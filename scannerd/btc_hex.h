/* Hex of megabytes, fast: a raw block arrives as up to eight million digits. */
#ifndef TELLER_SCANNERD_BTC_HEX_H
#define TELLER_SCANNERD_BTC_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode `hex_len` hex digits of either case into hex_len / 2 bytes at `ret`.  False when the
 * number of digits is odd or one of them is no digit; `ret` then holds rubbish. */
bool btc_hex_decode(const char *hex, size_t hex_len, uint8_t *ret);

#endif
