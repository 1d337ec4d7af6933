/* What is owed, what was signed, which outputs are taken. */
#include <stdio.h>
#include <string.h>

#include "test/support/test_store.h"

static const uint8_t uxids[4][32] = { { 1 }, { 2 }, { 3 }, { 4 } };
static const uint8_t raw[] = { 0xde, 0xad, 0x00, 0xbe, 0xef };

struct seen {
	unsigned count, stop_at;
	struct payout p[16];
};

static int on_payout(void *arg, const struct payout *p, struct err *err)
{
	struct seen *l = arg;

	l->p[l->count++] = *p;
	return l->count == l->stop_at ? err_set(err, ERR_IO, "enough") : 0;
}

struct txs {
	unsigned count;
	char txid[8][16];
	enum payout_tx_state state[8];
	uint64_t seq[8];
	bool raw_is_right;
};

static int on_tx(void *arg, const struct payout_tx *tx, struct err *err)
{
	struct txs *l = arg;

	(void)err;
	(void)snprintf(l->txid[l->count], sizeof(l->txid[0]), "%.15s", tx->txid);
	l->state[l->count] = tx->state;
	l->seq[l->count++] = tx->seq;
	l->raw_is_right = tx->raw_len == sizeof(raw) && memcmp(tx->raw, raw, sizeof(raw)) == 0;
	return 0;
}

/* `count` deposits in waiting_send with their payouts, ids 1 to count. */
static void owe(struct test_store *t, unsigned count)
{
	struct binding b;
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 1);
	b = test_store_bind(t, COIN_BTC, "sky1");
	for (unsigned i = 1; i <= count; i++) {
		char txid[16];

		(void)snprintf(txid, sizeof(txid), "t%u", i);
		assert_int_equal(test_store_deposit(t, &b, txid, DEPOSIT_WAITING_SEND).id, i);
		IN_TX(t->senderd, 0,
		      store_payout_add(t->senderd, i, "sky1", droplets_of(100 * i), 5, &err));
	}
}

static void void_deposit(struct test_store *t, uint64_t id)
{
	struct deposit d;
	struct err err;

	MUST(store_deposit_get(t->reader, id, &d, &err));
	d.state = DEPOSIT_VOID;
	IN_TX(t->exchangerd, 0,
	      store_deposit_move(t->exchangerd, &d, DEPOSIT_WAITING_SEND, "left", &err));
}

static struct payout_tx a_tx(const char *txid)
{
	struct payout_tx tx = {
		.raw = raw, .raw_len = sizeof(raw), .created_at = 50, .updated_at = 50
	};

	(void)snprintf(tx.txid, sizeof(tx.txid), "%s", txid);
	return tx;
}

/* Save a transaction for the deposits and inputs [from, from + count). */
static int save(struct test_store *t, const char *txid, uint64_t first_id, unsigned ids,
		unsigned first_input, unsigned inputs)
{
	struct payout_tx tx = a_tx(txid);
	uint64_t deposit_ids[8];
	struct err err;
	int rc;

	for (unsigned i = 0; i < ids; i++)
		deposit_ids[i] = first_id + i;
	MUST(store_begin(t->senderd, &err));
	rc = store_payout_tx_save(t->senderd, &tx, deposit_ids, ids, uxids + first_input, inputs,
				  &err);
	MUST(store_commit(t->senderd, &err)); /* also after an error: nothing may be half */
	return rc;
}

static struct payout payout(struct test_store *t, uint64_t id)
{
	struct payout p;
	struct err err;

	MUST(store_payout_get(t->reader, id, &p, &err));
	return p;
}

static bool reserved(struct test_store *t, unsigned input)
{
	struct err err;
	bool is;

	MUST(store_uxout_reserved(t->reader, uxids[input], &is, &err));
	return is;
}

static struct seen feed(struct test_store *t, uint64_t after, unsigned limit)
{
	struct seen l = { .count = 0 };
	struct err err;

	MUST(store_payout_feed(t->exchangerd, after, limit, on_payout, &l, &err));
	return l;
}

/* --- what is owed ------------------------------------------------------------------------- */

