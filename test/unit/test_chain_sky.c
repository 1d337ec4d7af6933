/* The SKY chain over a node that answers when the test says so: what is asked in one request, what
 * each answer means, and what a node must be for its blocks to be scanned. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/daemon/health.h"
#include "scannerd/chain_sky.h"
#include "test/support/test.h"

#define ASKED_MAX  16
#define GENESIS	   "6f9b23518627707a5a66bb7099f39b8414dfa063f985a0deed1c73d9879a7dca"
#define OTHER	   "7db37de380aaed0124e0d5834fcf2dc0e04c3c31ab8e16cff3d280eaf52d0c4c"
#define ADDRESS	   "wVVBVgx3yHE7FrGjLrLoZLTJGitJwj6Jgb"
#define STRANGER   "2Qe7V3iuZcchSdG79j4U6XjM3T9yhq8Qkvg"
#define FINE	   (-1)
#define NO_ANSWER  (-2)
#define BLOCKS_MAX 80

/* --- the node --- */
struct asked {
	uint64_t first, last;
	sky_blocks_fn fn;
	void *arg;
};

struct rig {
	struct sky_node node;
	struct loop *loop;
	struct health *health;
	struct chain *chain;
	struct asked asked[ASKED_MAX];
	size_t asked_count;
	sky_health_fn health_fn;
	void *health_arg;
	char node_pinned[65], pinned[65];
	unsigned pins;
	bool freed;

	/* what came of a question */
	int trouble;
	char text[256], hash[65];
	int64_t height;
	int block_trouble[BLOCKS_MAX];
	bool drop_at_first;
};

static struct rig rig;

static void node_free(struct sky_node *n)
{
	(void)n;
	rig.freed = true;
}

static void node_health(struct sky_node *n, sky_health_fn fn, void *arg)
{
	(void)n;
	rig.health_fn = fn;
	rig.health_arg = arg;
}

static void node_blocks(struct sky_node *n, uint64_t first, uint64_t last, sky_blocks_fn fn,
			void *arg)
{
	(void)n;
	assert_true(rig.asked_count < ASKED_MAX);
	rig.asked[rig.asked_count++] =
		(struct asked){ .first = first, .last = last, .fn = fn, .arg = arg };
}

static void node_pin(struct sky_node *n, const char *genesis)
{
	(void)n;
	assert_true(text_copy(rig.node_pinned, sizeof(rig.node_pinned), genesis));
}

static const struct sky_node_ops node_ops = {
	.free = node_free, .health = node_health, .blocks = node_blocks, .pin = node_pin
};

static const char *pinned(void *arg)
{
	(void)arg;
	return rig.pinned;
}

static void pin(void *arg, const char *genesis)
{
	(void)arg;
	rig.pins++;
	assert_true(text_copy(rig.pinned, sizeof(rig.pinned), genesis));
}

static int setup(void **state)
{
	struct chain_sky_options o = { .node = &rig.node, .pinned = pinned, .pin = pin };

	(void)state;
	memset(&rig, 0, sizeof(rig));
	rig.node.ops = &node_ops;
	rig.loop = o.loop = loop_new_scripted(1700000000);
	rig.health = o.health = health_new();
	rig.chain = chain_sky_new(&o);
	assert_non_null(rig.chain);
	for (size_t i = 0; i < BLOCKS_MAX; i++)
		rig.block_trouble[i] = NO_ANSWER;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rig.chain->ops->free(rig.chain);
	assert_true(rig.freed);
	health_free(rig.health);
	loop_free(rig.loop);
	return 0;
}

/* --- the answers --- */
static int taken(const struct chain_error *e)
{
	(void)snprintf(rig.text, sizeof(rig.text), "%s", e != NULL ? e->text : "");
	return e != NULL ? (int)e->trouble : FINE;
}

static void on_tip(void *arg, const struct chain_error *e, int64_t height)
{
	(void)arg;
	rig.trouble = taken(e);
	rig.height = height;
}

static void on_hash(void *arg, const struct chain_error *e, const char *hash)
{
	(void)arg;
	rig.trouble = taken(e);
	(void)snprintf(rig.hash, sizeof(rig.hash), "%s", e == NULL ? hash : "");
}

static void on_block(void *arg, const struct chain_error *e, const struct chain_block *b)
{
	int *trouble = arg;

	assert_int_equal(*trouble, NO_ANSWER);
	*trouble = taken(e);
	if (e == NULL)
		assert_int_equal(b->height, trouble - rig.block_trouble);
	if (rig.drop_at_first)
		rig.chain->ops->drop(rig.chain);
}

/* --- tip -------------------------------------------------------------------------------------- */

