/* What is kept of balances: rows that are not there read as nothing, sums have 128 bits. */
#include <stdio.h>
#include <string.h>

#include "common/store/balance_store.h"
#include "test/support/test_store.h"

#define HUGE_VALUE "340282366920938463463374607431768211455"

static void test_what_was_never_written_is_nothing(void **state)
{
	struct test_store *t = *state;
	struct balance_base b = { .height = 7 };
	struct balance_round r = { .pool_seq = 7 };
	struct err err;

	MUST(store_balance_get(t->reader, COIN_ETH, "a", &b, &err));
	assert_true(units_is_zero(b.balance) && units_is_zero(b.seen));
	assert_int_equal(b.height, 0);
	assert_int_equal(b.surpluses, 0);
	MUST(store_balance_round_get(t->reader, COIN_ETH, &r, &err));
	assert_int_equal(r.pool_seq, 0);
	assert_int_equal(r.started_at, 0);
}

static void test_what_is_written_is_read(void **state)
{
	struct test_store *t = *state;
	struct balance_base b = { .seen = units_of(5), .height = 9, .surpluses = 2 }, got;
	struct balance_round r = { .pool_seq = 3, .started_at = 1700000000 }, got_round;
	char text[UNITS_TEXT_MAX];
	struct err err;

	assert_true(units_from_text(HUGE_VALUE, &b.balance));
	for (unsigned i = 0; i < 2; i++, b.height++, r.pool_seq++) {
		IN_TX(t->scannerd, 0, store_balance_put(t->scannerd, COIN_ETH, "a", &b, &err));
		IN_TX(t->scannerd, 0, store_balance_round_put(t->scannerd, COIN_ETH, &r, &err));
		MUST(store_balance_get(t->reader, COIN_ETH, "a", &got, &err));
		MUST(store_balance_round_get(t->reader, COIN_ETH, &got_round, &err));
		units_to_text(got.balance, text);
		assert_string_equal(text, HUGE_VALUE);
		assert_int_equal(units_compare(got.seen, units_of(5)), 0);
		assert_int_equal(got.height, b.height);
		assert_int_equal(got.surpluses, 2);
		assert_int_equal(got_round.pool_seq, r.pool_seq);
		assert_int_equal(got_round.started_at, 1700000000);
	}
	MUST(store_balance_get(t->reader, COIN_SKY, "a", &got, &err));
	assert_int_equal(got.surpluses, 0);
}

static void add(struct test_store *t, const char *txid, const char *value, int64_t height,
		enum sighting_state state, bool surplus)
{
	struct sighting g = test_sighting(COIN_ETH, txid, 0, "a", height);
	struct err err;

	assert_true(units_from_text(value, &g.value));
	g.state = state;
	g.surplus = surplus;
	IN_TX(t->scannerd, 0, store_sighting_add(t->scannerd, &g, &err));
}

static void test_sum_of_sightings(void **state)
{
	struct test_store *t = *state;
	struct units sum;
	char text[UNITS_TEXT_MAX];
	struct err err;

	add(t, "t", "20000000000000000000", 10, SIGHTING_CONFIRMED, false);
	add(t, "u", "20000000000000000001", 11, SIGHTING_SEEN, false);
	add(t, "v", "5", 11, SIGHTING_ORPHANED, false);
	add(t, "w", "7", 11, SIGHTING_CONFIRMED, true);
	add(t, "x", "9", 12, SIGHTING_SEEN, false);
	MUST(store_balance_seen(t->reader, COIN_ETH, "a", 11, &sum, &err));
	units_to_text(sum, text);
	assert_string_equal(text, "40000000000000000001");
	MUST(store_balance_seen(t->reader, COIN_ETH, "b", 11, &sum, &err));
	assert_true(units_is_zero(sum));
	add(t, "y", HUGE_VALUE, 11, SIGHTING_SEEN, false);
	assert_int_equal(store_balance_seen(t->reader, COIN_ETH, "a", 11, &sum, &err), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_was_never_written_is_nothing,
						test_store_setup, test_store_teardown),
		cmocka_unit_test_setup_teardown(test_what_is_written_is_read, test_store_setup,
						test_store_teardown),
		cmocka_unit_test_setup_teardown(test_sum_of_sightings, test_store_setup,
						test_store_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
