/* Caps: what waits for an operator, and that no clock opens a window. */
#include "test/support/test.h"

#include "senderd/caps.h"

#define SKY 1000000ULL
#define NOW 1700000000
#define NONE                                                                                       \
	{                                                                                          \
		.set = false                                                                       \
	}
#define CAP(sky)                                                                                   \
	{                                                                                          \
		.set = true, .coins = {(sky)*SKY }                                                 \
	}

static const struct {
	const char *why;
	struct caps caps;
	uint64_t hour, day, amount; /* paid within the windows; droplets */
	enum cap want;
} rows[] = {
	{ "no cap at all", { NONE, NONE, NONE }, 9 * SKY, 9 * SKY, UINT64_MAX, CAP_NONE },
	{ "exactly the cap of one payout", { CAP(5), NONE, NONE }, 0, 0, 5 * SKY, CAP_NONE },
	{ "a droplet more", { CAP(5), NONE, NONE }, 0, 0, 5 * SKY + 1, CAP_PAYOUT },
	{ "what was paid does not count for one", { CAP(5), NONE, NONE }, 90, 90, 5, CAP_NONE },
	{ "a cap of nothing holds the smallest", { CAP(0), NONE, NONE }, 0, 0, 1, CAP_PAYOUT },
	{ "fills the hour", { NONE, CAP(9), NONE }, 4 * SKY, 4 * SKY, 5 * SKY, CAP_NONE },
	{ "exceeds the hour", { NONE, CAP(9), NONE }, 4 * SKY, 4 * SKY, 5 * SKY + 1, CAP_HOUR },
	{ "smaller ones pass", { NONE, CAP(9), NONE }, 4 * SKY, 4 * SKY, 1 * SKY, CAP_NONE },
	{ "the hour is over-full already",
	  { NONE, CAP(9), NONE },
	  10 * SKY,
	  10 * SKY,
	  1,
	  CAP_HOUR },
	{ "more than the hour's cap alone", { NONE, CAP(9), NONE }, 0, 0, 10 * SKY, CAP_HOUR },
	{ "fills the day", { NONE, CAP(9), CAP(20) }, 0, 15 * SKY, 5 * SKY, CAP_NONE },
	{ "exceeds the day", { NONE, CAP(9), CAP(20) }, 0, 15 * SKY, 5 * SKY + 1, CAP_DAY },
	{ "the day alone", { NONE, NONE, CAP(20) }, 0, 20 * SKY, 1, CAP_DAY },
	{ "all three: its own cap is named",
	  { CAP(1), CAP(1), CAP(1) },
	  0,
	  0,
	  2 * SKY,
	  CAP_PAYOUT },
	{ "sums without end", { NONE, CAP(9), NONE }, UINT64_MAX, UINT64_MAX, SKY, CAP_HOUR },
};

static void test_judging(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct caps_window w;
		enum cap got;

		caps_window_init(&w, NOW);
		w.hour = droplets_of(rows[i].hour);
		w.day = droplets_of(rows[i].day);
		got = caps_judge(&rows[i].caps, &w, droplets_of(rows[i].amount));
		if (got != rows[i].want)
			fail_msg("%s: '%s' instead of '%s'", rows[i].why, cap_name(got),
				 cap_name(rows[i].want));
	}
}

static const struct {
	const char *why;
	int64_t at;
	bool in_hour, in_day;
} times[] = {
	{ "now", NOW, true, true },
	{ "a second within the hour", NOW - 3599, true, true },
	{ "an hour ago", NOW - 3600, false, true },
	{ "a second within the day", NOW - 86399, false, true },
	{ "a day ago", NOW - 86400, false, false },
	{ "long ago", 1, false, false },
	{ "the clock jumped back: made in the future", NOW + 5000, true, true },
	{ "years ahead", INT64_MAX, true, true },
};

static void test_what_counts_in_a_window(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct caps_window w;

		caps_window_init(&w, NOW);
		caps_count(&w, times[i].at, droplets_of(7));
		if ((w.hour.n == 7) != times[i].in_hour || (w.day.n == 7) != times[i].in_day)
			fail_msg("%s: hour %d, day %d", times[i].why, w.hour.n == 7, w.day.n == 7);
	}
}

static void test_sums(void **state)
{
	struct caps_window w;

	(void)state;
	caps_window_init(&w, NOW);
	for (unsigned i = 0; i < 3; i++)
		caps_count(&w, NOW - 3600 * (int64_t)i, droplets_of(10));
	assert_int_equal(w.hour.n, 10);
	assert_int_equal(w.day.n, 30);
	caps_count(&w, NOW, droplets_of(UINT64_MAX));
	assert_true(w.hour.n == UINT64_MAX && w.day.n == UINT64_MAX);
}

static const struct {
	const char *why;
	int64_t clock, latest, want;
} clocks[] = {
	{ "nothing was paid yet", NOW, 0, NOW },
	{ "the ordinary day", NOW, NOW - 5, NOW },
	{ "the same second", NOW, NOW, NOW },
	{ "two hours back: time stands still", NOW - 7200, NOW, NOW },
	{ "just less than a day", NOW - 86399, NOW, NOW },
	{ "the clock was years ahead then: it is right now", NOW, NOW + 86400, NOW },
	{ "before 1970", -5, NOW, -5 },
};

static void test_time_does_not_go_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (caps_now(clocks[i].clock, clocks[i].latest) != clocks[i].want)
			fail_msg("%s", clocks[i].why);
}

static void test_any(void **state)
{
	(void)state;
	assert_false(caps_any(&(struct caps){ NONE, NONE, NONE }));
	assert_true(caps_any(&(struct caps){ NONE, NONE, CAP(0) }));
}

static void test_texts(void **state)
{
	static const struct caps caps = { CAP(1000), CAP(5000), CAP(20000) };
	static const char *const texts[] = {
		"",
		"payout of deposit 7 exceeds cap of 1000.000000 SKY a payout",
		"payout of deposit 7 exceeds cap of 5000.000000 SKY an hour",
		"payout of deposit 7 exceeds cap of 20000.000000 SKY a day",
	};
	char text[100];

	(void)state;
	for (int i = CAP_NONE; i <= CAP_DAY; i++) {
		caps_text(&caps, 7, (enum cap)i, text, sizeof(text));
		assert_string_equal(text, texts[i]);
	}
}

static void test_names(void **state)
{
	static const char *const names[] = { "", "cap_payout", "cap_hour", "cap_day" };

	(void)state;
	for (int i = CAP_NONE; i <= CAP_DAY; i++) {
		enum cap back;

		assert_string_equal(cap_name((enum cap)i), names[i]);
		assert_true(cap_parse(names[i], &back));
		assert_int_equal(back, i);
	}
	assert_false(cap_parse("hour", &(enum cap){ CAP_NONE }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judging), cmocka_unit_test(test_what_counts_in_a_window),
		cmocka_unit_test(test_sums),	cmocka_unit_test(test_time_does_not_go_back),
		cmocka_unit_test(test_any),	cmocka_unit_test(test_texts),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
