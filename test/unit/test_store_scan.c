/* Cursors, blocks, and what becomes of a sighting. */
#include <stdio.h>
#include <string.h>

#include "test/support/test_store.h"

struct seen {
	unsigned count, stop_at;
	struct sighting g[16];
};

static int on_sighting(void *arg, const struct sighting *g, struct err *err)
{
	struct seen *l = arg;

	l->g[l->count++] = *g;
	return l->count == l->stop_at ? err_set(err, ERR_IO, "enough") : 0;
}

/* What the feed says after `after`. */
static struct seen feed(struct test_store *t, uint64_t after)
{
	struct seen l = { .count = 0 };
	struct err err;

	MUST(store_sighting_feed(t->reader, after, 16, on_sighting, &l, &err));
	return l;
}

static uint64_t newest(struct test_store *t)
{
	uint64_t n;
	struct err err;

	MUST(store_feed_newest(t->reader, FEED_SIGHTINGS, &n, &err));
	return n;
}

static void add(struct test_store *t, const char *txid, int64_t height, enum sighting_state s)
{
	struct sighting g = test_sighting(COIN_BTC, txid, 0, "addr", height);
	struct err err;

	g.state = s;
	IN_TX(t->scannerd, 0, store_sighting_add(t->scannerd, &g, &err));
}

static unsigned confirm(struct test_store *t, int64_t height, int64_t coinbase, unsigned limit)
{
	unsigned count;
	struct err err;

	IN_TX(t->scannerd, 0,
	      store_sighting_confirm(t->scannerd, COIN_BTC, height, coinbase, limit, &count, &err));
	return count;
}

static uint64_t rewind_to(struct test_store *t, int64_t height)
{
	uint64_t orphaned;
	struct err err;

	IN_TX(t->scannerd, 0, store_cursor_rewind(t->scannerd, COIN_BTC, height, &orphaned, &err));
	return orphaned;
}

/* The stored state of the only sighting on "addr". */
static struct sighting stored(struct test_store *t)
{
	struct seen l = { .count = 0 };
	struct err err;

	MUST(store_sighting_each_of(t->reader, COIN_BTC, "addr", on_sighting, &l, &err));
	assert_int_equal(l.count, 1);
	return l.g[0];
}

/* --- cursor ------------------------------------------------------------------------------- */

static void test_the_cursor_moves_and_blocks_are_forgotten(void **state)
{
	struct test_store *t = *state;
	char hash[BLOCK_HASH_TEXT_MAX], want[BLOCK_HASH_TEXT_MAX];
	struct scan_cursor c;
	struct err err;

	assert_int_equal(store_cursor_get(t->reader, COIN_BTC, &c, &err), ERR_NOT_FOUND);
	for (int64_t h = 100; h <= 110; h++) {
		(void)snprintf(want, sizeof(want), "hash%d", (int)h);
		IN_TX(t->scannerd, 0,
		      store_cursor_advance(t->scannerd, COIN_BTC, h, want, 100, 5, &err));
	}
	MUST(store_cursor_get(t->reader, COIN_BTC, &c, &err));
	assert_int_equal(c.height, 110);
	assert_string_equal(c.hash, "hash110");
	assert_int_equal(c.initial_height, 100);
	MUST(store_block_hash(t->reader, COIN_BTC, 105, hash, &err));
	assert_string_equal(hash, "hash105");
	assert_int_equal(store_block_hash(t->reader, COIN_BTC, 104, hash, &err), ERR_NOT_FOUND);
	assert_int_equal(store_block_hash(t->reader, COIN_BTC, 111, hash, &err), ERR_NOT_FOUND);
	assert_int_equal(store_block_hash(t->reader, COIN_SKY, 105, hash, &err), ERR_NOT_FOUND);
	assert_int_equal(store_cursor_get(t->reader, COIN_ETH, &c, &err), ERR_NOT_FOUND);
}

