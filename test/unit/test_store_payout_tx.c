/* What happens to transactions after they were saved: held, dead, released, confirmed after all,
 * gone from their block, final; and what becomes of the payouts in them. */
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "test/support/test_store.h"

static const uint8_t uxids[6][32] = { { 1 }, { 2 }, { 3 }, { 4 }, { 5 }, { 6 } };
static const uint8_t raw[] = { 0xde, 0xad };

/* --- a world ------------------------------------------------------------------------------- */
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

/* Save a transaction of the deposits [first, first + ids) that spends one output. */
static void save(struct test_store *t, const char *txid, uint64_t first, unsigned ids,
		 unsigned input)
{
	struct payout_tx tx = { .raw = raw, .raw_len = sizeof(raw), .created_at = 50 };
	uint64_t deposit_ids[8];
	struct err err;

	(void)snprintf(tx.txid, sizeof(tx.txid), "%s", txid);
	for (unsigned i = 0; i < ids; i++)
		deposit_ids[i] = first + i;
	IN_TX(t->senderd, 0,
	      store_payout_tx_save(t->senderd, &tx, deposit_ids, ids, uxids + input, 1, &err));
}

static void hold(struct test_store *t, const char *txid)
{
	struct err err;
	bool is_new;

	IN_TX(t->senderd, 0, store_payout_tx_hold(t->senderd, txid, "no", 60, &is_new, &err));
	assert_true(is_new);
}

static void release(struct test_store *t, const char *txid)
{
	struct err err;

	hold(t, txid);
	IN_TX(t->senderd, 0,
	      store_payout_tx_release(t->senderd, txid, "ann", "looked at it", 65, &err));
}

static void confirm(struct test_store *t, const char *txid, unsigned twice)
{
	struct err err;
	unsigned is;

	IN_TX(t->senderd, 0, store_payout_tx_confirmed(t->senderd, txid, 7, 70, &is, &err));
	assert_int_equal(is, twice);
}

static void die(struct test_store *t, const char *txid)
{
	struct err err;

	IN_TX(t->senderd, 0, store_payout_tx_dead(t->senderd, txid, "spent by x", 80, &err));
}

static struct payout payout(struct test_store *t, uint64_t id)
{
	struct payout p;
	struct err err;

	MUST(store_payout_get(t->reader, id, &p, &err));
	return p;
}

/* State and transaction of a payout. */
static void assert_payout(struct test_store *t, uint64_t id, enum payout_state state,
			  const char *txid)
{
	struct payout p = payout(t, id);

	if (p.state != state || strcmp(p.txid, txid) != 0)
		fail_msg("payout %u: %s in '%s'", (unsigned)id, payout_state_name(p.state), p.txid);
}

static int keep_tx(void *arg, const struct payout_tx *tx, struct err *err)
{
	(void)err;
	*(struct payout_tx *)arg = *tx;
	return 0;
}

static struct payout_tx tx_of(struct test_store *t, const char *txid)
{
	struct payout_tx tx;
	struct err err;

	MUST(store_payout_tx_get(t->reader, txid, keep_tx, &tx, &err));
	return tx;
}

static int count_tx(void *arg, const struct payout_tx *tx, struct err *err)
{
	(void)err, (void)tx;
	(*(unsigned *)arg)++;
	return 0;
}

static unsigned count(struct test_store *t, enum payout_tx_which which)
{
	unsigned n = 0;
	struct err err;

	MUST(store_payout_tx_each(t->reader, 0, which, count_tx, &n, &err));
	return n;
}

static bool reserved(struct test_store *t, unsigned input)
{
	struct err err;
	bool is;

	MUST(store_uxout_reserved(t->reader, uxids[input], &is, &err));
	return is;
}

static uint64_t newest(struct test_store *t)
{
	struct err err;
	uint64_t n;

	MUST(store_feed_newest(t->reader, FEED_PAYOUTS, &n, &err));
	return n;
}

struct lines {
	unsigned count;
	struct payout_tx_history h[16];
};

static int keep_line(void *arg, const struct payout_tx_history *h, struct err *err)
{
	struct lines *l = arg;

	(void)err;
	l->h[l->count++] = *h;
	return 0;
}

static struct lines history(struct test_store *t, const char *txid)
{
	struct lines l = { .count = 0 };
	struct err err;

	MUST(store_payout_tx_history(t->reader, txid, keep_line, &l, &err));
	return l;
}

/* --- members and history ---------------------------------------------------------------------- */
static int sum_members(void *arg, const struct payout *p, struct err *err)
{
	(void)err;
	*(uint64_t *)arg = *(uint64_t *)arg * 10 + p->deposit_id;
	return 0;
}

static uint64_t members(struct test_store *t, const char *txid)
{
	uint64_t ids = 0;
	struct err err;

	MUST(store_payout_tx_members(t->reader, txid, sum_members, &ids, &err));
	return ids;
}

