/* A long JSON text read member by member, straight from its bytes: no tree, no copy.  For answers
 * of megabytes of which few members matter.  What is skipped is held to the grammar all the same.
 *
 * Each function returns whether all is well; after the first false nothing more may be read, and
 * the err that was given to json_pull_init() says what is wrong, at which byte. */
#ifndef TELLER_COMMON_JSON_JSON_PULL_H
#define TELLER_COMMON_JSON_JSON_PULL_H

#include "common/json/json.h"
#include "common/json/json_scan.h"

struct json_pull {
	struct json_scanner s;
};

/* Bytes of the text itself, not NUL-ended. */
struct json_slice {
	const char *text;
	size_t len;
};

void json_pull_init(struct json_pull *p, const char *data, size_t len, unsigned max_depth,
		    struct err *err);
/* From here on values that are skipped, or given as they stand, are passed over by their quotes and
 * brackets alone: for a text of megabytes whose values another reader looks at. */
void json_pull_pass(struct json_pull *p);
/* Nothing but white space may follow. */
bool json_pull_end(struct json_pull *p);

/* What comes next; JSON_NULL for what is no value at all (reading it says so). */
enum json_type json_pull_next(struct json_pull *p);
/* Pass over the next value. */
bool json_pull_skip(struct json_pull *p);
/* The same, and say where it stands. */
bool json_pull_value(struct json_pull *p, struct json_slice *ret);
/* A string without escapes, between its quotes. */
bool json_pull_text(struct json_pull *p, struct json_slice *ret);

/* An object: `fn` is called for each member and must read its value.  Keys with escapes are
 * given as they stand. */
typedef bool (*json_pull_member_fn)(void *arg, struct json_pull *p, const struct json_slice *key);
bool json_pull_object(struct json_pull *p, json_pull_member_fn fn, void *arg);
/* An array: `fn` must read the item. */
typedef bool (*json_pull_item_fn)(void *arg, struct json_pull *p);
bool json_pull_array(struct json_pull *p, json_pull_item_fn fn, void *arg);

/* The usual object: of some members each is wanted once at most, the others are passed over.
 * *ret_seen gets bit i for fields[i]; a second one of a kind is refused. */
struct json_pull_field {
	const char *key;
	bool (*read)(void *arg, struct json_pull *p);
};
bool json_pull_fields(struct json_pull *p, const struct json_pull_field *fields, size_t count,
		      void *arg, unsigned *ret_seen);

/* Say what is wrong with what was read; false. */
bool json_pull_fail(struct json_pull *p, const char *what);

#endif
