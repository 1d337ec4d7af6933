#include <stdint.h>

#include "common/loop/backoff.h"
#include "test/support/test.h"

static void test_grows_to_its_cap(void **state)
{
	static const struct {
		const char *why;
		uint64_t base, max;
		unsigned tries;
		uint64_t low, high; /* of the last of `tries` */
	} rows[] = {
		{ "first wait is the base", 250, 5000, 1, 125, 250 },
		{ "doubles", 250, 5000, 2, 250, 500 },
		{ "and again", 250, 5000, 3, 500, 1000 },
		{ "capped", 250, 5000, 6, 2500, 5000 },
		{ "stays capped", 250, 5000, 500, 2500, 5000 },
		{ "base above the cap", 900, 100, 1, 50, 100 },
		{ "no overflow", UINT64_MAX / 2 + 1, UINT64_MAX, 9, UINT64_MAX / 2, UINT64_MAX },
		{ "nothing is nothing", 0, 0, 3, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct backoff b;
		uint64_t ms = 0;

		backoff_init(&b, rows[i].base, rows[i].max);
		for (unsigned n = 0; n < rows[i].tries; n++)
			ms = backoff_next(&b);
		if (ms < rows[i].low || ms > rows[i].high)
			fail_msg("%s: %llu", rows[i].why, (unsigned long long)ms);
	}
}

static void test_jitter_covers_the_half(void **state)
{
	uint64_t low = UINT64_MAX, high = 0;
	struct backoff b;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		uint64_t ms;

		backoff_init(&b, 100, 100);
		ms = backoff_next(&b);
		low = ms < low ? ms : low;
		high = ms > high ? ms : high;
	}
	/* missing either end 4000 times has odds of (50/51)^4000 */
	assert_int_equal(low, 50);
	assert_int_equal(high, 100);
}

static void test_reset_starts_over(void **state)
{
	struct backoff b;

	(void)state;
	backoff_init(&b, 250, 5000);
	for (int i = 0; i < 10; i++)
		(void)backoff_next(&b);
	backoff_reset(&b);
	assert_in_range(backoff_next(&b), 125, 250);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows_to_its_cap),
		cmocka_unit_test(test_jitter_covers_the_half),
		cmocka_unit_test(test_reset_starts_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
