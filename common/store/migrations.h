/* Inside common/store only: the schema, as the numbered steps that lead to it. */
#ifndef TELLER_COMMON_STORE_MIGRATIONS_H
#define TELLER_COMMON_STORE_MIGRATIONS_H

#include "common/store/stmt.h"

/* In the file's header: says that it is ours ("TELL"). */
#define STORE_APPLICATION_ID 0x54454c4c

/* Version of the open database, 0 for a new, empty one.  ERR_FATAL: a file of another program, or
 * of a newer version than this program knows. */
int migrations_version(struct store *s, int *ret, struct err *err);
/* Bring the database to store_schema_version(), in one exclusive transaction; when two daemons
 * start at once the second finds nothing to do. */
int migrations_run(struct store *s, struct err *err);

#endif
