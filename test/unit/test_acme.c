/* When the certificate authority is asked, under scripted time: at the start, twice a day, with
 * back-off after failures, and at once when somebody says so. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/acme.h"
#include "test/support/test.h"

#define NOW  INT64_C(1772841600)
#define HOUR (UINT64_C(3600) * 1000)

static struct {
	struct loop *loop;
	struct health *health;
	struct tls_identity *identity;
	struct acme *acme;
	unsigned runs, issued;
	bool gone;
} w;

static bool on_run(void *arg)
{
	(void)arg;
	w.runs++;
	return !w.gone;
}

static void on_issued(void *arg)
{
	(void)arg;
	w.issued++;
}

static int make_world(void **state)
{
	const struct acme_conf conf = { .host = "shop.example",
					.url = "https://authority.example/dir",
					.program = "uacme",
					.run = on_run,
					.on_issued = on_issued };
	struct acme_conf with = conf;

	(void)state;
	memset(&w, 0, sizeof(w));
	w.loop = loop_new_scripted(NOW);
	w.health = health_new();
	w.identity = tls_identity_new(w.loop, TLS_PUBLIC);
	with.identity = w.identity;
	with.health = w.health;
	w.acme = acme_new(w.loop, &with);
	return 0;
}

static int remove_world(void **state)
{
	(void)state;
	acme_free(w.acme);
	tls_identity_free(w.identity);
	health_free(w.health);
	loop_free(w.loop);
	return 0;
}

static const char *problem(void)
{
	return health_text(w.health, "acme");
}

static void check_problem(const char *part)
{
	if (strstr(problem(), part) == NULL)
		fail_msg("'%s' is not in '%s'", part, problem());
}

static void begin(void)
{
	loop_scripted_advance(w.loop, 1000);
	assert_int_equal(w.runs, 1);
}

static void show_a_certificate(void)
{
	struct tls_certificate *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	tls_identity_show(w.identity, c);
}

/* What stands between apid and uacme may end as uacme does when nothing is due. */
static void test_nothing_due_without_a_certificate_is_a_failure(void **state)
{
	(void)state;
	begin();
	acme_on_line(w.acme, "wrapper: cannot start uacme");
	acme_on_end(w.acme, ACME_CURRENT);
	assert_non_null(strstr(problem(), "wrapper: cannot start uacme; there is none yet"));
	show_a_certificate();
	loop_scripted_advance(w.loop, HOUR);
	assert_int_equal(w.runs, 2);
	acme_on_end(w.acme, ACME_CURRENT);
	assert_string_equal(problem(), "");
}

static void test_a_certificate_is_asked_for_soon_and_then_twice_a_day(void **state)
{
	(void)state;
	begin();
	show_a_certificate();
	loop_scripted_advance(w.loop, 48 * HOUR);
	assert_int_equal(w.runs, 1); /* one at a time */
	acme_on_end(w.acme, ACME_ISSUED);
	assert_int_equal(w.issued, 1);
	loop_scripted_advance(w.loop, 6 * HOUR - 1);
	assert_int_equal(w.runs, 1);
	loop_scripted_advance(w.loop, 6 * HOUR + 1);
	assert_int_equal(w.runs, 2);
	acme_on_end(w.acme, ACME_CURRENT);
	assert_int_equal(w.issued, 1);
	assert_string_equal(problem(), "");
	for (unsigned day = 0; day < 30; day++) {
		loop_scripted_advance(w.loop, 12 * HOUR);
		assert_int_equal(w.runs, 3 + day);
		acme_on_end(w.acme, ACME_CURRENT);
	}
}

