/* A JSON document that holds secrets: its tree lies in locked memory, and only there. */
#ifndef TELLER_COMMON_WALLET_SECRET_JSON_H
#define TELLER_COMMON_WALLET_SECRET_JSON_H

#include "common/json/json.h"

struct secret_json {
	const struct json *root;
	void *memory; /* locked; the tree is in it */
};

/* ERR_INVALID: no JSON, or more than `max_bytes`; the text says nothing of the content.
 * ERR_FATAL: memory cannot be locked. */
int secret_json_parse(const char *data, size_t len, size_t max_bytes, struct secret_json *ret,
		      struct err *err);
void secret_json_free(struct secret_json *j); /* wipes; what was never parsed is fine */

#endif
