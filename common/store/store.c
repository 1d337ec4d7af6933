/* Opening, roles, transactions.
 *
 * Relies on: WAL (readers never wait, one writer at a time), synchronous=FULL (a commit that was
 * acknowledged survives a power cut), IMMEDIATE transactions (who may write is settled at the
 * beginning, so no work is lost to a lock later).
 *
 * May never happen: a daemon writing another's table; a file that is not ours being changed;
 * waiting for a lock without end. */
#include "common/store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/store/migrations.h"
#include "common/store/stmt.h"

#define WAIT_MIN_US 100
#define WAIT_MAX_US 700
#define GIVE_UP_US  5000000
/* No other user may read who bound what; SQLite gives -wal and -shm the same mode. */
#define FILE_MODE 0600

/* --- who writes what ---------------------------------------------------------------------- */

/* The one writer of each table. */
static const struct {
	const char *table;
	enum store_role writer;
} store_tables[] = {
	{ "address_pool", STORE_EXCHANGERD },	{ "binding", STORE_EXCHANGERD },
	{ "deposit", STORE_EXCHANGERD },	{ "deposit_history", STORE_EXCHANGERD },
	{ "unassigned", STORE_EXCHANGERD },	{ "exchangerd_position", STORE_EXCHANGERD },
	{ "cursor", STORE_SCANNERD },		{ "block", STORE_SCANNERD },
	{ "sighting", STORE_SCANNERD },		{ "payout", STORE_SENDERD },
	{ "payout_tx", STORE_SENDERD },		{ "uxout_reserved", STORE_SENDERD },
	{ "senderd_position", STORE_SENDERD },	{ "operator_act", STORE_SENDERD },
	{ "sender_control", STORE_SENDERD },	{ "payout_approval", STORE_SENDERD },
	{ "payout_cap", STORE_SENDERD },	{ "payout_tx_member", STORE_SENDERD },
	{ "payout_tx_history", STORE_SENDERD }, { "sky_chain", STORE_SENDERD },
	{ "balance", STORE_SCANNERD },		{ "balance_round", STORE_SCANNERD },
	{ "deposit_count", STORE_EXCHANGERD },	{ "chain_pin", STORE_SCANNERD },
	{ "rescan", STORE_SCANNERD },		{ "bind_quota", STORE_EXCHANGERD },
	{ "trace_debt", STORE_SCANNERD },
};

static bool may_write(enum store_role role, const char *table)
{
	for (size_t i = 0; i < sizeof(store_tables) / sizeof(store_tables[0]); i++)
		if (strcmp(store_tables[i].table, table) == 0)
			return store_tables[i].writer == role;
	return false; /* schema and SQLite's own: migrations only */
}

/* SQLite asks this for each thing that a statement would do, while it is prepared. */
static int authorize(void *store, int action, const char *a, const char *b, const char *db,
		     const char *inner)
{
	const struct store *s = store;

	(void)b, (void)db, (void)inner;
	if (s->opening)
		return SQLITE_OK;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_FUNCTION:
	case SQLITE_TRANSACTION:
	case SQLITE_SAVEPOINT: return SQLITE_OK;
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE: return may_write(s->role, a) ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_PRAGMA:
		return strcmp(a, "quick_check") == 0 || strcmp(a, "data_version") == 0
			       ? SQLITE_OK
			       : SQLITE_DENY;
	default: return SQLITE_DENY;
	}
}

/* --- waiting for a lock ------------------------------------------------------------------- */

static unsigned random_wait_us(struct store *s)
{
	s->jitter = s->jitter * 1664525U + 1013904223U;
	return WAIT_MIN_US + (s->jitter >> 8) % (WAIT_MAX_US - WAIT_MIN_US + 1);
}

/* Sleep for a short random time: SQLite's own handler starves whoever waited longest. */
static int on_busy(void *store, int times)
{
	struct store *s = store;
	unsigned us = random_wait_us(s);
	struct timespec ts = { .tv_sec = 0, .tv_nsec = (long)us * 1000 };

	if (times == 0)
		s->waited_us = 0;
	if (s->waited_us >= s->patience_us)
		return 0;
	s->waited_us += us;
	(void)nanosleep(&ts, NULL); /* woken early by a signal: tried again early */
	return 1;
}

/* Switch to WAL; a database that has it stays as it is.  Switching does not always ask the busy
 * handler, so it is asked here. */