static void test_rewinding_forgets_what_is_above(void **state)
{
	struct test_store *t = *state;
	char hash[BLOCK_HASH_TEXT_MAX];
	struct scan_cursor c;
	struct err err;

	IN_TX(t->scannerd, 0, store_cursor_advance(t->scannerd, COIN_BTC, 7, "a7", 1, 100, &err));
	IN_TX(t->scannerd, 0, store_cursor_advance(t->scannerd, COIN_BTC, 8, "a8", 1, 100, &err));
	IN_TX(t->scannerd, 0, store_cursor_advance(t->scannerd, COIN_ETH, 8, "e8", 1, 100, &err));
	assert_int_equal(rewind_to(t, 7), 0);
	MUST(store_cursor_get(t->reader, COIN_BTC, &c, &err));
	assert_int_equal(c.height, 7);
	assert_string_equal(c.hash, "a7");
	assert_int_equal(store_block_hash(t->reader, COIN_BTC, 8, hash, &err), ERR_NOT_FOUND);
	MUST(store_block_hash(t->reader, COIN_ETH, 8, hash, &err));
	IN_TX(t->scannerd, 0, store_cursor_advance(t->scannerd, COIN_BTC, 8, "b8", 1, 100, &err));
	MUST(store_block_hash(t->reader, COIN_BTC, 8, hash, &err));
	assert_string_equal(hash, "b8");
}

/* --- sightings ---------------------------------------------------------------------------- */

static void test_a_sighting_keeps_all_its_fields(void **state)
{
	struct test_store *t = *state;
	struct sighting g = test_sighting(COIN_ETH, "0xab", UINT32_MAX, "0xAddress", 1 << 30);
	struct seen l = { .count = 0 };
	struct err err;

	assert_true(units_from_text("340282366920938463463374607431768211455", &g.value));
	g.coinbase = true;
	g.seen_at = 1700000000;
	IN_TX(t->scannerd, 0, store_sighting_add(t->scannerd, &g, &err));
	MUST(store_sighting_each_of(t->reader, COIN_ETH, "0xAddress", on_sighting, &l, &err));
	assert_int_equal(l.count, 1);
	assert_int_equal(l.g[0].feed_seq, 0);
	assert_int_equal(l.g[0].coin, COIN_ETH);
	assert_string_equal(l.g[0].txid, g.txid);
	assert_int_equal(l.g[0].n, g.n);
	assert_string_equal(l.g[0].address, g.address);
	assert_int_equal(units_compare(l.g[0].value, g.value), 0);
	assert_int_equal(l.g[0].height, g.height);
	assert_string_equal(l.g[0].block_hash, g.block_hash);
	assert_true(l.g[0].coinbase);
	assert_int_equal(l.g[0].state, SIGHTING_SEEN);
	assert_int_equal(l.g[0].seen_at, g.seen_at);
}

static void test_an_output_is_one_sighting(void **state)
{
	struct test_store *t = *state;
	struct sighting g = test_sighting(COIN_BTC, "t", 0, "addr", 5);
	struct err err;

	IN_TX(t->scannerd, 0, store_sighting_add(t->scannerd, &g, &err));
	g.height = 9;
	g.state = SIGHTING_CONFIRMED;
	IN_TX(t->scannerd, ERR_EXISTS, store_sighting_add(t->scannerd, &g, &err));
	assert_int_equal(stored(t).height, 5);
	assert_int_equal(stored(t).state, SIGHTING_SEEN);
	assert_int_equal(newest(t), 0);
	g = test_sighting(COIN_BTC, "t", 1, "other", 5);
	IN_TX(t->scannerd, 0, store_sighting_add(t->scannerd, &g, &err));
	g = test_sighting(COIN_SKY, "t", 0, "other", 5);
	IN_TX(t->scannerd, 0, store_sighting_add(t->scannerd, &g, &err));
}

static void test_confirmed_ones_enter_the_feed_by_height(void **state)
{
	struct test_store *t = *state;
	struct seen l;

	add(t, "c", 12, SIGHTING_SEEN);
	add(t, "a", 10, SIGHTING_SEEN);
	add(t, "b", 11, SIGHTING_SEEN);
	assert_int_equal(feed(t, 0).count, 0);
	assert_int_equal(confirm(t, 11, 0, 10), 2);
	l = feed(t, 0);
	assert_int_equal(l.count, 2);
	assert_string_equal(l.g[0].txid, "a");
	assert_int_equal(l.g[0].feed_seq, 1);
	assert_int_equal(l.g[0].state, SIGHTING_CONFIRMED);
	assert_string_equal(l.g[1].txid, "b");
	assert_int_equal(l.g[1].feed_seq, 2);
	assert_int_equal(confirm(t, 11, 0, 10), 0);
	add(t, "now", 9, SIGHTING_CONFIRMED);
	assert_int_equal(confirm(t, 12, 0, 10), 1);
	l = feed(t, 2);
	assert_int_equal(l.count, 2);
	assert_string_equal(l.g[0].txid, "now");
	assert_string_equal(l.g[1].txid, "c");
	assert_int_equal(newest(t), 4);
}

