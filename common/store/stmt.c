/* Prepared statements with errors that stick.
 *
 * May never happen: a value pasted into SQL; a statement left un-reset; a write outside the
 * transaction shape of store.h; the same statement used by a walk and by its own callback. */
#include "common/store/stmt.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"

/* --- errors ------------------------------------------------------------------------------- */

static enum err_code code_of(int sqlite_rc)
{
	switch (sqlite_rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return ERR_BUSY;
	case SQLITE_CONSTRAINT: return ERR_INVALID;
	case SQLITE_ERROR:
	case SQLITE_INTERNAL:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
	case SQLITE_MISMATCH:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_AUTH: return ERR_FATAL;
	default: return ERR_IO;
	}
}

int store_error(struct store *s, int sqlite_rc, const char *what, struct err *err)
{
	const char *text = s->db != NULL ? sqlite3_errmsg(s->db) : sqlite3_errstr(sqlite_rc);

	if ((sqlite_rc & 0xff) == SQLITE_NOTADB)
		return err_set(err, ERR_FATAL,
			       "database '%s' is not an SQLite database: check the path", s->path);
	if ((sqlite_rc & 0xff) == SQLITE_CORRUPT)
		return err_set(
			err, ERR_FATAL,
			"database '%s' is damaged: stop all daemons and restore a backup (%s)",
			s->path, text);
	/* the reason first: a statement is long, and the text has its limit */
	return err_set(err, code_of(sqlite_rc), "database '%s': %s (%.80s)", s->path, text, what);
}

int store_exec(struct store *s, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : store_error(s, rc, sql, err);
}

/* Keep the first mistake. */
static void stmt_fail(struct stmt *q, int sqlite_rc, const char *what)
{
	if (q->rc == 0)
		q->rc = store_error(q->store, sqlite_rc, what, &q->err);
}

/* --- taking and giving back --------------------------------------------------------------- */

/* A write needs the transaction that its caller began, and that SQLite has not ended itself after
 * an error (a full disk): on its own it would be committed without the rest. */
static void check_transaction(struct stmt *q)
{
	if (q->rc < 0 || q->store->opening || sqlite3_stmt_readonly(q->handle))
		return;
	assert(q->store->begun && "a write outside store_begin and store_commit");
	if (sqlite3_get_autocommit(q->store->db))
		q->rc = err_set(&q->err, ERR_IO,
				"database '%s': the transaction was rolled back after an error",
				q->store->path);
}

static void prepare(struct stmt *q, const char *sql, unsigned flags)
{
	int rc = sqlite3_prepare_v3(q->store->db, sql, -1, flags, &q->handle, NULL);

	if (rc != SQLITE_OK)
		stmt_fail(q, rc, sql);
}

static struct stmt_slot *slot_of(struct store *s, const struct stmt_table *table, size_t which)
{
	assert(which < table->count);
	if (s->slots[table->file] == NULL) {
		s->slots[table->file] = calloc(table->count, sizeof(struct stmt_slot));
		if (s->slots[table->file] == NULL)
			return NULL;
		s->slot_count[table->file] = table->count;
	}
	return &s->slots[table->file][which];
}

void stmt_use(struct store *s, const struct stmt_table *table, size_t which, struct stmt *ret)
{
	struct stmt_slot *slot = slot_of(s, table, which);

	*ret = (struct stmt){ .store = s };
	if (slot == NULL) {
		stmt_fail(ret, SQLITE_NOMEM, "preparing a statement");
		return;
	}
	assert(!slot->in_use && "a statement used again from the callback of its own walk");
	ret->handle = slot->handle;
	if (ret->handle == NULL)
		prepare(ret, table->sql[which], SQLITE_PREPARE_PERSISTENT);
	slot->handle = ret->handle;
	slot->in_use = true;
	ret->slot = slot;
	check_transaction(ret);
}

void stmt_use_text(struct store *s, const char *sql, struct stmt *ret)
{
	*ret = (struct stmt){ .store = s };
	prepare(ret, sql, 0);
	check_transaction(ret);
}

void stmt_done(struct stmt *q)
{
	if (q->slot == NULL) {
		(void)sqlite3_finalize(q->handle);
		return;
	}
	/* the error, if any, was given when it was stepped */
	(void)sqlite3_reset(q->handle);
	if (q->handle != NULL)
		(void)sqlite3_clear_bindings(q->handle);
	q->slot->in_use = false;
}

void stmt_release_all(struct store *s)
{
	for (size_t file = 0; file < STMT_FILE_COUNT; file++) {
		for (size_t i = 0; i < s->slot_count[file]; i++)
			(void)sqlite3_finalize(s->slots[file][i].handle);
		free(s->slots[file]);
		s->slots[file] = NULL;
		s->slot_count[file] = 0;
	}
}

/* --- binding ------------------------------------------------------------------------------ */

static void bound(struct stmt *q, int rc)
{
	if (rc != SQLITE_OK)
		stmt_fail(q, rc, "binding a value");
}

void stmt_bind_i64(struct stmt *q, int at, int64_t value)
{
	if (q->rc == 0)
		bound(q, sqlite3_bind_int64(q->handle, at, value));
}

void stmt_bind_u64(struct stmt *q, int at, uint64_t value)
{
	if (value > INT64_MAX && q->rc == 0)
		q->rc = err_set(&q->err, ERR_INVALID, "%" PRIu64 " is too large to be stored",
				value);
	stmt_bind_i64(q, at, (int64_t)value);
}