static int set_wal(struct store *s, struct err *err)
{
	char mode[16] = "";
	int times = 0;
	struct stmt q;
	int rc;

	do {
		stmt_use_text(s, "PRAGMA journal_mode = WAL", &q);
		rc = stmt_step(&q, err);
		if (rc == 1)
			stmt_text(&q, 0, mode, sizeof(mode));
		stmt_done(&q);
	} while (rc == ERR_BUSY && on_busy(s, times++));
	if (rc < 0 || strcmp(mode, "wal") == 0)
		return rc < 0 ? rc : 0;
	return err_set(err, ERR_FATAL,
		       "database '%s' cannot use a write-ahead log (mode '%s'): is it on a network "
		       "file system?",
		       s->path, mode);
}

/* --- opening ------------------------------------------------------------------------------ */

/* Make the file with our mode, whatever the umask.  An existing one is left as it is. */
static int create_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	int rc;

	if (fd < 0 && errno == EEXIST)
		return 0;
	if (fd < 0)
		return err_set_path_errno(err, "cannot create database '%s'", path);
	rc = fchmod(fd, FILE_MODE);
	if (rc < 0)
		rc = err_set_errno(err, "cannot set the mode of database '%s'", path);
	(void)close(fd);
	return rc;
}

static int check_readable(const char *path, struct err *err)
{
	if (access(path, F_OK) == 0)
		return 0;
	if (errno == ENOENT)
		return err_set(err, ERR_BUSY, "database '%s' is not there yet: a daemon makes it",
			       path);
	return err_set_path_errno(err, "cannot reach database '%s'", path);
}

/* SQLite says of these only that it is "unable to open". */
static int check_file(const char *path, bool reader, struct err *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(err, ERR_FATAL, "database '%s' is no file: check the path", path);
	if (access(path, reader ? R_OK : R_OK | W_OK) < 0)
		return err_set_path_errno(err, "cannot open database '%s'", path);
	return 0;
}

static int open_handle(struct store *s, struct err *err)
{
	bool reader = s->role == STORE_READER;
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int rc = reader ? check_readable(s->path, err) : create_file(s->path, err);

	if (rc == 0)
		rc = check_file(s->path, reader, err);
	if (rc < 0)
		return rc;
	flags |= reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	rc = sqlite3_open_v2(s->path, &s->db, flags, NULL);
	return rc == SQLITE_OK ? 0 : store_error(s, rc, "opening it", err);
}