static void test_a_deposit_is_owed_once(void **state)
{
	struct test_store *t = *state;
	struct payout p;
	struct err err;

	owe(t, 1);
	IN_TX(t->senderd, ERR_EXISTS,
	      store_payout_add(t->senderd, 1, "sky2", droplets_of(999), 6, &err));
	p = payout(t, 1);
	assert_int_equal(p.deposit_id, 1);
	assert_int_equal(p.feed_seq, 0);
	assert_string_equal(p.sky_address, "sky1");
	assert_int_equal(p.amount.n, 100);
	assert_int_equal(p.state, PAYOUT_WAITING);
	assert_string_equal(p.txid, "");
	assert_string_equal(p.error, "");
	assert_int_equal(p.created_at, 5);
	assert_int_equal(p.updated_at, 5);
	assert_int_equal(store_payout_get(t->reader, 2, &p, &err), ERR_NOT_FOUND);
}

static void test_nothing_is_owed_without_a_deposit(void **state)
{
	struct test_store *t = *state;
	struct err err;

	owe(t, 1);
	IN_TX(t->senderd, ERR_INVALID,
	      store_payout_add(t->senderd, 2, "sky1", droplets_of(1), 6, &err));
	IN_TX(t->senderd, ERR_INVALID,
	      store_payout_add(t->senderd, 2, "sky1", droplets_of(UINT64_MAX), 6, &err));
}

static void test_what_may_be_paid_now(void **state)
{
	struct test_store *t = *state;
	struct seen l = { .count = 0 };
	struct droplets sum;
	uint64_t count;
	struct err err;

	owe(t, 5);
	void_deposit(t, 2);
	assert_int_equal(save(t, "tx", 4, 1, 0, 1), 0);
	MUST(store_payout_waiting(t->senderd, 0, 9, on_payout, &l, &err));
	assert_int_equal(l.count, 3);
	assert_int_equal(l.p[0].deposit_id, 1);
	assert_int_equal(l.p[1].deposit_id, 3);
	assert_int_equal(l.p[2].deposit_id, 5);
	l.count = 0;
	MUST(store_payout_waiting(t->senderd, 1, 1, on_payout, &l, &err));
	assert_int_equal(l.count, 1);
	assert_int_equal(l.p[0].deposit_id, 3);
	MUST(store_payout_waiting_sum(t->senderd, &count, &sum, &err));
	assert_int_equal(count, 3);
	assert_int_equal(sum.n, 100 + 300 + 500);
}

static void test_a_walk_ends_at_the_first_error(void **state)
{
	struct test_store *t = *state;
	struct seen l = { .stop_at = 1 };
	struct err err;

	owe(t, 2);
	assert_int_equal(store_payout_waiting(t->senderd, 0, 9, on_payout, &l, &err), ERR_IO);
	assert_int_equal(l.count, 1);
}

static void test_refusing(void **state)
{
	struct test_store *t = *state;
	struct seen l;
	char why[400];
	struct err err;

	memset(why, 'w', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	owe(t, 2);
	IN_TX(t->senderd, 0, store_payout_refuse(t->senderd, 1, why, 9, &err));
	l = feed(t, 0, 9);
	assert_int_equal(l.count, 1);
	assert_int_equal(l.p[0].feed_seq, 1);
	assert_int_equal(l.p[0].state, PAYOUT_REFUSED);
	assert_int_equal(strlen(l.p[0].error), sizeof(l.p[0].error) - 1);
	assert_int_equal(l.p[0].updated_at, 9);
	IN_TX(t->senderd, ERR_INVALID, store_payout_refuse(t->senderd, 1, "again", 9, &err));
	assert_int_equal(save(t, "tx", 2, 1, 0, 1), 0);
	IN_TX(t->senderd, ERR_INVALID, store_payout_refuse(t->senderd, 2, "late", 9, &err));
	IN_TX(t->senderd, ERR_INVALID, store_payout_refuse(t->senderd, 7, "none", 9, &err));
	assert_int_equal(save(t, "tx2", 1, 1, 1, 1), ERR_INVALID);
}

/* Renewed it waits again; the feed's numbers go on from where they were. */
static void test_renewing(void **state)
{
	struct test_store *t = *state;
	struct seen l;
	struct err err;

	owe(t, 2);
	IN_TX(t->senderd, 0, store_payout_refuse(t->senderd, 1, "why", 9, &err));
	IN_TX(t->senderd, 0, store_payout_renew(t->senderd, 1, 10, &err));
	IN_TX(t->senderd, 0, store_payout_renew(t->senderd, 2, 10, &err)); /* waits: no change */
	IN_TX(t->senderd, 0, store_payout_renew(t->senderd, 7, 10, &err)); /* none */
	assert_int_equal(payout(t, 1).state, PAYOUT_WAITING);
	assert_string_equal(payout(t, 1).error, "");
	assert_int_equal(payout(t, 2).updated_at, 5);
	IN_TX(t->senderd, 0, store_payout_refuse(t->senderd, 2, "why", 9, &err));
	l = feed(t, 1, 9);
	assert_int_equal(l.count, 1);
	assert_int_equal(l.p[0].deposit_id, 2);
	assert_int_equal(save(t, "tx", 1, 1, 0, 1), 0);
	IN_TX(t->senderd, 0, store_payout_renew(t->senderd, 1, 11, &err)); /* signed: no change */
	assert_int_equal(payout(t, 1).state, PAYOUT_IN_TX);
}

/* Deposits that no wallet could pay must not keep those that it can from being looked at. */
static void test_a_sum_beyond_all_bounds(void **state)
{
	struct test_store *t = *state;
	struct droplets sum;
	uint64_t count;
	struct binding b;
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 1);
	b = test_store_bind(t, COIN_BTC, "sky1");
	for (unsigned i = 1; i <= 4; i++) {
		char txid[16];

		(void)snprintf(txid, sizeof(txid), "t%u", i);
		assert_int_equal(test_store_deposit(t, &b, txid, DEPOSIT_WAITING_SEND).id, i);
		IN_TX(t->senderd, 0,
		      store_payout_add(t->senderd, i, "sky1", droplets_of(INT64_MAX), 5, &err));
	}
	MUST(store_payout_waiting_sum(t->senderd, &count, &sum, &err));
	assert_int_equal(count, 4);
	assert_true(sum.n == UINT64_MAX);
}

