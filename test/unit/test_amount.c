#include <string.h>

#include "common/coin/amount.h"
#include "test/support/test.h"

#define COUNT(a)       (sizeof(a) / sizeof((a)[0]))
#define TWO_128_LESS_1 "340282366920938463463374607431768211455"

static struct units units_max(void)
{
	return (struct units){ .n = ~(unsigned __int128)0 };
}

static void test_sums_are_checked(void **state)
{
	struct droplets d = droplets_of(7), max = droplets_of(UINT64_MAX);
	struct hours h = hours_of(7), hmax = hours_of(UINT64_MAX);
	struct units u = units_of(7);

	(void)state;
	assert_false(droplets_add(max, droplets_of(1), &d));
	assert_false(droplets_sub(droplets_of(1), droplets_of(2), &d));
	assert_int_equal(d.n, 7); /* untouched */
	assert_true(droplets_add(droplets_of(UINT64_MAX - 1), droplets_of(1), &d));
	assert_int_equal(droplets_compare(d, max), 0);
	assert_true(droplets_sub(max, max, &d));
	assert_true(droplets_is_zero(d));

	assert_false(hours_add(hmax, hours_of(1), &h));
	assert_false(hours_sub(hours_of(0), hours_of(1), &h));
	assert_int_equal(h.n, 7);
	assert_true(hours_add(hours_of(3), hours_of(4), &h));
	assert_true(hours_sub(h, hours_of(7), &h));
	assert_int_equal(h.n, 0);

	assert_false(units_add(units_max(), units_of(1), &u));
	assert_int_equal((uint64_t)u.n, 7);
	assert_true(units_add(units_of(UINT64_MAX), units_of(1), &u)); /* past 64 bits */
	assert_int_equal(units_compare(u, units_of(UINT64_MAX)), 1);
	assert_int_equal(units_compare(units_of(UINT64_MAX), u), -1);
	assert_false(units_is_zero(u));
	assert_false(units_sub(units_of(1), units_of(2), &u));
	assert_true(units_sub(u, units_of(UINT64_MAX), &u));
	assert_int_equal((uint64_t)u.n, 1);
}

static void test_units_hex(void **state)
{
	// clang-format off
	static const struct { const char *why, *digits, *decimal; /* NULL: refused */ } rows[] = {
		{ "zero",          "0",                                 "0" },
		{ "both cases",    "aB",                                "171" },
		{ "leading zeros", "0000000000000000000000000000000000000000000000001", "1" },
		{ "largest",       "ffffffffffffffffffffffffffffffff",  TWO_128_LESS_1 },
		{ "one more",      "100000000000000000000000000000000", NULL },
		{ "nothing",       "",                                  NULL },
		{ "no digit",      "1g",                                NULL },
		{ "a prefix",      "0x1",                               NULL },
	};
	// clang-format on
	char text[UNITS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct units u = units_of(7);

		print_message("%s\n", rows[i].why);
		assert_int_equal(units_from_hex(rows[i].digits, strlen(rows[i].digits), &u),
				 rows[i].decimal != NULL);
		units_to_text(u, text);
		assert_string_equal(text, rows[i].decimal != NULL ? rows[i].decimal : "7");
	}
}

static void test_units_text(void **state)
{
	// clang-format off
	static const struct { const char *why, *text; bool ok; const char *again; } rows[] = {
		{ "zero",               "0",                    true,  "0" },
		{ "leading zeros",      "000120000",            true,  "120000" },
		{ "wei past 64 bits",   "18446744073709551616", true,  "18446744073709551616" },
		{ "largest",            TWO_128_LESS_1,         true,  TWO_128_LESS_1 },
		{ "one more",           "340282366920938463463374607431768211456", false, NULL },
		{ "ten times too much", TWO_128_LESS_1 "0",     false, NULL },
		{ "nothing",            "",                     false, NULL },
		{ "a sign",             "-1",                   false, NULL },
		{ "a point",            "1.0",                  false, NULL },
		{ "a space",            " 1",                   false, NULL },
		{ "hex",                "0x10",                 false, NULL },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char again[UNITS_TEXT_MAX];
		struct units u;

		if (units_from_text(rows[i].text, &u) != rows[i].ok)
			fail_msg("%s: '%s'", rows[i].why, rows[i].text);
		if (!rows[i].ok)
			continue;
		units_to_text(u, again);
		assert_string_equal(again, rows[i].again);
	}
}

