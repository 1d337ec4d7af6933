/* Which files are opened, by whom, and who may write what. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/store/deposit_list.h"
#include "common/store/stmt.h"
#include "test/support/test_store.h"

static const enum store_role roles[] = { STORE_SCANNERD, STORE_EXCHANGERD, STORE_SENDERD,
					 STORE_READER };
#define ROLE_COUNT 4

/* What only a newer program, or a broken one, would do to the database. */
static void force(struct store *s, const char *sql)
{
	struct err err;

	s->opening = true;
	MUST(store_exec(s, sql, &err));
	s->opening = false;
}

static void write_file(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static const atomic_bool to_the_end = false; /* of a backup that nobody cancels */

static void path_in(char *ret, size_t size, const char *dir, const char *name)
{
	assert_true(snprintf(ret, size, "%s/%s", dir, name) < (int)size);
}

/* --- files -------------------------------------------------------------------------------- */

/* 0 when there is none. */
static off_t file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

static void assert_mode(const char *path, const char *suffix)
{
	char full[700];
	struct stat st;

	(void)snprintf(full, sizeof(full), "%s%s", path, suffix);
	assert_int_equal(stat(full, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_only_we_may_read_the_files(void **state)
{
	static const mode_t umasks[] = { 0, 022, 0277 };

	(void)state;
	for (size_t i = 0; i < sizeof(umasks) / sizeof(umasks[0]); i++) {
		char *dir = test_make_dir();
		mode_t before = umask(umasks[i]);
		struct store *s;
		char path[600];
		struct err err;

		path_in(path, sizeof(path), dir, "teller.db");
		MUST(store_open(path, STORE_EXCHANGERD, &s, &err));
		IN_TX(s, 0, store_pool_add(s, COIN_BTC, "a", &err));
		(void)umask(before);
		assert_mode(path, "");
		assert_mode(path, "-wal");
		assert_mode(path, "-shm");
		store_close(s);
		test_remove_dir(dir);
	}
}

static void test_a_file_of_another_kind_is_left_alone(void **state)
{
	static const char text[] = "This is no database, and the operator mistyped its path.\n";
	static char long_text[5000];
	static const struct {
		const char *why, *data;
		size_t len;
	} rows[] = {
		{ "a short text", text, sizeof(text) - 1 },
		{ "a long text", long_text, sizeof(long_text) },
	};
	char *dir = test_make_dir();
	char path[600];

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	path_in(path, sizeof(path), dir, "f");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t r = 0; r < ROLE_COUNT; r++) {
			struct store *s = NULL;
			struct err err;
			size_t len;
			char *after;

			write_file(path, rows[i].data, rows[i].len);
			if (store_open(path, roles[r], &s, &err) != ERR_FATAL)
				fail_msg("%s", rows[i].why);
			assert_null(s);
			assert_non_null(strstr(err.text, "is not an SQLite database"));
			after = test_read_file(path, &len);
			assert_int_equal(len, rows[i].len);
			assert_memory_equal(after, rows[i].data, len);
			free(after);
		}
	}
	test_remove_dir(dir);
}

static void make_foreign(const char *path, const char *sql)
{
	sqlite3 *db;

	(void)unlink(path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

static void test_a_database_of_another_program_is_left_alone(void **state)
{
	static const struct {
		const char *why, *sql;
	} rows[] = {
		{ "has tables", "CREATE TABLE wallet (x)" },
		{ "has another's number", "PRAGMA application_id = 7" },
		{ "has a table of our name", "CREATE TABLE schema (version)" },
	};
	char *dir = test_make_dir();
	char path[600];

	(void)state;
	path_in(path, sizeof(path), dir, "f");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t r = 0; r < ROLE_COUNT; r++) {
			struct store *s;
			struct err err;
			size_t len, len_after;
			char *before, *after;

			make_foreign(path, rows[i].sql);
			before = test_read_file(path, &len);
			if (store_open(path, roles[r], &s, &err) != ERR_FATAL)
				fail_msg("%s", rows[i].why);
			assert_non_null(strstr(err.text, "belongs to another program"));
			after = test_read_file(path, &len_after);
			assert_int_equal(len, len_after);
			assert_memory_equal(before, after, len);
			free(before);
			free(after);
		}
	}
	test_remove_dir(dir);
}

static void test_paths_that_cannot_be(void **state)
{
	char *dir = test_make_dir();
	char path[600];
	struct store *s;
	struct err err;

	(void)state;
	path_in(path, sizeof(path), dir, "no/such/folder.db");
	assert_int_equal(store_open(path, STORE_EXCHANGERD, &s, &err), ERR_INVALID);
	assert_int_equal(store_open(dir, STORE_EXCHANGERD, &s, &err), ERR_FATAL);
	store_close(NULL);
	test_remove_dir(dir);
}

/* --- versions ----------------------------------------------------------------------------- */

static void test_a_newer_database_is_refused(void **state)
{
	struct test_store *t = *state;
	char versions[2][40];
	struct err err;

	force(t->exchangerd, "BEGIN; INSERT INTO schema VALUES (99, 0); COMMIT");
	(void)snprintf(versions[0], sizeof(versions[0]), "schema version 99");
	(void)snprintf(versions[1], sizeof(versions[1]), "knows version %d",
		       store_schema_version());
	for (size_t r = 0; r < ROLE_COUNT; r++) {
		struct store *s;

		assert_int_equal(store_open(t->path, roles[r], &s, &err), ERR_FATAL);
		assert_non_null(strstr(err.text, versions[0]));
		assert_non_null(strstr(err.text, versions[1]));
	}
}

static void test_a_reader_waits_for_missing_migrations(void **state)
{
	struct test_store *t = *state;
	struct store *s;
	struct err err;

	force(t->exchangerd, "BEGIN; DELETE FROM schema; INSERT INTO schema VALUES (0, 0); COMMIT");
	assert_int_equal(store_open(t->path, STORE_READER, &s, &err), ERR_BUSY);
	assert_non_null(strstr(err.text, "a daemon will bring it up to date"));
}

static void copy_file(const char *from, const char *to)
{
	size_t len;
	char *data = test_read_file(from, &len);

	write_file(to, data, len);
	free(data);
}

/* Databases that were written by every released schema version. */
static int count_member(void *arg, const struct payout *p, struct err *err)
{
	(void)p, (void)err;
	(*(uint64_t *)arg)++;
	return 0;
}

static int count_output(void *arg, const struct sighting *g, struct err *err)
{
	(void)err;
	assert_false(g->surplus);
	(*(uint64_t *)arg)++;
	return 0;
}

static int count_step(void *arg, const struct payout_tx_history *h, struct err *err)
{
	(void)h, (void)err;
	(*(uint64_t *)arg)++;
	return 0;
}

/* Counted through, as a figure that is kept must say. */
static uint64_t errored_in(struct store *s)
{
	uint64_t n = 0;
	struct stmt q;
	struct err err;

	stmt_use_text(s, "SELECT COUNT(*) FROM deposit WHERE error <> ''", &q);
	MUST(stmt_read_u64(&q, &n, &err));
	return n;
}

static void test_old_databases_open(void **state)
{
	static const char *const files[] = { "test/data/schema-1.db", "test/data/schema-4.db",
					     "test/data/schema-5.db", "test/data/schema-6.db",
					     "test/data/schema-7.db", "test/data/schema-8.db",
					     "test/data/schema-9.db" };
	char *dir = test_make_dir();
	char path[600];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct store *s, *reader;
		struct deposit_counts counts;
		struct scan_cursor cursor;
		struct binding b;
		struct deposit d;
		struct payout p;
		uint64_t n;
		struct err err;

		path_in(path, sizeof(path), dir, strrchr(files[i], '/') + 1);
		copy_file(files[i], path);
		MUST(store_open(path, STORE_EXCHANGERD, &s, &err));
		MUST(store_open(path, STORE_READER, &reader, &err));
		MUST(store_check(reader, &err));
		MUST(store_binding_get(reader, COIN_BTC, "btc-address-1", &b, &err));
		assert_string_equal(b.sky_address, "sky-address-1");
		MUST(store_pool_remaining(reader, COIN_BTC, &n, &err));
		assert_int_equal(n, 2);
		n = 0;
		MUST(store_sighting_feed(reader, 0, 100, count_output, &n, &err));
		assert_true(n > 0);
		MUST(store_deposit_get(reader, 1, &d, &err));
		assert_int_equal(d.state, DEPOSIT_WAITING_SEND);
		assert_int_equal(d.to_send.n, 600000);
		MUST(store_payout_get(reader, 1, &p, &err));
		assert_int_equal(p.state, PAYOUT_SENT);
		assert_string_equal(p.txid, "sky-txid-1");
		assert_string_equal(p.replaces, "");
		n = 0;
		MUST(store_payout_tx_members(reader, "sky-txid-1", count_member, &n, &err));
		assert_int_equal(n, 1);
		n = 0;
		MUST(store_payout_tx_history(reader, "sky-txid-1", count_step, &n, &err));
		assert_int_equal(n, 1);
		MUST(store_cursor_get(reader, COIN_BTC, &cursor, &err));
		assert_int_equal(cursor.height, 100);
		MUST(store_feed_position(reader, FEED_SIGHTINGS, &n, &err));
		assert_int_equal(n, 1);
		MUST(store_deposit_counts(reader, &counts, &err));
		assert_int_equal(counts.of[COIN_BTC][DEPOSIT_WAITING_SEND], 1);
		MUST(store_deposit_error_count(reader, &n, &err));
		assert_int_equal(n, errored_in(reader));
		IN_TX(s, 0, store_pool_add(s, COIN_BTC, "btc-address-4", &err));
		store_close(s);
		store_close(reader);
	}
	test_remove_dir(dir);
}

/* --- readers ------------------------------------------------------------------------------ */

static void test_a_reader_before_during_and_after_the_writer(void **state)
{
	char *dir = test_make_dir();
	struct store *reader, *writer;
	char path[600], wal[600];
	uint64_t n = 0;
	struct err err;

	(void)state;
	path_in(path, sizeof(path), dir, "teller.db");
	path_in(wal, sizeof(wal), dir, "teller.db-wal");
	assert_int_equal(store_open(path, STORE_READER, &reader, &err), ERR_BUSY);
	assert_int_equal(access(path, F_OK), -1);
	write_file(path, "", 0); /* a writer has just made it */
	assert_int_equal(store_open(path, STORE_READER, &reader, &err), ERR_BUSY);

	MUST(store_open(path, STORE_EXCHANGERD, &writer, &err));
	MUST(store_open(path, STORE_READER, &reader, &err));
	MUST(store_begin(writer, &err));
	MUST(store_pool_add(writer, COIN_BTC, "a", &err));
	MUST(store_pool_size(reader, COIN_BTC, &n, &err));
	assert_int_equal(n, 0); /* not committed yet */
	MUST(store_commit(writer, &err));
	assert_true(file_size(wal) > 0);
	store_close(writer);
	MUST(store_pool_size(reader, COIN_BTC, &n, &err));
	assert_int_equal(n, 1);
	store_close(reader);

	MUST(store_open(path, STORE_SCANNERD, &writer, &err));
	store_close(writer); /* the last to leave, and may write: takes the log away */
	MUST(store_open(path, STORE_READER, &reader, &err));
	MUST(store_pool_size(reader, COIN_BTC, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(file_size(wal), 0);
	MUST(store_open(path, STORE_EXCHANGERD, &writer, &err));
	IN_TX(writer, 0, store_pool_add(writer, COIN_BTC, "b", &err));
	MUST(store_pool_size(reader, COIN_BTC, &n, &err));
	assert_int_equal(n, 2);
	store_close(writer);
	store_close(reader);
	test_remove_dir(dir);
}

/* --- all at once -------------------------------------------------------------------------- */

/* Opens `path` `late_us` after nobody holds the other end of `gate` any more.  0: as it should be.
 */
static int open_at_the_gate(const char *path, enum store_role role, const int gate[2],
			    unsigned late_us)
{
	struct store *s = NULL;
	struct err err;
	char c;
	int rc;

	(void)close(gate[1]);
	(void)!read(gate[0], &c, 1);
	(void)usleep(late_us);
	rc = store_open(path, role, &s, &err);
	store_close(s);
	if (rc == 0 || (role == STORE_READER && rc == ERR_BUSY))
		return 0;
	(void)fprintf(stderr, "role %u: %s\n", role, err.text);
	return 1;
}

static bool open_all_at_once(const char *path, unsigned step_us)
{
	pid_t pids[ROLE_COUNT];
	int gate[2], status;
	bool ok = true;

	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	for (size_t r = 0; r < ROLE_COUNT; r++) {
		pids[r] = fork();
		assert_true(pids[r] >= 0);
		if (pids[r] == 0)
			_exit(open_at_the_gate(path, roles[r], gate, (unsigned)r * step_us));
	}
	(void)close(gate[0]);
	(void)close(gate[1]);
	for (size_t r = 0; r < ROLE_COUNT; r++)
		ok &= waitpid(pids[r], &status, 0) == pids[r] && status == 0;
	return ok;
}

/* A daemon that looked while another one made the tables took the database for a stranger's. */
static void test_a_new_database_opened_by_all_at_once(void **state)
{
	char *dir = test_make_dir();
	char name[20], path[600];

	(void)state;
	for (unsigned i = 0; i < 150; i++) {
		(void)snprintf(name, sizeof(name), "%u.db", i);
		path_in(path, sizeof(path), dir, name);
		if (!open_all_at_once(path, i * 12))
			fail_msg("%u us from one to the next", i * 12);
	}
	test_remove_dir(dir);
}

/* --- roles -------------------------------------------------------------------------------- */

/* Is it allowed to prepare this? */
static bool allowed(struct store *s, const char *sql)
{
	struct stmt q;
	bool ok;

	s->begun = true; /* it is only prepared */
	stmt_use_text(s, sql, &q);
	ok = q.handle != NULL;
	if (!ok) {
		assert_int_equal(q.rc, ERR_FATAL);
		assert_true(strstr(q.err.text, "not authorized") != NULL ||
			    strstr(q.err.text, "sqlite_master may not be modified") != NULL);
	}
	stmt_done(&q);
	s->begun = false;
	return ok;
}

static const struct {
	const char *table;
	int writer; /* -1: migrations only */
} owners[] = {
	{ "address_pool", STORE_EXCHANGERD },
	{ "binding", STORE_EXCHANGERD },
	{ "deposit", STORE_EXCHANGERD },
	{ "deposit_history", STORE_EXCHANGERD },
	{ "unassigned", STORE_EXCHANGERD },
	{ "exchangerd_position", STORE_EXCHANGERD },
	{ "cursor", STORE_SCANNERD },
	{ "block", STORE_SCANNERD },
	{ "sighting", STORE_SCANNERD },
	{ "payout", STORE_SENDERD },
	{ "payout_tx", STORE_SENDERD },
	{ "uxout_reserved", STORE_SENDERD },
	{ "senderd_position", STORE_SENDERD },
	{ "operator_act", STORE_SENDERD },
	{ "sender_control", STORE_SENDERD },
	{ "payout_approval", STORE_SENDERD },
	{ "payout_cap", STORE_SENDERD },
	{ "payout_tx_member", STORE_SENDERD },
	{ "payout_tx_history", STORE_SENDERD },
	{ "sky_chain", STORE_SENDERD },
	{ "balance", STORE_SCANNERD },
	{ "balance_round", STORE_SCANNERD },
	{ "deposit_count", STORE_EXCHANGERD },
	{ "bind_quota", STORE_EXCHANGERD },
	{ "chain_pin", STORE_SCANNERD },
	{ "rescan", STORE_SCANNERD },
	{ "trace_debt", STORE_SCANNERD },
	{ "schema", -1 },
	{ "sqlite_schema", -1 },
};
#define OWNER_COUNT (sizeof(owners) / sizeof(owners[0]))

static struct store *store_of(struct test_store *t, enum store_role role)
{
	switch (role) {
	case STORE_SCANNERD: return t->scannerd;
	case STORE_EXCHANGERD: return t->exchangerd;
	case STORE_SENDERD: return t->senderd;
	case STORE_READER: return t->reader;
	}
	return NULL;
}

static void test_each_table_has_one_writer(void **state)
{
	static const char *const verbs[] = { "DELETE FROM %s", "INSERT INTO %s DEFAULT VALUES" };
	struct test_store *t = *state;
	char sql[100];

	for (size_t i = 0; i < OWNER_COUNT; i++) {
		for (size_t r = 0; r < ROLE_COUNT; r++) {
			for (size_t v = 0; v < sizeof(verbs) / sizeof(verbs[0]); v++) {
				bool may = (int)roles[r] == owners[i].writer;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
				(void)snprintf(sql, sizeof(sql), verbs[v], owners[i].table);
#pragma GCC diagnostic pop
				if (allowed(store_of(t, roles[r]), sql) != may)
					fail_msg("role %u: %s", roles[r], sql);
			}
		}
	}
}

/* A new table must be given an owner above. */
static void test_no_table_is_forgotten(void **state)
{
	struct test_store *t = *state;
	struct stmt q;
	struct err err;
	char name[64];
	unsigned count = 0;

	stmt_use_text(t->reader, "SELECT name FROM sqlite_schema WHERE type = 'table'", &q);
	while (stmt_step(&q, &err) == 1) {
		size_t i;

		stmt_text(&q, 0, name, sizeof(name));
		for (i = 0; i < OWNER_COUNT && strcmp(owners[i].table, name) != 0; i++)
			continue;
		if (i == OWNER_COUNT)
			fail_msg("table '%s' has no owner in this test", name);
		count++;
	}
	stmt_done(&q);
	assert_int_equal(count, OWNER_COUNT - 1);
}

static void test_no_role_may_change_the_schema(void **state)
{
	static const char *const sql[] = {
		"DROP TABLE deposit",
		"CREATE TABLE t (x TEXT) STRICT",
		"CREATE INDEX i ON deposit (height)",
		"CREATE TEMP TABLE t (x TEXT)",
		"ALTER TABLE deposit ADD COLUMN x TEXT",
		"ATTACH 'other.db' AS other",
		"PRAGMA synchronous = OFF",
		"PRAGMA writable_schema = ON",
		"PRAGMA user_version = 1",
		"REINDEX",
		"ANALYZE",
	};
	struct test_store *t = *state;

	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]); i++)
		for (size_t r = 0; r < ROLE_COUNT; r++)
			if (allowed(store_of(t, roles[r]), sql[i]))
				fail_msg("role %u: %s", roles[r], sql[i]);
}

