/* The database: one SQLite file (WAL, synchronous=FULL) that all daemons open.
 *
 * Opening runs the migrations that are missing, under an exclusive lock; refuses a database of
 * a newer version or of another program.  Each table has one writing daemon (store_tables in
 * store.c): an authorizer makes a write by another role fail when its statement is prepared.
 *
 * Writers use one transaction shape: store_begin (BEGIN IMMEDIATE), work, store_commit or
 * store_rollback; a write outside of one is a mistake that ends the program.  Reads outside a
 * transaction see the last commit.  A function that walks rows may be given a callback that calls
 * any other function of the store, but not the walk itself.  A struct store belongs to one thread.
 * All SQL is in common/store; callers see the domain's words.
 *
 * Errors: ERR_BUSY lock not had in time, retry; ERR_IO disk; ERR_INVALID a constraint says no;
 * ERR_FATAL foreign, newer or damaged database.  store_open: ERR_INVALID too, the file may not be
 * opened. */
#ifndef TELLER_COMMON_STORE_STORE_H
#define TELLER_COMMON_STORE_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

enum store_role {
	STORE_SCANNERD,
	STORE_EXCHANGERD,
	STORE_SENDERD,
	STORE_READER, /* apid, tellerctl: the file is opened read-only */
};

struct store;

/* STORE_READER: ERR_BUSY while the file does not exist yet or lacks migrations (a writer makes
 * them).  On success *ret is the caller's to store_close(). */
int store_open(const char *path, enum store_role role, struct store **ret, struct err *err);
void store_close(struct store *s); /* NULL is fine */

int store_begin(struct store *s, struct err *err);
int store_commit(struct store *s, struct err *err); /* failed: everything is rolled back */
void store_rollback(struct store *s);
bool store_in_transaction(const struct store *s);
/* A step of a transaction that may fail alone: mark, work, then settle with the work's result.  0
 * keeps the step; an error, or one in keeping it, undoes it to the mark and is returned.  A step
 * may have steps of its own. */
int store_mark(struct store *s, struct err *err);
int store_settle(struct store *s, int rc, struct err *err);

/* A consistent copy into a new file at `path`, of the last commit, while others write.  It appears
 * there only when it is whole and on disk.  Blocks for as long as the copying takes; another thread
 * may end it: ERR_BUSY soon after *cancelled has become true.
 * ERR_EXISTS when there is a file at `path`; not inside a transaction. */
int store_backup(struct store *s, const char *path, const atomic_bool *cancelled, struct err *err);
/* The write-ahead log is emptied but stays when we are the last to close the database: for a
 * process that may not remove files. */
int store_keep_wal(struct store *s, struct err *err);
/* PRAGMA quick_check; ERR_FATAL with its first complaint. */
int store_check(struct store *s, struct err *err);
/* Schema version this program knows. */
int store_schema_version(void);

/* Feeds: how one daemon's commits reach the next (doc/ARCHITECTURE.md).  A feed is a table whose
 * rows carry feed_seq, a number that grows with each commit that has something to tell; its
 * consumer stores how far it has read in the same transaction as what it made of it. */
enum store_feed {
	FEED_SIGHTINGS, /* scannerd -> exchangerd */
	FEED_DEPOSITS,	/* exchangerd -> senderd */
	FEED_PAYOUTS,	/* senderd -> exchangerd */
};
#define STORE_FEED_COUNT 3
const char *store_feed_name(enum store_feed f); /* "sightings", "deposits", "payouts" */
/* Newest feed_seq of the feed; 0 when empty. */
int store_feed_newest(struct store *s, enum store_feed f, uint64_t *ret, struct err *err);
/* How far the consumer of `f` has read; set it in the transaction that handles the rows. */
int store_feed_position(struct store *s, enum store_feed f, uint64_t *ret, struct err *err);
int store_feed_advance(struct store *s, enum store_feed f, uint64_t seq, struct err *err);

#endif