static void test_times_and_shares(void **state)
{
	struct droplets d = droplets_of(7);

	(void)state;
	assert_true(droplets_times(droplets_of(3), 4, &d));
	assert_int_equal(d.n, 12);
	assert_false(droplets_times(droplets_of(UINT64_MAX / 2), 3, &d));
	assert_int_equal(d.n, 12); /* untouched */
	assert_true(droplets_times(droplets_of(UINT64_MAX), 0, &d));
	assert_int_equal(d.n, 0);

	assert_int_equal(droplets_over(droplets_of(2999), droplets_of(1000)), 2);
	assert_int_equal(droplets_over(droplets_of(999), droplets_of(1000)), 0);

	assert_int_equal(droplets_share(86400, droplets_of(1), droplets_of(2)), 43200);
	assert_int_equal(droplets_share(10, droplets_of(2), droplets_of(3)), 6); /* cut */
	assert_true(droplets_share(UINT64_MAX, droplets_of(UINT64_MAX), droplets_of(UINT64_MAX)) ==
		    UINT64_MAX); /* past 64 bits in between */
	assert_true(droplets_share(UINT64_MAX, droplets_of(2), droplets_of(1)) == UINT64_MAX);
}

static void test_units_to_coins(void **state)
{
	// clang-format off
	static const struct { const char *why, *units; unsigned decimals; const char *coins; } rows[] = {
		{ "BTC, below one",    "120000",              8,  "0.00120000" },
		{ "BTC, one satoshi",  "1",                   8,  "0.00000001" },
		{ "BTC, whole",        "2100000000000000",    8,  "21000000.00000000" },
		{ "ETH",               "1500000000000000000", 18, "1.500000000000000000" },
		{ "no decimals",       "42",                  0,  "42" },
		{ "zero",              "0",                   6,  "0.000000" },
		{ "largest, all behind the point", TWO_128_LESS_1, 39, "0." TWO_128_LESS_1 },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char coins[UNITS_TEXT_MAX];
		struct units u;

		assert_true(units_from_text(rows[i].units, &u));
		units_to_coins(u, rows[i].decimals, coins);
		if (strcmp(coins, rows[i].coins) != 0)
			fail_msg("%s: got %s, want %s", rows[i].why, coins, rows[i].coins);
	}
}

static void test_truncate(void **state)
{
	// clang-format off
	static const struct { const char *why; uint64_t amount; unsigned places; uint64_t cut; } rows[] = {
		{ "six places keep all",      1234567,    6, 1234567 },
		{ "three places",             1234567,    3, 1234000 },
		{ "whole coins",              1999999,    0, 1000000 },
		{ "less than a step is zero", 999,        3, 0 },
		{ "largest",                  UINT64_MAX, 0, 18446744073709000000U },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct droplets cut =
			droplets_truncate(droplets_of(rows[i].amount), rows[i].places);

		if (cut.n != rows[i].cut)
			fail_msg("%s: got %llu", rows[i].why, (unsigned long long)cut.n);
	}
}

static void test_long_droplets_text(void **state)
{
	char text[1024];
	struct droplets d;
	struct err err;

	(void)state;
	memset(text, '9', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(droplets_from_text(text, &d, &err), ERR_INVALID);
	assert_string_equal(err.text, "Droplet string conversion failed: Value is too large");
	memset(text, '0', sizeof(text) - 2);
	assert_int_equal(droplets_from_text(text, &d, &err), 0);
	assert_int_equal(d.n, 9 * (uint64_t)DROPLETS_PER_SKY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_and_shares),   cmocka_unit_test(test_sums_are_checked),
		cmocka_unit_test(test_units_hex),	   cmocka_unit_test(test_units_text),
		cmocka_unit_test(test_units_to_coins),	   cmocka_unit_test(test_truncate),
		cmocka_unit_test(test_long_droplets_text),
	};

	return cmocka_run_group_tests_name("amount", tests, NULL, NULL);
}