static void test_confirming_stops_at_the_limit(void **state)
{
	struct test_store *t = *state;

	add(t, "a", 1, SIGHTING_SEEN);
	add(t, "b", 2, SIGHTING_SEEN);
	add(t, "c", 3, SIGHTING_SEEN);
	assert_int_equal(confirm(t, 9, 9, 2), 2);
	assert_int_equal(confirm(t, 9, 9, 2), 1);
	assert_int_equal(confirm(t, 9, 9, 2), 0);
}

static void test_coinbase_outputs_wait_longer(void **state)
{
	static const struct {
		const char *why;
		int64_t height, coinbase_height;
		unsigned count;
	} rows[] = {
		{ "deep enough for others only", 100, 9, 0 },
		{ "mature", 100, 10, 1 },
		{ "never before the others", 9, 50, 0 },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sighting g = test_sighting(COIN_BTC, "t", 0, "addr", 10);
		struct test_store t;
		unsigned count;

		g.coinbase = true;
		test_store_open(&t);
		IN_TX(t.scannerd, 0, store_sighting_add(t.scannerd, &g, &err));
		count = confirm(&t, rows[i].height, rows[i].coinbase_height, 10);
		test_store_close(&t);
		if (count != rows[i].count)
			fail_msg("%s: %u", rows[i].why, count);
	}
}

static void test_the_feed_is_read_in_pages_and_stops_when_told(void **state)
{
	struct test_store *t = *state;
	struct seen l = { .stop_at = 2 };
	struct err err;

	add(t, "a", 1, SIGHTING_CONFIRMED);
	add(t, "b", 2, SIGHTING_CONFIRMED);
	add(t, "c", 3, SIGHTING_CONFIRMED);
	assert_int_equal(store_sighting_feed(t->reader, 0, 9, on_sighting, &l, &err), ERR_IO);
	assert_string_equal(err.text, "enough");
	assert_int_equal(l.count, 2);
	l = (struct seen){ .count = 0 };
	MUST(store_sighting_feed(t->reader, 1, 1, on_sighting, &l, &err));
	assert_int_equal(l.count, 1);
	assert_string_equal(l.g[0].txid, "b");
}

/* --- reorganisations ---------------------------------------------------------------------- */

static void test_one_that_was_never_told_leaves_quietly(void **state)
{
	struct test_store *t = *state;

	add(t, "a", 10, SIGHTING_SEEN);
	assert_int_equal(rewind_to(t, 9), 0);
	assert_int_equal(stored(t).state, SIGHTING_ORPHANED);
	assert_int_equal(newest(t), 0);
	assert_int_equal(confirm(t, 100, 100, 10), 0);
	add(t, "a", 11, SIGHTING_SEEN);
	assert_int_equal(stored(t).state, SIGHTING_SEEN);
	assert_int_equal(stored(t).height, 11);
	assert_string_equal(stored(t).block_hash, "hash-11");
	assert_int_equal(confirm(t, 11, 11, 10), 1);
	assert_int_equal(feed(t, 0).g[0].state, SIGHTING_CONFIRMED);
}

static void test_a_confirmed_one_that_leaves_is_told_again(void **state)
{
	struct test_store *t = *state;
	struct seen l;

	add(t, "stays", 9, SIGHTING_CONFIRMED);
	add(t, "a", 10, SIGHTING_CONFIRMED);
	add(t, "b", 11, SIGHTING_CONFIRMED);
	assert_int_equal(rewind_to(t, 9), 2);
	l = feed(t, 3);
	assert_int_equal(l.count, 2);
	assert_string_equal(l.g[0].txid, "a");
	assert_int_equal(l.g[0].feed_seq, 4);
	assert_int_equal(l.g[0].state, SIGHTING_ORPHANED);
	assert_string_equal(l.g[1].txid, "b");
	assert_int_equal(l.g[1].state, SIGHTING_ORPHANED);
	assert_int_equal(rewind_to(t, 9), 0); /* again: they left already */
	assert_int_equal(newest(t), 5);
	assert_int_equal(feed(t, 0).count, 3);
}

