/* Transactions: alone, against each other, and when the process is killed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/store/stmt.h"
#include "test/support/test_store.h"

/* SQLite's own statements, past the authorizer. */
static void force(struct store *s, const char *sql)
{
	struct err err;

	s->opening = true;
	MUST(store_exec(s, sql, &err));
	s->opening = false;
}

static uint64_t pool_size(struct store *s)
{
	uint64_t n;
	struct err err;

	MUST(store_pool_size(s, COIN_BTC, &n, &err));
	return n;
}

/* --- alone -------------------------------------------------------------------------------- */

static void test_commit_keeps_and_rollback_forgets(void **state)
{
	struct test_store *t = *state;
	struct err err;

	assert_false(store_in_transaction(t->exchangerd));
	MUST(store_begin(t->exchangerd, &err));
	assert_true(store_in_transaction(t->exchangerd));
	MUST(store_pool_add(t->exchangerd, COIN_BTC, "a", &err));
	store_rollback(t->exchangerd);
	assert_false(store_in_transaction(t->exchangerd));
	assert_int_equal(pool_size(t->reader), 0);
	IN_TX(t->exchangerd, 0, store_pool_add(t->exchangerd, COIN_BTC, "a", &err));
	assert_int_equal(pool_size(t->reader), 1);
}

static void test_a_step_may_fail_alone(void **state)
{
	struct test_store *t = *state;
	struct err err;

	MUST(store_begin(t->exchangerd, &err));
	MUST(store_pool_add(t->exchangerd, COIN_BTC, "a", &err));
	MUST(store_mark(t->exchangerd, &err));
	MUST(store_pool_add(t->exchangerd, COIN_BTC, "b", &err));
	assert_int_equal(store_settle(t->exchangerd, ERR_INVALID, &err), ERR_INVALID);
	MUST(store_mark(t->exchangerd, &err));
	MUST(store_pool_add(t->exchangerd, COIN_BTC, "c", &err));
	MUST(store_mark(t->exchangerd, &err)); /* a step within the step */
	MUST(store_pool_add(t->exchangerd, COIN_BTC, "d", &err));
	assert_int_equal(store_settle(t->exchangerd, ERR_INVALID, &err), ERR_INVALID);
	MUST(store_settle(t->exchangerd, 0, &err));
	MUST(store_commit(t->exchangerd, &err));
	assert_int_equal(pool_size(t->reader), 2);
	IN_TX(t->exchangerd, ERR_EXISTS, store_pool_add(t->exchangerd, COIN_BTC, "c", &err));
	IN_TX(t->exchangerd, 0, store_pool_add(t->exchangerd, COIN_BTC, "d", &err));
}

static void test_closing_forgets_what_was_not_committed(void **state)
{
	struct test_store *t = *state;
	struct err err;

	MUST(store_begin(t->exchangerd, &err));
	MUST(store_pool_add(t->exchangerd, COIN_BTC, "a", &err));
	store_close(t->exchangerd);
	t->exchangerd = NULL;
	assert_int_equal(pool_size(t->reader), 0);
}

/* --- a lock that another holds ------------------------------------------------------------ */

static void test_waiting_for_a_lock_ends(void **state)
{
	struct test_store *t = *state;
	struct err err;

	t->senderd->patience_us = 5000;
	MUST(store_begin(t->exchangerd, &err));
	assert_int_equal(store_begin(t->senderd, &err), ERR_BUSY);
	assert_false(store_in_transaction(t->senderd));
	assert_true(t->senderd->waited_us >= 5000);
	MUST(store_commit(t->exchangerd, &err));
	MUST(store_begin(t->senderd, &err));
	store_rollback(t->senderd);
}

static void test_readers_do_not_wait(void **state)
{
	struct test_store *t = *state;
	struct err err;

	t->reader->patience_us = 0;
	MUST(store_begin(t->exchangerd, &err));
	MUST(store_pool_add(t->exchangerd, COIN_BTC, "a", &err));
	assert_int_equal(pool_size(t->reader), 0);
	assert_int_equal(pool_size(t->senderd), 0);
	MUST(store_commit(t->exchangerd, &err));
	assert_int_equal(pool_size(t->senderd), 1);
}

/* --- a full disk -------------------------------------------------------------------------- */

/* SQLite may roll back by itself: what follows must neither be committed on its own nor be taken
 * for committed. */