static void tip(const struct sky_health *h, const struct err *err)
{
	rig.trouble = NO_ANSWER;
	rig.chain->ops->tip(rig.chain, on_tip, NULL);
	assert_int_equal(rig.trouble, NO_ANSWER);
	rig.health_fn(rig.health_arg, h, err);
}

static const struct {
	const char *why;
	enum sky_standing standing;
	const char *coin, *genesis;
	int trouble;
	const char *said, *problem; /* in the error, in health */
} standings[] = {
	{ "all is well", SKY_GOOD, "skycoin", GENESIS, FINE, "", "" },
	{ "webrpc cannot show that it is in step", SKY_UNPROVEN, "", GENESIS, FINE, "", "" },
	{ "what it has is true, only late", SKY_NO_PEERS, "skycoin", GENESIS, FINE, "",
	  "has no peers" },
	{ "far behind", SKY_BEHIND, "skycoin", GENESIS, FINE, "", "is behind" },
	{ "another first block", SKY_OTHER_CHAIN, "skycoin", OTHER, CHAIN_WRONG_NETWORK,
	  "its first block is 7db37de380aaed01..., that of what was scanned 6f9b", "" },
	{ "no first block", SKY_UNPROVEN, "skycoin", "", CHAIN_UNREACHABLE,
	  "does not show its first block", "" },
	{ "another coin", SKY_OTHER_CHAIN, "suncoin", GENESIS, CHAIN_WRONG_NETWORK,
	  "of the coin 'suncoin'", "" },
};

static struct sky_health told(size_t row, uint64_t head)
{
	struct sky_health h = { .standing = standings[row].standing,
				.head_seq = head,
				.highest_seq = 200,
				.address = "http://127.0.0.1:6420" };

	(void)snprintf(h.coin, sizeof(h.coin), "%s", standings[row].coin);
	(void)snprintf(h.genesis, sizeof(h.genesis), "%s", standings[row].genesis);
	return h;
}

static void test_what_a_node_must_be(void **state)
{
	(void)state;
	(void)snprintf(rig.pinned, sizeof(rig.pinned), "%s", GENESIS);
	for (size_t i = 0; i < sizeof(standings) / sizeof(standings[0]); i++) {
		struct sky_health h = told(i, 100);

		print_message("%s\n", standings[i].why);
		health_clear(rig.health, "sky_sync");
		tip(&h, NULL);
		assert_int_equal(rig.trouble, standings[i].trouble);
		assert_non_null(strstr(rig.text, standings[i].said));
		assert_non_null(strstr(health_text(rig.health, "sky_sync"), standings[i].problem));
		if (standings[i].problem[0] == '\0')
			assert_string_equal(health_text(rig.health, "sky_sync"), "");
		if (standings[i].trouble == FINE)
			assert_int_equal(rig.height, 100);
		assert_string_equal(rig.node_pinned, GENESIS);
	}
	assert_int_equal(rig.pins, 0);
}

static void test_no_answer(void **state)
{
	struct err err;

	(void)state;
	(void)err_set(&err, ERR_IO, "connection refused");
	tip(NULL, &err);
	assert_int_equal(rig.trouble, CHAIN_UNREACHABLE);
	assert_non_null(strstr(rig.text, "connection refused"));
}

/* The first one is held; a node that does not tell it is not asked to be one. */
static void test_the_first_chain_is_held(void **state)
{
	struct sky_health h = told(0, 7);

	(void)state;
	h.genesis[0] = '\0';
	tip(&h, NULL);
	assert_int_equal(rig.trouble, FINE);
	assert_int_equal(rig.pins, 0);
	h = told(0, 7);
	tip(&h, NULL);
	assert_int_equal(rig.pins, 1);
	assert_string_equal(rig.node_pinned, GENESIS);
	tip(&h, NULL);
	assert_int_equal(rig.pins, 1);
}

/* With none held, nodes that contradict each other are none of them believed. */
static void test_nodes_of_two_chains(void **state)
{
	struct sky_health h = told(4, 7);

	(void)state;
	tip(&h, NULL);
	assert_int_equal(rig.trouble, CHAIN_WRONG_NETWORK);
	assert_non_null(strstr(rig.text, "first blocks differ"));
	assert_int_equal(rig.pins, 0);
}