/* exchangerd reads late: the deposit lost its block, and that must not be lost. */
static void test_an_orphaning_is_told_though_it_is_seen_again(void **state)
{
	struct test_store *t = *state;
	struct seen l;

	add(t, "a", 10, SIGHTING_CONFIRMED);
	assert_int_equal(rewind_to(t, 9), 1);
	add(t, "a", 12, SIGHTING_SEEN);
	assert_int_equal(stored(t).state, SIGHTING_SEEN);
	l = feed(t, 1);
	assert_int_equal(l.count, 1);
	assert_int_equal(l.g[0].feed_seq, 2);
	assert_int_equal(l.g[0].state, SIGHTING_ORPHANED);
	assert_int_equal(rewind_to(t, 11), 0); /* seen, not confirmed: nothing new to tell */
	assert_int_equal(stored(t).state, SIGHTING_ORPHANED);
	assert_int_equal(newest(t), 2);
	add(t, "a", 13, SIGHTING_SEEN);
	assert_int_equal(confirm(t, 13, 13, 1), 1);
	l = feed(t, 2);
	assert_int_equal(l.count, 1);
	assert_int_equal(l.g[0].feed_seq, 3);
	assert_int_equal(l.g[0].state, SIGHTING_CONFIRMED);
	assert_int_equal(l.g[0].height, 13);
}

static void test_one_that_comes_back_deep_is_confirmed_at_once(void **state)
{
	struct test_store *t = *state;
	struct seen l;

	add(t, "a", 10, SIGHTING_CONFIRMED);
	assert_int_equal(rewind_to(t, 9), 1);
	add(t, "a", 10, SIGHTING_CONFIRMED);
	l = feed(t, 0);
	assert_int_equal(l.count, 1);
	assert_int_equal(l.g[0].feed_seq, 3);
	assert_int_equal(l.g[0].state, SIGHTING_CONFIRMED);
	assert_int_equal(rewind_to(t, 9), 1);
	assert_int_equal(feed(t, 3).g[0].state, SIGHTING_ORPHANED);
}

static void test_a_rewind_is_of_one_coin(void **state)
{
	struct test_store *t = *state;
	struct sighting g = test_sighting(COIN_SKY, "s", 0, "sky", 50);
	struct err err;

	g.state = SIGHTING_CONFIRMED;
	IN_TX(t->scannerd, 0, store_sighting_add(t->scannerd, &g, &err));
	assert_int_equal(rewind_to(t, 1), 0);
	assert_int_equal(feed(t, 0).g[0].state, SIGHTING_CONFIRMED);
}

/* --- reading ------------------------------------------------------------------------------ */

/* exchangerd's way: deposits are written while the feed of sightings is being walked. */
struct intake {
	struct test_store *t;
	struct binding b;
	unsigned count;
};

static int record(void *arg, const struct sighting *g, struct err *err)
{
	struct intake *in = arg;
	struct deposit d = test_deposit(&in->b, g->txid, 1, 1);
	int rc = store_deposit_add(in->t->exchangerd, &d, err);

	in->count++;
	if (rc == 0)
		rc = store_deposit_get(in->t->exchangerd, d.id, &d, err);
	return rc;
}

static void test_a_walk_may_write_other_tables(void **state)
{
	struct test_store *t = *state;
	struct intake in = { .t = t };
	struct deposit d;
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 1);
	in.b = test_store_bind(t, COIN_BTC, "sky1");
	add(t, "a", 1, SIGHTING_CONFIRMED);
	add(t, "b", 2, SIGHTING_CONFIRMED);
	MUST(store_begin(t->exchangerd, &err));
	MUST(store_sighting_feed(t->exchangerd, 0, 10, record, &in, &err));
	MUST(store_feed_advance(t->exchangerd, FEED_SIGHTINGS, 2, &err));
	MUST(store_commit(t->exchangerd, &err));
	assert_int_equal(in.count, 2);
	MUST(store_deposit_get(t->reader, 2, &d, &err));
	assert_string_equal(d.txid, "b");
}

