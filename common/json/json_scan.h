/* The grammar of JSON (RFC 8259) and nothing more lenient, checked before cJSON sees a byte. */
#ifndef TELLER_COMMON_JSON_JSON_SCAN_H
#define TELLER_COMMON_JSON_JSON_SCAN_H

#include <stdbool.h>
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

/* --- the same, step by step, for json_pull.c --------------------------------------------- */
/* Each step returns whether the text is as it should be; else `err` says what is wrong and
 * nothing may be asked any more. */
struct json_scanner {
	const unsigned char *start, *at, *end;
	unsigned depth_left;
	bool passes; /* values are passed over by quotes and brackets: json_pull_pass() */
	struct err *err;
};
void json_scanner_init(struct json_scanner *s, const char *data, size_t len, unsigned max_depth,
		       struct err *err);
void json_scanner_skip_space(struct json_scanner *s);
/* Take `c` when it is next. */
bool json_scanner_take(struct json_scanner *s, char c);
/* A whole value, white space before it included. */
bool json_scanner_value(struct json_scanner *s);
/* A string that begins here. */
bool json_scanner_string(struct json_scanner *s);
/* A member's key, which stands between *ret_start and *ret_end, and its colon. */
bool json_scanner_key(struct json_scanner *s, const char **ret_start, const char **ret_end);
/* What follows '{' or '[': items, each taken by `fn`, with commas between, then `close`. */
typedef bool (*json_scanner_fn)(struct json_scanner *s, void *arg);
bool json_scanner_items(struct json_scanner *s, char close, json_scanner_fn fn, void *arg);
/* Says what is wrong here; false. */
bool json_scanner_fail(struct json_scanner *s, const char *what);

#endif
