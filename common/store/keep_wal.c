#include "common/store/stmt.h"
#include "common/store/store.h"

int store_keep_wal(struct store *s, struct err *err)
{
	int on = 1;
	int rc = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);

	return rc == SQLITE_OK ? 0 : store_error(s, rc, "keeping its write-ahead log", err);
}
