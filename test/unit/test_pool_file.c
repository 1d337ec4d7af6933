#include <string.h>

#include "common/pool/pool_file.h"
#include "test/support/test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define A	 "16Dw3XB1cqcUip5ygg7YU6GJqWwpU4fBgS"
#define B	 "1Aenwhgtc1sUJf1gW6UQhVRkLDWXFiXjFx"
#define SEGWIT	 "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"

static void test_rows(void **state)
{
	// clang-format off
	static const struct {
		const char *why;
		bool json;
		const char *text;
		size_t count;         /* when it is right */
		const char *mistakes; /* when it is wrong */
	} rows[] = {
		{ "nothing",                  false, "", 0, NULL },
		{ "one a line",               false, A "\n" B "\n", 2, NULL },
		{ "last line without end",    false, A "\n" B, 2, NULL },
		{ "comments and empty lines", false, "# pool\n\n  " A "\t# mine\r\n#" B "\n", 1, NULL },
		{ "a mistyped address",       false, A "\n" "16Dw3XB1cqcUip5ygg7YU6GJqWwpU4fBgT\n", 0,
		  "pool:2: '16Dw3XB1cqcUip5ygg7YU6GJqWwpU4fBgT': Invalid checksum\n" },
		{ "another network",          false, "mzK2FFDEhxqHcmrJw1ysqFkVyhUULo45hZ\n", 0,
		  "pool:1: 'mzK2FFDEhxqHcmrJw1ysqFkVyhUULo45hZ': Invalid version\n" },
		{ "twice, both lines named",  false, A "\n" B "\n" A "\n", 0,
		  "pool:3: '" A "': is there twice, first in line 1\n" },
		{ "one script in two spellings", false,
		  SEGWIT "\nBC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4\n", 0,
		  "pool:2: 'BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4': is there twice, first in line 1\n" },
		{ "all mistakes are told",    false, "x0\nx0\n", 0,
		  "pool:1: 'x0': Invalid base58 character\npool:2: 'x0': Invalid base58 character\n" },
		{ "an object",                true, "{\"btc_addresses\": [\"" A "\", \"" B "\"]}", 2, NULL },
		{ "the list alone",           true, "[\"" A "\"]", 1, NULL },
		{ "empty list",               true, "[]", 0, NULL },
		{ "an item that is no text",  true, "[\"" A "\", 7]", 0, "pool:2: '...': is no text\n" },
		{ "another coin's list",      true, "{\"eth_addresses\": []}", 0, "" },
		{ "no JSON",                  true, A "\n", 0, "" },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf mistakes = BUF_INIT(10000);
		struct pool_file file;
		struct err err = { .text = "" };
		int rc =
			pool_file_parse(COIN_BTC, BTC_MAIN, "pool", rows[i].text,
					strlen(rows[i].text), rows[i].json, &file, &mistakes, &err);

		if (rc != (rows[i].mistakes != NULL ? ERR_INVALID : 0))
			fail_msg("%s: %d %s", rows[i].why, rc, err.text);
		if (rc == 0 && file.count != rows[i].count)
			fail_msg("%s: %zu addresses", rows[i].why, file.count);
		if (rows[i].mistakes != NULL && strcmp(buf_text(&mistakes), rows[i].mistakes) != 0)
			fail_msg("%s: got <%s>", rows[i].why, buf_text(&mistakes));
		pool_file_release(&file);
		buf_release(&mistakes);
	}
}

static void test_spelling_becomes_canonical(void **state)
{
	static const char text[] = "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4";
	struct buf mistakes = BUF_INIT(1000);
	struct pool_file file;
	struct err err;

	(void)state;
	assert_int_equal(pool_file_parse(COIN_BTC, BTC_MAIN, "pool", text, strlen(text), false,
					 &file, &mistakes, &err),
			 0);
	assert_string_equal(file.address[0], SEGWIT);
	pool_file_release(&file);
}

static void test_many_mistakes_are_cut(void **state)
{
	struct buf text = BUF_INIT(100000), mistakes = BUF_INIT(100000);
	struct pool_file file;
	struct err err;
	unsigned lines = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_true(buf_puts(&text, "0\n"));
	assert_int_equal(pool_file_parse(COIN_BTC, BTC_MAIN, "pool", buf_text(&text), text.len,
					 false, &file, &mistakes, &err),
			 ERR_INVALID);
	for (const char *p = buf_text(&mistakes); *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 100);
	assert_non_null(strstr(err.text, "1000 mistakes"));
	pool_file_release(&file);
	buf_release(&text);
	buf_release(&mistakes);
}

static void test_file_names(void **state)
{
	(void)state;
	assert_true(pool_file_is_json("/etc/pool.json"));
	assert_true(pool_file_is_json("POOL.JSON"));
	assert_false(pool_file_is_json(".json")); /* a hidden file, not a form */
	assert_false(pool_file_is_json("pool.txt"));
	assert_false(pool_file_is_json("json"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_spelling_becomes_canonical),
		cmocka_unit_test(test_many_mistakes_are_cut),
		cmocka_unit_test(test_file_names),
	};

	return cmocka_run_group_tests_name("pool file", tests, NULL, NULL);
}
