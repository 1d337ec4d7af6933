/* The pool and who was given which address. */
#include <stdio.h>
#include <string.h>

#include "test/support/test_store.h"

struct list {
	unsigned count;
	uint64_t seq[16];
	char address[16][ADDRESS_TEXT_MAX];
};

static void on_pool(void *arg, uint64_t seq, const char *address)
{
	struct list *l = arg;

	l->seq[l->count] = seq;
	(void)snprintf(l->address[l->count++], ADDRESS_TEXT_MAX, "%s", address);
}

static void on_binding(void *arg, const struct binding *b)
{
	on_pool(arg, b->seq, b->address);
}

static void test_adding_to_the_pool(void **state)
{
	struct test_store *t = *state;
	uint64_t size, left;
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 3);
	test_store_pool(t, COIN_ETH, "e", 1);
	IN_TX(t->exchangerd, ERR_EXISTS, store_pool_add(t->exchangerd, COIN_BTC, "b2", &err));
	IN_TX(t->exchangerd, 0, store_pool_add(t->exchangerd, COIN_ETH, "b2", &err));
	MUST(store_pool_size(t->reader, COIN_BTC, &size, &err));
	MUST(store_pool_remaining(t->reader, COIN_BTC, &left, &err));
	assert_int_equal(size, 3);
	assert_int_equal(left, 3);
	MUST(store_pool_size(t->reader, COIN_ETH, &size, &err));
	assert_int_equal(size, 2);
	MUST(store_pool_size(t->reader, COIN_SKY, &size, &err));
	MUST(store_pool_remaining(t->reader, COIN_SKY, &left, &err));
	assert_int_equal(size, 0);
	assert_int_equal(left, 0);
}

static void test_the_pool_is_read_in_pages(void **state)
{
	struct test_store *t = *state;
	struct list l = { .count = 0 };
	uint64_t last = 99;
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 5);
	MUST(store_pool_each(t->reader, COIN_BTC, 0, 3, on_pool, &l, &last, &err));
	assert_int_equal(l.count, 3);
	assert_int_equal(last, 3);
	MUST(store_pool_each(t->reader, COIN_BTC, last, 3, on_pool, &l, &last, &err));
	assert_int_equal(l.count, 5);
	assert_int_equal(last, 5);
	assert_string_equal(l.address[0], "b1");
	assert_string_equal(l.address[4], "b5");
	MUST(store_pool_each(t->reader, COIN_BTC, last, 3, on_pool, &l, &last, &err));
	assert_int_equal(l.count, 5);
	assert_int_equal(last, 5);
	last = 99;
	MUST(store_pool_each(t->reader, COIN_SKY, 7, 3, on_pool, &l, &last, &err));
	assert_int_equal(last, 7);
}

static void test_addresses_are_bound_in_order_until_none_is_left(void **state)
{
	struct test_store *t = *state;
	struct binding a, b, c;
	uint64_t left;
	struct err err;
	bool limit;

	test_store_pool(t, COIN_BTC, "b", 2);
	test_store_pool(t, COIN_ETH, "e", 1);
	a = test_store_bind(t, COIN_BTC, "sky1");
	b = test_store_bind(t, COIN_ETH, "sky1");
	c = test_store_bind(t, COIN_BTC, "sky2");
	assert_string_equal(a.address, "b1");
	assert_string_equal(b.address, "e1");
	assert_string_equal(c.address, "b2");
	assert_int_equal(a.seq, 1);
	assert_int_equal(b.seq, 2);
	assert_int_equal(c.seq, 3);
	MUST(store_pool_remaining(t->reader, COIN_BTC, &left, &err));
	assert_int_equal(left, 0);
	IN_TX(t->exchangerd, ERR_NOT_FOUND,
	      store_bind_address(t->exchangerd, COIN_BTC, "sky3", BUY_DIRECT, 0, 1, &a, &limit,
				 &err));
	assert_false(limit);
	test_store_pool(t, COIN_SKY, "s", 1);
	IN_TX(t->exchangerd, 0, store_pool_add(t->exchangerd, COIN_BTC, "b3", &err));
	MUST(store_pool_remaining(t->reader, COIN_BTC, &left, &err));
	assert_int_equal(left, 1);
	assert_string_equal(test_store_bind(t, COIN_BTC, "sky3").address, "b3");
}