static void test_members_stay(void **state)
{
	struct test_store *t = *state;
	unsigned n = 0;
	struct err err;

	owe(t, 3);
	save(t, "a", 1, 2, 0);
	die(t, "a");
	save(t, "b", 2, 2, 1);
	assert_int_equal(members(t, "a"), 12);
	assert_int_equal(members(t, "b"), 23);
	MUST(store_payout_tx_each_of(t->reader, 2, count_tx, &n, &err));
	assert_int_equal(n, 2);
}

static void test_history_tells_each_step(void **state)
{
	static const struct {
		const char *from, *to, *why, *who;
		int64_t at;
	} want[] = {
		{ "", "saved", "signed for 2 payouts", "senderd", 50 },
		{ "saved", "sent", "sent: a node has it", "senderd", 55 },
		{ "sent", "sent", "held: no", "senderd", 60 },
		{ "sent", "dead", "released: looked at it", "ann", 65 },
		{ "dead", "confirmed", "confirmed: in block 7", "senderd", 70 },
		{ "confirmed", "sent", "gone: reorganised", "senderd", 75 },
	};
	struct test_store *t = *state;
	struct lines l;
	struct err err;

	owe(t, 2);
	save(t, "a", 1, 2, 0);
	IN_TX(t->senderd, 0, store_payout_tx_sent(t->senderd, "a", 55, &err));
	release(t, "a");
	confirm(t, "a", 0);
	IN_TX(t->senderd, 0, store_payout_tx_gone(t->senderd, "a", "reorganised", 75, &err));
	l = history(t, "a");
	assert_int_equal(l.count, sizeof(want) / sizeof(want[0]));
	for (unsigned i = 0; i < l.count; i++) {
		assert_int_equal(l.h[i].step, i + 1);
		assert_string_equal(l.h[i].from, want[i].from);
		assert_string_equal(l.h[i].to, want[i].to);
		assert_string_equal(l.h[i].why, want[i].why);
		assert_string_equal(l.h[i].who, want[i].who);
		assert_int_equal(l.h[i].at, want[i].at);
	}
}

/* --- held ------------------------------------------------------------------------------------ */
static void test_held_once_then_taken(void **state)
{
	struct test_store *t = *state;
	struct err err;
	bool is_new;

	owe(t, 1);
	save(t, "a", 1, 1, 0);
	hold(t, "a");
	IN_TX(t->senderd, 0, store_payout_tx_hold(t->senderd, "a", "again", 61, &is_new, &err));
	assert_false(is_new);
	assert_int_equal(tx_of(t, "a").held_at, 60);
	assert_string_equal(tx_of(t, "a").held_why, "no");
	assert_int_equal(count(t, PAYOUT_TX_HELD), 1);
	assert_payout(t, 1, PAYOUT_IN_TX, "a");
	IN_TX(t->senderd, 0, store_payout_tx_sent(t->senderd, "a", 62, &err));
	assert_int_equal(tx_of(t, "a").held_at, 0);
	assert_int_equal(count(t, PAYOUT_TX_HELD), 0);
	hold(t, "a"); /* sent, then refused */
	IN_TX(t->senderd, 0, store_payout_tx_sent(t->senderd, "a", 63, &err));
	assert_int_equal(tx_of(t, "a").held_at, 0);
}

/* --- dead ------------------------------------------------------------------------------------ */
static void test_dead_lets_its_payouts_go(void **state)
{
	struct test_store *t = *state;
	uint64_t before;

	owe(t, 3);
	save(t, "a", 1, 2, 0);
	before = newest(t);
	die(t, "a");
	die(t, "a"); /* told twice */
	assert_payout(t, 1, PAYOUT_WAITING, "");
	assert_string_equal(payout(t, 2).replaces, "a");
	assert_int_equal(newest(t), before + 2);
	assert_false(reserved(t, 0));
	assert_int_equal(tx_of(t, "a").state, PAYOUT_TX_DEAD);
	assert_true(tx_of(t, "a").proven);
	assert_int_equal(count(t, PAYOUT_TX_OPEN), 0);
	assert_int_equal(count(t, PAYOUT_TX_FOLLOWED), 1);
	assert_int_equal(count(t, PAYOUT_TX_REPLACED), 1);
	save(t, "b", 1, 2, 0); /* the same output again, and payable again */
	assert_int_equal(count(t, PAYOUT_TX_REPLACED), 0);
	assert_int_equal(history(t, "a").count, 2);
}

static void test_confirmed_cannot_die(void **state)
{
	struct test_store *t = *state;
	struct err err;

	owe(t, 1);
	save(t, "a", 1, 1, 0);
	confirm(t, "a", 0);
	IN_TX(t->senderd, ERR_INVALID, store_payout_tx_dead(t->senderd, "a", "x", 80, &err));
	assert_payout(t, 1, PAYOUT_CONFIRMED, "a");
}

