/* Hex of megabytes, fast: a raw block arrives as up to eight million digits. */
#ifndef TELLER_SCANNERD_BTC_HEX_H
#define TELLER_SCANNERD_BTC_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode `hex_len` hex digits of either case into hex_len / 2 bytes at `ret`.  False when the
 * number of digits is odd or one of them is no digit; `ret` then holds rubbish. */
bool btc_hex_decode(const char *hex, size_t hex_len, uint8_t *ret);

/* --- the two ways in which that is done: tests hold them against each other --------------------
 */
/* On any processor. */
bool btc_hex_plain(const char *hex, size_t hex_len, uint8_t *ret);
/* Where the processor has what it takes, and for whole BTC_HEX_WIDE digits only. */
#define BTC_HEX_WIDE 64
bool btc_hex_wide_works(void);
bool btc_hex_wide(const char *hex, size_t hex_len, uint8_t *ret);

#endif
