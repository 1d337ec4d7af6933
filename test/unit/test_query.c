/* Values of the query, and CSV: what strangers and spreadsheets make of text. */
#include "test/support/test.h"

#include "apid/csv.h"
#include "apid/query.h"
#include "test/unit/fake_request.h"

static void test_numbers(void **state)
{
	static const struct {
		const char *why, *value;
		int rc;
		uint64_t n;
	} rows[] = {
		{ "none", NULL, 0, 7 },
		{ "empty is none", "", 0, 7 },
		{ "least", "1", 0, 1 },
		{ "most", "100", 0, 100 },
		{ "below", "0", ERR_INVALID, 7 },
		{ "above", "101", ERR_INVALID, 7 },
		{ "far above", "99999999999999999999999", ERR_INVALID, 7 },
		{ "negative", "-1", ERR_INVALID, 7 },
		{ "a sign", "+1", ERR_INVALID, 7 },
		{ "a blank", " 1", ERR_INVALID, 7 },
		{ "hex", "0x1", ERR_INVALID, 7 },
		{ "a fraction", "1.5", ERR_INVALID, 7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_request r = FAKE_REQUEST("GET", "/", NULL);
		uint64_t n = 7;
		struct err err;

		if (rows[i].value != NULL)
			r.query[0] = "limit", r.query[1] = rows[i].value;
		if (query_u64(&r, "limit", 1, 100, &n, &err) != rows[i].rc || n != rows[i].n)
			fail_msg("%s", rows[i].why);
		if (rows[i].rc < 0)
			assert_string_equal(err.text, "Invalid limit");
		fake_release(&r);
	}
}

static void test_times(void **state)
{
	static const struct {
		const char *why, *value;
		int rc;
		int64_t begin, end;
	} rows[] = {
		{ "none", NULL, 0, 7, 7 },
		{ "seconds", "1500000000", 0, 1500000000, 1500000000 },
		{ "zero", "0", 0, 0, 0 },
		{ "a day", "2026-01-31", 0, 1769817600, 1769903999 },
		{ "a leap day", "2024-02-29", 0, 1709164800, 1709251199 },
		{ "the first day", "1970-01-01", 0, 0, 86399 },
		{ "no leap year", "2023-02-29", ERR_INVALID, 7, 7 },
		{ "no such day", "2026-04-31", ERR_INVALID, 7, 7 },
		{ "no such month", "2026-13-01", ERR_INVALID, 7, 7 },
		{ "day zero", "2026-01-00", ERR_INVALID, 7, 7 },
		{ "month zero", "2026-00-01", ERR_INVALID, 7, 7 },
		{ "before there were seconds", "1969-12-31", ERR_INVALID, 7, 7 },
		{ "short", "2026-1-1", ERR_INVALID, 7, 7 },
		{ "more behind it", "2026-01-31T", ERR_INVALID, 7, 7 },
		{ "signs in it", "2026-+1--1", ERR_INVALID, 7, 7 },
		{ "negative", "-1", ERR_INVALID, 7, 7 },
		{ "beyond all calendars", "99999999999999", ERR_INVALID, 7, 7 },
		{ "words", "yesterday", ERR_INVALID, 7, 7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_request r = FAKE_REQUEST("GET", "/", NULL);
		int64_t begin = 7, end = 7;
		struct err err;

		if (rows[i].value != NULL)
			r.query[0] = "since", r.query[1] = rows[i].value;
		if (query_time(&r, "since", DAY_BEGIN, &begin, &err) != rows[i].rc ||
		    query_time(&r, "since", DAY_END, &end, &err) != rows[i].rc ||
		    begin != rows[i].begin || end != rows[i].end)
			fail_msg("%s: %lld %lld", rows[i].why, (long long)begin, (long long)end);
		fake_release(&r);
	}
}

static void test_csv_texts(void **state)
{
	static const struct {
		const char *why, *text, *field;
	} rows[] = {
		{ "plain", "abc", "abc" },
		{ "empty", "", "" },
		{ "a comma", "a,b", "\"a,b\"" },
		{ "quotes are doubled", "say \"hi\"", "\"say \"\"hi\"\"\"" },
		{ "a line end", "a\r\nb", "\"a\r\nb\"" },
		{ "a formula", "=1+1", "\"'=1+1\"" },
		{ "a call", "@SUM(A1)", "\"'@SUM(A1)\"" },
		{ "plus", "+1", "\"'+1\"" },
		{ "minus", "-1", "\"'-1\"" },
		{ "behind blanks", "  \t=1", "\"'  \t=1\"" },
		{ "behind a line end", "\n=1", "\"'\n=1\"" },
		{ "in the middle it is none", "a=1", "a=1" },
		{ "a formula with quotes", "=\"a\"", "\"'=\"\"a\"\"\"" },
		{ "other letters stay", "\xc3\xbc", "\xc3\xbc" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT(256);
		struct csv c;

		csv_init(&c, &out);
		csv_text(&c, rows[i].text);
		if (strcmp(buf_text(&out), rows[i].field) != 0)
			fail_msg("%s: %s", rows[i].why, buf_text(&out));
		buf_release(&out);
	}
}

static void test_csv_lines(void **state)
{
	struct buf out = BUF_INIT(256);
	struct csv c;

	(void)state;
	csv_init(&c, &out);
	csv_header(&c, "a,b,c,d");
	csv_u64(&c, UINT64_MAX);
	csv_i64(&c, -1);
	csv_digits(&c, "0.10");
	csv_text(&c, "");
	csv_end_line(&c);
	csv_text(&c, "x");
	csv_end_line(&c);
	assert_string_equal(buf_text(&out), "a,b,c,d\r\n18446744073709551615,-1,0.10,\r\nx\r\n");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_csv_texts),
		cmocka_unit_test(test_csv_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