/* What a customer is told of: on the chain, and neither a deposit nor left for a person. */
static void test_those_that_wait_to_be_deposits(void **state)
{
	static const struct {
		const char *why, *txid;
		enum sighting_state state;
		bool surplus, unassigned;
		int deposit; /* its state, or -1 */
		bool waits;
	} rows[] = {
		{ "seen", "a", SIGHTING_SEEN, false, false, -1, true },
		{ "confirmed, not taken in yet", "b", SIGHTING_CONFIRMED, false, false, -1, true },
		{ "left the chain", "c", SIGHTING_ORPHANED, false, false, -1, false },
		{ "a surplus", "d", SIGHTING_CONFIRMED, true, false, -1, false },
		{ "from before the address was bound", "e", SIGHTING_SEEN, false, true, -1, false },
		{ "a deposit", "f", SIGHTING_CONFIRMED, false, false, DEPOSIT_DONE, false },
		{ "a paid one, seen again", "g", SIGHTING_SEEN, false, false, DEPOSIT_DONE, false },
		{ "a void one, seen again", "h", SIGHTING_SEEN, false, false, DEPOSIT_VOID, true },
	};
	struct test_store *t = *state;
	struct seen l = { .count = 0 };
	char expected[16] = "", is[16] = "";
	struct binding b;
	struct err err;

	test_store_pool(t, COIN_BTC, "b", 1);
	b = test_store_bind(t, COIN_BTC, "sky1");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sighting g = test_sighting(COIN_BTC, rows[i].txid, 1, b.address, 10);

		g.state = rows[i].state;
		g.surplus = rows[i].surplus;
		IN_TX(t->scannerd, 0, store_sighting_add(t->scannerd, &g, &err));
		if (rows[i].unassigned)
			IN_TX(t->exchangerd, 0, store_unassigned_add(t->exchangerd, &g, 1, &err));
		if (rows[i].deposit >= 0)
			(void)test_store_deposit(t, &b, rows[i].txid,
						 (enum deposit_state)rows[i].deposit);
		if (rows[i].waits)
			expected[strlen(expected)] = rows[i].txid[0];
	}
	MUST(store_sighting_each_waiting(t->reader, COIN_BTC, b.address, on_sighting, &l, &err));
	for (unsigned i = 0; i < l.count; i++)
		is[i] = l.g[i].txid[0];
	assert_string_equal(is, expected);
}

#define T(test) cmocka_unit_test_setup_teardown(test, test_store_setup, test_store_teardown)

/* The chain that is scanned: held once something was seen there, replaceable before. */
static void test_the_chain_that_is_held(void **state)
{
	struct test_store *t = *state;
	char genesis[65], got[BLOCK_HASH_TEXT_MAX];
	struct sighting g = test_sighting(COIN_SKY, "s", 0, "sky", 50);
	bool dropped = false;
	struct err err;

	memset(genesis, 'a', 64);
	genesis[64] = '\0';
	assert_int_equal(store_chain_pin_get(t->reader, COIN_SKY, got, &err), ERR_NOT_FOUND);
	IN_TX(t->scannerd, 0, store_chain_pin_put(t->scannerd, COIN_SKY, genesis, 1, &err));
	MUST(store_chain_pin_get(t->reader, COIN_SKY, got, &err));
	assert_string_equal(got, genesis);
	assert_int_equal(store_chain_pin_get(t->reader, COIN_BTC, got, &err), ERR_NOT_FOUND);

	IN_TX(t->scannerd, 0, store_chain_pin_drop_unseen(t->scannerd, COIN_SKY, &dropped, &err));
	assert_true(dropped);
	IN_TX(t->scannerd, 0, store_chain_pin_drop_unseen(t->scannerd, COIN_SKY, &dropped, &err));
	assert_false(dropped);

	genesis[0] = 'b';
	IN_TX(t->scannerd, 0, store_chain_pin_put(t->scannerd, COIN_SKY, genesis, 2, &err));
	IN_TX(t->scannerd, 0, store_sighting_add(t->scannerd, &g, &err));
	IN_TX(t->scannerd, 0, store_chain_pin_drop_unseen(t->scannerd, COIN_SKY, &dropped, &err));
	assert_false(dropped);
	MUST(store_chain_pin_get(t->reader, COIN_SKY, got, &err));
	assert_string_equal(got, genesis);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_the_cursor_moves_and_blocks_are_forgotten),
		T(test_rewinding_forgets_what_is_above),
		T(test_a_sighting_keeps_all_its_fields),
		T(test_an_output_is_one_sighting),
		T(test_confirmed_ones_enter_the_feed_by_height),
		T(test_confirming_stops_at_the_limit),
		cmocka_unit_test(test_coinbase_outputs_wait_longer),
		T(test_the_feed_is_read_in_pages_and_stops_when_told),
		T(test_one_that_was_never_told_leaves_quietly),
		T(test_a_confirmed_one_that_leaves_is_told_again),
		T(test_an_orphaning_is_told_though_it_is_seen_again),
		T(test_one_that_comes_back_deep_is_confirmed_at_once),
		T(test_a_rewind_is_of_one_coin),
		T(test_a_walk_may_write_other_tables),
		T(test_those_that_wait_to_be_deposits),
		T(test_the_chain_that_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
