/* Bodies of POST /api/bind, as strangers write them. */
#include "test/support/test.h"

#include <string.h>

#include "apid/bind_body.h"

static void test_good(void **state)
{
	static const struct {
		const char *why, *body, *sky_address, *coin;
	} rows[] = {
		{ "both", "{\"skyaddr\":\"a\",\"coin_type\":\"BTC\"}", "a", "BTC" },
		{ "neither", "{}", "", "" },
		{ "trimmed, but not the coin", "{\"skyaddr\":\" \\t\\na\\n\",\"coin_type\":\" B\"}",
		  "a", " B" },
		{ "carriage returns are no blanks", "{\"skyaddr\":\"a\\r\"}", "a\r", "" },
		{ "blanks inside stay", "{\"skyaddr\":\" a b \"}", "a b", "" },
		{ "case of names", "{\"SkyAddr\":\"a\",\"COIN_TYPE\":\"B\"}", "a", "B" },
		{ "null says nothing", "{\"skyaddr\":null}", "", "" },
		{ "null after a text leaves it", "{\"skyaddr\":\"a\",\"SKYADDR\":null}", "a", "" },
		{ "the last one counts", "{\"skyaddr\":\"a\",\"Skyaddr\":\"b\"}", "b", "" },
		{ "unknown fields", "{\"x\":[{}],\"skyaddr\":\"a\",\"y\":1}", "a", "" },
		{ "bytes behind", "{\"skyaddr\":\"a\"} and more {", "a", "" },
		{ "blanks before", "\r\n\t {\"skyaddr\":\"a\"}", "a", "" },
		{ "escapes", "{\"sk\\u0079addr\":\"\\u0061\"}", "a", "" },
		{ "fields of fields are not ours", "{\"x\":{\"skyaddr\":\"b\"}}", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bind_body b;
		struct err err;

		if (bind_body_parse(rows[i].body, strlen(rows[i].body), &b, &err) < 0)
			fail_msg("%s: %s", rows[i].why, err.text);
		if (strcmp(b.sky_address, rows[i].sky_address) != 0 ||
		    strcmp(b.coin, rows[i].coin) != 0)
			fail_msg("%s: '%s' '%s'", rows[i].why, b.sky_address, b.coin);
		bind_body_release(&b);
	}
}

static void test_bad(void **state)
{
	static const struct {
		const char *why, *body, *text;
	} rows[] = {
		{ "nothing", "", "EOF" },
		{ "only blanks", " \n", "EOF" },
		{ "null", "null", "expected an object" },
		{ "an array", "[]", "expected an object" },
		{ "a text", "\"x\"", "expected an object" },
		{ "a number for a text", "{\"skyaddr\":1}", "'skyaddr' must be a string" },
		{ "a truth for a text", "{\"coin_type\":true}", "'coin_type' must be a string" },
		{ "an object for a text", "{\"coin_type\":{}}", "'coin_type' must be a string" },
		{ "one of two is wrong", "{\"skyaddr\":1,\"skyaddr\":\"a\"}",
		  "'skyaddr' must be a string" },
		{ "cut", "{\"skyaddr\":\"a\"", "" },
		{ "an escaped NUL would hide what follows", "{\"skyaddr\":\"a\\u0000b\"}", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bind_body b;
		struct err err;

		if (bind_body_parse(rows[i].body, strlen(rows[i].body), &b, &err) != ERR_INVALID)
			fail_msg("%s: accepted", rows[i].why);
		if (strstr(err.text, rows[i].text) == NULL)
			fail_msg("%s: '%s'", rows[i].why, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
