/* Deposits and their history. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "test/support/test_store.h"

struct seen {
	unsigned count, stop_at;
	struct deposit d[16];
};

static int on_deposit(void *arg, const struct deposit *d, struct err *err)
{
	struct seen *l = arg;

	l->d[l->count++] = *d;
	return l->count == l->stop_at ? err_set(err, ERR_IO, "enough") : 0;
}

struct steps {
	unsigned count;
	struct deposit_history h[8];
};

static int on_history(void *arg, const struct deposit_history *h, struct err *err)
{
	struct steps *l = arg;

	(void)err;
	l->h[l->count++] = *h;
	return 0;
}

static struct steps history(struct test_store *t, uint64_t id)
{
	struct steps l = { .count = 0 };
	struct err err;

	MUST(store_deposit_history(t->reader, id, on_history, &l, &err));
	return l;
}

static struct binding bound(struct test_store *t)
{
	test_store_pool(t, COIN_BTC, "b", 9);
	return test_store_bind(t, COIN_BTC, "sky1");
}

/* --- recording ---------------------------------------------------------------------------- */

static void test_a_deposit_keeps_all_its_fields(void **state)
{
	struct test_store *t = *state;
	struct binding b = bound(t);
	struct deposit d = test_deposit(&b, "t", 0, INT64_MAX), got;
	struct err err;

	assert_true(units_from_text("340282366920938463463374607431768211455", &d.value));
	d.n = UINT32_MAX;
	d.buy_method = BUY_PASSTHROUGH;
	d.height = 7;
	d.state = DEPOSIT_WAITING_CONFIRM;
	d.sent = droplets_of(5);
	d.left_chain = true;
	d.updated_at = 1700000000;
	(void)snprintf(d.rate.text, sizeof(d.rate.text), "1/3");
	(void)snprintf(d.payout_txid, sizeof(d.payout_txid), "p");
	memset(d.error, 'e', sizeof(d.error) - 1);
	IN_TX(t->exchangerd, 0, store_deposit_add(t->exchangerd, &d, &err));
	assert_int_equal(d.id, 1);
	MUST(store_deposit_find(t->reader, COIN_BTC, "t", UINT32_MAX, &got, &err));
	assert_int_equal(got.id, 1);
	assert_int_equal(got.feed_seq, 0);
	assert_int_equal(got.coin, COIN_BTC);
	assert_string_equal(got.txid, "t");
	assert_int_equal(got.n, UINT32_MAX);
	assert_string_equal(got.address, "b1");
	assert_string_equal(got.sky_address, "sky1");
	assert_int_equal(got.binding_seq, b.seq);
	assert_int_equal(got.buy_method, BUY_PASSTHROUGH);
	assert_int_equal(units_compare(got.value, d.value), 0);
	assert_int_equal(got.height, 7);
	assert_string_equal(got.rate.text, "1/3");
	assert_int_equal(got.to_send.n, INT64_MAX);
	assert_int_equal(got.state, DEPOSIT_WAITING_CONFIRM);
	assert_string_equal(got.payout_txid, "p");
	assert_int_equal(got.sent.n, 5);
	assert_string_equal(got.error, d.error);
	assert_true(got.left_chain);
	assert_int_equal(got.created_at, d.created_at);
	assert_int_equal(got.updated_at, 1700000000);
}

static void test_an_output_is_one_deposit(void **state)
{
	struct test_store *t = *state;
	struct binding b = bound(t);
	struct deposit first = test_store_deposit(t, &b, "t", DEPOSIT_WAITING_SEND);
	struct deposit again = test_deposit(&b, "t", 999, 999);
	struct err err;

	IN_TX(t->exchangerd, ERR_EXISTS, store_deposit_add(t->exchangerd, &again, &err));
	assert_int_equal(again.id, first.id);
	assert_int_equal(again.to_send.n, first.to_send.n);
	assert_int_equal(again.state, DEPOSIT_WAITING_SEND);
	assert_int_equal(history(t, first.id).count, 2);
	again.n = 2;
	IN_TX(t->exchangerd, 0, store_deposit_add(t->exchangerd, &again, &err));
	assert_int_equal(again.id, 2);
}

