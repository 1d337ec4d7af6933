/* The file in which a node writes the credentials that it takes until it ends: "user:password", as
 * Bitcoin Core's .cookie.  Another one is there after each of its starts. */
#ifndef TELLER_COMMON_RPC_COOKIE_FILE_H
#define TELLER_COMMON_RPC_COOKIE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

#define COOKIE_MAX 512 /* bytes of the whole file; Core's has 75 */

struct cookie {
	char user[COOKIE_MAX], pass[COOKIE_MAX];
};

/* What the file holds: one line, perhaps ended.  False: it is none. */
bool cookie_parse(const char *text, size_t len, struct cookie *ret);

/* ERR_IO: it cannot be read, mostly because the node does not run.  ERR_INVALID: it is not what it
 * should be, or others may write it: who wrote it would be told what we ask, and believed. */
int cookie_file_read(const char *path, struct cookie *ret, struct err *err);

#endif