static void test_a_full_disk_loses_the_whole_transaction(void **state)
{
	struct test_store *t = *state;
	char address[ADDRESS_TEXT_MAX];
	struct err err;
	int rc = 0;

	IN_TX(t->exchangerd, 0, store_pool_add(t->exchangerd, COIN_BTC, "a", &err));
	force(t->exchangerd, "PRAGMA max_page_count = 60");
	MUST(store_begin(t->exchangerd, &err));
	for (unsigned i = 0; rc == 0 && i < 10000; i++) {
		(void)snprintf(address, sizeof(address), "%080u", i);
		rc = store_pool_add(t->exchangerd, COIN_BTC, address, &err);
	}
	assert_int_equal(rc, ERR_IO);
	assert_non_null(strstr(err.text, "disk is full"));
	assert_true(store_in_transaction(t->exchangerd));
	assert_int_equal(store_pool_add(t->exchangerd, COIN_BTC, "b", &err), ERR_IO);
	assert_int_equal(store_mark(t->exchangerd, &err), ERR_IO);
	assert_non_null(strstr(err.text, "the transaction was rolled back"));
	assert_int_equal(store_commit(t->exchangerd, &err), ERR_IO);
	assert_false(store_in_transaction(t->exchangerd));
	assert_int_equal(pool_size(t->reader), 1);
	force(t->exchangerd, "PRAGMA max_page_count = 100000");
	IN_TX(t->exchangerd, 0, store_pool_add(t->exchangerd, COIN_BTC, "b", &err));
	assert_int_equal(pool_size(t->reader), 2);
}

static void test_undoing_after_the_database_rolled_back(void **state)
{
	struct test_store *t = *state;
	struct err err;

	MUST(store_begin(t->exchangerd, &err));
	MUST(store_mark(t->exchangerd, &err));
	MUST(store_pool_add(t->exchangerd, COIN_BTC, "a", &err));
	force(t->exchangerd, "ROLLBACK");
	assert_int_equal(store_settle(t->exchangerd, 0, &err), ERR_IO);
	store_rollback(t->exchangerd);
	assert_int_equal(pool_size(t->reader), 0);
}

static int deny_savepoints(void *arg, int action, const char *a, const char *b, const char *db,
			   const char *inner)
{
	(void)arg, (void)a, (void)b, (void)db, (void)inner;
	return action == SQLITE_SAVEPOINT ? SQLITE_DENY : SQLITE_OK;
}

/* A step that cannot be undone takes the whole transaction with it: half of it is never kept. */
static void test_a_step_that_cannot_be_undone(void **state)
{
	struct test_store *t = *state;
	struct err err;

	MUST(store_begin(t->exchangerd, &err));
	MUST(store_pool_add(t->exchangerd, COIN_BTC, "a", &err));
	MUST(store_mark(t->exchangerd, &err));
	MUST(store_pool_add(t->exchangerd, COIN_BTC, "b", &err));
	(void)sqlite3_set_authorizer(t->exchangerd->db, deny_savepoints, NULL);
	assert_int_equal(store_settle(t->exchangerd, ERR_INVALID, &err), ERR_INVALID);
	assert_int_equal(store_pool_add(t->exchangerd, COIN_BTC, "c", &err), ERR_IO);
	assert_int_equal(store_commit(t->exchangerd, &err), ERR_IO);
	assert_int_equal(pool_size(t->reader), 0);
}

/* --- several processes -------------------------------------------------------------------- */

#define TURNS 150

/* A child must not fall back into the test runner. */
static void child_must(bool ok, const char *what, const struct err *err)
{
	if (ok)
		return;
	(void)fprintf(stderr, "%s: %s\n", what, err->text);
	_exit(1);
}

static int one_turn(struct store *s, enum store_role role, unsigned i, struct err *err)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "%d-%u", (int)getpid(), i);
	if (role == STORE_EXCHANGERD)
		return store_pool_add(s, COIN_BTC, text, err);
	if (role == STORE_SCANNERD)
		return store_cursor_advance(s, COIN_BTC, i, text, 0, TURNS, err);
	return store_feed_advance(s, FEED_DEPOSITS, i, err);
}

static void child_run(const char *path, enum store_role role)
{
	struct store *s;
	struct err err;

	child_must(store_open(path, role, &s, &err) == 0, "open", &err);
	for (unsigned i = 1; i <= TURNS; i++) {
		child_must(store_begin(s, &err) == 0, "begin", &err);
		child_must(one_turn(s, role, i, &err) == 0, "turn", &err);
		child_must(store_commit(s, &err) == 0, "commit", &err);
	}
	store_close(s);
	_exit(0);
}

static pid_t start_child(const char *path, enum store_role role)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		child_run(path, role);
	return pid;
}

static int wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* All make the same new database at once, then write in turns. */
static void test_processes_write_in_turns(void **state)
{
	static const enum store_role roles[] = { STORE_EXCHANGERD, STORE_SCANNERD, STORE_SENDERD,
						 STORE_EXCHANGERD };
	char *dir = test_make_dir();
	struct scan_cursor c;
	char path[600];
	struct store *s;
	pid_t pids[4];
	uint64_t n;
	struct err err;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/teller.db", dir);
	for (size_t i = 0; i < 4; i++)
		pids[i] = start_child(path, roles[i]);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(wait_for(pids[i]), 0);
	MUST(store_open(path, STORE_READER, &s, &err));
	assert_int_equal(pool_size(s), 2 * TURNS);
	MUST(store_pool_remaining(s, COIN_BTC, &n, &err));
	assert_int_equal(n, 2 * TURNS);
	MUST(store_cursor_get(s, COIN_BTC, &c, &err));
	assert_int_equal(c.height, TURNS);
	MUST(store_feed_position(s, FEED_DEPOSITS, &n, &err));
	assert_int_equal(n, TURNS);
	MUST(store_check(s, &err));
	store_close(s);
	test_remove_dir(dir);
}

