#include <string.h>

#include "common/base/text.h"
#include "test/support/test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_u64(void **state)
{
	// clang-format off
	static const struct { const char *why, *text; uint64_t max; bool ok; uint64_t value; } rows[] = {
		{ "zero",            "0",                    UINT64_MAX, true,  0 },
		{ "leading zeros",   "0007",                 UINT64_MAX, true,  7 },
		{ "largest",         "18446744073709551615", UINT64_MAX, true,  UINT64_MAX },
		{ "one more",        "18446744073709551616", UINT64_MAX, false, 0 },
		{ "ten times more",  "99999999999999999999", UINT64_MAX, false, 0 },
		{ "at the limit",    "100",                  100,        true,  100 },
		{ "above the limit", "101",                  100,        false, 0 },
		{ "nothing",         "",                     UINT64_MAX, false, 0 },
		{ "a sign",          "+1",                   UINT64_MAX, false, 0 },
		{ "a space",         "1 ",                   UINT64_MAX, false, 0 },
		{ "hex",             "0x1",                  UINT64_MAX, false, 0 },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t value = 77;

		if (text_to_u64(rows[i].text, rows[i].max, &value) != rows[i].ok ||
		    value != (rows[i].ok ? rows[i].value : 77))
			fail_msg("%s: '%s'", rows[i].why, rows[i].text);
	}
}

static void test_i64(void **state)
{
	// clang-format off
	static const struct { const char *why, *text; bool ok; int64_t value; } rows[] = {
		{ "positive",     "12",                   true,  12 },
		{ "negative",     "-12",                  true,  -12 },
		{ "largest",      "9223372036854775807",  true,  INT64_MAX },
		{ "one more",     "9223372036854775808",  false, 0 },
		{ "two signs",    "--1",                  false, 0 },
		{ "only a sign",  "-",                    false, 0 },
		{ "below min",    "-9223372036854775807", false, 0 },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t value = 77;

		if (text_to_i64(rows[i].text, -100, INT64_MAX, &value) != rows[i].ok ||
		    value != (rows[i].ok ? rows[i].value : 77))
			fail_msg("%s: '%s'", rows[i].why, rows[i].text);
	}
}

static void test_hex(void **state)
{
	uint8_t bytes[2] = { 0 };
	char hex[5];

	(void)state;
	assert_true(hex_to_bytes("aBcD", bytes, 2));
	hex_from_bytes(bytes, 2, hex);
	assert_string_equal(hex, "abcd");
	assert_false(hex_to_bytes("abc", bytes, 2));
	assert_false(hex_to_bytes("abcde", bytes, 2));
	assert_false(hex_to_bytes("abcg", bytes, 2));
	assert_false(hex_to_bytes("0x12", bytes, 2));
	assert_false(hex_decode("abc", 3, bytes));
	assert_true(hex_decode("", 0, bytes));
}

static void test_copy(void **state)
{
	char to[4] = "old";

	(void)state;
	assert_false(text_copy(to, sizeof(to), "four"));
	assert_string_equal(to, "old");
	assert_true(text_copy(to, sizeof(to), "new"));
	assert_string_equal(to, "new");
}

static void test_trim(void **state)
{
	size_t len;
	const char *kept = text_trim(" \t a b\n ", " \t\n", &len);

	(void)state;
	assert_int_equal(len, 3);
	assert_memory_equal(kept, "a b", 3);
	(void)text_trim("   ", " ", &len);
	assert_int_equal(len, 0);
}

static void test_plain(void **state)
{
	(void)state;
	assert_true(text_is_plain(" ~"));
	assert_true(text_is_plain(""));
	assert_false(text_is_plain("a\n"));
	assert_false(text_is_plain("\x7f"));
	assert_false(text_is_plain("\xc3\xa9"));
	assert_true(text_equal_nocase("Btc", "bTC"));
	assert_false(text_equal_nocase("btc", "bt"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u64),  cmocka_unit_test(test_i64),
		cmocka_unit_test(test_hex),  cmocka_unit_test(test_copy),
		cmocka_unit_test(test_trim), cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
