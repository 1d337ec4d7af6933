/* Headers that strangers write, and what is read in them. */
#include "test/support/test.h"

#include <inttypes.h>
#include <string.h>

#include "apid/accept_encoding.h"
#include "apid/content_type.h"
#include "apid/http_conditional.h"
#include "apid/http_date.h"
#include "apid/http_range.h"
#include "apid/static_path.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_range(void **state)
{
	static const struct {
		const char *why, *header;
		uint64_t size;
		enum http_range_kind kind;
		uint64_t from, len;
	} rows[] = {
		{ "none", NULL, 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "the first ten", "bytes=0-9", 100, HTTP_RANGE_PART, 0, 10 },
		{ "one byte", "bytes=5-5", 100, HTTP_RANGE_PART, 5, 1 },
		{ "to the end", "bytes=90-", 100, HTTP_RANGE_PART, 90, 10 },
		{ "beyond the end is cut", "bytes=90-1000", 100, HTTP_RANGE_PART, 90, 10 },
		{ "the last ten", "bytes=-10", 100, HTTP_RANGE_PART, 90, 10 },
		{ "more than there are", "bytes=-1000", 100, HTTP_RANGE_PART, 0, 100 },
		{ "blanks round it", "bytes= 0-9 ", 100, HTTP_RANGE_PART, 0, 10 },
		{ "the unit in capitals", "Bytes=0-9", 100, HTTP_RANGE_PART, 0, 10 },
		{ "behind the end", "bytes=100-", 100, HTTP_RANGE_NOWHERE, 0, 0 },
		{ "the last none", "bytes=-0", 100, HTTP_RANGE_NOWHERE, 0, 0 },
		{ "of an empty file", "bytes=0-", 0, HTTP_RANGE_NOWHERE, 0, 0 },
		{ "the last of an empty file", "bytes=-1", 0, HTTP_RANGE_NOWHERE, 0, 0 },
		{ "a huge number", "bytes=99999999999999999999999-", 100, HTTP_RANGE_NOWHERE, 0,
		  0 },
		{ "a huge end", "bytes=1-99999999999999999999999", 100, HTTP_RANGE_PART, 1, 99 },
		{ "the largest end", "bytes=1-18446744073709551615", 100, HTTP_RANGE_PART, 1, 99 },
		{ "zeros in front", "bytes=0000000000000000000000001-2", 100, HTTP_RANGE_PART, 1,
		  2 },
		{ "two ranges: the whole", "bytes=0-1,5-6", 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "backwards", "bytes=9-0", 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "another unit", "lines=0-9", 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "no number", "bytes=a-b", 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "a sign", "bytes=+1-2", 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "two signs", "bytes=--2", 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "nothing", "bytes=", 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "a dash", "bytes=-", 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "words behind", "bytes=0-9 x", 100, HTTP_RANGE_WHOLE, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t from = 0, len = 0;
		enum http_range_kind kind =
			http_range_parse(rows[i].header, rows[i].size, &from, &len);

		if (kind != rows[i].kind || from != rows[i].from || len != rows[i].len)
			fail_msg("%s: %d %" PRIu64 " %" PRIu64, rows[i].why, kind, from, len);
	}
}

static void test_dates(void **state)
{
	static const struct {
		const char *why, *text;
		bool ok;
	} rows[] = {
		{ "the form of today", "Sun, 06 Nov 1994 08:49:37 GMT", true },
		{ "of 1986", "Sunday, 06-Nov-94 08:49:37 GMT", true },
		{ "of C", "Sun Nov  6 08:49:37 1994", true },
		{ "another zone", "Sun, 06 Nov 1994 08:49:37 CET", false },
		{ "seconds", "784111777", false },
		{ "nothing", "", false },
		{ "words behind", "Sun, 06 Nov 1994 08:49:37 GMT x", false },
		{ "long", "Sun, 06 Nov 1994 08:49:37 GMT                                        ",
		  false },
	};
	char text[HTTP_DATE_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t t = 0;

		if (http_date_parse(rows[i].text, &t) != rows[i].ok ||
		    (rows[i].ok && t != 784111777))
			fail_msg("%s: %" PRId64, rows[i].why, t);
	}
	http_date_text(784111777, text);
	assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
}

static void test_conditions(void **state)
{
	static const char before[] = "Sun, 06 Nov 1994 08:49:36 GMT",
			  then[] = "Sun, 06 Nov 1994 08:49:37 GMT";
	static const struct {
		const char *why;
		struct http_conditions c;
		enum http_verdict verdict;
	} rows[] = {
		{ "no condition", { .if_range = NULL }, HTTP_SEND },
		{ "the same tag", { .if_none_match = "\"a\"" }, HTTP_NOT_MODIFIED },
		{ "the same, weak", { .if_none_match = "W/\"a\"" }, HTTP_NOT_MODIFIED },
		{ "one of several", { .if_none_match = "\"x\", \"a\"" }, HTTP_NOT_MODIFIED },
		{ "any", { .if_none_match = "*" }, HTTP_NOT_MODIFIED },
		{ "another tag", { .if_none_match = "\"b\"" }, HTTP_SEND },
		{ "a tag without quotes", { .if_none_match = "a" }, HTTP_SEND },
		{ "a tag without an end", { .if_none_match = "\"a" }, HTTP_SEND },
		{ "commas only", { .if_none_match = ",,," }, HTTP_SEND },
		{ "a tag with a comma in it", { .if_none_match = "\"x,\"a\"" }, HTTP_SEND },
		{ "not since", { .if_modified_since = then }, HTTP_NOT_MODIFIED },
		{ "since", { .if_modified_since = before }, HTTP_SEND },
		{ "since a day that is none", { .if_modified_since = "yesterday" }, HTTP_SEND },
		{ "the tag says more than the date",
		  { .if_none_match = "\"b\"", .if_modified_since = then },
		  HTTP_SEND },
		{ "if it is this", { .if_match = "\"a\"" }, HTTP_SEND },
		{ "if it is another", { .if_match = "\"b\"" }, HTTP_PRECONDITION_FAILED },
		{ "weak is not this", { .if_match = "W/\"a\"" }, HTTP_PRECONDITION_FAILED },
		{ "if there is one", { .if_match = "*" }, HTTP_SEND },
		{ "if not changed", { .if_unmodified_since = then }, HTTP_SEND },
		{ "if not changed, it was",
		  { .if_unmodified_since = before },
		  HTTP_PRECONDITION_FAILED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (http_conditional(&rows[i].c, "\"a\"", 784111777) != rows[i].verdict)
			fail_msg("%s", rows[i].why);
	assert_true(http_if_range_holds(NULL, "\"a\"", 784111777));
	assert_true(http_if_range_holds("\"a\"", "\"a\"", 784111777));
	assert_false(http_if_range_holds("W/\"a\"", "\"a\"", 784111777));
	assert_true(http_if_range_holds(then, "\"a\"", 784111777));
	assert_false(http_if_range_holds(before, "\"a\"", 784111777));
	assert_false(http_if_range_holds("", "\"a\"", 784111777));
}

static void test_encodings(void **state)
{
	static const struct {
		const char *header;
		bool gzip;
	} rows[] = {
		{ NULL, false },
		{ "", false },
		{ "gzip", true },
		{ "gzip, deflate, br", true },
		{ "br;q=1.0, GZIP;q=0.8, *;q=0.1", true },
		{ "x-gzip", true },
		{ "deflate", false },
		{ "identity", false },
		{ "gzip;q=0", false },
		{ "gzip ; q=0.000", false },
		{ "gzip;q=0.001", true },
		{ "gzip;q=", true },
		{ "*", true },
		{ "*;q=0", false },
		{ "*, gzip;q=0", false },
		{ "gzipped", false },
		{ ", ,gzip", true },
		{ ",,,", false },
		{ "gzip;", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (accept_encoding_has_gzip(rows[i].header) != rows[i].gzip)
			fail_msg("'%s'", rows[i].header);
}

static void test_paths(void **state)
{
	static const struct {
		const char *path;
		bool plain;
	} rows[] = {
		{ "/", true },	      { "/a/b.js", true },  { "/cn/", true },	{ "", false },
		{ "a", false },	      { "*", false },	    { "//a", false },	{ "/a//b", false },
		{ "/a//", false },    { "/.git/x", false }, { "/a/.b", false }, { "/..", false },
		{ "/a/../b", false }, { "/./a", false },    { "/a..b", true },	{ "/a/b./c", true },
	};
	static const struct {
		const char *path, *last;
	} lasts[] = {
		{ "/a/cn", "cn" },   { "/cn/", "cn" },		{ "/a b", "a%20b" },
		{ "/x:y", "x%3Ay" }, { "/\xd0\xb9", "%D0%B9" }, { "/a\r\nb", "a%0D%0Ab" },
	};
	char name[32];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (static_path_is_plain(rows[i].path) != rows[i].plain)
			fail_msg("'%s'", rows[i].path);
	for (size_t i = 0; i < COUNT(lasts); i++) {
		assert_true(static_path_last(lasts[i].path, name, sizeof(name)));
		assert_string_equal(name, lasts[i].last);
	}
	assert_false(static_path_last("/a-name-that-is-longer-than-the-place", name, sizeof(name)));
	assert_false(static_path_last("/", name, sizeof(name)));
}

static void test_types(void **state)
{
	(void)state;
	assert_string_equal(content_type_of("/index.html")->name, "text/html; charset=utf-8");
	assert_string_equal(content_type_of("/a.b/x.CSS")->name, "text/css; charset=utf-8");
	assert_string_equal(content_type_of("/a.js/x")->name, "application/octet-stream");
	assert_string_equal(content_type_of("/x.")->name, "application/octet-stream");
	assert_false(content_type_of("/x.png")->shrinks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_range),	   cmocka_unit_test(test_dates),
		cmocka_unit_test(test_conditions), cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_paths),	   cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
