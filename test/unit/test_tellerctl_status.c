/* What an operator reads: the table, the problems, the sum; and the same as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tellerctl/status_view.h"
#include "test/support/test.h"

#define OUT_MAX 65536
#define NOW	1795402221 /* 2026-11-23 02:50:21 UTC */

static void set_well(struct daemon_status *s, const char *name)
{
	struct msg_health_reply r = { .uptime_ms = 3723000, .version = "6720f7c5183e01090e65" };
	char none[] = "[]";

	*s = (struct daemon_status){ .name = name };
	r.problems = none;
	status_set_reply(s, &r);
}

static void set_all_well(struct daemon_status s[4])
{
	static const char body[] = "{\"status\": \"OK\", \"version\": \"\", \"uptime\": \"5m32s\"}";

	set_well(&s[0], "scannerd");
	set_well(&s[1], "exchangerd");
	set_well(&s[2], "senderd");
	s[3] = (struct daemon_status){ .name = "apid" };
	status_set_http(&s[3], 200, body, strlen(body));
}

static void check_text(const struct daemon_status *s, const char *want)
{
	struct buf out = BUF_INIT(OUT_MAX);

	status_print_text(s, 4, NOW, &out);
	assert_string_equal(buf_text(&out), want);
	buf_release(&out);
}

static void test_all_well(void **state)
{
	struct daemon_status s[4];

	(void)state;
	set_all_well(s);
	assert_true(status_all_well(s, 4));
	check_text(s, "daemon      state    up           version\n"
		      "scannerd    ok       1h 2m        6720f7c5183e\n"
		      "exchangerd  ok       1h 2m        6720f7c5183e\n"
		      "senderd     ok       1h 2m        6720f7c5183e\n"
		      "apid        ok       5m32s        -\n"
		      "\nall well\n");
}

static void test_not_well(void **state)
{
	struct msg_health_reply r = { .uptime_ms = 1000, .error = "no unspents to spend" };
	char problems[] =
		"[{\"what\": \"btc_node\", \"text\": \"answers 500\", \"since\": 1795402000}]";
	struct daemon_status s[4];

	(void)state;
	set_all_well(s);
	r.problems = problems;
	status_set_reply(&s[0], &r);
	status_set_down(&s[1], "cannot connect");
	status_set_http(&s[3], 503, "", 0);
	assert_false(status_all_well(s, 4));
	check_text(s, "daemon      state    up           version\n"
		      "scannerd    PROBLEM  1s           -\n"
		      "exchangerd  DOWN     1h 2m        6720f7c5183e\n"
		      "senderd     ok       1h 2m        6720f7c5183e\n"
		      "apid        PROBLEM  5m32s        -\n"
		      "\nscannerd: btc_node (since 2026-11-23 02:46:40 UTC, for 3m 41s)\n"
		      "    answers 500\n"
		      "\nscannerd: error\n"
		      "    no unspents to spend\n"
		      "\nexchangerd: down\n"
		      "    cannot connect\n"
		      "\napid: http\n"
		      "    GET /api/health answers 503\n"
		      "\nNOT WELL: 1 of 4 daemons down, 3 problems\n");
}

/* The last error is often a raised problem as well: told once. */
static void test_what_the_sandbox_lacks_is_no_problem(void **state)
{
	static const struct {
		const char *detail, *want;
	} rows[] = {
		{ "{\"sandbox\": \"full\"}", "" },
		{ "{\"waiting\": 1}", "" },
		{ "nonsense", "" },
		{ "{\"sandbox\": \"off\"}", "\nsenderd: sandbox\n    off\n" },
		{ "{\"sandbox\": \"TCP is not limited\"}",
		  "\nsenderd: sandbox\n    TCP is not limited\n" },
	};
	struct daemon_status s[4];
	char want[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct msg_health_reply r = { .uptime_ms = 1000 };
		char *detail = strdup(rows[i].detail);

		set_all_well(s);
		r.detail = detail;
		status_set_reply(&s[2], &r);
		(void)snprintf(want, sizeof(want),
			       "daemon      state    up           version\n"
			       "scannerd    ok       1h 2m        6720f7c5183e\n"
			       "exchangerd  ok       1h 2m        6720f7c5183e\n"
			       "senderd     ok       1s           -\n"
			       "apid        ok       5m32s        -\n"
			       "%s\nall well\n",
			       rows[i].want);
		check_text(s, want);
		free(detail);
	}
}