void stmt_bind_bool(struct stmt *q, int at, bool value)
{
	stmt_bind_i64(q, at, value ? 1 : 0);
}

void stmt_bind_droplets(struct stmt *q, int at, struct droplets value)
{
	stmt_bind_u64(q, at, value.n);
}

void stmt_bind_text(struct stmt *q, int at, const char *text)
{
	if (q->rc == 0)
		bound(q, sqlite3_bind_text(q->handle, at, text, -1, SQLITE_TRANSIENT));
}

void stmt_bind_coin(struct stmt *q, int at, enum coin coin)
{
	stmt_bind_text(q, at, coin_name(coin));
}

void stmt_bind_units(struct stmt *q, int at, struct units value)
{
	char digits[UNITS_TEXT_MAX];

	units_to_text(value, digits);
	stmt_bind_text(q, at, digits);
}

void stmt_bind_blob(struct stmt *q, int at, const void *data, size_t len)
{
	if (q->rc == 0)
		bound(q, sqlite3_bind_blob64(q->handle, at, data, len, SQLITE_STATIC));
}

/* --- running ------------------------------------------------------------------------------ */

int stmt_step(struct stmt *q, struct err *err)
{
	int rc;

	if (q->rc < 0) {
		if (err != NULL)
			*err = q->err;
		return q->rc;
	}
	rc = sqlite3_step(q->handle);
	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : store_error(q->store, rc, sqlite3_sql(q->handle), err);
}

int stmt_run(struct stmt *q, int *ret_changed, struct err *err)
{
	int rc = stmt_step(q, err);

	assert(rc != 1);
	if (rc == 0 && ret_changed != NULL)
		*ret_changed = sqlite3_changes(q->store->db);
	stmt_done(q);
	return rc;
}

int stmt_read_u64(struct stmt *q, uint64_t *ret, struct err *err)
{
	uint64_t n = 0;
	int rc = stmt_step(q, err);

	if (rc == 1) {
		n = stmt_u64(q, 0);
		rc = stmt_row_check(q, err);
	}
	stmt_done(q);
	if (rc == 0)
		*ret = n;
	return rc;
}

int stmt_read_exists(struct stmt *q, bool *ret, struct err *err)
{
	int rc = stmt_step(q, err);

	stmt_done(q);
	if (rc < 0)
		return rc;
	*ret = rc == 1;
	return 0;
}

int stmt_read_text(struct stmt *q, char *ret, size_t size, bool *ret_found, struct err *err)
{
	int rc = stmt_step(q, err);

	*ret_found = rc == 1;
	if (rc == 1) {
		stmt_text(q, 0, ret, size);
		rc = stmt_row_check(q, err);
	}
	stmt_done(q);
	return rc;
}

/* --- columns ------------------------------------------------------------------------------ */

void stmt_damaged(struct stmt *q, int column)
{
	if (q->rc == 0)
		q->rc = err_set(&q->err, ERR_FATAL,
				"database '%s' is damaged: column '%s' holds '%.40s'",
				q->store->path, sqlite3_column_name(q->handle, column),
				(const char *)sqlite3_column_text(q->handle, column));
}

int64_t stmt_i64(struct stmt *q, int column)
{
	return sqlite3_column_int64(q->handle, column);
}

uint64_t stmt_u64(struct stmt *q, int column)
{
	int64_t n = stmt_i64(q, column);

	if (n >= 0)
		return (uint64_t)n;
	stmt_damaged(q, column);
	return 0;
}

uint32_t stmt_u32(struct stmt *q, int column)
{
	uint64_t n = stmt_u64(q, column);

	if (n <= UINT32_MAX)
		return (uint32_t)n;
	stmt_damaged(q, column);
	return 0;
}

bool stmt_bool(struct stmt *q, int column)
{
	return stmt_i64(q, column) != 0;
}

struct droplets stmt_droplets(struct stmt *q, int column)
{
	return droplets_of(stmt_u64(q, column));
}

void stmt_text(struct stmt *q, int column, char *ret, size_t size)
{
	const char *text = (const char *)sqlite3_column_text(q->handle, column);

	ret[0] = '\0';
	if (text != NULL && !text_copy(ret, size, text))
		stmt_damaged(q, column);
}

enum coin stmt_coin(struct stmt *q, int column)
{
	enum coin coin = COIN_BTC;
	char name[16];

	stmt_text(q, column, name, sizeof(name));
	if (!coin_parse(name, &coin))
		stmt_damaged(q, column);
	return coin;
}

struct units stmt_units(struct stmt *q, int column)
{
	struct units value = units_of(0);
	char digits[UNITS_TEXT_MAX];

	stmt_text(q, column, digits, sizeof(digits));
	if (!units_from_text(digits, &value))
		stmt_damaged(q, column);
	return value;
}

const uint8_t *stmt_blob(struct stmt *q, int column, size_t *ret_len)
{
	const uint8_t *data = sqlite3_column_blob(q->handle, column);

	*ret_len = (size_t)sqlite3_column_bytes(q->handle, column);
	return data;
}

int stmt_row_check(struct stmt *q, struct err *err)
{
	if (q->rc < 0 && err != NULL)
		*err = q->err;
	return q->rc;
}
