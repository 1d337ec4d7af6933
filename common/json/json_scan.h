/* The grammar of JSON (RFC 8259) and nothing more lenient, checked before cJSON sees a byte. */
#ifndef TELLER_COMMON_JSON_JSON_SCAN_H
#define TELLER_COMMON_JSON_JSON_SCAN_H

#include <stddef.h>

#include "common/base/err.h"

/* However deep a caller allows, the scanner (which recurses) and cJSON go no deeper. */
#define JSON_SCAN_DEPTH_MAX 256

/* Find the one value that `data` begins with (after white space): bytes *ret_start to *ret_end.
 * What follows the value is not looked at.  Arrays and objects nested deeper than `max_depth`,
 * invalid UTF-8, control characters in strings, unpaired surrogates and \u0000 (a C string could
 * not hold it) are refused.
 * ERR_INVALID: "EOF" when there is no value at all, "unexpected EOF" when it is cut short, else
 * what is wrong at which byte. */
int json_scan(const char *data, size_t len, unsigned max_depth, size_t *ret_start, size_t *ret_end,
	      struct err *err);

#endif