/* A block or two, once, is how blocks spread; the same again is a node that stands still. */
static void test_a_passing_lag_is_not_told(void **state)
{
	struct sky_health h = told(3, 199);

	(void)state;
	tip(&h, NULL);
	assert_string_equal(health_text(rig.health, "sky_sync"), "");
	h = told(3, 200);
	h.highest_seq = 201;
	tip(&h, NULL);
	assert_string_equal(health_text(rig.health, "sky_sync"), "");
	tip(&h, NULL);
	assert_non_null(strstr(health_text(rig.health, "sky_sync"), "is behind"));
	h = told(0, 201);
	tip(&h, NULL);
	assert_string_equal(health_text(rig.health, "sky_sync"), "");
}

static void test_a_dropped_tip(void **state)
{
	struct sky_health h = told(0, 7);

	(void)state;
	rig.trouble = NO_ANSWER;
	rig.chain->ops->tip(rig.chain, on_tip, NULL);
	rig.chain->ops->drop(rig.chain);
	rig.health_fn(rig.health_arg, &h, NULL);
	assert_int_equal(rig.trouble, NO_ANSWER);
}

/* --- blocks ----------------------------------------------------------------------------------- */

static void ask(int64_t first, int64_t last)
{
	for (int64_t h = first; h <= last; h++)
		rig.chain->ops->block_at(rig.chain, h, on_block, &rig.block_trouble[h]);
}

/* As many blocks as asked for, or `count`. */
static void answer(size_t which, size_t count)
{
	struct sky_block list[BLOCKS_MAX] = { { .seq = 0 } };
	struct sky_blocks b = { .list = list, .count = count };

	for (size_t i = 0; i < count; i++)
		list[i].seq = rig.asked[which].first + i;
	rig.asked[which].fn(rig.asked[which].arg, &b, NULL);
}

static void expect(int64_t first, int64_t last, int trouble)
{
	for (int64_t h = first; h <= last; h++)
		assert_int_equal(rig.block_trouble[h], trouble);
}

static void test_one_turn_is_one_request(void **state)
{
	(void)state;
	ask(3, 34);
	assert_int_equal(rig.asked_count, 0);
	loop_scripted_turn(rig.loop);
	assert_int_equal(rig.asked_count, 1);
	assert_int_equal(rig.asked[0].first, 3);
	assert_int_equal(rig.asked[0].last, 34);
	answer(0, 32);
	expect(3, 34, FINE);
}

static void test_gaps_and_long_ranges(void **state)
{
	(void)state;
	ask(0, 70);
	ask(75, 76);
	loop_scripted_turn(rig.loop);
	assert_int_equal(rig.asked_count, 3);
	assert_int_equal(rig.asked[0].last, 63);
	assert_int_equal(rig.asked[1].first, 64);
	assert_int_equal(rig.asked[1].last, 70);
	assert_int_equal(rig.asked[2].first, 75);
	answer(2, 2);
	answer(0, 64);
	answer(1, 7);
	expect(0, 70, FINE);
	expect(75, 76, FINE);
}

/* As a rescan asks. */
static void test_from_the_top_down(void **state)
{
	(void)state;
	for (int64_t h = 20; h > 10; h--)
		ask(h, h);
	loop_scripted_turn(rig.loop);
	assert_int_equal(rig.asked_count, 1);
	assert_int_equal(rig.asked[0].first, 11);
	assert_int_equal(rig.asked[0].last, 20);
	answer(0, 10);
	expect(11, 20, FINE);
}

static void test_the_chain_ends_before(void **state)
{
	(void)state;
	ask(5, 9);
	loop_scripted_turn(rig.loop);
	answer(0, 3);
	expect(5, 7, FINE);
	expect(8, 9, CHAIN_NOT_YET);
}

static void test_what_fails(void **state)
{
	struct err err;

	(void)state;
	ask(5, 6);
	loop_scripted_turn(rig.loop);
	(void)err_set(&err, ERR_INVALID, "block 5: its header is not what its hash says");
	rig.asked[0].fn(rig.asked[0].arg, NULL, &err);
	expect(5, 6, CHAIN_BAD_BLOCK);
	assert_non_null(strstr(rig.text, "block 5: its header"));
	ask(7, 7);
	loop_scripted_turn(rig.loop);
	(void)err_set(&err, ERR_IO, "timed out");
	rig.asked[1].fn(rig.asked[1].arg, NULL, &err);
	expect(7, 7, CHAIN_UNREACHABLE);
}

/* What the scan forgets is not answered, whether it was asked already or not. */
static void test_dropped_blocks(void **state)
{
	(void)state;
	ask(5, 6);
	rig.chain->ops->drop(rig.chain);
	ask(7, 8);
	loop_scripted_turn(rig.loop);
	assert_int_equal(rig.asked_count, 1);
	assert_int_equal(rig.asked[0].first, 7);
	rig.drop_at_first = true;
	answer(0, 2);
	expect(5, 6, NO_ANSWER);
	expect(7, 7, FINE);
	expect(8, 8, NO_ANSWER);
}

