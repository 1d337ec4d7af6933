/* What operators ask of deposits: figures, sums. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/store/deposit_list.h"
#include "common/store/stmt.h"
#include "test/support/five_deposits.h"

/* --- figures ------------------------------------------------------------------------------ */

static uint64_t count(struct test_store *t, enum coin coin, enum deposit_state state,
		      const char *more)
{
	char text[160];
	uint64_t n = 0;
	struct stmt q;
	struct err err;

	(void)snprintf(text, sizeof(text),
		       "SELECT COUNT(*) FROM deposit WHERE coin = ?1 AND state = ?2 %s", more);
	stmt_use_text(t->reader, text, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_text(&q, 2, deposit_state_name(state));
	MUST(stmt_read_u64(&q, &n, &err));
	return n;
}

/* What deposit_count says is what there is. */
static void check_counts(struct test_store *t)
{
	struct deposit_counts c;
	struct err err;

	MUST(store_deposit_counts(t->reader, &c, &err));
	for (enum coin coin = 0; coin < COIN_COUNT; coin++)
		for (enum deposit_state s = 0; s < DEPOSIT_STATE_COUNT; s++) {
			assert_int_equal(c.of[coin][s], count(t, coin, s, ""));
			assert_int_equal(c.errored[coin][s], count(t, coin, s, "AND error <> ''"));
		}
}

static void test_counts_are_kept_with_every_change(void **state)
{
	struct test_store *t = *state;
	struct deposit_counts c;
	struct binding b;
	struct deposit d;
	struct err err;

	check_counts(t);
	five_deposits(t);
	check_counts(t);
	test_store_pool(t, COIN_BTC, "c", 1);
	b = test_store_bind(t, COIN_BTC, "sky1");
	d = test_store_deposit(t, &b, "moves", DEPOSIT_WAITING_SEND);
	check_counts(t);
	d.left_chain = true; /* a change that is no move */
	IN_TX(t->exchangerd, 0,
	      store_deposit_move(t->exchangerd, &d, DEPOSIT_WAITING_SEND, "again", &err));
	check_counts(t);
	IN_TX(t->exchangerd, ERR_EXISTS, store_deposit_add(t->exchangerd, &d, &err));
	IN_TX(t->exchangerd, ERR_INVALID,
	      store_deposit_move(t->exchangerd, &d, DEPOSIT_DONE, "not there", &err));
	check_counts(t);
	MUST(store_begin(t->exchangerd, &err));
	d.state = DEPOSIT_DONE;
	MUST(store_deposit_move(t->exchangerd, &d, DEPOSIT_WAITING_SEND, "undone", &err));
	store_rollback(t->exchangerd);
	check_counts(t);
	(void)snprintf(d.error, sizeof(d.error), "cannot be paid");
	d.state = DEPOSIT_WAITING_SEND;
	IN_TX(t->exchangerd, 0,
	      store_deposit_move(t->exchangerd, &d, DEPOSIT_WAITING_SEND, "an error", &err));
	check_counts(t);
	d.state = DEPOSIT_VOID; /* with its error */
	IN_TX(t->exchangerd, 0,
	      store_deposit_move(t->exchangerd, &d, DEPOSIT_WAITING_SEND, "away", &err));
	check_counts(t);
	d.state = DEPOSIT_WAITING_SEND;
	d.error[0] = '\0';
	IN_TX(t->exchangerd, 0,
	      store_deposit_move(t->exchangerd, &d, DEPOSIT_VOID, "back, and in order", &err));
	check_counts(t);
	MUST(store_deposit_counts(t->reader, &c, &err));
	assert_int_equal(c.of[COIN_BTC][DEPOSIT_WAITING_SEND], 2);
	assert_int_equal(c.of[COIN_BTC][DEPOSIT_DONE], 2);
}

/* What an exchangerd does that does not know of errors being counted yet. */
static void test_errors_are_counted_anew(void **state)
{
	struct test_store *t = *state;
	struct err err;

	five_deposits(t);
	MUST(store_begin(t->exchangerd, &err));
	MUST(store_exec(t->exchangerd, "UPDATE deposit_count SET errored = errored + 1", &err));
	MUST(store_deposit_count_errors(t->exchangerd, &err));
	MUST(store_commit(t->exchangerd, &err));
	check_counts(t);
}

/* Who changes the tables by hand changes figures, and stops no payment. */
static void test_wrong_counts_stop_no_move(void **state)
{
	struct test_store *t = *state;
	struct deposit_counts c;
	struct deposit d;
	struct err err;

	five_deposits(t);
	MUST(store_begin(t->exchangerd, &err));
	MUST(store_exec(t->exchangerd, "UPDATE deposit_count SET count = 0, errored = 0", &err));
	MUST(store_commit(t->exchangerd, &err));
	MUST(store_deposit_get(t->reader, 3, &d, &err));
	assert_string_equal(d.error, "odd");
	d.error[0] = '\0';
	d.state = DEPOSIT_WAITING_SEND;
	IN_TX(t->exchangerd, 0,
	      store_deposit_move(t->exchangerd, &d, DEPOSIT_DONE, "by hand", &err));
	MUST(store_deposit_counts(t->reader, &c, &err));
	assert_int_equal(c.of[COIN_BTC][DEPOSIT_DONE], 0);
	assert_int_equal(c.of[COIN_BTC][DEPOSIT_WAITING_SEND], 1);
}

static void test_errors_are_counted(void **state)
{
	struct test_store *t = *state;
	uint64_t n;
	struct err err;

	MUST(store_deposit_error_count(t->reader, &n, &err));
	assert_int_equal(n, 0);
	five_deposits(t);
	MUST(store_deposit_error_count(t->reader, &n, &err));
	assert_int_equal(n, 1);
}

/* --- accounts ----------------------------------------------------------------------------- */

struct book {
	struct deposit_totals totals;
	struct deposit_entry last;
	unsigned count;
};

static int on_entry(void *arg, const struct deposit_entry *e, struct err *err)
{
	struct book *b = arg;

	b->last = *e;
	b->count++;
	return deposit_totals_add(&b->totals, e, err);
}

/* Sums in pages of three.  The first error ends it. */
static int sum(struct test_store *t, int64_t since, int64_t until, struct book *ret,
	       struct err *err)
{
	struct book b = { .last = { .created_at = since } };
	unsigned before;
	int rc;

	do {
		struct deposit_entry after = b.last;

		before = b.count;
		rc = store_deposit_entries(t->reader, &after, until, 3, on_entry, &b, err);
	} while (rc == 0 && b.count > before);
	*ret = b;
	return rc;
}

static void test_sums_are_exact_and_leave_void_ones_out(void **state)
{
	struct test_store *t = *state;
	struct binding eth;
	struct deposit d;
	char text[UNITS_TEXT_MAX];
	struct book b;
	struct err err;

	MUST(sum(t, 0, INT64_MAX, &b, &err));
	assert_true(units_is_zero(b.totals.received[COIN_BTC]));
	five_deposits(t);
	test_store_pool(t, COIN_ETH, "e", 1);
	eth = test_store_bind(t, COIN_ETH, "sky9");
	for (int i = 0; i < 2; i++) { /* 36.8 ETH: no 64 bits hold that many wei */
		d = test_deposit(&eth, i == 0 ? "w1" : "w2", 0, 0);
		assert_true(units_from_text("18446744073709551615", &d.value));
		d.created_at += 1 + i;
		IN_TX(t->exchangerd, 0, store_deposit_add(t->exchangerd, &d, &err));
	}
	MUST(sum(t, 0, INT64_MAX, &b, &err));
	assert_int_equal(b.totals.received[COIN_BTC].n, 400);
	assert_int_equal(b.totals.received[COIN_SKY].n, 0);
	units_to_text(b.totals.received[COIN_ETH], text);
	assert_string_equal(text, "36893488147419103230");
	assert_int_equal(b.totals.sent.n, 500);
	assert_int_equal(b.totals.count, 6);
	assert_int_equal(b.count, 7);

	MUST(sum(t, TEST_STORE_NOW + 1, TEST_STORE_NOW + 2, &b, &err)); /* one second of them */
	assert_int_equal(b.totals.count, 1);
	assert_int_equal(b.last.created_at, TEST_STORE_NOW + 1);
}

/* The pages of three find each of a second's deposits once, however many there are. */
static void test_sums_of_many_in_one_second(void **state)
{
	struct test_store *t = *state;
	struct binding b;
	struct book book;
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 1);
	b = test_store_bind(t, COIN_BTC, "sky1");
	MUST(store_begin(t->exchangerd, &err));
	for (unsigned i = 0; i < 20; i++) {
		char txid[8];
		struct deposit d;

		(void)snprintf(txid, sizeof(txid), "t%u", i);
		d = test_deposit(&b, txid, 1, 1);
		d.created_at = 1000 + i / 10; /* ten in each of two seconds */
		MUST(store_deposit_add(t->exchangerd, &d, &err));
	}
	MUST(store_commit(t->exchangerd, &err));
	MUST(sum(t, 0, INT64_MAX, &book, &err));
	assert_int_equal(book.totals.count, 20);
	assert_int_equal(book.count, 20);
	MUST(sum(t, 0, 1001, &book, &err));
	assert_int_equal(book.count, 10);
	MUST(sum(t, 1001, 1002, &book, &err));
	assert_int_equal(book.count, 10);
}

static void test_a_sum_beyond_all_bounds_is_an_error(void **state)
{
	struct test_store *t = *state;
	struct binding b;
	struct deposit d;
	struct book book;
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 1);
	b = test_store_bind(t, COIN_BTC, "sky1");
	d = test_deposit(&b, "a", 1, 1);
	IN_TX(t->exchangerd, 0, store_deposit_add(t->exchangerd, &d, &err));
	d = test_deposit(&b, "b", 1, 1);
	assert_true(units_from_text("340282366920938463463374607431768211455", &d.value));
	IN_TX(t->exchangerd, 0, store_deposit_add(t->exchangerd, &d, &err));
	assert_int_equal(sum(t, 0, INT64_MAX, &book, &err), ERR_FATAL);
}

#define T(test) cmocka_unit_test_setup_teardown(test, test_store_setup, test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_counts_are_kept_with_every_change),
		T(test_errors_are_counted_anew),
		T(test_wrong_counts_stop_no_move),
		T(test_errors_are_counted),
		T(test_sums_are_exact_and_leave_void_ones_out),
		T(test_sums_of_many_in_one_second),
		T(test_a_sum_beyond_all_bounds_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