static void test_the_limit_counts_all_coins(void **state)
{
	struct test_store *t = *state;
	struct binding b;
	struct err err;
	bool limit = true;

	test_store_pool(t, COIN_BTC, "b", 4);
	test_store_pool(t, COIN_ETH, "e", 4);
	IN_TX(t->exchangerd, 0,
	      store_bind_address(t->exchangerd, COIN_BTC, "sky1", BUY_DIRECT, 2, 1, &b, &limit,
				 &err));
	assert_false(limit);
	IN_TX(t->exchangerd, 0,
	      store_bind_address(t->exchangerd, COIN_ETH, "sky1", BUY_DIRECT, 2, 1, &b, &limit,
				 &err));
	IN_TX(t->exchangerd, ERR_BUSY,
	      store_bind_address(t->exchangerd, COIN_ETH, "sky1", BUY_DIRECT, 2, 1, &b, &limit,
				 &err));
	assert_true(limit);
	IN_TX(t->exchangerd, 0,
	      store_bind_address(t->exchangerd, COIN_ETH, "sky2", BUY_DIRECT, 2, 1, &b, &limit,
				 &err));
	assert_false(limit);
	assert_string_equal(b.address, "e2");
}

static void test_a_binding_is_found_again(void **state)
{
	struct test_store *t = *state;
	struct binding b, got;
	struct err err;
	bool limit;

	test_store_pool(t, COIN_BTC, "b", 1);
	IN_TX(t->exchangerd, 0,
	      store_bind_address(t->exchangerd, COIN_BTC, "sky1", BUY_PASSTHROUGH, 5, 1234567890,
				 &b, &limit, &err));
	MUST(store_binding_get(t->reader, COIN_BTC, "b1", &got, &err));
	assert_int_equal(got.seq, 1);
	assert_int_equal(got.coin, COIN_BTC);
	assert_string_equal(got.address, "b1");
	assert_string_equal(got.sky_address, "sky1");
	assert_int_equal(got.buy_method, BUY_PASSTHROUGH);
	assert_int_equal(got.created_at, 1234567890);
	got.seq = 77;
	assert_int_equal(store_binding_get(t->reader, COIN_ETH, "b1", &got, &err), ERR_NOT_FOUND);
	assert_int_equal(store_binding_get(t->reader, COIN_BTC, "b2", &got, &err), ERR_NOT_FOUND);
	assert_int_equal(got.seq, 77); /* outputs are written on success only */
}

static void test_bindings_are_told_in_their_order(void **state)
{
	struct test_store *t = *state;
	struct list of_sky = { .count = 0 }, of_btc = { .count = 0 };
	uint64_t last = 0;
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 3);
	test_store_pool(t, COIN_ETH, "e", 3);
	(void)test_store_bind(t, COIN_ETH, "sky1");
	(void)test_store_bind(t, COIN_BTC, "sky2");
	(void)test_store_bind(t, COIN_BTC, "sky1");
	MUST(store_binding_each_of(t->reader, "sky1", on_binding, &of_sky, &err));
	assert_int_equal(of_sky.count, 2);
	assert_string_equal(of_sky.address[0], "e1");
	assert_string_equal(of_sky.address[1], "b2");
	for (int i = 0; i < 3; i++) /* pages of one, the last of them empty */
		MUST(store_pool_bound(t->reader, COIN_BTC, last, 1, on_pool, &of_btc, &last, &err));
	assert_int_equal(of_btc.count, 2);
	assert_int_equal(last, 2);
	assert_string_equal(of_btc.address[0], "b1");
	assert_string_equal(of_btc.address[1], "b2");
	MUST(store_binding_each_of(t->reader, "nobody", on_binding, &of_sky, &err));
	assert_int_equal(of_sky.count, 2);
}

/* exchangerd answers one bind of a group with an error and commits the others. */
static void test_a_bind_that_is_undone_gives_its_address_back(void **state)
{
	struct test_store *t = *state;
	struct binding b;
	struct err err;
	bool limit;

	test_store_pool(t, COIN_BTC, "b", 2);
	MUST(store_begin(t->exchangerd, &err));
	MUST(store_mark(t->exchangerd, &err));
	MUST(store_bind_address(t->exchangerd, COIN_BTC, "sky1", BUY_DIRECT, 0, 1, &b, &limit,
				&err));
	assert_int_equal(store_settle(t->exchangerd, ERR_INVALID, &err), ERR_INVALID);
	MUST(store_mark(t->exchangerd, &err));
	MUST(store_bind_address(t->exchangerd, COIN_BTC, "sky2", BUY_DIRECT, 0, 1, &b, &limit,
				&err));
	MUST(store_settle(t->exchangerd, 0, &err));
	MUST(store_commit(t->exchangerd, &err));
	MUST(store_binding_get(t->reader, COIN_BTC, "b1", &b, &err));
	assert_string_equal(b.sky_address, "sky2");
	assert_int_equal(store_binding_get(t->reader, COIN_BTC, "b2", &b, &err), ERR_NOT_FOUND);
}

#define T(test) cmocka_unit_test_setup_teardown(test, test_store_setup, test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_adding_to_the_pool),
		T(test_the_pool_is_read_in_pages),
		T(test_addresses_are_bound_in_order_until_none_is_left),
		T(test_the_limit_counts_all_coins),
		T(test_a_binding_is_found_again),
		T(test_bindings_are_told_in_their_order),
		T(test_a_bind_that_is_undone_gives_its_address_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
