/* The reader of a feed over a store that fails on order: trouble is told, waited out with back-off,
 * and never makes reader and producer ask each other in circles. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/log.h"
#include "common/daemon/feed_reader.h"
#include "common/ipc/follow.h"
#include "test/support/jump.h"
#include "test/support/test.h"
#include "test/support/wire.h"

/* --- the store's part, in place of the real one ---------------------------------------------- */
static struct {
	uint64_t newest, position, uncommitted;
	int begin_rc, commit_rc, look_rc;
	unsigned looks, commits;
} db;

int store_open(const char *path, enum store_role role, struct store **ret, struct err *err)
{
	(void)path, (void)role, (void)ret, (void)err;
	return 0;
}

void store_close(struct store *s)
{
	(void)s;
}

int store_begin(struct store *s, struct err *err)
{
	(void)s;
	db.uncommitted = db.position;
	return db.begin_rc < 0 ? err_set(err, ERR_BUSY, "database is locked") : 0;
}

int store_commit(struct store *s, struct err *err)
{
	(void)s;
	db.commits++;
	if (db.commit_rc < 0)
		return err_set(err, ERR_IO, "disk is full");
	db.position = db.uncommitted;
	return 0;
}

int store_mark(struct store *s, struct err *err)
{
	(void)s, (void)err;
	return 0;
}

int store_settle(struct store *s, int rc, struct err *err)
{
	(void)s, (void)err;
	return rc;
}

const char *store_feed_name(enum store_feed f)
{
	(void)f;
	return "sightings";
}

int store_feed_position(struct store *s, enum store_feed f, uint64_t *ret, struct err *err)
{
	(void)s, (void)f;
	db.looks++;
	*ret = db.position;
	return db.look_rc < 0 ? err_set(err, ERR_FATAL, "database is damaged") : 0;
}

int store_feed_newest(struct store *s, enum store_feed f, uint64_t *ret, struct err *err)
{
	(void)s, (void)f, (void)err;
	*ret = db.newest;
	return 0;
}

int store_feed_advance(struct store *s, enum store_feed f, uint64_t seq, struct err *err)
{
	(void)s, (void)f, (void)err;
	db.uncommitted = seq;
	return 0;
}

/* --- the world ------------------------------------------------------------------------------- */
struct fixture {
	struct daemon d;
	struct conf *conf;
	char *dir;
	char socket[600];
	struct ipc_server *server;
	struct followed *followed;
	struct feed_reader *reader;
	unsigned pages, told, asks;
	int page_rc;
};

static void on_ask(void *arg, struct ipc_ask *ask, const struct message *m)
{
	struct fixture *f = arg;

	f->asks++;
	followed_ask(f->followed, ask, &m->u.follow, db.newest);
}

static int on_page(void *arg, uint64_t after, unsigned limit, uint64_t *ret_last,
		   unsigned *ret_count, struct err *err)
{
	struct fixture *f = arg;
	uint64_t left = db.newest - after;

	f->pages++;
	if (f->page_rc < 0)
		return err_set(err, ERR_INVALID, "a row that cannot be taken in");
	*ret_count = left < limit ? (unsigned)left : limit;
	*ret_last = after + *ret_count;
	return 0;
}