/* Let's Encrypt answers nothing any more after five failed validations of a name in an hour. */
static void test_failures_keep_to_the_limits_of_authorities(void **state)
{
	(void)state;
	begin();
	acme_on_end(w.acme, ACME_FAILED);
	for (uint64_t minutes = 0; minutes < 59; minutes++) {
		unsigned before = w.runs;

		loop_scripted_advance(w.loop, 60 * 1000);
		if (w.runs > before)
			acme_on_end(w.acme, ACME_FAILED);
	}
	assert_in_range(w.runs, 3, 5);
	for (unsigned day = 0; day < 20; day++) {
		unsigned before = w.runs;

		loop_scripted_advance(w.loop, 12 * HOUR);
		assert_in_range(w.runs, before + 1, before + 2); /* never given up */
		acme_on_end(w.acme, ACME_FAILED);
	}
}

static void test_a_failure_says_why_and_what_it_means(void **state)
{
	(void)state;
	begin();
	acme_on_line(w.acme, "uacme: version 1.7.4 starting");
	acme_on_line(w.acme, "uacme: failed to create new order at https://authority.example/new");
	acme_on_line(w.acme, "uacme: the server reported the following error:");
	acme_on_line(w.acme, "{");
	acme_on_line(w.acme, "    \"detail\": \"Domain name is an IP address\",");
	acme_on_line(w.acme, "}");
	acme_on_end(w.acme, ACME_FAILED);
	check_problem("'shop.example'");
	check_problem("Domain name is an IP address");
	check_problem("customers cannot use the service");
	loop_scripted_advance(w.loop, HOUR);
	assert_int_equal(w.runs, 2);
	acme_on_end(w.acme, ACME_ISSUED);
	assert_string_equal(problem(), "");
}

static void test_each_kind_of_failure_has_its_words(void **state)
{
	(void)state;
	begin();
	acme_on_line(w.acme, "uacme: No such file or directory");
	acme_on_end(w.acme, ACME_MISSING);
	check_problem("install the package uacme");
	acme_now(w.acme);
	acme_on_line(w.acme, "uacme: waiting");
	acme_on_end(w.acme, ACME_TOO_LONG);
	check_problem("took too long");
	acme_now(w.acme);
	acme_on_end(w.acme, ACME_FAILED); /* without a word */
	check_problem("it failed");
}

static void test_a_hint_is_followed_at_once_or_right_after(void **state)
{
	(void)state;
	begin();
	acme_now(w.acme);
	acme_now(w.acme);
	assert_int_equal(w.runs, 1);
	acme_on_end(w.acme, ACME_FAILED);
	assert_int_equal(w.runs, 2);
	acme_on_end(w.acme, ACME_FAILED);
	assert_int_equal(w.runs, 2);
	acme_now(w.acme);
	assert_int_equal(w.runs, 3);
	acme_on_end(w.acme, ACME_ISSUED);
	loop_scripted_advance(w.loop, 5 * HOUR);
	assert_int_equal(w.runs, 3); /* what was waited for before is not any more */
}

static void test_without_the_process_a_person_is_asked(void **state)
{
	(void)state;
	begin();
	w.gone = true;
	acme_on_gone(w.acme);
	check_problem("restart apid");
	loop_scripted_advance(w.loop, 48 * HOUR);
	assert_int_equal(w.runs, 1);
	acme_now(w.acme);
	check_problem("restart apid");
}

static void test_words_of_any_length_and_kind_fit(void **state)
{
	char line[ACME_LINE_MAX];

	(void)state;
	begin();
	memset(line, '%', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (int i = 0; i < 1000; i++)
		acme_on_line(w.acme, line);
	memcpy(line, "\"detail\": ", 10);
	acme_on_line(w.acme, line);
	acme_on_line(w.acme, "");
	acme_on_end(w.acme, ACME_FAILED);
	check_problem("%%%");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, make_world, remove_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_due_without_a_certificate_is_a_failure),
		TEST(test_a_certificate_is_asked_for_soon_and_then_twice_a_day),
		TEST(test_failures_keep_to_the_limits_of_authorities),
		TEST(test_a_failure_says_why_and_what_it_means),
		TEST(test_each_kind_of_failure_has_its_words),
		TEST(test_a_hint_is_followed_at_once_or_right_after),
		TEST(test_without_the_process_a_person_is_asked),
		TEST(test_words_of_any_length_and_kind_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