static void test_a_function_of_another_role_fails(void **state)
{
	struct test_store *t = *state;
	struct err err;

	IN_TX(t->scannerd, ERR_FATAL, store_pool_add(t->scannerd, COIN_BTC, "a", &err));
	IN_TX(t->senderd, ERR_FATAL, store_feed_advance(t->senderd, FEED_PAYOUTS, 1, &err));
	IN_TX(t->senderd, 0, store_feed_advance(t->senderd, FEED_DEPOSITS, 1, &err));
	assert_int_equal(store_begin(t->reader, &err), ERR_IO); /* SQLite: it is read-only */
}

static void test_the_file_is_as_we_want_it(void **state)
{
	static const struct {
		const char *sql, *want;
	} rows[] = {
		{ "PRAGMA journal_mode", "wal" },
		{ "PRAGMA synchronous", "2" }, /* FULL */
		{ "PRAGMA foreign_keys", "1" },
		{ "PRAGMA trusted_schema", "0" },
		{ "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE "
		  "'%STRICT'",
		  "0" },
		{ "SELECT COUNT(*) FROM sqlite_schema WHERE type IN ('trigger', 'view')", "0" },
	};
	struct test_store *t = *state;
	struct err err;
	char got[32];

	t->exchangerd->opening = true; /* PRAGMAs are allowed then */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stmt q;

		stmt_use_text(t->exchangerd, rows[i].sql, &q);
		assert_int_equal(stmt_step(&q, &err), 1);
		stmt_text(&q, 0, got, sizeof(got));
		stmt_done(&q);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].sql, got);
	}
	t->exchangerd->opening = false;
}