/* The rig's end frees a chain that waits for everything. */
static void test_freed_with_questions_open(void **state)
{
	(void)state;
	ask(1, 2);
	loop_scripted_turn(rig.loop);
	ask(3, 4);
	rig.chain->ops->tip(rig.chain, on_tip, NULL);
	rig.chain->ops->hash_at(rig.chain, 3, on_hash, NULL);
}

static void test_hash_of_a_block(void **state)
{
	struct sky_block block = { .seq = 3, .hash.b = { 0xab } };
	struct sky_blocks b = { .list = &block, .count = 1 };

	(void)state;
	rig.chain->ops->hash_at(rig.chain, 3, on_hash, NULL);
	assert_int_equal(rig.asked[0].first, 3);
	assert_int_equal(rig.asked[0].last, 3);
	rig.asked[0].fn(rig.asked[0].arg, &b, NULL);
	assert_int_equal(rig.trouble, FINE);
	assert_memory_equal(rig.hash, "ab00", 4);
	rig.chain->ops->hash_at(rig.chain, 4, on_hash, NULL);
	b.count = 0;
	rig.asked[1].fn(rig.asked[1].arg, &b, NULL);
	assert_int_equal(rig.trouble, CHAIN_NOT_YET);
}

/* --- matching --------------------------------------------------------------------------------- */

static void on_output(void *arg, const struct chain_output *o)
{
	struct chain_output *list = arg;

	while (list->txid[0] != '\0')
		list++;
	*list = *o;
}

static void watch(struct watchlist *w, const char *address)
{
	uint8_t key[WATCHLIST_KEY_MAX];
	size_t len = 0;

	assert_int_equal(rig.chain->ops->key(rig.chain, address, key, &len, NULL), 0);
	assert_int_equal(watchlist_add(w, key, len, NULL), 0);
}

static void add_output(struct sky_tx *t, const char *address, uint64_t droplets)
{
	struct sky_address to;

	assert_int_equal(sky_address_parse(address, &to, NULL), 0);
	assert_true(sky_tx_add_output(t, &to, droplets_of(droplets), hours_of(1)));
}

static void test_what_pays_a_watched_address(void **state)
{
	struct sky_block_tx txs[2] = { { .txid.b = { 1 } }, { .txid.b = { 2 } } };
	struct sky_block block = { .seq = 9, .txs = txs, .tx_count = 2 };
	struct chain_block b = { .height = 9, .raw = &block };
	struct chain_output found[4] = { { .n = 0 } };
	struct watchlist *w = watchlist_new();

	(void)state;
	watch(w, ADDRESS);
	add_output(&txs[0].tx, STRANGER, 5);
	add_output(&txs[0].tx, ADDRESS, 7);
	add_output(&txs[1].tx, ADDRESS, 9000000000001);
	add_output(&txs[1].tx, STRANGER, 1);
	assert_true(rig.chain->ops->match(rig.chain, &b, w, on_output, found));
	assert_memory_equal(found[0].txid, "0100", 4);
	assert_int_equal(found[0].n, 1);
	assert_string_equal(found[0].address, ADDRESS);
	assert_true(found[0].value.n == 7);
	assert_memory_equal(found[1].txid, "0200", 4);
	assert_int_equal(found[1].n, 0);
	assert_true(found[1].value.n == 9000000000001);
	assert_int_equal(found[2].txid[0], '\0');
	assert_false(found[0].coinbase || found[0].n_moves);
	watchlist_free(w);
	sky_tx_release(&txs[0].tx);
	sky_tx_release(&txs[1].tx);
}

static void test_an_address_that_is_none(void **state)
{
	uint8_t key[WATCHLIST_KEY_MAX];
	size_t len = 0;
	struct err err;

	(void)state;
	assert_int_equal(rig.chain->ops->key(rig.chain, "no address", key, &len, &err),
			 ERR_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_a_node_must_be),
		TEST(test_no_answer),
		TEST(test_the_first_chain_is_held),
		TEST(test_nodes_of_two_chains),
		TEST(test_a_passing_lag_is_not_told),
		TEST(test_a_dropped_tip),
		TEST(test_one_turn_is_one_request),
		TEST(test_gaps_and_long_ranges),
		TEST(test_from_the_top_down),
		TEST(test_the_chain_ends_before),
		TEST(test_what_fails),
		TEST(test_dropped_blocks),
		TEST(test_freed_with_questions_open),
		TEST(test_hash_of_a_block),
		TEST(test_what_pays_a_watched_address),
		TEST(test_an_address_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
