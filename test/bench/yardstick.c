/* What this disk, SQLite and our own store can do by themselves: what the figures of make bench are
 * held against, measured in the same run.  One question a call, one number as the answer:
 *
 *   yardstick fsyncs DIR           a page of a file written and made durable: per second
 *   yardstick rows DIR N           plain rows into a plain table, N in a commit: per second
 *   yardstick binds DIR N          our store alone: bindings, N in a commit: per second
 *   yardstick bind FILE N SKYFILE  bind N addresses of the database's pool, to fill it
 *   yardstick idle                 a process with a loop, a database and nothing to do */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "common/base/text.h"
#include "common/store/binding_store.h"

#define SECONDS	    1.5
#define PAGE	    4096
#define FILE_PAGES  1000
#define FILL_COMMIT 2000
#define LINE_MAX_B  128

static double now_s(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static _Noreturn void die(const char *what, const char *why)
{
	(void)fprintf(stderr, "yardstick: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void must(int rc, const struct err *err)
{
	if (rc < 0)
		die("store", err->text);
}

static unsigned number(const char *text)
{
	uint64_t n = 0;

	if (!text_to_u64(text, 100000000, &n) || n == 0)
		die(text, "no number");
	return (unsigned)n;
}

static void print_rate(unsigned done, double since)
{
	(void)printf("%.0f\n", done / (now_s() - since));
}

/* --- the disk ------------------------------------------------------------------------------ */

static void write_page(int fd, off_t at)
{
	static const char page[PAGE];

	if (pwrite(fd, page, PAGE, at) != PAGE)
		die("a page", strerror(errno));
}

/* Within a file that has its size, as a write-ahead log has. */
static void measure_fsyncs(const char *dir)
{
	char path[PAGE];
	double start;
	unsigned done = 0;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/fsyncs", dir);
	fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	for (off_t at = 0; at < FILE_PAGES * PAGE; at += PAGE)
		write_page(fd, at);
	for (start = now_s(); now_s() - start < SECONDS; done++) {
		write_page(fd, done % FILE_PAGES * PAGE);
		if (fdatasync(fd) < 0)
			die(path, strerror(errno));
	}
	print_rate(done, start);
	(void)close(fd);
}

/* --- SQLite -------------------------------------------------------------------------------- */

static void sql(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		die(text, sqlite3_errmsg(db));
}

static unsigned add_rows(sqlite3 *db, sqlite3_stmt *add, unsigned count)
{
	sql(db, "BEGIN IMMEDIATE");
	for (unsigned i = 0; i < count; i++)
		if (sqlite3_step(add) != SQLITE_DONE || sqlite3_reset(add) != SQLITE_OK)
			die("insert", sqlite3_errmsg(db));
	sql(db, "COMMIT");
	return count;
}

static void measure_rows(const char *dir, unsigned rows)
{
	char path[PAGE];
	sqlite3_stmt *add = NULL;
	sqlite3 *db = NULL;
	double start;
	unsigned done = 0;

	(void)snprintf(path, sizeof(path), "%s/rows-%u", dir, rows);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		die(path, sqlite3_errmsg(db));
	sql(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		"CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT");
	if (sqlite3_prepare_v2(db, "INSERT INTO t (text) VALUES (hex(randomblob(40)))", -1, &add,
			       NULL) != SQLITE_OK)
		die(path, sqlite3_errmsg(db));
	for (start = now_s(); now_s() - start < SECONDS;)
		done += add_rows(db, add, rows);
	print_rate(done, start);
	(void)sqlite3_finalize(add);
	(void)sqlite3_close(db);
}

/* --- our store ----------------------------------------------------------------------------- */

static void bind_one(struct store *s, const char *sky, unsigned max_bound)
{
	bool limit = false;
	struct binding b;
	struct err err;

	must(store_bind_address(s, COIN_BTC, sky, BUY_DIRECT, max_bound, time(NULL), &b, &limit,
				&err),
	     &err);
}

static void make_pool(struct store *s, unsigned count)
{
	char address[64];
	struct err err;

	must(store_begin(s, &err), &err);
	for (unsigned i = 0; i < count; i++) {
		(void)snprintf(address, sizeof(address), "%08x-an-address-of-no-network-%u",
			       i * 2654435761U, i);
		must(store_pool_add(s, COIN_BTC, address, &err), &err);
	}
	must(store_commit(s, &err), &err);
}

static unsigned bind_group(struct store *s, unsigned from, unsigned count)
{
	char sky[64];
	struct err err;

	must(store_begin(s, &err), &err);
	for (unsigned i = from; i < from + count; i++) {
		(void)snprintf(sky, sizeof(sky), "%08x-a-customer", i * 2246822519U);
		bind_one(s, sky, 5);
	}
	must(store_commit(s, &err), &err);
	return count;
}

static void measure_binds(const char *dir, unsigned group)
{
	static const unsigned pool = 100000;
	char path[PAGE];
	struct store *s = NULL;
	struct err err;
	double start;
	unsigned done = 0;

	(void)snprintf(path, sizeof(path), "%s/binds", dir);
	must(store_open(path, STORE_EXCHANGERD, &s, &err), &err);
	make_pool(s, pool);
	for (start = now_s(); now_s() - start < SECONDS && done + group <= pool;)
		done += bind_group(s, done, group);
	print_rate(done, start);
	store_close(s);
}

/* The next line of the file, from its start again after the last. */
static void next_line(FILE *f, char line[LINE_MAX_B])
{
	if (fgets(line, LINE_MAX_B, f) == NULL) {
		rewind(f);
		if (fgets(line, LINE_MAX_B, f) == NULL)
			die("addresses", "an empty file");
	}
	line[strcspn(line, "\n")] = '\0';
}

static void bind_many(const char *path, unsigned count, const char *sky_file)
{
	FILE *f = fopen(sky_file, "re");
	char line[LINE_MAX_B];
	struct store *s = NULL;
	struct err err;

	if (f == NULL)
		die(sky_file, strerror(errno));
	must(store_open(path, STORE_EXCHANGERD, &s, &err), &err);
	for (unsigned i = 0; i < count; i++) {
		if (i % FILL_COMMIT == 0)
			must(store_begin(s, &err), &err);
		next_line(f, line);
		bind_one(s, line, 0);
		if ((i + 1) % FILL_COMMIT == 0 || i + 1 == count)
			must(store_commit(s, &err), &err);
	}
	store_close(s);
	(void)fclose(f);
}

/* --- an idle process ------------------------------------------------------------------------ */

static void on_signal(uv_signal_t *handle, int number_)
{
	(void)number_;
	uv_stop(handle->loop);
}

static void idle(void)
{
	uv_loop_t *loop = uv_default_loop();
	sqlite3 *db = NULL;
	uv_signal_t term;

	if (sqlite3_open(":memory:", &db) != SQLITE_OK || uv_signal_init(loop, &term) < 0 ||
	    uv_signal_start(&term, on_signal, SIGTERM) < 0)
		die("idle", "cannot start");
	(void)puts("READY");
	(void)fflush(stdout);
	(void)uv_run(loop, UV_RUN_DEFAULT);
	(void)sqlite3_close(db);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "fsyncs") == 0 && argc == 3)
		measure_fsyncs(argv[2]);
	else if (strcmp(what, "rows") == 0 && argc == 4)
		measure_rows(argv[2], number(argv[3]));
	else if (strcmp(what, "binds") == 0 && argc == 4)
		measure_binds(argv[2], number(argv[3]));
	else if (strcmp(what, "bind") == 0 && argc == 5)
		bind_many(argv[2], number(argv[3]), argv[4]);
	else if (strcmp(what, "idle") == 0 && argc == 2)
		idle();
	else
		die(what, "fsyncs DIR | rows DIR N | binds DIR N | bind FILE N SKYFILE | idle");
	return EXIT_SUCCESS;
}