static void on_committed(void *arg)
{
	((struct fixture *)arg)->told++;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err;

	memset(&db, 0, sizeof(db));
	f->dir = test_make_dir();
	f->conf = calloc(1, sizeof(*f->conf));
	(void)snprintf(f->conf->dir, sizeof(f->conf->dir), "%s", f->dir);
	(void)snprintf(f->socket, sizeof(f->socket), "%s/run", f->dir);
	assert_int_equal(mkdir(f->socket, 0700), 0);
	(void)snprintf(f->socket, sizeof(f->socket), "%s/run/scannerd.sock", f->dir);
	assert_int_equal(log_open("/dev/null", "test", false, &err), 0);
	assert_int_equal(loop_new(&f->d.loop, &err), 0);
	f->d.conf = f->conf;
	f->d.health = health_new();
	f->d.commits = commit_group_new(f->d.loop, NULL);
	f->followed = followed_new();
	assert_int_equal(ipc_server_new(f->d.loop, f->socket, IPC_SCANNERD, NULL, on_ask, f,
					&f->server, &err),
			 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	feed_reader_free(f->reader);
	followed_free(f->followed);
	ipc_server_free(f->server);
	commit_group_free(f->d.commits);
	health_free(f->d.health);
	loop_free(f->d.loop);
	log_close();
	test_remove_dir(f->dir);
	free(f->conf);
	free(f);
	return 0;
}

static void start(struct fixture *f)
{
	struct err err;

	assert_int_equal(feed_reader_new(&f->d, FEED_SIGHTINGS, IPC_EXCHANGERD, IPC_SCANNERD,
					 on_page, on_committed, f, &f->reader, &err),
			 0);
}

/* Enough turns for a question and its answer to go round many times. */
#define TURNS 40

static void settle(struct fixture *f)
{
	for (int i = 0; i < TURNS; i++)
		loop_settle(f->d.loop);
}

/* At start, when connected, a retry; some more when the machine is slow.  A circle goes round in
 * every turn. */
static void assert_no_circle(unsigned count)
{
	assert_in_range(count, 1, TURNS / 4);
}

static bool has_asked(void *arg)
{
	return ((const struct fixture *)arg)->asks > 0;
}

static bool all_is_read(void *arg)
{
	(void)arg;
	return db.position == db.newest;
}

static const char *problem(struct fixture *f)
{
	return health_text(f->d.health, "sightings");
}

/* The trouble is over: what was left is read by the retry, without a word from the producer. */
static void recover(struct fixture *f)
{
	for (int i = 0; i < 20 && db.position < db.newest; i++) {
		jump(5000);
		settle(f);
	}
	assert_true(all_is_read(f));
	assert_string_equal(problem(f), "");
	db.newest++;
	followed_news(f->followed, db.newest);
	loop_until(f->d.loop, all_is_read, f, "news after the trouble");
}

static void test_pages_until_all_is_read(void **state)
{
	struct fixture *f = *state;

	db.newest = 1000;
	start(f);
	loop_until(f->d.loop, has_asked, f, "the question");
	assert_int_equal(db.position, 1000);
	assert_in_range(f->pages, 5, 6);
	assert_int_equal(f->told, f->pages);
	recover(f);
}

/* The producer would answer each question at once: there is news.  It must not be asked. */
static void test_page_that_fails_is_not_read_in_circles(void **state)
{
	struct fixture *f = *state;

	db.newest = 3;
	f->page_rc = ERR_INVALID;
	start(f);
	settle(f);
	assert_no_circle(f->pages);
	assert_non_null(strstr(problem(f), "cannot be taken in"));
	assert_int_equal(db.position, 0);
	f->page_rc = 0;
	recover(f);
}

static void test_locked_database(void **state)
{
	struct fixture *f = *state;

	db.newest = 3;
	db.begin_rc = ERR_BUSY;
	start(f);
	settle(f);
	assert_no_circle(db.looks);
	assert_int_equal(f->pages, 0);
	assert_non_null(strstr(problem(f), "locked"));
	db.begin_rc = 0;
	recover(f);
}

static void test_position_that_cannot_be_read(void **state)
{
	struct fixture *f = *state;

	db.newest = 3;
	db.look_rc = ERR_FATAL;
	start(f);
	settle(f);
	assert_no_circle(db.looks);
	assert_non_null(strstr(problem(f), "damaged"));
	db.look_rc = 0;
	recover(f);
}

/* A full page whose commit fails is tried again after the back-off, not at once. */
static void test_full_page_whose_commit_fails(void **state)
{
	struct fixture *f = *state;

	db.newest = 1000;
	db.commit_rc = ERR_IO;
	start(f);
	settle(f);
	assert_no_circle(db.commits);
	assert_int_equal(f->told, 0);
	assert_int_equal(db.position, 0);
	assert_non_null(strstr(problem(f), "disk is full"));
	db.commit_rc = 0;
	recover(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_pages_until_all_is_read),
		T(test_page_that_fails_is_not_read_in_circles),
		T(test_locked_database),
		T(test_position_that_cannot_be_read),
		T(test_full_page_whose_commit_fails),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
