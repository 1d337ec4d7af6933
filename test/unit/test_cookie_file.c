/* Bitcoin Core's cookie: which files are one, and what is said of those that are not. */
#include "common/rpc/cookie_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/support/test.h"

static char *dir;

static int setup(void **state)
{
	(void)state;
	dir = test_make_dir();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_remove_dir(dir);
	return 0;
}

static const char *path_of(const char *name)
{
	static char path[600];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void write_cookie(const char *text, size_t len, mode_t mode)
{
	FILE *f = fopen(path_of(".cookie"), "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path_of(".cookie"), mode), 0);
}

#define HEX "3f1d2c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f00f"

static void test_what_a_cookie_is(void **state)
{
	static const struct {
		const char *text, *user, *pass; /* user NULL: none */
	} rows[] = {
		{ "__cookie__:" HEX, "__cookie__", HEX }, /* Core ends no line */
		{ "__cookie__:" HEX "\n", "__cookie__", HEX },
		{ "__cookie__:" HEX "\r\n", "__cookie__", HEX },
		{ "user:pass:word", "user", "pass:word" },
		{ "", NULL, NULL },
		{ "\n", NULL, NULL },
		{ "__cookie__", NULL, NULL },
		{ "__cookie__:", NULL, NULL },
		{ ":" HEX, NULL, NULL },
		{ "a:b\nc:d", NULL, NULL },
		{ "a:b\tc", NULL, NULL },
		{ "a:\x1b[2J", NULL, NULL },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cookie c;
		struct err err;
		int rc;

		write_cookie(rows[i].text, strlen(rows[i].text), 0600);
		rc = cookie_file_read(path_of(".cookie"), &c, &err);
		if (rc != (rows[i].user != NULL ? 0 : ERR_INVALID))
			fail_msg("row %u: %d", i, rc);
		if (rc < 0) {
			assert_non_null(strstr(err.text, "does not hold one line user:password"));
			continue;
		}
		assert_string_equal(c.user, rows[i].user);
		assert_string_equal(c.pass, rows[i].pass);
	}
	write_cookie("a:b\0c", 5, 0600);
	{
		struct cookie c;

		assert_int_equal(cookie_file_read(path_of(".cookie"), &c, NULL), ERR_INVALID);
	}
}

static void expect_refused(const char *path, int code, const char *part)
{
	struct cookie c;
	struct err err;
	int rc = cookie_file_read(path, &c, &err);

	if (rc != code || strstr(err.text, part) == NULL)
		fail_msg("%d: %s", rc, err.text);
}

static void test_files_that_are_none(void **state)
{
	static const mode_t open_to_others[] = { 0620, 0602, 0666 };
	static const mode_t fine[] = { 0600, 0640, 0644, 0400 };
	struct cookie c;
	struct err err;
	char *large = malloc(COOKIE_MAX);

	(void)state;
	assert_non_null(large);
	expect_refused(path_of("none"), ERR_IO, "No such file");
	expect_refused(dir, ERR_INVALID, "is no regular file");
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	expect_refused(path_of("pipe"), ERR_INVALID, "is no regular file"); /* and nobody waits */
	for (unsigned i = 0; i < 3; i++) {
		write_cookie("a:b", 3, open_to_others[i]);
		expect_refused(path_of(".cookie"), ERR_INVALID, "can be written by other users");
	}
	for (unsigned i = 0; i < 4; i++) {
		write_cookie("a:b", 3, 0600);
		assert_int_equal(chmod(path_of(".cookie"), fine[i]), 0);
		assert_int_equal(cookie_file_read(path_of(".cookie"), &c, &err), 0);
		assert_int_equal(unlink(path_of(".cookie")), 0);
	}
	memset(large, 'x', COOKIE_MAX);
	large[1] = ':';
	write_cookie(large, COOKIE_MAX, 0600);
	expect_refused(path_of(".cookie"), ERR_INVALID, "larger than a cookie can be");
	write_cookie(large, COOKIE_MAX - 1, 0600);
	assert_int_equal(cookie_file_read(path_of(".cookie"), &c, &err), 0);
	assert_int_equal(strlen(c.pass), COOKIE_MAX - 3);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_a_cookie_is, setup, teardown),
		cmocka_unit_test_setup_teardown(test_files_that_are_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
