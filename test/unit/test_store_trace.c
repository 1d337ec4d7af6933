/* Blocks that are to be traced later: which comes next, what settles them, what a reorganisation
 * leaves. */
#include "common/store/trace_store.h"

#include <stdio.h>
#include <string.h>

#include "common/store/scan_store.h"
#include "test/support/test_store.h"

static struct trace_debt debt(int64_t height, uint32_t tries)
{
	struct trace_debt d = { COIN_ETH, height, "", TEST_STORE_NOW + height, tries, "busy" };

	(void)snprintf(d.hash, sizeof(d.hash), "hash %d", (int)height);
	return d;
}

static void owe(struct test_store *t, int64_t height, uint32_t tries)
{
	struct trace_debt d = debt(height, tries);
	struct err err;

	IN_TX(t->scannerd, 0, store_trace_owe(t->scannerd, &d, &err));
}

static void expect_sum(struct test_store *t, uint64_t count, int64_t from, int64_t to,
		       int64_t since)
{
	struct trace_debts_sum sum;
	struct err err;

	MUST(store_trace_sum(t->reader, COIN_ETH, &sum, &err));
	assert_int_equal(sum.count, count);
	assert_int_equal(sum.from, from);
	assert_int_equal(sum.to, to);
	assert_int_equal(sum.since, since);
}

static void test_the_least_tried_and_newest_is_next(void **state)
{
	struct test_store *t = *state;
	struct trace_debt d;
	struct err err;

	assert_int_equal(store_trace_next(t->reader, COIN_ETH, &d, &err), ERR_NOT_FOUND);
	expect_sum(t, 0, 0, 0, 0);
	owe(t, 5, 0);
	owe(t, 7, 0);
	owe(t, 9, 1);
	MUST(store_trace_next(t->reader, COIN_ETH, &d, &err));
	assert_int_equal(d.height, 7);
	assert_string_equal(d.hash, "hash 7");
	assert_string_equal(d.why, "busy");
	assert_int_equal(d.since, TEST_STORE_NOW + 7);
	d.tries = 2;
	(void)snprintf(d.why, sizeof(d.why), "timeout");
	IN_TX(t->scannerd, 0, store_trace_failed(t->scannerd, &d, &err));
	MUST(store_trace_next(t->reader, COIN_ETH, &d, &err));
	assert_int_equal(d.height, 5);
	expect_sum(t, 3, 5, 9, TEST_STORE_NOW + 5);
	assert_int_equal(store_trace_next(t->reader, COIN_BTC, &d, &err), ERR_NOT_FOUND);
}

static void test_it_is_owed_for_one_block(void **state)
{
	struct test_store *t = *state;
	struct trace_debt d = debt(5, 0), other = debt(5, 0);
	bool owed;
	struct err err;

	owe(t, 5, 0);
	(void)snprintf(other.hash, sizeof(other.hash), "another");
	MUST(store_trace_is_owed(t->reader, &d, &owed, &err));
	assert_true(owed);
	MUST(store_trace_is_owed(t->reader, &other, &owed, &err));
	assert_false(owed);
	IN_TX(t->scannerd, 0, store_trace_settle(t->scannerd, COIN_ETH, 5, &err));
	IN_TX(t->scannerd, 0, store_trace_settle(t->scannerd, COIN_ETH, 5, &err));
	MUST(store_trace_is_owed(t->reader, &d, &owed, &err));
	assert_false(owed);
}

static void test_between(void **state)
{
	static const struct {
		int64_t above, to;
		bool owed;
	} rows[] = {
		{ 0, 4, false }, { 0, 5, true }, { 4, 5, true }, { 5, 9, false }, { 5, 10, true }
	};
	struct test_store *t = *state;
	struct err err;

	owe(t, 5, 0);
	owe(t, 10, 3);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool owed;

		MUST(store_trace_owed_between(t->reader, COIN_ETH, rows[i].above, rows[i].to, &owed,
					      &err));
		assert_int_equal(owed, rows[i].owed);
	}
}

static void test_a_reorganisation_takes_what_is_above(void **state)
{
	struct test_store *t = *state;
	uint64_t orphaned;
	struct err err;

	owe(t, 5, 0);
	owe(t, 6, 0);
	owe(t, 7, 0);
	IN_TX(t->scannerd, 0, store_cursor_rewind(t->scannerd, COIN_BTC, 0, &orphaned, &err));
	expect_sum(t, 3, 5, 7, TEST_STORE_NOW + 5);
	IN_TX(t->scannerd, 0, store_cursor_rewind(t->scannerd, COIN_ETH, 5, &orphaned, &err));
	expect_sum(t, 1, 5, 5, TEST_STORE_NOW + 5);
}

static void test_some_are_given_up(void **state)
{
	struct test_store *t = *state;
	uint64_t count;
	struct err err;

	for (int64_t h = 1; h <= 9; h++)
		owe(t, h, 0);
	IN_TX(t->scannerd, 0, store_trace_drop(t->scannerd, COIN_ETH, 2, 8, &count, &err));
	assert_int_equal(count, 7);
	expect_sum(t, 2, 1, 9, TEST_STORE_NOW + 1);
	IN_TX(t->scannerd, 0, store_trace_drop(t->scannerd, COIN_ETH, 0, INT64_MAX, &count, &err));
	assert_int_equal(count, 2);
	expect_sum(t, 0, 0, 0, 0);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, test_store_setup, test_store_teardown)
	const struct CMUnitTest tests[] = {
		ROW(test_the_least_tried_and_newest_is_next),
		ROW(test_it_is_owed_for_one_block),
		ROW(test_between),
		ROW(test_a_reorganisation_takes_what_is_above),
		ROW(test_some_are_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
