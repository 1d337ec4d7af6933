#include <stdio.h>
#include <string.h>

#include "scannerd/watchlist.h"
#include "test/support/test.h"

#define MANY 1000000U

static size_t number_key(unsigned n, uint8_t key[WATCHLIST_KEY_MAX])
{
	memcpy(key, &n, sizeof(n));
	memset(key + sizeof(n), 0x5a, 18);
	return sizeof(n) + 18;
}

static void test_lengths(void **state)
{
	static const uint8_t bytes[WATCHLIST_KEY_MAX + 1] = { 1, 2, 3 };
	struct watchlist *w = watchlist_new();
	struct err err;

	(void)state;
	assert_non_null(w);
	assert_int_equal(watchlist_add(w, bytes, 0, &err), ERR_INVALID);
	assert_int_equal(watchlist_add(w, bytes, WATCHLIST_KEY_MAX + 1, &err), ERR_INVALID);
	assert_false(watchlist_has(w, bytes, 0));
	assert_int_equal(watchlist_add(w, bytes, WATCHLIST_KEY_MAX, &err), 0);
	assert_true(watchlist_has(w, bytes, WATCHLIST_KEY_MAX));
	assert_false(watchlist_has(w, bytes, WATCHLIST_KEY_MAX - 1));
	assert_false(watchlist_has(w, bytes, WATCHLIST_KEY_MAX + 1));
	assert_int_equal(watchlist_count(w), 1);
	watchlist_free(w);
}

static void test_adding_twice_changes_nothing(void **state)
{
	struct watchlist *w = watchlist_new();
	uint8_t key[WATCHLIST_KEY_MAX];
	struct err err;

	(void)state;
	for (unsigned i = 0; i < 2000; i++)
		assert_int_equal(watchlist_add(w, key, number_key(i % 100, key), &err), 0);
	assert_int_equal(watchlist_count(w), 100);
	watchlist_free(w);
}

static void test_a_million(void **state)
{
	struct watchlist *w = watchlist_new();
	uint8_t key[WATCHLIST_KEY_MAX];
	struct err err;

	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(watchlist_add(w, key, number_key(i, key), &err), 0);
	assert_int_equal(watchlist_count(w), MANY);
	/* While it grows the old table is there too: half as much again. */
	assert_true(watchlist_bytes(w) + watchlist_bytes(w) / 2 < 64U << 20);
	for (unsigned i = 0; i < MANY; i++)
		assert_true(watchlist_has(w, key, number_key(i, key)));
	for (unsigned i = MANY; i < 2 * MANY; i++)
		assert_false(watchlist_has(w, key, number_key(i, key)));
	watchlist_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_adding_twice_changes_nothing),
		cmocka_unit_test(test_a_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
