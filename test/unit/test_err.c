#include <errno.h>
#include <string.h>

#include "common/base/err.h"
#include "test/support/test.h"

static void test_set_and_wrap(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(err_set(&err, ERR_BUSY, "uxout '%s' is reserved", "ab"), ERR_BUSY);
	assert_int_equal(err_wrap(&err, "deposit %d", 7), ERR_BUSY);
	assert_string_equal(err.text, "deposit 7: uxout 'ab' is reserved");
}

static void test_errno(void **state)
{
	struct err err;

	(void)state;
	errno = ENOENT;
	assert_int_equal(err_set_errno(&err, "cannot open '%s'", "x"), ERR_IO);
	assert_string_equal(err.text, "cannot open 'x': No such file or directory");
}

static void test_paths_tell_mistakes_from_trouble(void **state)
{
	static const struct {
		const char *why;
		int number, rc;
	} rows[] = {
		{ "it is not there", ENOENT, ERR_INVALID }, { "a directory", EISDIR, ERR_INVALID },
		{ "another user's", EACCES, ERR_INVALID },  { "room may be made", ENOSPC, ERR_IO },
		{ "the disk may come back", EIO, ERR_IO },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		errno = rows[i].number;
		if (err_set_path_errno(&err, "cannot open '%s'", "x") != rows[i].rc ||
		    err.code != (enum err_code)rows[i].rc)
			fail_msg("%s", rows[i].why);
		errno = rows[i].number;
		assert_int_equal(err_set_path_errno(NULL, "x"), rows[i].rc);
	}
}

static void test_nobody_wants_the_text(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_INVALID, "lost"), ERR_INVALID);
	assert_true(err_wrap(NULL, "lost") < 0);
}

static void test_long_text_is_cut(void **state)
{
	char name[2 * ERR_TEXT_MAX];
	struct err err;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(err_set(&err, ERR_IO, "%s", name), ERR_IO);
	assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
	assert_int_equal(err_wrap(&err, "%s", name), ERR_IO);
	assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_and_wrap),
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_paths_tell_mistakes_from_trouble),
		cmocka_unit_test(test_nobody_wants_the_text),
		cmocka_unit_test(test_long_text_is_cut),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
