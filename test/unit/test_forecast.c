/* When coins and hours will be gone, by rows: what is a rate and what is none. */
#include "test/support/test.h"

#include <inttypes.h>

#include "senderd/forecast.h"

#define SKY   1000000ULL
#define DAY   FORECAST_WINDOW_S
#define NEVER FORECAST_NEVER

static const struct {
	const char *why;
	uint64_t coins, waiting, paid, largest;
	uint64_t gone;
} coins[] = {
	{ "nothing was paid", 100 * SKY, 0, 0, 0, NEVER },
	{ "one payout alone is no rate, however large", 10 * SKY, 0, 90 * SKY, 90 * SKY, NEVER },
	{ "nor does it make the rest a larger rate", 10 * SKY, 0, 100 * SKY, 90 * SKY, DAY },
	{ "as much again as yesterday: a day", 90 * SKY, 0, 91 * SKY, SKY, DAY },
	{ "half of yesterday's: half a day", 45 * SKY, 0, 91 * SKY, SKY, DAY / 2 },
	{ "ten times: ten days", 900 * SKY, 0, 91 * SKY, SKY, 10 * DAY },
	{ "what waits is as good as gone", 100 * SKY, 55 * SKY, 91 * SKY, SKY, DAY / 2 },
	{ "more waits than there is", 10 * SKY, 20 * SKY, 91 * SKY, SKY, 0 },
	{ "nothing is left", 0, 0, 91 * SKY, SKY, 0 },
	{ "cut, not rounded", 100, 0, 4 + 86401, 4, 99 },
	{ "all coins there are, nearly no rate", UINT64_MAX, 0, 2, 1, NEVER },
	{ "all coins there are at a great rate", UINT64_MAX, 0, UINT64_MAX, 0, DAY },
};

static void test_coins(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(coins) / sizeof(coins[0]); i++) {
		const struct forecast_wallet w = { .coins = droplets_of(coins[i].coins),
						   .waiting = droplets_of(coins[i].waiting) };
		const struct forecast_past past = { .paid = droplets_of(coins[i].paid),
						    .largest = droplets_of(coins[i].largest),
						    .transactions = 1 };
		struct forecast f = forecast(&w, &past);

		if (f.coins_s != coins[i].gone)
			fail_msg("%s: %" PRIu64, coins[i].why, f.coins_s);
	}
}

static const struct {
	const char *why;
	uint64_t sky, hours;
	unsigned burn_factor;
	uint64_t transactions, gone;
} hours[] = {
	{ "nothing was paid", 0, 5, 2, 0, NEVER },
	{ "no fee is asked for", 0, 5, 0, 1000, NEVER },
	{ "a thousand coins earn more than a thousand payments need", 1000, 0, 2, 1000, NEVER },
	{ "an hour for each payment is enough", 100, 1, 2, 2400, NEVER },
	{ "one payment more is too many: 1 lasts for one", 100, 1, 2, 2401, DAY / 2401 },
	{ "4 keep 1, 1 keeps none: two payments", 100, 4, 2, 2401, 2 * DAY / 2401 },
	{ "the same with a tenth burned: 4, 2, 1", 100, 4, 10, 2401, 3 * DAY / 2401 },
	{ "a million hours last for eleven", 100, 1000000, 2, 86400, 11 },
	{ "all hours there are", 0, UINT64_MAX, 1000, 86400, 64 },
	{ "none are left", 0, 0, 2, 10, 0 },
};

static void test_hours(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hours) / sizeof(hours[0]); i++) {
		const struct forecast_wallet w = { .coins = droplets_of(hours[i].sky * SKY),
						   .hours = hours_of(hours[i].hours),
						   .burn_factor = hours[i].burn_factor };
		const struct forecast_past past = { .transactions = hours[i].transactions };
		struct forecast f = forecast(&w, &past);

		if (f.hours_s != hours[i].gone)
			fail_msg("%s: %" PRIu64, hours[i].why, f.hours_s);
	}
}

static void test_counting(void **state)
{
	struct forecast_past past = { .transactions = 0 };

	(void)state;
	forecast_count(&past, droplets_of(3));
	forecast_count(&past, droplets_of(7));
	forecast_count(&past, droplets_of(5));
	assert_int_equal(past.paid.n, 15);
	assert_int_equal(past.largest.n, 7);
	forecast_count(&past, droplets_of(UINT64_MAX)); /* stays at the end of the scale */
	assert_true(past.paid.n == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_coins),
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_counting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
