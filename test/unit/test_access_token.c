/* The file of tokens, line by line; whose token it is. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/model/access_token.h"

/* printf %s secret | sha256sum */
#define SECRET "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
#define OTHER  "0000000000000000000000000000000000000000000000000000000000000000"

static void test_files(void **state)
{
	static const struct {
		const char *why, *text, *error;
		unsigned count, roles; /* of the first one */
	} rows[] = {
		{ "empty", "", NULL, 0, 0 },
		{ "one", "ann read " SECRET "\n", NULL, 1, ACCESS_READ },
		{ "no line end", "ann read " SECRET, NULL, 1, ACCESS_READ },
		{ "CR LF and blanks", " ann\tread  " SECRET " \r\n", NULL, 1, ACCESS_READ },
		{ "several roles", "ann read,backup " SECRET "\n", NULL, 1,
		  ACCESS_READ | ACCESS_BACKUP },
		{ "comments and empty lines", "# ann read x\n\n  # b\nb metrics " OTHER "\n", NULL,
		  1, ACCESS_METRICS },
		{ "two", "a read " SECRET "\nb read " OTHER "\n", NULL, 2, ACCESS_READ },
		{ "no digest", "\nann read\n", "line 2 is no NAME ROLE DIGEST", 0, 0 },
		{ "unknown role", "ann write " SECRET, "line 1 is no NAME ROLE DIGEST", 0, 0 },
		{ "a role and nothing", "ann read, " SECRET, "line 1 is no NAME ROLE DIGEST", 0,
		  0 },
		{ "short digest", "ann read abcd", "line 1 is no NAME ROLE DIGEST", 0, 0 },
		{ "long digest", "ann read " SECRET "00", "line 1 is no NAME ROLE DIGEST", 0, 0 },
		{ "the token itself", "ann read secret", "line 1 is no NAME ROLE DIGEST", 0, 0 },
		{ "more behind it", "ann read " SECRET " x", "line 1 is no NAME ROLE DIGEST", 0,
		  0 },
		{ "a name with a quote", "a\"n read " SECRET, "line 1 is no NAME ROLE DIGEST", 0,
		  0 },
		{ "a name twice", "a read " SECRET "\na read " OTHER,
		  "line 2 has a name that was there before", 0, 0 },
	};
	struct access_list *l = calloc(1, sizeof(*l));
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = access_list_parse(rows[i].text, l, &err);

		if ((rc < 0) != (rows[i].error != NULL) ||
		    (rc < 0 && strcmp(err.text, rows[i].error) != 0) ||
		    (rc == 0 && (l->count != rows[i].count ||
				 (l->count > 0 && l->token[0].roles != rows[i].roles))))
			fail_msg("%s: %d %s", rows[i].why, rc, rc < 0 ? err.text : "");
	}
	free(l);
}

static void test_limits(void **state)
{
	struct buf text = BUF_INIT(65536);
	struct access_list *l = calloc(1, sizeof(*l));
	struct err err;

	(void)state;
	for (int i = 0; i < ACCESS_TOKENS_MAX; i++)
		(void)buf_printf(&text, "a%d read " SECRET "\n", i);
	assert_int_equal(access_list_parse(buf_text(&text), l, &err), 0);
	assert_int_equal(l->count, ACCESS_TOKENS_MAX);
	(void)buf_puts(&text, "one-more read " SECRET "\n");
	assert_int_equal(access_list_parse(buf_text(&text), l, &err), ERR_INVALID);
	buf_clear(&text);
	for (int i = 0; i < 300; i++)
		(void)buf_putc(&text, 'a');
	assert_int_equal(access_list_parse(buf_text(&text), l, &err), ERR_INVALID);
	assert_string_equal(err.text, "line 1 is too long");
	assert_false(access_name_is_valid("123456789012345678901234567890123"));
	assert_true(access_name_is_valid("12345678901234567890123456789012"));
	assert_false(access_name_is_valid(""));
	buf_release(&text);
	free(l);
}

static void test_what_is_printed_is_read(void **state)
{
	struct access_token t = { .name = "ann.b-c_1",
				  .roles = ACCESS_READ | ACCESS_BACKUP | ACCESS_METRICS,
				  .digest = access_digest("secret") };
	struct access_list *l = calloc(1, sizeof(*l));
	struct buf line = BUF_INIT(1024);
	struct err err;

	(void)state;
	access_token_print(&t, &line);
	assert_string_equal(buf_text(&line), "ann.b-c_1 read,backup,metrics " SECRET "\n");
	assert_int_equal(access_list_parse(buf_text(&line), l, &err), 0);
	assert_ptr_equal(access_list_find(l, "secret"), &l->token[0]);
	assert_null(access_list_find(l, "Secret"));
	assert_null(access_list_find(l, ""));
	assert_null(access_list_find(l, SECRET)); /* who reads the file has no token by it */
	buf_release(&line);
	free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_what_is_printed_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
