#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/daemon/disk.h"
#include "common/daemon/health.h"
#include "common/loop/loop.h"
#include "test/support/test.h"
#include "test/support/wire.h"

struct fixture {
	char *dir;
	char log[256];
	struct loop *loop;
	struct health *health;
};

static int setup(void **state)
{
	static struct fixture f;

	f.dir = test_make_dir();
	(void)snprintf(f.log, sizeof(f.log), "%s/log", f.dir);
	assert_int_equal(log_open(f.log, "test", false, NULL), 0);
	f.loop = loop_new_scripted(1500000000);
	f.health = health_new();
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	health_free(f->health);
	loop_free(f->loop);
	log_close();
	test_remove_dir(f->dir);
	return 0;
}

static void expect_printed(struct fixture *f, const char *want)
{
	struct buf out = BUF_INIT(65536);

	health_print(f->health, &out);
	assert_string_equal(buf_text(&out), want);
	buf_release(&out);
}

static void test_problems_come_and_go(void **state)
{
	struct fixture *f = *state;

	expect_printed(f, "[]");
	assert_string_equal(health_text(f->health, "btc_node"), "");
	health_raise(f->health, "btc_node", "does not answer at '%s'", "http://x");
	loop_scripted_advance(f->loop, 2000);
	health_raise(f->health, "sky_node", "is behind");
	expect_printed(f, "[{\"what\":\"btc_node\",\"text\":\"does not answer at 'http://x'\","
			  "\"since\":1500000000},"
			  "{\"what\":\"sky_node\",\"text\":\"is behind\",\"since\":1500000002}]");
	health_clear(f->health, "btc_node");
	health_clear(f->health, "no_such_thing");
	expect_printed(f, "[{\"what\":\"sky_node\",\"text\":\"is behind\",\"since\":1500000002}]");
	assert_string_equal(health_text(f->health, "sky_node"), "is behind");
	health_clear(f->health, "sky_node");
	expect_printed(f, "[]");
}

static void test_log_hears_of_changes_only(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 100; i++)
		health_raise(f->health, "btc_node", "down");
	assert_int_equal(count_lines(f->log, "problem what=btc_node text=\"down\""), 1);
	loop_scripted_advance(f->loop, 5000);
	health_raise(f->health, "btc_node", "on the wrong network");
	assert_int_equal(count_lines(f->log, "wrong network"), 1);
	expect_printed(f, "[{\"what\":\"btc_node\",\"text\":\"on the wrong network\","
			  "\"since\":1500000000}]"); /* since it began, not since it changed */
	for (int i = 0; i < 3; i++)
		health_clear(f->health, "btc_node");
	assert_int_equal(count_lines(f->log, "problem_over what=btc_node lasted_s=5"), 1);
}

static void test_all_places(void **state)
{
	struct fixture *f = *state;
	char what[16], text[2000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < HEALTH_PROBLEMS_MAX; i++) {
		(void)snprintf(what, sizeof(what), "p%d", i);
		health_raise(f->health, what, "%s", text); /* cut, not refused */
		assert_int_equal(strlen(health_text(f->health, what)), ERR_TEXT_MAX - 1);
	}
	health_raise(f->health, "one_more", "there is no place for it");
	assert_int_equal(count_lines(f->log, "what=one_more"), 1); /* in the log all the same */
	assert_string_equal(health_text(f->health, "one_more"), "");
	for (int i = 0; i < HEALTH_PROBLEMS_MAX; i += 2) {
		(void)snprintf(what, sizeof(what), "p%d", i);
		health_clear(f->health, what);
	}
	for (int i = 0; i < HEALTH_PROBLEMS_MAX; i++) {
		(void)snprintf(what, sizeof(what), "p%d", i);
		assert_int_equal(health_text(f->health, what)[0] != '\0', i % 2 == 1);
	}
}

static void test_disk(void **state)
{
	struct fixture *f = *state;

	disk_check(f->health, f->dir, 1);
	assert_string_equal(health_text(f->health, "disk"), "");
	disk_check(f->health, f->dir, UINT64_MAX);
	assert_non_null(strstr(health_text(f->health, "disk"), f->dir));
	disk_check(f->health, "/no/such/folder", 1); /* says nothing about it */
	assert_non_null(strstr(health_text(f->health, "disk"), f->dir));
	disk_check(f->health, f->dir, 1);
	assert_string_equal(health_text(f->health, "disk"), "");
}

static void test_wal(void **state)
{
	struct fixture *f = *state;
	char db[600], wal[620];
	int fd;

	(void)snprintf(db, sizeof(db), "%s/teller.db", f->dir);
	(void)snprintf(wal, sizeof(wal), "%s-wal", db);
	disk_check_wal(f->health, db, 1 << 20); /* there is none yet */
	assert_string_equal(health_text(f->health, "wal"), "");
	fd = open(wal, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
	assert_int_equal(disk_wal_size(db), (1 << 20) + 1);
	disk_check_wal(f->health, db, 1 << 20);
	assert_non_null(strstr(health_text(f->health, "wal"), "beyond 1 MiB"));
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	disk_check_wal(f->health, db, 1 << 20);
	assert_string_equal(health_text(f->health, "wal"), "");
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_problems_come_and_go),
		T(test_log_hears_of_changes_only),
		T(test_all_places),
		T(test_disk),
		T(test_wal),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
