/* Addresses of a client in a day, and which of them are handed out again. */
#include "common/store/quota_store.h"
#include "common/store/stmt.h"
#include "test/support/test_store.h"

#define DAY ((int64_t)QUOTA_DAY_S)

/* One more in a transaction of its own; what is over is undone. */
static bool take(struct test_store *t, const char *client, int64_t now, uint64_t max)
{
	struct err err;
	bool over;
	int rc;

	MUST(store_begin(t->exchangerd, &err));
	MUST(store_mark(t->exchangerd, &err));
	rc = store_quota_take(t->exchangerd, client, now, max, &over, &err);
	rc = store_settle(t->exchangerd, rc, &err);
	MUST(store_commit(t->exchangerd, &err));
	assert_int_equal(rc, over ? ERR_BUSY : 0);
	return !over;
}

static void test_a_day_has_a_limit(void **state)
{
	struct test_store *t = *state;

	assert_true(take(t, "a", 10 * DAY, 2));
	assert_true(take(t, "a", 11 * DAY - 1, 2));
	assert_false(take(t, "a", 11 * DAY - 1, 2));
	assert_false(take(t, "a", 11 * DAY - 1, 2));
	assert_true(take(t, "b", 11 * DAY - 1, 2)); /* another one's own */
	assert_true(take(t, "a", 11 * DAY - 1, 3)); /* refusals were not counted */
	assert_true(take(t, "a", 11 * DAY, 1));	    /* a new day */
	assert_false(take(t, "a", 11 * DAY, 1));
	assert_true(take(t, "a", 10 * DAY, 1)); /* the clock was set back: no worse than that */
}

static void test_a_restart_forgives_nobody(void **state)
{
	struct test_store *t = *state;
	struct err err;

	assert_true(take(t, "a", 10 * DAY, 1));
	store_close(t->exchangerd);
	MUST(store_open(t->path, STORE_EXCHANGERD, &t->exchangerd, &err));
	assert_false(take(t, "a", 10 * DAY, 1));
}

static uint64_t rows(struct test_store *t)
{
	uint64_t n = 0;
	struct err err;
	struct stmt q;

	stmt_use_text(t->reader, "SELECT COUNT(*) FROM bind_quota", &q);
	MUST(stmt_read_u64(&q, &n, &err));
	return n;
}

static void test_past_days_are_forgotten(void **state)
{
	struct test_store *t = *state;

	(void)take(t, "a", 10 * DAY, 1);
	(void)take(t, "b", 10 * DAY, 1);
	assert_int_equal(rows(t), 2);
	(void)take(t, "c", 11 * DAY, 1);
	assert_int_equal(rows(t), 1);
}

/* --- handed out again ------------------------------------------------------------------------ */

static void add_sighting(struct test_store *t, enum coin coin, const char *address)
{
	struct sighting g = test_sighting(coin, address, 0, address, 100);
	struct err err;

	IN_TX(t->scannerd, 0, store_sighting_add(t->scannerd, &g, &err));
}

/* The address that is found, or "". */
static const char *unpaid(struct test_store *t, enum coin coin, const char *sky, int64_t since)
{
	static struct binding b;
	struct err err;
	int rc = store_binding_unpaid(t->exchangerd, coin, sky, BUY_DIRECT, since, &b, &err);

	assert_true(rc == 0 || rc == ERR_NOT_FOUND);
	return rc == 0 ? b.address : "";
}

static void test_only_what_nobody_paid_to(void **state)
{
	const int64_t now = TEST_STORE_NOW;
	struct test_store *t = *state;
	struct binding b;
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 4);
	test_store_pool(t, COIN_ETH, "e", 2);
	assert_string_equal(unpaid(t, COIN_BTC, "sky1", 0), "");
	(void)test_store_bind(t, COIN_BTC, "sky1");
	(void)test_store_bind(t, COIN_BTC, "sky1");
	(void)test_store_bind(t, COIN_BTC, "sky2");
	(void)test_store_bind(t, COIN_ETH, "sky1");
	assert_string_equal(unpaid(t, COIN_BTC, "sky1", now), "b2"); /* the last one */
	assert_string_equal(unpaid(t, COIN_BTC, "sky2", now), "b3");
	assert_string_equal(unpaid(t, COIN_ETH, "sky1", now), "e1");
	assert_string_equal(unpaid(t, COIN_ETH, "sky2", now), "");
	assert_string_equal(unpaid(t, COIN_BTC, "sky1", now + 1), ""); /* too old */
	assert_int_equal(
		store_binding_unpaid(t->exchangerd, COIN_BTC, "sky1", BUY_PASSTHROUGH, 0, &b, &err),
		ERR_NOT_FOUND); /* another bargain */

	add_sighting(t, COIN_BTC, "b2"); /* one that is not confirmed counts as well */
	assert_string_equal(unpaid(t, COIN_BTC, "sky1", now), "b1");
	add_sighting(t, COIN_ETH, "b1"); /* another chain's address of that text */
	assert_string_equal(unpaid(t, COIN_BTC, "sky1", now), "b1");
	add_sighting(t, COIN_BTC, "b1");
	assert_string_equal(unpaid(t, COIN_BTC, "sky1", now), "");
}

#define T(test) cmocka_unit_test_setup_teardown(test, test_store_setup, test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_day_has_a_limit),
		T(test_a_restart_forgives_nobody),
		T(test_past_days_are_forgotten),
		T(test_only_what_nobody_paid_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
