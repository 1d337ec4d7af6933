/* Percent escapes: decoded in place, and nothing is lost behind a NUL byte. */
#include "test/support/test.h"

#include <stdio.h>
#include <string.h>

#include "apid/uri.h"

static void test_unescape(void **state)
{
	static const struct {
		const char *why, *text, *plain;
	} rows[] = {
		{ "nothing", "", "" },
		{ "nothing to do", "/api/bind", "/api/bind" },
		{ "either case", "%2f%2F", "//" },
		{ "in the middle", "a%20b", "a b" },
		{ "an escaped percent sign is not an escape", "%2541", "%41" },
		{ "bytes above ASCII", "%c3%a4", "\xc3\xa4" },
		{ "NUL is shown", "a%00b",
		  "a\x01"
		  "b" },
		{ "no hex digits", "%zz", "%zz" },
		{ "one hex digit", "%4g", "%4g" },
		{ "cut after the sign", "a%", "a%" },
		{ "cut after a digit", "a%4", "a%4" },
		{ "plus is not ours", "a+b", "a+b" },
		{ "a sign before an escape", "%%41", "%A" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[64];
		size_t len;

		(void)snprintf(text, sizeof(text), "%s", rows[i].text);
		len = uri_unescape(text);
		if (strcmp(text, rows[i].plain) != 0 || len != strlen(rows[i].plain))
			fail_msg("%s: '%s'", rows[i].why, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_unescape) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
