/* JSON, the only door to cJSON.
 *
 * Reading: limits on size and depth, duplicate keys refused where asked, typed getters that say
 * which field is wrong.  cJSON's numbers are doubles, so 64-bit numbers travel as decimal strings;
 * where a foreign program sends a JSON number, json_get_u64 takes integers below 2^53 only.
 * Writing: straight into a buf, in one of two layouts. */
#ifndef TELLER_COMMON_JSON_JSON_H
#define TELLER_COMMON_JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

struct json; /* a value inside a parsed document */

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_limits {
	size_t max_bytes;
	unsigned max_depth;
	size_t max_values;  /* a tree takes some 100 bytes for each; 0: as many as there are */
	bool trailing_ok;   /* bytes after the value are ignored (the HTTP contract wants it) */
	bool duplicates_ok; /* else a key that occurs twice in one object is refused */
};
#define JSON_LIMITS_DEFAULT                                                                        \
	{                                                                                          \
		.max_bytes = 1048576, .max_depth = 32                                              \
	}

/* Parse `len` bytes.  On success *ret is the caller's to json_free().  ERR_INVALID with the
 * reason; "EOF" for nothing at all. */
int json_parse(const char *data, size_t len, const struct json_limits *limits, struct json **ret,
	       struct err *err);
void json_free(struct json *j); /* root only; NULL is fine */

/* For a document that holds secrets: the tree lies in memory of the caller's and nowhere else, so
 * that the caller can lock and wipe it.  It ends with that memory; json_free() is not for it.
 * `memory` is aligned as malloc's; ERR_BUSY when json_room(data, len) bytes are not there. */
size_t json_room(const char *data, size_t len);
int json_parse_in(const char *data, size_t len, const struct json_limits *limits, void *memory,
		  size_t size, const struct json **ret, struct err *err);

enum json_type json_type(const struct json *j);
/* Member by exact name; NULL when `j` is no object or has none. */
const struct json *json_get(const struct json *j, const char *key);
size_t json_size(const struct json *j); /* elements of an array or object, else 0 */
/* For walking: first child of an array or object, next sibling, its key (NULL in arrays). */
const struct json *json_first(const struct json *j);
const struct json *json_next(const struct json *j);
const char *json_key(const struct json *j);

/* NULL when it is no string. */
const char *json_string(const struct json *j);
bool json_is_true(const struct json *j);

/* Typed members of an object.  ERR_INVALID: "field 'x' is missing", "field 'x' is no string". */
int json_get_string(const struct json *j, const char *key, const char **ret, struct err *err);
int json_get_bool(const struct json *j, const char *key, bool *ret, struct err *err);
/* A JSON integer from 0, below 2^53, or a string of digits. */
int json_get_u64(const struct json *j, const char *key, uint64_t max, uint64_t *ret,
		 struct err *err);
int json_get_i64(const struct json *j, const char *key, int64_t *ret, struct err *err);
int json_get_array(const struct json *j, const char *key, const struct json **ret, struct err *err);
int json_get_object(const struct json *j, const char *key, const struct json **ret,
		    struct err *err);
/* An integer value itself (array elements): below 2^53 as a number, or a string of digits. */
bool json_value_u64(const struct json *j, uint64_t *ret);

/* --- writing ------------------------------------------------------------------------------ */
enum json_layout {
	JSON_COMPACT,  /* messages, requests */
	JSON_INDENTED, /* the HTTP contract: four spaces, "key": value, [] and {} when empty, no
			  newline at the end; < > & U+2028 U+2029 escaped, as Go writes it */
};

#define JSON_WRITER_DEPTH_MAX 16

struct json_writer {
	struct buf *out;
	enum json_layout layout;
	unsigned depth;
	bool has_items[JSON_WRITER_DEPTH_MAX];
	bool after_key;
};

void json_writer_init(struct json_writer *w, struct buf *out, enum json_layout layout);
void json_begin_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w);
void json_end_array(struct json_writer *w);
void json_write_key(struct json_writer *w, const char *key);
/* Invalid UTF-8 is written as U+FFFD. */
void json_write_string(struct json_writer *w, const char *text);
void json_write_u64(struct json_writer *w, uint64_t n); /* as a JSON integer */
void json_write_i64(struct json_writer *w, int64_t n);
void json_write_digits(struct json_writer *w, const char *digits); /* an integer given as text */
void json_write_bool(struct json_writer *w, bool b);
void json_write_null(struct json_writer *w);
/* Append a parsed value as compact JSON text. */
void json_print(const struct json *j, struct buf *out);
/* A finished JSON text, re-laid out in this writer's layout; false when it does not parse. */
bool json_write_json(struct json_writer *w, const char *text, size_t len);
/* key and value in one */
void json_put_string(struct json_writer *w, const char *key, const char *text);
void json_put_u64(struct json_writer *w, const char *key, uint64_t n);
void json_put_i64(struct json_writer *w, const char *key, int64_t n);
void json_put_bool(struct json_writer *w, const char *key, bool b);

#endif