/* Dies with `count` additions done, before or after the commit. */
static void child_die(const char *path, unsigned count, bool commit)
{
	char address[ADDRESS_TEXT_MAX];
	struct store *s;
	struct err err;

	child_must(store_open(path, STORE_EXCHANGERD, &s, &err) == 0, "open", &err);
	child_must(store_begin(s, &err) == 0, "begin", &err);
	for (unsigned i = 0; i < count; i++) {
		(void)snprintf(address, sizeof(address), "%090u", i);
		child_must(store_pool_add(s, COIN_BTC, address, &err) == 0, "add", &err);
	}
	if (commit)
		child_must(store_commit(s, &err) == 0, "commit", &err);
	(void)raise(SIGKILL);
}

static void test_a_killed_process_leaves_nothing_half(void **state)
{
	static const struct {
		const char *why;
		unsigned count;
		bool commit;
		uint64_t left;
	} rows[] = {
		{ "one row, in memory", 1, false, 0 },
		{ "more than the cache: pages are in the log already", 30000, false, 0 },
		{ "committed", 10, true, 10 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *dir = test_make_dir();
		char path[600];
		struct store *s;
		struct err err;
		pid_t pid;

		(void)snprintf(path, sizeof(path), "%s/teller.db", dir);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			child_die(path, rows[i].count, rows[i].commit);
		assert_int_equal(WTERMSIG(wait_for(pid)), SIGKILL);
		MUST(store_open(path, STORE_READER, &s, &err)); /* the log is there, no writer */
		if (pool_size(s) != rows[i].left)
			fail_msg("%s: a reader sees %d", rows[i].why, (int)pool_size(s));
		store_close(s);
		MUST(store_open(path, STORE_EXCHANGERD, &s, &err));
		if (pool_size(s) != rows[i].left)
			fail_msg("%s: a writer sees %d", rows[i].why, (int)pool_size(s));
		MUST(store_check(s, &err));
		IN_TX(s, 0, store_pool_add(s, COIN_BTC, "next", &err));
		store_close(s);
		test_remove_dir(dir);
	}
}

/* --- our own mistakes --------------------------------------------------------------------- */

static int ask_again(void *arg, const struct sighting *g, struct err *err)
{
	(void)g;
	return store_sighting_feed(arg, 0, 1, ask_again, arg, err);
}

static void write_alone(struct test_store *t)
{
	struct err err;

	(void)store_pool_add(t->exchangerd, COIN_BTC, "a", &err);
}

static void walk_in_walk(struct test_store *t)
{
	struct err err;

	(void)store_sighting_feed(t->exchangerd, 0, 1, ask_again, t->exchangerd, &err);
}

static void begin_twice(struct test_store *t)
{
	struct err err;

	(void)store_begin(t->exchangerd, &err);
	(void)store_begin(t->exchangerd, &err);
}

/* They end the program: a restart is safe, going on is not. */
static void test_mistakes_of_ours_end_the_program(void **state)
{
	static const struct {
		const char *why;
		void (*mistake)(struct test_store *t);
	} rows[] = {
		{ "a write outside a transaction", write_alone },
		{ "a walk within the same walk", walk_in_walk },
		{ "a transaction within a transaction", begin_twice },
	};
	struct test_store *t = *state;
	struct sighting g = test_sighting(COIN_BTC, "t", 0, "a", 1);
	struct err err;

	g.state = SIGHTING_CONFIRMED;
	IN_TX(t->scannerd, 0, store_sighting_add(t->scannerd, &g, &err));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			(void)fclose(stderr);
			(void)signal(SIGABRT, SIG_DFL);
			rows[i].mistake(t);
			_exit(0);
		}
		if (WTERMSIG(wait_for(pid)) != SIGABRT)
			fail_msg("%s went through", rows[i].why);
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, test_store_setup, test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_commit_keeps_and_rollback_forgets),
		T(test_a_step_may_fail_alone),
		T(test_closing_forgets_what_was_not_committed),
		T(test_waiting_for_a_lock_ends),
		T(test_readers_do_not_wait),
		T(test_a_full_disk_loses_the_whole_transaction),
		T(test_undoing_after_the_database_rolled_back),
		T(test_a_step_that_cannot_be_undone),
		cmocka_unit_test(test_processes_write_in_turns),
		cmocka_unit_test(test_a_killed_process_leaves_nothing_half),
		T(test_mistakes_of_ours_end_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
