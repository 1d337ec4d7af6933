#include <string.h>

#include "common/base/text.h"
#include "common/coin/base58.h"
#include "test/support/test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* From Bitcoin Core's base58_encode_decode.json. */
static const struct {
	const char *why, *hex, *text;
} rows[] = {
	{ "nothing", "", "" },
	{ "one byte", "61", "2g" },
	{ "three bytes", "626262", "a3gV" },
	{ "a sentence", "73696d706c792061206c6f6e6720737472696e67",
	  "2cFupjhnEsSn59qHXstmK2ffpLv2" },
	{ "a leading zero", "00eb15231dfceb60925886b67d065299925915aeb172c06647",
	  "1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L" },
	{ "carries", "516b6fcd0f", "ABnLTmg" },
	{ "zeros only", "00000000000000000000", "1111111111" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t want[64], got[64];
		char text[2 * 64 + 2];
		size_t want_len = strlen(rows[i].hex) / 2, len;

		assert_true(hex_to_bytes(rows[i].hex, want, want_len));
		base58_encode(want, want_len, text);
		if (strcmp(text, rows[i].text) != 0)
			fail_msg("%s: got %s, want %s", rows[i].why, text, rows[i].text);
		assert_true(base58_decode(rows[i].text, got, sizeof(got), &len));
		assert_int_equal(len, want_len);
		assert_memory_equal(got, want, len);
	}
}

static void test_size_is_kept(void **state)
{
	uint8_t out[4] = { 0, 0, 0, 0xee };
	size_t len;

	(void)state;
	assert_true(base58_decode("a3gV", out, 3, &len)); /* fits exactly */
	assert_int_equal(len, 3);
	assert_int_equal(out[3], 0xee);
	assert_false(base58_decode("a3gV", out, 2, &len));
	assert_false(base58_decode("1a3gV", out, 3, &len)); /* the zero byte is one too many */
	assert_false(base58_decode("1111", out, 3, &len));
	assert_int_equal(out[3], 0xee);
}

static void test_long_text_is_refused(void **state)
{
	static char text[1 << 20];
	uint8_t out[25];
	size_t len;

	(void)state;
	memset(text, 'z', sizeof(text) - 1);
	assert_true(base58_is_text(text));
	assert_false(base58_decode(text, out, sizeof(out), &len));
	memset(text, '1', sizeof(text) - 1);
	assert_false(base58_decode(text, out, sizeof(out), &len));
}

static void test_alphabet(void **state)
{
	static const char *const bad[] = { "0", "O", "I", "l", " 2g", "2g ", "2g\n", "2\xc3\xa9g" };
	uint8_t out[8];
	size_t len;

	(void)state;
	assert_true(base58_is_text(""));
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(base58_is_text(bad[i]));
		assert_false(base58_decode(bad[i], out, sizeof(out), &len));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_size_is_kept),
		cmocka_unit_test(test_long_text_is_refused),
		cmocka_unit_test(test_alphabet),
	};

	return cmocka_run_group_tests_name("base58", tests, NULL, NULL);
}
