#include <string.h>

#include "common/coin/rate.h"
#include "test/support/test.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define NINES_28    "9999999999999999999999999999"
#define NOT_DECIMAL "can't convert "

static void test_parse(void **state)
{
	static const char zero[] = "rate must be greater than zero";
	// clang-format off
	static const struct { const char *why, *text, *error; } rows[] = {
		{ "whole",                     "500",      NULL },
		{ "decimal",                   "0.5",      NULL },
		{ "fraction",                  "1/3",      NULL },
		{ "leading zeros",             "007.50",   NULL },
		{ "28 digits",                 NINES_28,   NULL },
		{ "28 digits on each side",    NINES_28 "/" NINES_28, NULL },
		{ "29 digits",                 NINES_28 "9", NOT_DECIMAL NINES_28 "9 to decimal" },
		{ "29 digits with the point",  NINES_28 ".1", NOT_DECIMAL NINES_28 ".1 to decimal" },
		{ "nothing",                   "",         NOT_DECIMAL " to decimal" },
		{ "words",                     "fast",     NOT_DECIMAL "fast to decimal" },
		{ "exponent",                  "1e3",      NOT_DECIMAL "1e3 to decimal" },
		{ "space",                     " 5",       NOT_DECIMAL " 5 to decimal" },
		{ "plus sign",                 "+5",       NOT_DECIMAL "+5 to decimal" },
		{ "no digits before",          ".5",       NOT_DECIMAL ".5 to decimal" },
		{ "no digits behind",          "5.",       NOT_DECIMAL "5. to decimal" },
		{ "two points",                "1.2.3",    NOT_DECIMAL "1.2.3 to decimal" },
		{ "decimal in a fraction",     "2.5/7",    NOT_DECIMAL "2.5/7 to decimal" },
		{ "decimal below the slash",   "2/7.5",    NOT_DECIMAL "2/7.5 to decimal" },
		{ "no numerator",              "/3",       NOT_DECIMAL "/3 to decimal" },
		{ "no denominator",            "3/",       NOT_DECIMAL "3/ to decimal" },
		{ "two slashes",               "1/2/3",    NOT_DECIMAL "1/2/3 to decimal" },
		{ "division by zero",          "1/0",      NOT_DECIMAL "1/0 to decimal" },
		{ "zero",                      "0",        zero },
		{ "zero with places",          "0.000",    zero },
		{ "zero fraction",             "0/5",      zero },
		{ "negative",                  "-1",       zero },
		{ "negative words",            "-x",       NOT_DECIMAL "-x to decimal" },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err = { .text = "" };
		struct rate rate;
		int rc = rate_parse(rows[i].text, &rate, &err);

		if (rc != (rows[i].error != NULL ? ERR_INVALID : 0))
			fail_msg("%s: '%s' gives %d %s", rows[i].why, rows[i].text, rc, err.text);
		assert_string_equal(rc == 0 ? rate.text : err.text,
				    rc == 0 ? rows[i].text : rows[i].error);
	}
}

static void test_apply(void **state)
{
	// clang-format off
	static const struct {
		const char *why, *rate;
		enum coin coin;
		const char *value;
		unsigned places;
		int rc;
		uint64_t droplets;
	} rows[] = {
		{ "one BTC at 500", "500", COIN_BTC, "100000000", 3, 0, 500000000 },
		{ "places are cut, not rounded", "0.9999999", COIN_BTC, "100000000", 3, 0, 999000 },
		{ "six places", "0.9999999", COIN_BTC, "100000000", 6, 0, 999999 },
		{ "whole SKY only", "1.9", COIN_SKY, "1000000", 0, 0, 1000000 },
		{ "a third is not 0.33333333", "1/3", COIN_BTC, "300000000", 6, 0, 1000000 },
		{ "a satoshi at 500 is 5 droplets", "500", COIN_BTC, "1", 6, 0, 5 },
		{ "dust is zero, not an error", "500", COIN_BTC, "1", 3, 0, 0 },
		{ "nothing", "500", COIN_BTC, "0", 3, 0, 0 },
		{ "one wei", "500", COIN_ETH, "1", 6, 0, 0 },
		{ "20 ETH pass 64 bits of wei", "100", COIN_ETH, "20000000000000000000", 3, 0,
		  2000000000 },
		{ "a wei below 1 ETH", "1", COIN_ETH, "999999999999999999", 6, 0, 999999 },
		{ "SKY for SKY", "1", COIN_SKY, "12345678", 6, 0, 12345678 },
		{ "a tiny rate", "1/" NINES_28, COIN_BTC, "2100000000000000", 6, 0, 0 },
		{ "largest that fits", "1", COIN_SKY, "9223372036854775807", 6, 0, INT64_MAX },
		{ "one droplet more", "1", COIN_SKY, "9223372036854775808", 6, ERR_INVALID, 0 },
		{ "the largest of both", NINES_28, COIN_BTC,
		  "340282366920938463463374607431768211455", 6, ERR_INVALID, 0 },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct droplets got = droplets_of(77);
		struct units value;
		struct rate rate;
		struct err err;
		int rc;

		assert_int_equal(rate_parse(rows[i].rate, &rate, &err), 0);
		assert_true(units_from_text(rows[i].value, &value));
		rc = rate_apply(&rate, rows[i].coin, value, rows[i].places, &got, &err);
		if (rc != rows[i].rc || got.n != (rc == 0 ? rows[i].droplets : 77))
			fail_msg("%s: rc %d, %llu droplets", rows[i].why, rc,
				 (unsigned long long)got.n);
	}
}

/* What is applied may come from the database: it is checked again. */
static void test_apply_refuses_bad_text(void **state)
{
	const struct rate empty = { .text = "" }, zero = { .text = "0" };
	struct droplets got;
	struct err err;

	(void)state;
	assert_int_equal(rate_apply(&empty, COIN_BTC, units_of(1), 3, &got, &err), ERR_INVALID);
	assert_int_equal(rate_apply(&zero, COIN_BTC, units_of(1), 3, &got, &err), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_apply),
		cmocka_unit_test(test_apply_refuses_bad_text),
	};

	return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