/* --- transactions ------------------------------------------------------------------------- */

static void test_a_saved_transaction_holds_payouts_and_inputs(void **state)
{
	struct test_store *t = *state;
	struct txs l = { .count = 0 };
	struct err err;

	owe(t, 3);
	assert_int_equal(save(t, "tx", 1, 2, 0, 2), 0);
	assert_int_equal(payout(t, 1).state, PAYOUT_IN_TX);
	assert_string_equal(payout(t, 2).txid, "tx");
	assert_int_equal(payout(t, 3).state, PAYOUT_WAITING);
	assert_true(reserved(t, 0));
	assert_true(reserved(t, 1));
	assert_false(reserved(t, 2));
	MUST(store_payout_tx_each(t->senderd, 0, PAYOUT_TX_OPEN, on_tx, &l, &err));
	assert_int_equal(l.count, 1);
	assert_string_equal(l.txid[0], "tx");
	assert_int_equal(l.state[0], PAYOUT_TX_SAVED);
	assert_int_equal(l.seq[0], 1);
	assert_true(l.raw_is_right);
	assert_int_equal(feed(t, 0, 9).count, 0); /* nothing to tell before a node took it */
}

static void test_a_transaction_is_saved_whole_or_not_at_all(void **state)
{
	static const struct {
		const char *why, *txid;
		uint64_t id;
		unsigned ids, input, inputs;
		int rc;
	} rows[] = {
		{ "the same transaction again", "tx", 3, 1, 2, 1, ERR_EXISTS },
		{ "the second payout is in a transaction already", "no", 3, 2, 2, 1, ERR_INVALID },
		{ "the second deposit was voided", "no", 5, 2, 2, 1, ERR_INVALID },
		{ "there is no such payout", "no", 77, 1, 2, 1, ERR_INVALID },
		{ "the second input is taken", "no", 3, 1, 2, 2, ERR_EXISTS },
	};
	struct test_store *t = *state;
	struct txs l = { .count = 0 };
	struct err err;

	owe(t, 6);
	void_deposit(t, 6);
	assert_int_equal(save(t, "tx", 4, 1, 3, 1), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = save(t, rows[i].txid, rows[i].id, rows[i].ids, rows[i].input,
			      rows[i].inputs);

		if (rc != rows[i].rc || reserved(t, 2))
			fail_msg("%s: %d", rows[i].why, rc);
		assert_int_equal(payout(t, 3).state, PAYOUT_WAITING);
		assert_int_equal(payout(t, 5).state, PAYOUT_WAITING);
	}
	MUST(store_payout_tx_each(t->senderd, 0, PAYOUT_TX_ALL, on_tx, &l, &err));
	assert_int_equal(l.count, 1);
	assert_int_equal(save(t, "good", 3, 1, 2, 1), 0);
}

