/* The stricter of two sets of rules, and which outputs count, are small, are swept, are cut. */
#include "test/support/test.h"

#include <string.h>

#include "senderd/pay_rules.h"
#include "senderd/split.h"
#include "senderd/sweep.h"

#define SKY 1000000ULL

static void test_stricter(void **state)
{
	static const struct {
		const char *why;
		unsigned own;
		struct sky_policy node, want;
	} rows[] = {
		{ "ours burns more", 2, { 10, 32768, 3 }, { 2, 32768, 3 } },
		{ "the node burns more", 10, { 2, 32768, 3 }, { 2, 32768, 3 } },
		{ "equal", 10, { 10, 32768, 3 }, { 10, 32768, 3 } },
		{ "none of our own", 0, { 10, 32768, 3 }, { 10, 32768, 3 } },
		{ "no fee stays no fee", 2, { 0, 32768, 3 }, { 0, 32768, 3 } },
		{ "a node that takes more bytes", 2, { 2, 65536, 3 }, { 2, 32768, 3 } },
		{ "a node that takes fewer", 2, { 2, 1024, 3 }, { 2, 1024, 3 } },
		{ "a node that takes more places", 2, { 2, 32768, 6 }, { 2, 32768, 3 } },
		{ "a node that takes fewer places", 2, { 2, 32768, 1 }, { 2, 32768, 1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct pay_rules r = { .burn_factor = rows[i].own };
		struct sky_policy p = pay_rules_policy(&r, &rows[i].node);

		if (p.burn_factor != rows[i].want.burn_factor ||
		    p.max_tx_size != rows[i].want.max_tx_size ||
		    p.max_decimals != rows[i].want.max_decimals)
			fail_msg("%s: %u %u %u", rows[i].why, p.burn_factor, p.max_tx_size,
				 p.max_decimals);
	}
}

static void test_counts_and_small(void **state)
{
	static const struct {
		const char *why;
		size_t outputs;
		uint64_t split_min, sweep_below, coins;
		bool counts, small;
	} rows[] = {
		{ "no split: nothing counts", 0, 0, SKY, 50 * SKY, false, false },
		{ "just below the small", 0, 0, SKY, SKY - 1000, false, true },
		{ "just not small", 0, 0, SKY, SKY, false, false },
		{ "no sweep: nothing is small", 0, 0, 0, 1000, false, false },
		{ "what counts", 4, 10 * SKY, SKY, 10 * SKY, true, false },
		{ "neither", 4, 10 * SKY, SKY, 9 * SKY, false, false },
		{ "what counts is not small", 4, SKY, 5 * SKY, 2 * SKY, true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct pay_rules r = { .split_outputs = rows[i].outputs,
					     .split_min = droplets_of(rows[i].split_min),
					     .sweep_below = droplets_of(rows[i].sweep_below) };
		struct droplets coins = droplets_of(rows[i].coins);

		if (pay_rules_counts(&r, coins) != rows[i].counts ||
		    pay_rules_is_small(&r, coins) != rows[i].small)
			fail_msg("%s", rows[i].why);
	}
}

/* --- cutting -------------------------------------------------------------------------------- */
static const struct {
	const char *why;
	uint64_t coins, hours;
	size_t most;
	uint64_t least, hours_least;
	size_t parts;
	uint64_t first, last; /* coins */
} cuts[] = {
	{ "halves differ by a unit", 10 * SKY, 100, 2, SKY, 32, 2, 4999000, 5001000 },
	{ "three, the rest to the last", 10 * SKY, 100, 3, SKY, 32, 3, 3332000, 3335000 },
	{ "coins allow fewer", 10 * SKY, 900, 9, 3 * SKY, 32, 3, 3332000, 3335000 },
	{ "hours allow fewer", 10 * SKY, 95, 9, SKY, 32, 2, 4999000, 5001000 },
	{ "hours for one alone", 10 * SKY, 63, 9, SKY, 32, 1, 0, 0 },
	{ "no hours are needed", 10 * SKY, 0, 2, SKY, 0, 2, 4999000, 5001000 },
	{ "too small for two", 2 * SKY, 900, 2, SKY, 32, 1, 0, 0 },
	{ "just large enough for two", 2 * SKY + 1000, 900, 2, SKY, 32, 2, SKY, SKY + 1000 },
	{ "none wanted", 10 * SKY, 900, 1, SKY, 32, 1, 0, 0 },
	{ "units too few to differ", 5000, 900, 4, 1000, 32, 2, 2000, 3000 },
	{ "more than are ever made", 100000 * SKY, 90000, 200, SKY, 32, 100, 999950000,
	  1000099000 },
};

static void check_parts(const char *why, const struct sky_tx_output *whole,
			const struct sky_tx_output *parts, size_t count)
{
	uint64_t coins = 0, hours = 0;

	for (size_t i = 0; i < count; i++) {
		coins += parts[i].coins.n;
		hours += parts[i].hours.n;
		if (i > 0 && parts[i].coins.n <= parts[i - 1].coins.n)
			fail_msg("%s: parts do not differ", why);
		if (i + 1 < count && parts[i].coins.n % 1000 != 0)
			fail_msg("%s: a part is no multiple of the unit", why);
		assert_true(sky_address_equal(&parts[i].to, &whole->to));
	}
	if (coins != whole->coins.n || hours != whole->hours.n)
		fail_msg("%s: the parts are not the whole", why);
}

static void test_cuts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		const struct split_rule rule = { .most = cuts[i].most,
						 .least = droplets_of(cuts[i].least),
						 .unit = droplets_of(1000),
						 .hours_least = cuts[i].hours_least };
		struct sky_tx_output whole = { .coins = droplets_of(cuts[i].coins),
					       .hours = hours_of(cuts[i].hours) };
		struct sky_tx_output parts[SPLIT_PARTS_MAX];
		size_t count = split_parts(&rule, &whole);

		if (count != cuts[i].parts)
			fail_msg("%s: %zu parts", cuts[i].why, count);
		if (count == 1)
			continue;
		split_fill(&whole, count, rule.unit, parts);
		check_parts(cuts[i].why, &whole, parts, count);
		if (parts[0].coins.n != cuts[i].first || parts[count - 1].coins.n != cuts[i].last)
			fail_msg("%s: %llu ... %llu", cuts[i].why,
				 (unsigned long long)parts[0].coins.n,
				 (unsigned long long)parts[count - 1].coins.n);
	}
}

/* --- sweeping ------------------------------------------------------------------------------- */
static const struct {
	const char *why;
	unsigned burn_factor;
	uint64_t spent_hours, hours[4]; /* of the small ones; the last is large */
	size_t most, swept;
} sweeps[] = {
	{ "without hours: free, the large one is not", 2, 10, { 0, 0, 0, 0 }, 9, 3 },
	{ "even hours spent: the next hour costs", 2, 10, { 1, 1, 1, 0 }, 9, 0 },
	{ "odd hours spent: one more is free", 2, 11, { 1, 1, 0, 0 }, 9, 2 },
	{ "a tenth: what is rounded away", 10, 11, { 5, 4, 1, 0 }, 9, 2 },
	{ "no fee: all are free", 0, 10, { 7, 8, 9, 0 }, 9, 3 },
	{ "no room", 2, 10, { 0, 0, 0, 0 }, 0, 0 },
	{ "room for two", 2, 10, { 0, 0, 0, 0 }, 2, 2 },
};

static void test_sweeps(void **state)
{
	static const struct pay_rules rules = { .sweep_below = { SKY } };

	(void)state;
	for (size_t i = 0; i < sizeof(sweeps) / sizeof(sweeps[0]); i++) {
		const struct uxout paying = { .hours = { sweeps[i].spent_hours },
					      .coins = { 100 * SKY } };
		const struct uxout *spent[8] = { &paying }, *rest[4];
		struct uxout small[4];
		size_t count;

		for (size_t n = 0; n < 4; n++) {
			small[n] = (struct uxout){ .hours = hours_of(sweeps[i].hours[n]),
						   .coins = droplets_of(n < 3 ? 1000 : SKY) };
			rest[n] = &small[n];
		}
		count = sweep(&rules, sweeps[i].burn_factor, rest, 4, sweeps[i].most, spent, 1);
		if (count != 1 + sweeps[i].swept)
			fail_msg("%s: %zu swept", sweeps[i].why, count - 1);
		assert_ptr_equal(spent[0], &paying);
	}
}

static void test_sweep_has_an_end(void **state)
{
	static const struct pay_rules rules = { .sweep_below = { SKY } };
	static struct uxout dust[200];
	const struct uxout *spent[200] = { &dust[0] }, *rest[200];

	(void)state;
	for (size_t i = 0; i < 200; i++)
		rest[i] = &dust[i];
	assert_int_equal(sweep(&rules, 2, rest + 1, 199, 199, spent, 1), 1 + SWEEP_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stricter),
		cmocka_unit_test(test_counts_and_small),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_sweeps),
		cmocka_unit_test(test_sweep_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
