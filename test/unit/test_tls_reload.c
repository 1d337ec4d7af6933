/* A certificate whose files change under a running service: each way of replacing them, under
 * scripted time.  The pairs a and b are of 2026: a until April, b from March until June. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apid/tls_reload.h"
#include "common/base/clock.h"
#include "test/support/test.h"

#define DATA  "test/unit/data/tls/"
#define MARCH INT64_C(1772841600) /* the 7th: both are valid */
#define DAY   INT64_C(86400)

static struct {
	char *dir;
	char cert[600], key[600];
	struct loop *loop;
	struct health *health;
	struct tls_identity *identity;
	struct tls_reload *reload;
	unsigned shown, opened;
	int open_fails; /* errors of ours to come */
} w;

/* --- the world ------------------------------------------------------------------------------- */

static void put(const char *path, const void *data, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

static void copy(const char *from, const char *to, mode_t mode)
{
	char path[128];
	size_t len;
	char *text;

	(void)snprintf(path, sizeof(path), DATA "%s", from);
	text = test_read_file(path, &len);
	put(to, text, len, mode);
	free(text);
}

static int open_one(void *arg, const char *path, int *ret_fd, struct err *err)
{
	(void)arg;
	w.opened++;
	if (w.open_fails > 0) {
		w.open_fails--;
		return err_set(err, ERR_IO, "too many open files");
	}
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC);
	return *ret_fd < 0 ? err_set_path_errno(err, "cannot open '%s'", path) : 0;
}

static void on_shown(void *arg)
{
	(void)arg;
	w.shown++;
}

static int make_world(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.dir = test_make_dir();
	(void)snprintf(w.cert, sizeof(w.cert), "%s/cert.pem", w.dir);
	(void)snprintf(w.key, sizeof(w.key), "%s/key.pem", w.dir);
	copy("a.pem", w.cert, 0644);
	copy("a.key", w.key, 0600);
	w.loop = loop_new_scripted(MARCH);
	w.health = health_new();
	w.identity = tls_identity_new(w.loop, TLS_PUBLIC);
	return 0;
}

static int remove_world(void **state)
{
	(void)state;
	tls_reload_free(w.reload);
	tls_identity_free(w.identity);
	health_free(w.health);
	loop_free(w.loop);
	test_remove_dir(w.dir);
	return 0;
}

static int start(bool awaited, struct err *err)
{
	const struct tls_reload_conf conf = {
		.files = { .cert = w.cert, .key = w.key, .open = open_one },
		.host = "shop.example",
		.awaited = awaited,
		.identity = w.identity,
		.health = w.health,
		.problem = "tls_certificate",
		.on_shown = on_shown,
	};

	return tls_reload_new(w.loop, &conf, &w.reload, err);
}