static void test_sent_then_confirmed(void **state)
{
	struct test_store *t = *state;
	struct txs open = { .count = 0 }, all = { .count = 0 };
	struct seen l;
	struct err err;

	owe(t, 2);
	assert_int_equal(save(t, "tx", 1, 2, 0, 2), 0);
	IN_TX(t->senderd, 0, store_payout_tx_sent(t->senderd, "tx", 60, &err));
	l = feed(t, 0, 9);
	assert_int_equal(l.count, 2);
	assert_int_equal(l.p[0].deposit_id, 1);
	assert_int_equal(l.p[0].feed_seq, 1);
	assert_int_equal(l.p[0].state, PAYOUT_SENT);
	assert_int_equal(l.p[0].updated_at, 60);
	assert_int_equal(l.p[1].feed_seq, 2);
	assert_true(reserved(t, 0));
	IN_TX(t->senderd, 0, store_payout_tx_sent(t->senderd, "tx", 61, &err)); /* no change */
	assert_int_equal(feed(t, 2, 9).count, 0);
	IN_TX(t->senderd, 0, store_payout_tx_confirmed(t->senderd, "tx", 7, 70, NULL, &err));
	l = feed(t, 2, 9);
	assert_int_equal(l.count, 2);
	assert_int_equal(l.p[0].state, PAYOUT_CONFIRMED);
	assert_int_equal(l.p[0].feed_seq, 3);
	assert_string_equal(l.p[1].txid, "tx");
	assert_true(reserved(t, 0)); /* until it is final */
	IN_TX(t->senderd, 0, store_payout_tx_confirmed(t->senderd, "tx", 7, 71, NULL, &err));
	IN_TX(t->senderd, 0, store_payout_tx_sent(t->senderd, "tx", 72, &err));
	assert_int_equal(payout(t, 1).state, PAYOUT_CONFIRMED);
	assert_int_equal(payout(t, 1).updated_at, 70);
	assert_int_equal(feed(t, 4, 9).count, 0);
	MUST(store_payout_tx_each(t->senderd, 0, PAYOUT_TX_OPEN, on_tx, &open, &err));
	MUST(store_payout_tx_each(t->senderd, 0, PAYOUT_TX_ALL, on_tx, &all, &err));
	assert_int_equal(open.count, 0);
	assert_int_equal(all.count, 1);
	assert_int_equal(all.state[0], PAYOUT_TX_CONFIRMED);
}

/* The node answered the injection with an error, and confirmed it all the same. */
static void test_confirmed_without_having_been_sent(void **state)
{
	struct test_store *t = *state;
	struct seen l;
	struct err err;

	owe(t, 1);
	assert_int_equal(save(t, "tx", 1, 1, 0, 1), 0);
	IN_TX(t->senderd, 0, store_payout_tx_confirmed(t->senderd, "tx", 7, 70, NULL, &err));
	l = feed(t, 0, 9);
	assert_int_equal(l.count, 1);
	assert_int_equal(l.p[0].state, PAYOUT_CONFIRMED);
}

static void test_a_transaction_that_was_never_saved(void **state)
{
	struct test_store *t = *state;
	struct err err;

	IN_TX(t->senderd, ERR_NOT_FOUND, store_payout_tx_sent(t->senderd, "no", 1, &err));
	IN_TX(t->senderd, ERR_NOT_FOUND,
	      store_payout_tx_confirmed(t->senderd, "no", 7, 1, NULL, &err));
}

static void test_the_last_confirmed_one(void **state)
{
	struct test_store *t = *state;
	char txid[TXID_TEXT_MAX];
	struct err err;

	owe(t, 3);
	assert_int_equal(store_payout_tx_last_confirmed(t->reader, txid, &err), ERR_NOT_FOUND);
	assert_int_equal(save(t, "one", 1, 1, 0, 1), 0);
	assert_int_equal(save(t, "two", 2, 1, 1, 1), 0);
	assert_int_equal(save(t, "three", 3, 1, 2, 1), 0);
	assert_int_equal(store_payout_tx_last_confirmed(t->reader, txid, &err), ERR_NOT_FOUND);
	IN_TX(t->senderd, 0, store_payout_tx_confirmed(t->senderd, "two", 7, 60, NULL, &err));
	MUST(store_payout_tx_last_confirmed(t->reader, txid, &err));
	assert_string_equal(txid, "two");
	IN_TX(t->senderd, 0, store_payout_tx_confirmed(t->senderd, "one", 7, 61, NULL, &err));
	MUST(store_payout_tx_last_confirmed(t->reader, txid, &err));
	assert_string_equal(txid, "two");
}

