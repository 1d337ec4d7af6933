#include "common/store/changes.h"

#include "common/store/stmt.h"

enum { VERSION };

static const char *const sql[] = { [VERSION] = "PRAGMA data_version" };
const struct stmt_table stmt_changes = { STMT_CHANGES, sizeof(sql) / sizeof(sql[0]), sql };

int store_changes(struct store *s, uint64_t *ret, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_changes, VERSION, &q);
	return stmt_read_u64(&q, ret, err);
}
