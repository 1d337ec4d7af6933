#include <stdlib.h>
#include <string.h>

#include "common/ipc/frame.h"
#include "test/support/test.h"

static void test_what_is_put_is_got(void **state)
{
	static const size_t sizes[] = { 1, 2, 255, 256, 65535, 65536, FRAME_MAX };
	struct buf out = BUF_INIT((size_t)4 * FRAME_MAX);
	char *json = malloc(FRAME_MAX);
	size_t at = 0;

	(void)state;
	assert_non_null(json);
	memset(json, 'x', FRAME_MAX);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_true(frame_put(&out, json, sizes[i]));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const char *got;
		size_t len, used;

		assert_int_equal(frame_get(out.data + at, out.len - at, &got, &len, &used), 1);
		assert_int_equal(len, sizes[i]);
		assert_int_equal(used, sizes[i] + 4);
		assert_ptr_equal(got, out.data + at + 4);
		at += used;
	}
	assert_int_equal(at, out.len);
	free(json);
	buf_release(&out);
}

static void test_parts_and_impossible_lengths(void **state)
{
	static const struct {
		const char *why;
		const char *data;
		size_t len;
		int rc;
	} rows[] = {
		{ "nothing", "", 0, 0 },
		{ "half a length", "\0\0\0", 3, 0 },
		{ "a length alone", "\0\0\0\1", 4, 0 },
		{ "all but a byte", "\0\0\0\3{}", 6, 0 },
		{ "whole", "\0\0\0\2{}", 6, 1 },
		{ "whole and more", "\0\0\0\2{}\0\0", 8, 1 },
		{ "length zero", "\0\0\0\0", 4, -1 },
		{ "one too long", "\0\x10\0\1", 4, -1 },
		{ "longest allowed, not here yet", "\0\x10\0\0", 4, 0 },
		{ "all ones", "\xff\xff\xff\xff", 4, -1 },
		{ "text that is no frame", "GET / HTTP/1.1", 14, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *json;
		size_t len, used;
		int rc = frame_get(rows[i].data, rows[i].len, &json, &len, &used);

		if (rc != rows[i].rc)
			fail_msg("%s: %d", rows[i].why, rc);
	}
}

static void test_put_is_whole_or_not_at_all(void **state)
{
	struct buf out = BUF_INIT(10);
	char *json = calloc(1, FRAME_MAX + 1);

	(void)state;
	assert_non_null(json);
	assert_false(frame_put(&out, json, 0));
	assert_false(frame_put(&out, json, FRAME_MAX + 1));
	assert_true(frame_put(&out, "12345", 5));
	assert_false(frame_put(&out, "1", 1)); /* 5 bytes, 1 left */
	assert_int_equal(out.len, 9);
	assert_false(out.failed);
	free(json);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_put_is_got),
		cmocka_unit_test(test_parts_and_impossible_lengths),
		cmocka_unit_test(test_put_is_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