/* --- released ----------------------------------------------------------------------------------
 */
static void test_only_a_held_one_is_released(void **state)
{
	struct test_store *t = *state;
	struct err err;

	owe(t, 1);
	save(t, "a", 1, 1, 0);
	IN_TX(t->senderd, ERR_INVALID,
	      store_payout_tx_release(t->senderd, "a", "ann", "x", 65, &err));
	IN_TX(t->senderd, ERR_NOT_FOUND,
	      store_payout_tx_release(t->senderd, "no", "ann", "x", 65, &err));
	assert_payout(t, 1, PAYOUT_IN_TX, "a");
	release(t, "a");
	assert_string_equal(tx_of(t, "a").released_by, "ann");
	assert_int_equal(tx_of(t, "a").state, PAYOUT_TX_DEAD);
	assert_false(tx_of(t, "a").proven);
	assert_payout(t, 1, PAYOUT_WAITING, "");
	IN_TX(t->senderd, ERR_INVALID,
	      store_payout_tx_release(t->senderd, "a", "ann", "x", 65, &err));
	/* an answer that was under way: its payouts stay out */
	IN_TX(t->senderd, 0, store_payout_tx_sent(t->senderd, "a", 66, &err));
	assert_payout(t, 1, PAYOUT_WAITING, "");
	IN_TX(t->senderd, ERR_INVALID, store_payout_tx_final(t->senderd, "a", 67, &err));
	die(t, "a");
	assert_true(tx_of(t, "a").proven);
	IN_TX(t->senderd, 0, store_payout_tx_final(t->senderd, "a", 90, &err));
	assert_int_equal(count(t, PAYOUT_TX_FOLLOWED), 0);
}

static void test_released_and_confirmed_after_all(void **state)
{
	struct test_store *t = *state;
	struct err err;

	owe(t, 3);
	save(t, "a", 1, 3, 0);
	release(t, "a");
	save(t, "b", 2, 1, 1); /* in another one that is open */
	IN_TX(t->senderd, 0, store_payout_refuse(t->senderd, 3, "why", 66, &err));
	confirm(t, "a", 0);
	assert_payout(t, 1, PAYOUT_CONFIRMED, "a");
	assert_payout(t, 2, PAYOUT_IN_TX, "b");
	assert_payout(t, 3, PAYOUT_CONFIRMED, "a");
	assert_string_equal(payout(t, 3).error, "");
	/* the other one spends an output of the first: it dies, and its payout is paid already */
	die(t, "b");
	assert_payout(t, 2, PAYOUT_CONFIRMED, "a");
	assert_int_equal(count(t, PAYOUT_TX_REPLACED), 0);
}

static void test_paid_twice_is_counted(void **state)
{
	struct test_store *t = *state;

	owe(t, 2);
	save(t, "a", 1, 2, 0);
	release(t, "a");
	save(t, "b", 1, 1, 1);
	confirm(t, "b", 0);
	confirm(t, "a", 1);
	assert_payout(t, 1, PAYOUT_CONFIRMED, "b");
	assert_payout(t, 2, PAYOUT_CONFIRMED, "a");
}

/* In the other order: the old one is in a block before the one that replaces it. */
static void test_paid_twice_is_counted_in_any_order(void **state)
{
	struct test_store *t = *state;

	owe(t, 2);
	save(t, "a", 1, 2, 0);
	release(t, "a");
	save(t, "b", 1, 1, 1);
	confirm(t, "a", 0);
	confirm(t, "b", 1);
	assert_payout(t, 1, PAYOUT_CONFIRMED, "b");
	assert_payout(t, 2, PAYOUT_CONFIRMED, "a");
}

/* --- gone ----------------------------------------------------------------------------------------
 */
static void test_gone_and_confirmed_in_another_block(void **state)
{
	struct test_store *t = *state;
	uint64_t before;
	struct err err;

	owe(t, 2);
	save(t, "a", 1, 2, 0);
	confirm(t, "a", 0);
	before = newest(t);
	IN_TX(t->senderd, 0, store_payout_tx_gone(t->senderd, "a", "why", 75, &err));
	assert_payout(t, 1, PAYOUT_SENT, "a");
	assert_int_equal(newest(t), before + 2);
	assert_int_equal(tx_of(t, "a").block_seq, 0);
	assert_true(reserved(t, 0));
	IN_TX(t->senderd, 0, store_payout_tx_confirmed(t->senderd, "a", 9, 77, NULL, &err));
	assert_payout(t, 2, PAYOUT_CONFIRMED, "a");
	/* moved to another block while nobody looked: nothing to tell */
	before = newest(t);
	IN_TX(t->senderd, 0, store_payout_tx_confirmed(t->senderd, "a", 10, 78, NULL, &err));
	assert_int_equal(tx_of(t, "a").block_seq, 10);
	assert_int_equal(newest(t), before);
}