static void test_what_must_not_be_stored_is_refused(void **state)
{
	struct test_store *t = *state;
	struct binding b = bound(t);
	struct deposit d = test_deposit(&b, "t", 1, (uint64_t)INT64_MAX + 1);
	struct err err;

	IN_TX(t->exchangerd, ERR_INVALID, store_deposit_add(t->exchangerd, &d, &err));
	assert_string_equal(err.text, "9223372036854775808 is too large to be stored");
	d = test_deposit(&b, "t", 1, 1);
	d.binding_seq = 77;
	IN_TX(t->exchangerd, ERR_INVALID, store_deposit_add(t->exchangerd, &d, &err));
	d = test_deposit(&b, "", 1, 1);
	IN_TX(t->exchangerd, ERR_INVALID, store_deposit_add(t->exchangerd, &d, &err));
	assert_int_equal(store_deposit_get(t->reader, 1, &d, &err), ERR_NOT_FOUND);
	assert_int_equal(store_deposit_find(t->reader, COIN_BTC, "t", 1, &d, &err), ERR_NOT_FOUND);
}

static void test_a_rate_is_fixed_once(void **state)
{
	struct test_store *t = *state;
	struct binding b = bound(t);
	struct deposit d = test_deposit(&b, "t", 100, 0), got;
	struct err err;

	d.rate.text[0] = '\0';
	IN_TX(t->exchangerd, 0, store_deposit_add(t->exchangerd, &d, &err));
	(void)snprintf(d.rate.text, sizeof(d.rate.text), "0.5");
	d.to_send = droplets_of(50);
	IN_TX(t->exchangerd, 0, store_deposit_quote(t->exchangerd, &d, &err));
	(void)snprintf(d.rate.text, sizeof(d.rate.text), "9");
	d.to_send = droplets_of(900);
	IN_TX(t->exchangerd, ERR_INVALID, store_deposit_quote(t->exchangerd, &d, &err));
	MUST(store_deposit_get(t->reader, d.id, &got, &err));
	assert_string_equal(got.rate.text, "0.5");
	assert_int_equal(got.to_send.n, 50);
	d = test_deposit(&b, "late", 100, 0);
	d.rate.text[0] = '\0';
	d.state = DEPOSIT_VOID;
	IN_TX(t->exchangerd, 0, store_deposit_add(t->exchangerd, &d, &err));
	IN_TX(t->exchangerd, ERR_INVALID, store_deposit_quote(t->exchangerd, &d, &err));
}

/* --- moving ------------------------------------------------------------------------------- */

static void test_a_move_stores_what_may_change_and_nothing_else(void **state)
{
	struct test_store *t = *state;
	struct binding b = bound(t);
	struct deposit d = test_store_deposit(t, &b, "t", DEPOSIT_WAITING_SEND), got;
	struct err err;

	d.state = DEPOSIT_WAITING_CONFIRM;
	d.height = 555;
	d.sent = droplets_of(600000);
	d.left_chain = true;
	d.updated_at = 1600000000;
	d.to_send = droplets_of(1);
	d.value = units_of(1);
	(void)snprintf(d.payout_txid, sizeof(d.payout_txid), "p");
	(void)snprintf(d.error, sizeof(d.error), "odd");
	(void)snprintf(d.rate.text, sizeof(d.rate.text), "1");
	(void)snprintf(d.sky_address, sizeof(d.sky_address), "thief");
	IN_TX(t->exchangerd, 0,
	      store_deposit_move(t->exchangerd, &d, DEPOSIT_WAITING_SEND, "sent", &err));
	MUST(store_deposit_get(t->reader, d.id, &got, &err));
	assert_int_equal(got.state, DEPOSIT_WAITING_CONFIRM);
	assert_int_equal(got.height, 555);
	assert_int_equal(got.sent.n, 600000);
	assert_true(got.left_chain);
	assert_int_equal(got.updated_at, 1600000000);
	assert_string_equal(got.payout_txid, "p");
	assert_string_equal(got.error, "odd");
	assert_int_equal(got.to_send.n, 600000);
	assert_int_equal(got.value.n, 120000);
	assert_string_equal(got.rate.text, "500");
	assert_string_equal(got.sky_address, "sky1");
}

