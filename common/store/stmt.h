/* Inside common/store only: the open database and its prepared statements.
 *
 * Each store file has its statements in one table of texts; a statement is prepared at its first
 * use and kept.  Errors stick to the struct stmt: bind what there is to bind, the first mistake
 * is what stmt_step() or stmt_run() returns.  Every stmt_use() is followed by one stmt_done(),
 * which resets: a SELECT that is left standing would pin the write-ahead log. */
#ifndef TELLER_COMMON_STORE_STMT_H
#define TELLER_COMMON_STORE_STMT_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/coin/amount.h"
#include "common/coin/coin.h"
#include "common/store/store.h"

/* Which store file a table of statements belongs to. */
enum stmt_file {
	STMT_FEED,
	STMT_BINDING,
	STMT_SCAN,
	STMT_DEPOSIT,
	STMT_PAYOUT,
	STMT_CONTROL,
	STMT_PAYOUT_TX,
	STMT_PAYOUT_TX_READ,
	STMT_PAYOUT_TX_SAVE,
	STMT_SKY_CHAIN,
	STMT_BALANCE,
	STMT_DEPOSIT_LIST,
	STMT_RESCAN,
	STMT_CHANGES,
	STMT_QUOTA,
	STMT_TRACE
};
#define STMT_FILE_COUNT 16

struct stmt_table {
	enum stmt_file file;
	size_t count;
	const char *const *sql;
};

extern const struct stmt_table stmt_feed, stmt_binding, stmt_scan, stmt_deposit, stmt_payout,
	stmt_control, stmt_payout_tx, stmt_payout_tx_read, stmt_payout_tx_save, stmt_sky_chain,
	stmt_balance, stmt_deposit_list, stmt_rescan, stmt_changes, stmt_quota, stmt_trace;

struct stmt_slot {
	sqlite3_stmt *handle; /* NULL before its first use */
	bool in_use;
};

struct store {
	sqlite3 *db;
	char *path;
	enum store_role role;
	bool opening; /* schema and PRAGMA are allowed; the tables of all roles may be written */
	bool begun;   /* between store_begin and its end, even when SQLite has rolled back itself */
	unsigned marks;
	unsigned patience_us; /* how long to wait for a lock; tests have less */
	unsigned waited_us;   /* by the busy handler for the lock in question */
	uint32_t jitter;
	struct stmt_slot *slots[STMT_FILE_COUNT];
	size_t slot_count[STMT_FILE_COUNT];
};

struct stmt {
	struct store *store;
	sqlite3_stmt *handle;
	struct stmt_slot *slot; /* NULL: belongs to this struct alone and is finalized when done */
	int rc;
	struct err err;
};

/* What SQLite's result code means to a caller; `what` was being done, or is the statement. */
int store_error(struct store *s, int sqlite_rc, const char *what, struct err *err);
/* Run statements without values or rows. */
int store_exec(struct store *s, const char *sql, struct err *err);

/* Take statement `which`.  It must not be in use: asking for it again from the callback of its own
 * walk is a mistake of ours. */
void stmt_use(struct store *s, const struct stmt_table *table, size_t which, struct stmt *ret);
/* A statement made for one use. */
void stmt_use_text(struct store *s, const char *sql, struct stmt *ret);
void stmt_done(struct stmt *q);
/* Finalize all that were kept. */
void stmt_release_all(struct store *s);

void stmt_bind_i64(struct stmt *q, int at, int64_t value);
void stmt_bind_u64(struct stmt *q, int at, uint64_t value); /* ERR_INVALID from 2^63 on */
void stmt_bind_bool(struct stmt *q, int at, bool value);
void stmt_bind_droplets(struct stmt *q, int at, struct droplets value);
/* The text is copied. */
void stmt_bind_text(struct stmt *q, int at, const char *text);
void stmt_bind_coin(struct stmt *q, int at, enum coin coin);
void stmt_bind_units(struct stmt *q, int at, struct units value);
/* The bytes must live until stmt_done(). */
void stmt_bind_blob(struct stmt *q, int at, const void *data, size_t len);

/* 1: a row to read; 0: no more; else an error. */
int stmt_step(struct stmt *q, struct err *err);
/* For statements that write: runs, and is done.  *ret_changed (may be NULL): rows changed. */
int stmt_run(struct stmt *q, int *ret_changed, struct err *err);
/* For SELECTs of one number: reads it, and is done.  NULL reads as 0. */
int stmt_read_u64(struct stmt *q, uint64_t *ret, struct err *err);
/* For SELECTs of one text: reads it, and is done.  Without a row *ret_found is false. */
int stmt_read_text(struct stmt *q, char *ret, size_t size, bool *ret_found, struct err *err);
/* For SELECTs that ask whether there is something: *ret says if there is a row; and is done. */
int stmt_read_exists(struct stmt *q, bool *ret, struct err *err);

/* Columns of the row, from 0.  What does not fit the type is a damaged database: see
 * stmt_row_check(). */
int64_t stmt_i64(struct stmt *q, int column);
uint64_t stmt_u64(struct stmt *q, int column);
uint32_t stmt_u32(struct stmt *q, int column);
bool stmt_bool(struct stmt *q, int column);
struct droplets stmt_droplets(struct stmt *q, int column);
void stmt_text(struct stmt *q, int column, char *ret, size_t size); /* NULL reads as "" */
enum coin stmt_coin(struct stmt *q, int column);
struct units stmt_units(struct stmt *q, int column);
const uint8_t *stmt_blob(struct stmt *q, int column, size_t *ret_len); /* until the next step */
/* Say that the column does not hold what it should. */
void stmt_damaged(struct stmt *q, int column);
/* After reading a row's columns: ERR_FATAL when one of them was damaged. */
int stmt_row_check(struct stmt *q, struct err *err);

#endif