static void test_final_is_final(void **state)
{
	struct test_store *t = *state;
	struct err err;

	owe(t, 1);
	save(t, "a", 1, 1, 0);
	IN_TX(t->senderd, ERR_INVALID, store_payout_tx_final(t->senderd, "a", 1, &err));
	confirm(t, "a", 0);
	assert_int_equal(count(t, PAYOUT_TX_FOLLOWED), 1);
	IN_TX(t->senderd, 0, store_payout_tx_final(t->senderd, "a", 90, &err));
	IN_TX(t->senderd, 0, store_payout_tx_final(t->senderd, "a", 91, &err));
	assert_int_equal(tx_of(t, "a").updated_at, 90);
	assert_int_equal(count(t, PAYOUT_TX_FOLLOWED), 0);
	assert_false(reserved(t, 0));
	IN_TX(t->senderd, ERR_INVALID, store_payout_tx_gone(t->senderd, "a", "why", 92, &err));
}

/* --- outputs and the chain
 * ------------------------------------------------------------------------ */
static void test_reserving_again(void **state)
{
	struct test_store *t = *state;
	struct err err;

	owe(t, 2);
	save(t, "a", 1, 1, 0);
	release(t, "a");
	save(t, "b", 2, 1, 0);
	confirm(t, "a", 0);
	IN_TX(t->senderd, 0, store_uxout_reserve(t->senderd, "a", uxids, 2, &err));
	assert_true(reserved(t, 1));
	die(t, "b"); /* had the first one */
	assert_true(reserved(t, 0));
	assert_true(reserved(t, 1));
	IN_TX(t->senderd, 0, store_payout_tx_final(t->senderd, "a", 90, &err));
	assert_false(reserved(t, 0));
}

static void test_the_chain_is_pinned_once(void **state)
{
	static const char one[] =
		"0551a1e5af999fe8fff529f6f2ab341e1e33db95135eef1b2be44fe6981349f3";
	static const char other[] =
		"00000000000000000000000000000000000000000000000000000000000000ff";
	struct test_store *t = *state;
	char got[65];
	struct err err;

	assert_int_equal(store_sky_genesis(t->reader, got, &err), ERR_NOT_FOUND);
	IN_TX(t->senderd, ERR_INVALID, store_sky_genesis_pin(t->senderd, "short", 1, &err));
	IN_TX(t->senderd, 0, store_sky_genesis_pin(t->senderd, other, 1, &err));
	IN_TX(t->senderd, ERR_EXISTS, store_sky_genesis_pin(t->senderd, one, 1, &err));
	IN_TX(t->senderd, 0, store_sky_genesis_unpin(t->senderd, &err)); /* nothing is paid yet */
	IN_TX(t->senderd, 0, store_sky_genesis_pin(t->senderd, one, 1, &err));
	owe(t, 1);
	save(t, "a", 1, 1, 0);
	IN_TX(t->senderd, 0, store_sky_genesis_unpin(t->senderd, &err));
	IN_TX(t->senderd, ERR_EXISTS, store_sky_genesis_pin(t->senderd, other, 2, &err));
	MUST(store_sky_genesis(t->reader, got, &err));
	assert_string_equal(got, one);
}

/* Those of a time, but for the dead; one that pays nobody counts. */
static void test_counting_since(void **state)
{
	struct test_store *t = *state;
	uint64_t n;
	struct err err;

	owe(t, 2);
	save(t, "a", 1, 1, 0);
	save(t, "b", 2, 1, 1);
	save(t, "split", 0, 0, 2);
	MUST(store_payout_tx_count(t->reader, 49, &n, &err));
	assert_int_equal(n, 3);
	MUST(store_payout_tx_count(t->reader, 50, &n, &err)); /* all were made at 50 */
	assert_int_equal(n, 0);
	die(t, "b");
	confirm(t, "a", 0);
	confirm(t, "split", 0);
	MUST(store_payout_tx_count(t->reader, 49, &n, &err));
	assert_int_equal(n, 2);
}

#define T(test) cmocka_unit_test_setup_teardown(test, test_store_setup, test_store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_members_stay),
		T(test_history_tells_each_step),
		T(test_held_once_then_taken),
		T(test_dead_lets_its_payouts_go),
		T(test_confirmed_cannot_die),
		T(test_only_a_held_one_is_released),
		T(test_released_and_confirmed_after_all),
		T(test_paid_twice_is_counted),
		T(test_paid_twice_is_counted_in_any_order),
		T(test_gone_and_confirmed_in_another_block),
		T(test_final_is_final),
		T(test_reserving_again),
		T(test_the_chain_is_pinned_once),
		T(test_counting_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