static void test_error_is_told_once(void **state)
{
	struct msg_health_reply r = { .error = "no unspents" };
	char problems[] = "[{\"what\": \"wallet\", \"text\": \"no unspents to spend\"}]";
	struct daemon_status s = { .name = "senderd" };

	(void)state;
	r.problems = problems;
	status_set_reply(&s, &r);
	assert_int_equal(s.problem_count, 1);
	assert_string_equal(s.problem[0].what, "wallet");
	assert_int_equal(s.problem[0].since, 0);
}

static void test_strange_answers(void **state)
{
	char not_json[] = "nonsense", numbers[] = "[1, 2]";
	struct daemon_status s = { .name = "senderd" };
	struct msg_health_reply r = { .problems = not_json };

	(void)state;
	status_set_reply(&s, &r);
	assert_int_equal(s.state, DAEMON_PROBLEM);
	r.problems = numbers;
	status_set_reply(&s, &r);
	assert_int_equal(s.problem_count, 2);
	assert_string_equal(s.problem[0].what, "unknown");
	status_set_http(&s, 200, "<html>", 6);
	assert_int_equal(s.state, DAEMON_PROBLEM);
	status_set_down(&s, "");
	assert_string_equal(s.problem[0].text, "no answer");
}

static void test_too_many_problems_are_cut(void **state)
{
	struct buf problems = BUF_INIT(OUT_MAX);
	struct daemon_status s = { .name = "senderd" };
	struct msg_health_reply r = { .error = "one more" };

	(void)state;
	(void)buf_puts(&problems, "[{}");
	for (int i = 0; i < 100; i++)
		(void)buf_puts(&problems, ",{}");
	assert_true(buf_puts(&problems, "]"));
	r.problems = problems.data;
	status_set_reply(&s, &r);
	buf_release(&problems);
	assert_int_equal(s.problem_count, HEALTH_PROBLEMS_MAX + 2);
}

/* apid tells its own problems in the answer that customers read. */
static void test_problems_of_apid(void **state)
{
	static const char body[] = "{\"uptime\": \"1s\", \"problems\": ["
				   "{\"component\": \"btc_node\", \"daemon\": \"scannerd\", "
				   "\"since\": 1, \"text\": \"a\"},"
				   "{\"component\": \"certificate\", \"daemon\": \"apid\", "
				   "\"since\": 2, \"text\": \"b\"},"
				   "{\"daemon\": \"apid\"}, 7]}";
	struct daemon_status s = { .name = "apid" };

	(void)state;
	status_set_http(&s, 200, body, strlen(body));
	assert_int_equal(s.state, DAEMON_PROBLEM);
	assert_int_equal(s.problem_count, 2);
	assert_string_equal(s.problem[0].what, "certificate");
	assert_string_equal(s.problem[0].text, "b");
	assert_int_equal(s.problem[0].since, 2);
	assert_string_equal(s.problem[1].what, "unknown");
}

static void test_json(void **state)
{
	struct buf out = BUF_INIT(OUT_MAX);
	struct daemon_status s[4];
	const cJSON *rows;
	cJSON *root;

	(void)state;
	set_all_well(s);
	status_set_down(&s[2], "cannot connect");
	status_print_json(s, 4, &out);
	root = cJSON_Parse(buf_text(&out));
	assert_non_null(root);
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(root, "well")));
	rows = cJSON_GetObjectItem(root, "daemons");
	assert_int_equal(cJSON_GetArraySize(rows), 4);
	assert_string_equal(
		cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetArrayItem(rows, 2), "state")),
		"down");
	cJSON_Delete(root);
	buf_release(&out);
}

static void test_durations(void **state)
{
	// clang-format off
	static const struct { uint64_t seconds; const char *text; } rows[] = {
		{ 0, "0s" }, { 59, "59s" }, { 60, "1m 0s" }, { 3599, "59m 59s" }, { 3600, "1h 0m" },
		{ 86399, "23h 59m" }, { 86400, "1d 0h" }, { 400 * 86400, "400d 0h" },
	};
	// clang-format on
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		status_print_duration(rows[i].seconds, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_well),
		cmocka_unit_test(test_not_well),
		cmocka_unit_test(test_what_the_sandbox_lacks_is_no_problem),
		cmocka_unit_test(test_error_is_told_once),
		cmocka_unit_test(test_strange_answers),
		cmocka_unit_test(test_too_many_problems_are_cut),
		cmocka_unit_test(test_problems_of_apid),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_durations),
	};

	return cmocka_run_group_tests_name("tellerctl status", tests, NULL, NULL);
}
