/* The rate limit with a clock of the test's own. */
#include "test/support/test.h"

#include <stdio.h>

#include "apid/throttle.h"
#include "common/base/clock.h"

static int64_t now_ms;

static int64_t test_ms(void)
{
	return now_ms;
}

static unsigned allowed_of(struct throttle *t, const char *ip, unsigned tries)
{
	unsigned allowed = 0;
	uint64_t retry;

	while (tries-- > 0)
		allowed += throttle_allow(t, ip, "/api/bind", &retry);
	return allowed;
}

static void test_burst_then_refill(void **state)
{
	struct throttle *t = throttle_new(60, 60000);
	uint64_t retry = 0;

	(void)state;
	now_ms = 1000;
	clock_install(NULL, test_ms);
	assert_int_equal(allowed_of(t, "10.0.0.1", 100), 60);
	assert_false(throttle_allow(t, "10.0.0.1", "/api/bind", &retry));
	assert_int_equal(retry, 2); /* one comes back each second; told with a second in hand */
	assert_true(throttle_allow(t, "10.0.0.1", "/api/status", &retry)); /* its own count */
	assert_true(throttle_allow(t, "10.0.0.2", "/api/bind", &retry));   /* another client */
	now_ms += 999;
	assert_int_equal(allowed_of(t, "10.0.0.1", 5), 0);
	now_ms += 1;
	assert_int_equal(allowed_of(t, "10.0.0.1", 5), 1);
	now_ms += 3600 * 1000;
	assert_int_equal(allowed_of(t, "10.0.0.1", 100), 60); /* never more than a full bucket */
	throttle_free(t);
	clock_install(NULL, NULL);
}

static void test_ipv6_counts_by_64(void **state)
{
	struct throttle *t = throttle_new(2, 60000);

	(void)state;
	now_ms = 1000;
	clock_install(NULL, test_ms);
	assert_int_equal(allowed_of(t, "2001:db8:1:2::1", 1), 1);
	assert_int_equal(allowed_of(t, "2001:db8:1:2:ffff::9", 5), 1);
	assert_int_equal(allowed_of(t, "2001:db8:1:3::1", 5), 2);
	/* Clients of IPv4 on a socket of IPv6 are not one /64. */
	assert_int_equal(allowed_of(t, "::ffff:10.0.0.1", 5), 2);
	assert_int_equal(allowed_of(t, "::ffff:10.0.0.2", 5), 2);
	assert_int_equal(allowed_of(t, "10.0.0.2", 5), 0);
	throttle_free(t);
	clock_install(NULL, NULL);
}

static void test_many_clients_do_not_grow_it(void **state)
{
	struct throttle *t = throttle_new(1, 1000);
	uint64_t retry;
	char ip[32];

	(void)state;
	now_ms = 1000;
	clock_install(NULL, test_ms);
	for (unsigned i = 0; i < 200000; i++) {
		(void)snprintf(ip, sizeof(ip), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		assert_true(throttle_allow(t, ip, "/api/bind", &retry));
	}
	throttle_free(t);
	clock_install(NULL, NULL);
}

static void test_largest_numbers(void **state)
{
	struct throttle *t = throttle_new(UINT64_MAX, UINT64_MAX);

	(void)state;
	assert_int_equal(allowed_of(t, "10.0.0.1", 1000), 1000);
	throttle_free(t);
}

static void test_is_ip(void **state)
{
	(void)state;
	assert_true(throttle_is_ip("10.0.0.1", 8));
	assert_true(throttle_is_ip("::1", 3));
	assert_false(throttle_is_ip("unknown", 7));
	assert_false(throttle_is_ip("10.0.0.1:80", 11));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst_then_refill),
		cmocka_unit_test(test_ipv6_counts_by_64),
		cmocka_unit_test(test_many_clients_do_not_grow_it),
		cmocka_unit_test(test_largest_numbers),
		cmocka_unit_test(test_is_ip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