static void set_handlers(struct store *s)
{
	static const int off[] = {
		SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_DQS_DML,
		SQLITE_DBCONFIG_DQS_DDL,	SQLITE_DBCONFIG_ENABLE_TRIGGER,
		SQLITE_DBCONFIG_ENABLE_VIEW,	SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
	};

	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		(void)sqlite3_db_config(s->db, off[i], 0, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_busy_handler(s->db, on_busy, s);
	(void)sqlite3_set_authorizer(s->db, authorize, s);
}

/* Look before anything is written: the file may be somebody else's. */
static int open_writer(struct store *s, struct err *err)
{
	int version;
	int rc = migrations_version(s, &version, err);

	if (rc == 0)
		rc = set_wal(s, err);
	if (rc == 0)
		rc = store_exec(s,
				"PRAGMA synchronous = FULL; PRAGMA cache_size = -2000;"
				"PRAGMA journal_size_limit = 16777216; PRAGMA temp_store = MEMORY",
				err);
	/* The lock is asked for only when there is something to do: a start must not disturb. */
	if (rc == 0 && version < store_schema_version())
		rc = migrations_run(s, err);
	return rc;
}

static int open_reader(struct store *s, struct err *err)
{
	int version = 0;
	int rc = store_exec(s,
			    "PRAGMA query_only = ON; PRAGMA cache_size = -2000;"
			    "PRAGMA temp_store = MEMORY",
			    err);

	if (rc == 0)
		rc = migrations_version(s, &version, err);
	if (rc == 0 && version < store_schema_version())
		rc = err_set(err, ERR_BUSY,
			     "database '%s' has schema version %d, version %d is needed: "
			     "a daemon will bring it up to date",
			     s->path, version, store_schema_version());
	return rc;
}

static void configure_library(void)
{
	static bool done;

	/* counting memory costs a lock at every allocation, and nobody asks for the count */
	if (!done)
		(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	done = true;
}

static int store_prepare(struct store *s, struct err *err)
{
	int rc = open_handle(s, err);

	if (rc < 0)
		return rc;
	s->opening = true;
	set_handlers(s);
	rc = s->role == STORE_READER ? open_reader(s, err) : open_writer(s, err);
	s->opening = false;
	return rc;
}

int store_open(const char *path, enum store_role role, struct store **ret, struct err *err)
{
	struct store *s = calloc(1, sizeof(*s));
	int rc;

	configure_library();
	if (s != NULL)
		s->path = strdup(path);
	if (s == NULL || s->path == NULL) {
		free(s);
		return err_set(err, ERR_BUSY, "out of memory");
	}
	s->role = role;
	s->patience_us = GIVE_UP_US;
	s->jitter = (uint32_t)getpid() * 2654435761U;
	rc = store_prepare(s, err);
	if (rc < 0) {
		store_close(s);
		return rc;
	}
	*ret = s;
	return 0;
}

void store_close(struct store *s)
{
	int rc;

	if (s == NULL)
		return;
	if (s->begun)
		store_rollback(s);
	stmt_release_all(s);
	rc = sqlite3_close(s->db);
	assert(rc == SQLITE_OK && "a statement was not given back");
	(void)rc;
	free(s->path);
	free(s);
}

/* --- transactions ------------------------------------------------------------------------- */

int store_begin(struct store *s, struct err *err)
{
	int rc;

	assert(!s->begun);
	rc = store_exec(s, "BEGIN IMMEDIATE", err);
	if (rc < 0)
		return rc;
	s->begun = true;
	s->marks = 0;
	return 0;
}

/* Some errors (a full disk) make SQLite roll back on its own. */
static int check_alive(struct store *s, struct err *err)
{
	assert(s->begun);
	if (!sqlite3_get_autocommit(s->db))
		return 0;
	return err_set(err, ERR_IO, "database '%s': the transaction was rolled back after an error",
		       s->path);
}

int store_commit(struct store *s, struct err *err)
{
	int rc = check_alive(s, err);

	if (rc == 0)
		rc = store_exec(s, "COMMIT", err);
	if (rc < 0)
		store_rollback(s);
	s->begun = false;
	return rc;
}

void store_rollback(struct store *s)
{
	assert(s->begun);
	if (!sqlite3_get_autocommit(s->db))
		(void)store_exec(s, "ROLLBACK", NULL); /* fails only when there is nothing left */
	s->begun = false;
	s->marks = 0;
}

bool store_in_transaction(const struct store *s)
{
	return s->begun;
}

int store_mark(struct store *s, struct err *err)
{
	int rc = check_alive(s, err);

	if (rc == 0)
		rc = store_exec(s, "SAVEPOINT mark", err);
	if (rc == 0)
		s->marks++;
	return rc;
}

static int step_keep(struct store *s, struct err *err)
{
	int rc = check_alive(s, err);

	assert(s->marks > 0);
	if (rc == 0)
		rc = store_exec(s, "RELEASE mark", err);
	if (rc == 0)
		s->marks--;
	return rc;
}

static void step_undo(struct store *s)
{
	assert(s->marks > 0);
	s->marks--;
	if (sqlite3_get_autocommit(s->db))
		return;
	/* Half a step must not be committed: if it cannot be undone, nothing of the transaction
	 * is kept, and its commit says so. */
	if (store_exec(s, "ROLLBACK TO mark; RELEASE mark", NULL) < 0)
		(void)store_exec(s, "ROLLBACK", NULL);
}

int store_settle(struct store *s, int rc, struct err *err)
{
	if (rc == 0)
		rc = step_keep(s, err);
	if (rc < 0)
		step_undo(s);
	return rc;
}

/* --- health ------------------------------------------------------------------------------- */

int store_check(struct store *s, struct err *err)
{
	char complaint[200] = "no answer";
	struct stmt q;
	int rc;

	stmt_use_text(s, "PRAGMA quick_check(1)", &q);
	rc = stmt_step(&q, err);
	if (rc == 1)
		(void)snprintf(complaint, sizeof(complaint), "%.190s",
			       (const char *)sqlite3_column_text(q.handle, 0));
	stmt_done(&q);
	if (rc < 0)
		return rc;
	if (strcmp(complaint, "ok") == 0)
		return 0;
	return err_set(err, ERR_FATAL,
		       "database '%s' is damaged: stop all daemons and restore a backup (%s)",
		       s->path, complaint);
}