/* --- damage ------------------------------------------------------------------------------- */

static void test_a_damaged_file_is_found(void **state)
{
	struct test_store *t = *state;
	char path[700];
	struct store *s;
	char junk[8192];
	struct err err;
	int fd;

	MUST(store_check(t->reader, &err));
	MUST(store_check(t->exchangerd, &err));
	test_store_pool(t, COIN_BTC, "some-address-", 400);
	path_in(path, sizeof(path), t->dir, "copy.db");
	MUST(store_backup(t->reader, path, &to_the_end, &err));
	memset(junk, 0x55, sizeof(junk));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	/* pages 3 and 4: inside the pool and its index */
	assert_int_equal(pwrite(fd, junk, sizeof(junk), 2 * 4096), sizeof(junk));
	(void)close(fd);
	if (store_open(path, STORE_READER, &s, &err) == 0) {
		assert_int_equal(store_check(s, &err), ERR_FATAL);
		store_close(s);
	}
	assert_int_equal(err.code, ERR_FATAL);
	assert_non_null(strstr(err.text, "is damaged: stop all daemons and restore a backup"));
}

static void test_a_column_that_makes_no_sense_is_told(void **state)
{
	static const struct {
		const char *sql, *column;
	} rows[] = {
		{ "UPDATE deposit SET state = 'nonsense'", "'state' holds 'nonsense'" },
		{ "UPDATE deposit SET state = 'done', coin = 'XYZ'", "'coin' holds 'XYZ'" },
		{ "UPDATE deposit SET coin = 'BTC', value = '1.5'", "'value' holds '1.5'" },
		{ "UPDATE deposit SET value = '1', n = 4294967296", "'n' holds '4294967296'" },
		{ "UPDATE deposit SET n = 1, buy_method = 'x'", "'buy_method' holds 'x'" },
		{ "UPDATE deposit SET buy_method = 'direct', rate ="
		  "'0123456789012345678901234567890123456789012345678901234567890123'",
		  "'rate' holds '0123456789012345678901234567890123456789'" },
	};
	struct test_store *t = *state;
	struct binding b;
	struct deposit d;
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 1);
	b = test_store_bind(t, COIN_BTC, "sky");
	(void)test_store_deposit(t, &b, "t", DEPOSIT_WAITING_SEND);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		force(t->exchangerd, rows[i].sql);
		assert_int_equal(store_deposit_get(t->reader, 1, &d, &err), ERR_FATAL);
		if (strstr(err.text, rows[i].column) == NULL)
			fail_msg("%s: %s", rows[i].sql, err.text);
	}
}

