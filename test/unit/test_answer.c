/* The shapes of answers: durations as clients know them, errors with their newline. */
#include "test/support/test.h"

#include "apid/answer.h"
#include "test/unit/fake_request.h"

static void test_durations(void **state)
{
	static const struct {
		const char *why;
		uint64_t ms;
		const char *text;
	} rows[] = {
		{ "nothing", 0, "0s" },
		{ "below a second", 250, "250ms" },
		{ "one", 1, "1ms" },
		{ "the last of them", 999, "999ms" },
		{ "a second", 1000, "1s" },
		{ "a fraction", 3001, "3.001s" },
		{ "without trailing zeros", 3500, "3.5s" },
		{ "two digits", 3250, "3.25s" },
		{ "a minute", 60000, "1m0s" },
		{ "minutes", 332000, "5m32s" },
		{ "the contract's example", 332001, "5m32.001s" },
		{ "an hour", 3600000, "1h0m0s" },
		{ "all of it", 3723500, "1h2m3.5s" },
		{ "days are hours", 360000000, "100h0m0s" },
		{ "the most", UINT64_MAX, "5124095576030h25m51.615s" },
	};
	char text[48];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		duration_text(rows[i].ms, text, sizeof(text));
		if (strcmp(text, rows[i].text) != 0)
			fail_msg("%s: '%s'", rows[i].why, text);
	}
}

static void test_error(void **state)
{
	struct http_request r = FAKE_REQUEST("GET", "/x", NULL);

	(void)state;
	answer_error(&r, 400, "Missing %s", "skyaddr");
	assert_int_equal(r.status, 400);
	assert_string_equal(buf_text(&r.answer), "Missing skyaddr\n");
	assert_string_equal(r.type, "text/plain; charset=utf-8");
	assert_string_equal(fake_answer_header(&r, "X-Content-Type-Options"), "nosniff");
	fake_release(&r);
}

/* A text that does not fit is cut; the newline stays. */
static void test_long_error(void **state)
{
	struct http_request r = FAKE_REQUEST("GET", "/x", NULL);

	(void)state;
	answer_error(&r, 400, "%5000s", "x");
	assert_true(r.answer.len > 1000 && r.answer.len < 1100);
	assert_int_equal(strlen(buf_text(&r.answer)), r.answer.len);
	assert_int_equal(r.answer.data[r.answer.len - 1], '\n');
	fake_release(&r);
}

static void test_json(void **state)
{
	struct http_request good = FAKE_REQUEST("GET", "/x", NULL);
	struct http_request failed = FAKE_REQUEST("GET", "/x", NULL);
	struct buf b = BUF_INIT(4);

	(void)state;
	(void)buf_puts(&b, "{}");
	answer_json(&good, &b);
	assert_int_equal(good.status, 200);
	assert_string_equal(good.type, "application/json");
	assert_string_equal(buf_text(&good.answer), "{}");
	(void)buf_puts(&b, "too much");
	answer_json(&failed, &b);
	assert_int_equal(failed.status, 500);
	assert_string_equal(buf_text(&failed.answer), "Internal Server Error\n");
	buf_release(&b);
	fake_release(&good);
	fake_release(&failed);
}

/* Large ones only, and only for who takes it. */
static void test_compressed(void **state)
{
	static const struct {
		size_t len;
		bool takes;
		const char *encoding;
	} rows[] = { { 1399, true, "" }, { 1400, true, "gzip" }, { 1400, false, "" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_request r = FAKE_REQUEST("GET", "/x", NULL);
		struct buf b = BUF_INIT(2000);

		while (b.len < rows[i].len)
			(void)buf_putc(&b, ' ');
		r.takes_gzip = rows[i].takes;
		answer_json(&r, &b);
		assert_int_equal(r.status, 200);
		assert_string_equal(fake_answer_header(&r, "Content-Encoding"), rows[i].encoding);
		assert_int_equal(r.answer.len < 200, rows[i].encoding[0] != '\0');
		buf_release(&b);
		fake_release(&r);
	}
}

/* What went wrong inside is for the log alone. */
static void test_internal(void **state)
{
	struct http_request r = FAKE_REQUEST("GET", "/x", NULL);
	struct err err = { .text = "secret" };

	(void)state;
	answer_internal(&r, &err);
	assert_int_equal(r.status, 500);
	assert_string_equal(buf_text(&r.answer), "Internal Server Error\n");
	fake_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),  cmocka_unit_test(test_error),
		cmocka_unit_test(test_long_error), cmocka_unit_test(test_json),
		cmocka_unit_test(test_internal),   cmocka_unit_test(test_compressed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