static void test_several_in_flight(void **state)
{
	struct test_store *t = *state;
	struct txs l = { .count = 0 };
	struct err err;

	owe(t, 3);
	for (unsigned i = 1; i <= 3; i++)
		assert_int_equal(save(t, i == 1 ? "z" : i == 2 ? "a" : "m", i, 1, i, 1), 0);
	IN_TX(t->senderd, 0, store_payout_tx_sent(t->senderd, "a", 1, &err));
	IN_TX(t->senderd, 0, store_payout_tx_confirmed(t->senderd, "z", 7, 1, NULL, &err));
	MUST(store_payout_tx_each(t->senderd, 0, PAYOUT_TX_OPEN, on_tx, &l, &err));
	assert_int_equal(l.count, 2);
	assert_string_equal(l.txid[0], "a"); /* in the order of saving */
	assert_string_equal(l.txid[1], "m");
	assert_true(reserved(t, 2));
	l.count = 0;
	MUST(store_payout_tx_each(t->senderd, 2, PAYOUT_TX_ALL, on_tx, &l, &err));
	assert_int_equal(l.count, 1);
	assert_int_equal(feed(t, 0, 1).count, 1);
}

/* senderd confirms transactions while it walks them. */
static int confirm_it(void *arg, const struct payout_tx *tx, struct err *err)
{
	struct test_store *t = arg;

	return store_payout_tx_confirmed(t->senderd, tx->txid, 7, 90, NULL, err);
}

static void test_confirming_during_the_walk(void **state)
{
	struct test_store *t = *state;
	struct err err;

	owe(t, 3);
	for (unsigned i = 1; i <= 3; i++)
		assert_int_equal(save(t, i == 1 ? "z" : i == 2 ? "a" : "m", i, 1, i, 1), 0);
	IN_TX(t->senderd, 0,
	      store_payout_tx_each(t->senderd, 0, PAYOUT_TX_OPEN, confirm_it, t, &err));
	for (unsigned i = 1; i <= 3; i++)
		assert_int_equal(payout(t, i).state, PAYOUT_CONFIRMED);
}

/* senderd takes in its feed: payouts are written while deposits are walked. */
static int take_in(void *arg, const struct deposit *d, struct err *err)
{
	struct test_store *t = arg;

	return store_payout_add(t->senderd, d->id, d->sky_address, d->to_send, 1, err);
}

static void test_taking_in_the_feed_of_deposits(void **state)
{
	struct test_store *t = *state;
	struct binding b;
	struct seen l = { .count = 0 };
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 1);
	b = test_store_bind(t, COIN_BTC, "sky1");
	(void)test_store_deposit(t, &b, "a", DEPOSIT_WAITING_SEND);
	(void)test_store_deposit(t, &b, "b", DEPOSIT_WAITING_SEND);
	MUST(store_begin(t->senderd, &err));
	MUST(store_deposit_feed(t->senderd, 0, 10, take_in, t, &err));
	MUST(store_feed_advance(t->senderd, FEED_DEPOSITS, 2, &err));
	MUST(store_commit(t->senderd, &err));
	MUST(store_payout_waiting(t->reader, 0, 9, on_payout, &l, &err));
	assert_int_equal(l.count, 2);
	assert_int_equal(l.p[1].amount.n, 600000);
}

#define T(test) cmocka_unit_test_setup_teardown(test, test_store_setup, test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_deposit_is_owed_once),
		T(test_nothing_is_owed_without_a_deposit),
		T(test_what_may_be_paid_now),
		T(test_a_walk_ends_at_the_first_error),
		T(test_refusing),
		T(test_renewing),
		T(test_a_sum_beyond_all_bounds),
		T(test_a_saved_transaction_holds_payouts_and_inputs),
		T(test_a_transaction_is_saved_whole_or_not_at_all),
		T(test_sent_then_confirmed),
		T(test_confirmed_without_having_been_sent),
		T(test_a_transaction_that_was_never_saved),
		T(test_the_last_confirmed_one),
		T(test_several_in_flight),
		T(test_confirming_during_the_walk),
		T(test_taking_in_the_feed_of_deposits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