/* --- backup ------------------------------------------------------------------------------- */

static void test_a_cancelled_backup_leaves_nothing(void **state)
{
	struct test_store *t = *state;
	atomic_bool cancelled = true;
	char path[700], temporary[710];
	struct err err;

	path_in(path, sizeof(path), t->dir, "copy.db");
	path_in(temporary, sizeof(temporary), t->dir, "copy.db.tmp");
	assert_int_equal(store_backup(t->reader, path, &cancelled, &err), ERR_BUSY);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(temporary, F_OK), -1);
	cancelled = false;
	MUST(store_backup(t->reader, path, &cancelled, &err));
}

static void test_a_backup_is_a_database(void **state)
{
	struct test_store *t = *state;
	char path[700], temporary[710], nowhere[700];
	struct store *s;
	uint64_t n;
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 300);
	MUST(store_begin(t->exchangerd, &err));
	MUST(store_pool_add(t->exchangerd, COIN_BTC, "not committed", &err));
	path_in(path, sizeof(path), t->dir, "copy.db");
	path_in(temporary, sizeof(temporary), t->dir, "copy.db.tmp");
	write_file(temporary, "left by one that was killed", 27);
	MUST(store_backup(t->reader, path, &to_the_end, &err));
	MUST(store_commit(t->exchangerd, &err));
	assert_int_equal(access(temporary, F_OK), -1);
	assert_mode(path, "");
	assert_int_equal(store_backup(t->reader, path, &to_the_end, &err), ERR_EXISTS);
	path_in(nowhere, sizeof(nowhere), t->dir, "no/copy.db");
	assert_int_equal(store_backup(t->reader, nowhere, &to_the_end, &err), ERR_IO);
	MUST(store_open(path, STORE_EXCHANGERD, &s, &err));
	MUST(store_check(s, &err));
	MUST(store_pool_size(s, COIN_BTC, &n, &err));
	assert_int_equal(n, 300);
	IN_TX(s, 0, store_pool_add(s, COIN_BTC, "b301", &err));
	store_close(s);
}