static void test_only_from_the_state_it_is_in(void **state)
{
	struct test_store *t = *state;
	struct binding b = bound(t);
	struct deposit d = test_store_deposit(t, &b, "t", DEPOSIT_WAITING_SEND);
	struct err err;

	d.state = DEPOSIT_VOID;
	IN_TX(t->exchangerd, ERR_INVALID,
	      store_deposit_move(t->exchangerd, &d, DEPOSIT_WAITING_DECIDE, "late", &err));
	assert_string_equal(err.text, "deposit 1 is not in state waiting_decide");
	assert_int_equal(history(t, d.id).count, 2);
	d.id = 9;
	IN_TX(t->exchangerd, ERR_INVALID,
	      store_deposit_move(t->exchangerd, &d, DEPOSIT_WAITING_SEND, "none", &err));
}

static void test_every_step_is_in_the_history(void **state)
{
	struct test_store *t = *state;
	struct binding b = bound(t);
	struct deposit d = test_store_deposit(t, &b, "t", DEPOSIT_WAITING_SEND);
	struct steps l;
	char why[400];
	struct err err;

	memset(why, 'w', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	d.state = DEPOSIT_DONE;
	d.updated_at = 77;
	IN_TX(t->exchangerd, 0,
	      store_deposit_move(t->exchangerd, &d, DEPOSIT_WAITING_SEND, why, &err));
	l = history(t, d.id);
	assert_int_equal(l.count, 3);
	assert_int_equal(l.h[0].deposit_id, d.id);
	assert_int_equal(l.h[0].step, 1);
	assert_string_equal(l.h[0].from, "");
	assert_string_equal(l.h[0].to, "waiting_decide");
	assert_string_equal(l.h[0].why, "recorded");
	assert_int_equal(l.h[0].at, d.created_at);
	assert_int_equal(l.h[2].step, 3);
	assert_string_equal(l.h[2].from, "waiting_send");
	assert_string_equal(l.h[2].to, "done");
	assert_int_equal(strlen(l.h[2].why), DEPOSIT_ERROR_MAX - 1);
	assert_int_equal(l.h[2].at, 77);
	assert_int_equal(history(t, 99).count, 0);
}

/* --- the feed ----------------------------------------------------------------------------- */

static void test_entering_waiting_send_is_told(void **state)
{
	struct test_store *t = *state;
	struct binding b = bound(t);
	struct deposit a, c;
	struct seen l = { .count = 0 };
	uint64_t newest;
	struct err err;

	(void)test_store_deposit(t, &b, "not payable", DEPOSIT_WAITING_DECIDE);
	a = test_store_deposit(t, &b, "a", DEPOSIT_WAITING_SEND);
	c = test_store_deposit(t, &b, "c", DEPOSIT_WAITING_SEND);
	assert_int_equal(a.feed_seq, 1);
	assert_int_equal(c.feed_seq, 2);
	/* an error noted on it is no news */
	IN_TX(t->exchangerd, 0,
	      store_deposit_move(t->exchangerd, &c, DEPOSIT_WAITING_SEND, "refused", &err));
	assert_int_equal(c.feed_seq, 2);
	/* it left, and is back: news again, at a new place */
	a.state = DEPOSIT_VOID;
	IN_TX(t->exchangerd, 0,
	      store_deposit_move(t->exchangerd, &a, DEPOSIT_WAITING_SEND, "left", &err));
	assert_int_equal(a.feed_seq, 1);
	a.state = DEPOSIT_WAITING_SEND;
	IN_TX(t->exchangerd, 0, store_deposit_move(t->exchangerd, &a, DEPOSIT_VOID, "back", &err));
	assert_int_equal(a.feed_seq, 3);
	MUST(store_feed_newest(t->reader, FEED_DEPOSITS, &newest, &err));
	assert_int_equal(newest, 3);
	MUST(store_deposit_feed(t->senderd, 0, 9, on_deposit, &l, &err));
	assert_int_equal(l.count, 2);
	assert_string_equal(l.d[0].txid, "c");
	assert_string_equal(l.d[1].txid, "a");
	l.count = 0;
	MUST(store_deposit_feed(t->senderd, 2, 1, on_deposit, &l, &err));
	assert_int_equal(l.count, 1);
	assert_int_equal(l.d[0].feed_seq, 3);
}

static void test_a_walk_ends_at_the_first_error(void **state)
{
	struct test_store *t = *state;
	struct binding b = bound(t);
	struct seen l = { .stop_at = 1 };
	struct err err;

	(void)test_store_deposit(t, &b, "a", DEPOSIT_WAITING_SEND);
	(void)test_store_deposit(t, &b, "b", DEPOSIT_WAITING_SEND);
	assert_int_equal(store_deposit_feed(t->senderd, 0, 9, on_deposit, &l, &err), ERR_IO);
	assert_int_equal(l.count, 1);
	l = (struct seen){ .count = 0 };
	MUST(store_deposit_feed(t->senderd, 0, 9, on_deposit, &l, &err));
	assert_int_equal(l.count, 2);
}

static void test_resuming_by_state_in_pages(void **state)
{
	struct test_store *t = *state;
	struct binding b = bound(t);
	struct seen l = { .count = 0 };
	struct err err;

	(void)test_store_deposit(t, &b, "a", DEPOSIT_WAITING_DECIDE);
	(void)test_store_deposit(t, &b, "b", DEPOSIT_WAITING_SEND);
	(void)test_store_deposit(t, &b, "c", DEPOSIT_WAITING_DECIDE);
	MUST(store_deposit_in_state(t->reader, DEPOSIT_WAITING_DECIDE, 0, 1, on_deposit, &l, &err));
	assert_int_equal(l.count, 1);
	assert_int_equal(l.d[0].id, 1);
	MUST(store_deposit_in_state(t->reader, DEPOSIT_WAITING_DECIDE, 1, 9, on_deposit, &l, &err));
	assert_int_equal(l.count, 2);
	assert_int_equal(l.d[1].id, 3);
}

/* --- what nobody bound -------------------------------------------------------------------- */

static void test_unassigned_outputs_are_kept_once(void **state)
{
	struct test_store *t = *state;
	struct sighting g = test_sighting(COIN_BTC, "t", 3, "stranger", 9);
	uint64_t n;
	bool has;
	struct err err;

	MUST(store_unassigned_has(t->reader, COIN_BTC, "t", 3, &has, &err));
	assert_false(has);
	IN_TX(t->exchangerd, 0, store_unassigned_add(t->exchangerd, &g, 5, &err));
	IN_TX(t->exchangerd, ERR_EXISTS, store_unassigned_add(t->exchangerd, &g, 6, &err));
	MUST(store_unassigned_has(t->reader, COIN_BTC, "t", 3, &has, &err));
	assert_true(has);
	MUST(store_unassigned_has(t->reader, COIN_BTC, "t", 4, &has, &err));
	assert_false(has);
	MUST(store_unassigned_has(t->reader, COIN_SKY, "t", 3, &has, &err));
	assert_false(has);
	MUST(store_unassigned_count(t->reader, &n, &err));
	assert_int_equal(n, 1);
}

static void test_deposits_of_an_address(void **state)
{
	struct test_store *t = *state;
	struct seen l = { .count = 0 };
	struct binding b[2];
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 2);
	b[0] = test_store_bind(t, COIN_BTC, "sky0");
	b[1] = test_store_bind(t, COIN_BTC, "sky1");
	for (unsigned i = 0; i < 4; i++) {
		char txid[8];

		(void)snprintf(txid, sizeof(txid), "t%u", i);
		(void)test_store_deposit(t, &b[i % 2], txid, DEPOSIT_WAITING_DECIDE);
	}
	MUST(store_deposit_each_of(t->reader, COIN_BTC, "b2", on_deposit, &l, &err));
	assert_int_equal(l.count, 2);
	assert_int_equal(l.d[0].id, 2);
	MUST(store_deposit_each_of(t->reader, COIN_ETH, "b2", on_deposit, &l, &err));
	assert_int_equal(l.count, 2);
}

#define T(test) cmocka_unit_test_setup_teardown(test, test_store_setup, test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_deposit_keeps_all_its_fields),
		T(test_an_output_is_one_deposit),
		T(test_what_must_not_be_stored_is_refused),
		T(test_a_rate_is_fixed_once),
		T(test_a_move_stores_what_may_change_and_nothing_else),
		T(test_only_from_the_state_it_is_in),
		T(test_every_step_is_in_the_history),
		T(test_entering_waiting_send_is_told),
		T(test_a_walk_ends_at_the_first_error),
		T(test_resuming_by_state_in_pages),
		T(test_unassigned_outputs_are_kept_once),
		T(test_deposits_of_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