static void must_start(void)
{
	struct err err = { .text = "" };

	if (start(false, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(w.shown, 1);
}

static void set_time(int64_t unix_seconds)
{
	loop_scripted_set_clock(w.loop, unix_seconds - clock_unix());
}

static const char *problem(void)
{
	return health_text(w.health, "tls_certificate");
}

static void check_problem(const char *part)
{
	if (strstr(problem(), part) == NULL)
		fail_msg("'%s' is not in '%s'", part, problem());
}

static int64_t shown_until(void)
{
	return tls_identity_shown(w.identity)->until;
}

#define UNTIL_A 1775001600
#define BEGIN_B 1772323200
#define UNTIL_B 1780272000

/* --- at the start ---------------------------------------------------------------------------- */

static void test_what_cannot_be_used_is_refused_at_the_start(void **state)
{
	struct err err = { .text = "" };

	(void)state;
	copy("b.key", w.key, 0600);
	assert_int_equal(start(false, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "two different certificates"));
	assert_non_null(strstr(err.text, w.key));
	copy("a.key", w.key, 0644);
	assert_int_equal(start(false, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "mode 0644"));
	copy("a.key", w.key, 0660);
	assert_int_equal(start(false, &err), ERR_INVALID);
	copy("a.key", w.key, 0640); /* shared with a group, as Debian's ssl-cert is */
	must_start();
}

static void test_what_is_no_file_or_too_large_is_refused(void **state)
{
	static char zeros[300000];
	struct err err = { .text = "" };

	(void)state;
	put(w.cert, zeros, sizeof(zeros), 0644);
	assert_int_equal(start(false, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "larger than"));
	assert_int_equal(unlink(w.cert), 0);
	assert_int_equal(mkdir(w.cert, 0700), 0);
	assert_int_equal(start(false, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "no regular file"));
	assert_int_equal(rmdir(w.cert), 0);
	assert_int_equal(start(false, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "No such file"));
}

/* --- while it runs --------------------------------------------------------------------------- */

static void test_files_that_do_not_change_are_not_read(void **state)
{
	unsigned opened;

	(void)state;
	must_start();
	opened = w.opened;
	loop_scripted_advance(w.loop, 3600 * 1000);
	assert_int_equal(w.opened, opened);
	assert_string_equal(problem(), "");
}

static void test_new_files_are_shown(void **state)
{
	(void)state;
	must_start();
	assert_int_equal(shown_until(), UNTIL_A);
	copy("b.pem", w.cert, 0644);
	copy("b.key", w.key, 0600);
	loop_scripted_advance(w.loop, 2000);
	assert_int_equal(shown_until(), UNTIL_B);
	assert_int_equal(w.shown, 2);
	assert_string_equal(problem(), "");
}

/* One file comes after the other: nothing is said, nothing wrong is shown. */
static void test_between_the_two_files_the_old_one_stays(void **state)
{
	(void)state;
	must_start();
	copy("b.key", w.key, 0600);
	loop_scripted_advance(w.loop, 10000);
	assert_int_equal(shown_until(), UNTIL_A);
	assert_string_equal(problem(), "");
	copy("b.pem", w.cert, 0644);
	loop_scripted_advance(w.loop, 2000);
	assert_int_equal(shown_until(), UNTIL_B);
	assert_string_equal(problem(), "");
}

static void test_a_pair_that_stays_wrong_is_told_and_the_old_one_shown(void **state)
{
	(void)state;
	must_start();
	copy("b.key", w.key, 0600);
	loop_scripted_advance(w.loop, 20000);
	assert_int_equal(shown_until(), UNTIL_A);
	check_problem("two different certificates");
	check_problem("loaded before goes on");
	put(w.cert, "half", 4, 0644);
	loop_scripted_advance(w.loop, 2000);
	check_problem("no certificate chain");
	copy("a.pem", w.cert, 0644);
	copy("a.key", w.key, 0600);
	loop_scripted_advance(w.loop, 2000);
	assert_string_equal(problem(), "");
	assert_int_equal(w.shown, 1); /* the same as before: no handshake notices */
}

static void test_files_that_vanish_are_told(void **state)
{
	(void)state;
	must_start();
	assert_int_equal(unlink(w.key), 0);
	loop_scripted_advance(w.loop, 20000);
	check_problem("No such file");
	assert_int_equal(shown_until(), UNTIL_A);
	copy("a.key", w.key, 0644);
	loop_scripted_advance(w.loop, 20000);
	check_problem("mode 0644");
	assert_int_equal(chmod(w.key, 0600), 0); /* that changes the file, too */
	loop_scripted_advance(w.loop, 2000);
	assert_string_equal(problem(), "");
}

static void test_a_hint_is_followed_at_once(void **state)
{
	(void)state;
	must_start();
	copy("b.key", w.key, 0600);
	tls_reload_now(w.reload);
	check_problem("two different certificates");
	copy("b.pem", w.cert, 0644);
	tls_reload_now(w.reload);
	assert_string_equal(problem(), "");
	assert_int_equal(shown_until(), UNTIL_B);
}

/* Descriptors ran out: the files are as good as before, and are tried again unchanged. */
static void test_trouble_of_our_own_is_tried_again(void **state)
{
	(void)state;
	must_start();
	copy("b.pem", w.cert, 0644);
	copy("b.key", w.key, 0600);
	w.open_fails = 1;
	loop_scripted_advance(w.loop, 2000);
	assert_int_equal(shown_until(), UNTIL_A);
	loop_scripted_advance(w.loop, 2000);
	assert_int_equal(shown_until(), UNTIL_B);
	assert_string_equal(problem(), "");
}

static void put_link(const char *to, const char *name)
{
	char path[700];

	(void)snprintf(path, sizeof(path), "%s/new", w.dir);
	assert_int_equal(symlink(to, path), 0);
	assert_int_equal(rename(path, name), 0);
}

static void test_links_are_followed_anew(void **state)
{
	char path[700];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/cert2.pem", w.dir);
	copy("b.pem", path, 0644);
	(void)snprintf(path, sizeof(path), "%s/key2.pem", w.dir);
	copy("b.key", path, 0600);
	must_start();
	put_link("key2.pem", w.key);
	put_link("cert2.pem", w.cert);
	loop_scripted_advance(w.loop, 2000);
	assert_int_equal(shown_until(), UNTIL_B);
}

/* --- its end --------------------------------------------------------------------------------- */

static void test_the_end_is_told_two_weeks_before(void **state)
{
	(void)state;
	must_start();
	set_time(UNTIL_A - 15 * DAY);
	loop_scripted_advance(w.loop, 2000);
	assert_string_equal(problem(), "");
	set_time(UNTIL_A - 13 * DAY);
	loop_scripted_advance(w.loop, 2000);
	check_problem("ends at 2026-04-01T00:00:00Z: renew it");
	set_time(UNTIL_A + 1);
	loop_scripted_advance(w.loop, 2000);
	check_problem("ended at 2026-04-01T00:00:00Z: browsers refuse");
	copy("b.pem", w.cert, 0644);
	copy("b.key", w.key, 0600);
	loop_scripted_advance(w.loop, 2000);
	assert_string_equal(problem(), "");
}

static void test_a_short_life_is_no_problem_for_most_of_it(void **state)
{
	(void)state;
	copy("short.pem", w.cert, 0644);
	set_time(1767225600 + 4 * DAY); /* of six */
	must_start();
	assert_string_equal(problem(), "");
	set_time(1767225600 + 5 * DAY);
	loop_scripted_advance(w.loop, 2000);
	check_problem("renew it");
}

static void test_one_that_is_over_or_not_begun_is_shown_all_the_same(void **state)
{
	(void)state;
	set_time(UNTIL_A + DAY);
	must_start();
	check_problem("ended at");
	set_time(1767225600 - DAY);
	loop_scripted_advance(w.loop, 2000);
	check_problem("not valid before");
}

/* A file from an old backup: browsers still take the one that is shown. */
static void test_one_that_is_over_does_not_take_the_place_of_one_in_force(void **state)
{
	(void)state;
	must_start();
	copy("short.pem", w.cert, 0644);
	tls_reload_now(w.reload);
	check_problem("the new certificate ended at 2026-01-07T00:00:00Z");
	check_problem("loaded before goes on");
	assert_int_equal(shown_until(), UNTIL_A);
	copy("a.pem", w.cert, 0644);
	loop_scripted_advance(w.loop, 2000);
	assert_string_equal(problem(), "");
}

static void test_one_that_has_not_begun_is_shown_when_it_has(void **state)
{
	(void)state;
	set_time(BEGIN_B - DAY);
	must_start();
	copy("b.pem", w.cert, 0644);
	copy("b.key", w.key, 0600);
	loop_scripted_advance(w.loop, 20000);
	check_problem("the new certificate is not valid before");
	assert_int_equal(shown_until(), UNTIL_A);
	set_time(BEGIN_B);
	loop_scripted_advance(w.loop, 2000);
	assert_int_equal(shown_until(), UNTIL_B);
	assert_string_equal(problem(), "");
}

/* --- files that somebody will bring ---------------------------------------------------------- */

static void test_awaited_files_may_be_missing(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(unlink(w.cert), 0);
	assert_int_equal(start(true, &err), 0);
	assert_null(tls_identity_shown(w.identity));
	loop_scripted_advance(w.loop, 60000);
	assert_string_equal(problem(), "");
	copy("a.pem", w.cert, 0644);
	tls_reload_now(w.reload);
	assert_int_equal(shown_until(), UNTIL_A);
	assert_int_equal(w.shown, 1);
}

static void test_awaited_files_that_are_bad_are_told(void **state)
{
	struct err err;

	(void)state;
	put(w.cert, "", 0, 0644);
	assert_int_equal(start(true, &err), 0);
	loop_scripted_advance(w.loop, 20000);
	check_problem("cannot be reached over HTTPS");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, make_world, remove_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_cannot_be_used_is_refused_at_the_start),
		TEST(test_what_is_no_file_or_too_large_is_refused),
		TEST(test_files_that_do_not_change_are_not_read),
		TEST(test_new_files_are_shown),
		TEST(test_between_the_two_files_the_old_one_stays),
		TEST(test_a_pair_that_stays_wrong_is_told_and_the_old_one_shown),
		TEST(test_files_that_vanish_are_told),
		TEST(test_a_hint_is_followed_at_once),
		TEST(test_trouble_of_our_own_is_tried_again),
		TEST(test_links_are_followed_anew),
		TEST(test_the_end_is_told_two_weeks_before),
		TEST(test_a_short_life_is_no_problem_for_most_of_it),
		TEST(test_one_that_is_over_or_not_begun_is_shown_all_the_same),
		TEST(test_one_that_is_over_does_not_take_the_place_of_one_in_force),
		TEST(test_one_that_has_not_begun_is_shown_when_it_has),
		TEST(test_awaited_files_may_be_missing),
		TEST(test_awaited_files_that_are_bad_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