/* --- feeds -------------------------------------------------------------------------------- */

static void test_feeds_have_names_and_positions(void **state)
{
	static const struct {
		enum store_feed feed;
		const char *name;
		enum store_role reader;
	} rows[STORE_FEED_COUNT] = {
		{ FEED_SIGHTINGS, "sightings", STORE_EXCHANGERD },
		{ FEED_DEPOSITS, "deposits", STORE_SENDERD },
		{ FEED_PAYOUTS, "payouts", STORE_EXCHANGERD },
	};
	struct test_store *t = *state;
	uint64_t n;
	struct err err;

	for (size_t i = 0; i < STORE_FEED_COUNT; i++) {
		struct store *s = store_of(t, rows[i].reader);

		assert_string_equal(store_feed_name(rows[i].feed), rows[i].name);
		MUST(store_feed_newest(t->reader, rows[i].feed, &n, &err));
		assert_int_equal(n, 0);
		MUST(store_feed_position(t->reader, rows[i].feed, &n, &err));
		assert_int_equal(n, 0);
		IN_TX(s, 0, store_feed_advance(s, rows[i].feed, 7 + i, &err));
		IN_TX(s, 0, store_feed_advance(s, rows[i].feed, 70 + i, &err));
		MUST(store_feed_position(t->reader, rows[i].feed, &n, &err));
		assert_int_equal(n, 70 + i);
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, test_store_setup, test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_we_may_read_the_files),
		cmocka_unit_test(test_a_file_of_another_kind_is_left_alone),
		cmocka_unit_test(test_a_database_of_another_program_is_left_alone),
		cmocka_unit_test(test_paths_that_cannot_be),
		T(test_a_newer_database_is_refused),
		T(test_a_reader_waits_for_missing_migrations),
		cmocka_unit_test(test_old_databases_open),
		cmocka_unit_test(test_a_reader_before_during_and_after_the_writer),
		cmocka_unit_test(test_a_new_database_opened_by_all_at_once),
		T(test_each_table_has_one_writer),
		T(test_no_table_is_forgotten),
		T(test_no_role_may_change_the_schema),
		T(test_a_function_of_another_role_fails),
		T(test_the_file_is_as_we_want_it),
		T(test_a_damaged_file_is_found),
		T(test_a_column_that_makes_no_sense_is_told),
		T(test_a_backup_is_a_database),
		T(test_a_cancelled_backup_leaves_nothing),
		T(test_feeds_have_names_and_positions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
