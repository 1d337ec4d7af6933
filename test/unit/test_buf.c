#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "test/support/test.h"

static void test_limit_is_kept(void **state)
{
	struct buf b = BUF_INIT(5);

	(void)state;
	assert_string_equal(buf_text(&b), "");
	assert_true(buf_puts(&b, "12345"));
	assert_string_equal(buf_text(&b), "12345");
	assert_false(buf_putc(&b, '6'));
	assert_true(b.failed);
	buf_consume(&b, 3);
	assert_false(buf_putc(&b, '6')); /* what failed once stays failed */
	buf_clear(&b);
	assert_true(buf_printf(&b, "%d", 12345));
	assert_false(buf_printf(&b, "%d", 6));
	assert_string_equal(buf_text(&b), "12345");
	buf_release(&b);
	assert_true(buf_puts(&b, "again"));
	buf_release(&b);
}

static void test_growth_keeps_content(void **state)
{
	struct buf b = BUF_INIT(1 << 20);

	(void)state;
	b.secret = true; /* wipes what it grows out of */
	for (int i = 0; i < 10000; i++)
		assert_true(buf_printf(&b, "%04d", i));
	assert_int_equal(b.len, 40000);
	buf_consume(&b, 39996);
	assert_string_equal(buf_text(&b), "9999");
	buf_consume(&b, 4);
	assert_string_equal(buf_text(&b), "");
	buf_release(&b);
}

static void test_file_has_a_limit(void **state)
{
	struct buf b = BUF_INIT(10);
	char *dir = test_make_dir();
	char path[600];
	struct err err;
	FILE *f;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	assert_int_equal(buf_read_file(&b, path, &err), ERR_NOT_FOUND);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs("0123456789", f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(buf_read_file(&b, path, &err), 0);
	assert_string_equal(buf_text(&b), "0123456789");
	assert_int_equal(buf_read_file(&b, path, &err), ERR_INVALID); /* appended: too large */
	buf_clear(&b);
	assert_int_equal(buf_read_file(&b, dir, &err), ERR_INVALID); /* a folder */
	buf_release(&b);
	test_remove_dir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit_is_kept),
		cmocka_unit_test(test_growth_keeps_content),
		cmocka_unit_test(test_file_has_a_limit),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
