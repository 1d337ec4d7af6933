/* What operators asked to be scanned again: one of a coin at a time, and what they cover. */
#include "common/store/rescan_store.h"

#include <stdio.h>
#include <string.h>

#include "test/support/test_store.h"

static struct rescan_order order(enum coin coin, int64_t from, int64_t to)
{
	struct rescan_order o = { .coin = coin, .from = from, .to = to, .uid = 7 };

	o.started_at = TEST_STORE_NOW;
	(void)snprintf(o.who, sizeof(o.who), "somebody");
	return o;
}

static struct rescan_order add(struct test_store *t, enum coin coin, int64_t from, int64_t to)
{
	struct rescan_order o = order(coin, from, to);
	struct err err;

	IN_TX(t->scannerd, 0, store_rescan_add(t->scannerd, &o, &err));
	return o;
}

static void end(struct test_store *t, struct rescan_order o, enum rescan_state state)
{
	struct err err;

	o.state = state;
	IN_TX(t->scannerd, 0, store_rescan_put(t->scannerd, &o, &err));
}

static bool covered(struct test_store *t, enum coin coin, int64_t from, int64_t to)
{
	struct err err;
	bool is = false;

	MUST(store_rescan_covered(t->reader, coin, from, to, &is, &err));
	return is;
}

static void test_all_fields_are_kept(void **state)
{
	struct test_store *t = *state;
	struct rescan_order o = add(t, COIN_ETH, 5, 90), got;
	struct err err;

	assert_int_equal(o.seq, 1);
	assert_int_equal(o.next, 90);
	assert_int_equal(o.state, RESCAN_RUNNING);
	o.next = 4;
	o.found = 2;
	o.known = 3;
	o.busy_ms = 1234;
	o.updated_at = TEST_STORE_NOW + 9;
	(void)snprintf(o.next_hash, sizeof(o.next_hash), "hash");
	(void)snprintf(o.error, sizeof(o.error), "pruned");
	IN_TX(t->scannerd, 0, store_rescan_put(t->scannerd, &o, &err));
	MUST(store_rescan_running(t->reader, COIN_ETH, &got, &err));
	assert_int_equal(got.from, 5);
	assert_int_equal(got.to, 90);
	assert_int_equal(got.next, 4);
	assert_int_equal(got.found, 2);
	assert_int_equal(got.known, 3);
	assert_int_equal(got.busy_ms, 1234);
	assert_int_equal(got.uid, 7);
	assert_int_equal(got.started_at, TEST_STORE_NOW);
	assert_int_equal(got.updated_at, TEST_STORE_NOW + 9);
	assert_string_equal(got.next_hash, "hash");
	assert_string_equal(got.error, "pruned");
	assert_string_equal(got.who, "somebody");
}

static void test_one_of_a_coin_runs(void **state)
{
	struct test_store *t = *state;
	struct rescan_order first = add(t, COIN_BTC, 1, 2), second = order(COIN_BTC, 3, 4), got;
	struct err err;

	IN_TX(t->scannerd, ERR_EXISTS, store_rescan_add(t->scannerd, &second, &err));
	assert_int_equal(add(t, COIN_ETH, 1, 2).seq, 2);
	end(t, first, RESCAN_CANCELLED);
	assert_int_equal(store_rescan_running(t->reader, COIN_BTC, &got, &err), ERR_NOT_FOUND);
	assert_int_equal(add(t, COIN_BTC, 3, 4).seq, 3);
}

static void test_what_was_covered(void **state)
{
	struct test_store *t = *state;
	struct rescan_order o = add(t, COIN_BTC, 10, 20);

	assert_false(covered(t, COIN_BTC, 10, 20)); /* not yet */
	end(t, o, RESCAN_CANCELLED);
	assert_false(covered(t, COIN_BTC, 10, 20));
	end(t, add(t, COIN_BTC, 10, 20), RESCAN_DONE);
	assert_true(covered(t, COIN_BTC, 10, 20));
	assert_true(covered(t, COIN_BTC, 12, 15));
	assert_false(covered(t, COIN_BTC, 9, 20));
	assert_false(covered(t, COIN_BTC, 10, 21));
	assert_false(covered(t, COIN_ETH, 12, 15));
}

static void test_only_scannerd_writes(void **state)
{
	struct test_store *t = *state;
	struct rescan_order o = order(COIN_BTC, 1, 2);
	struct err err;

	MUST(store_begin(t->exchangerd, &err));
	assert_true(store_rescan_add(t->exchangerd, &o, &err) < 0);
	store_rollback(t->exchangerd);
}

#define T(test) cmocka_unit_test_setup_teardown(test, test_store_setup, test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_all_fields_are_kept),
		T(test_one_of_a_coin_runs),
		T(test_what_was_covered),
		T(test_only_scannerd_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
