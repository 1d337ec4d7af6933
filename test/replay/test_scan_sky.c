/* The scan of the SKY chain under scripted time: the real scanner over the real chain_sky and the
 * real pin, and below them a node whose chain the test shapes.  What a node proves by hashes is
 * proven before (test_sky_block.c): here it is about whose blocks they are, and when. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scannerd/chain_pin.h"
#include "scannerd/chain_sky.h"
#include "test/support/scan_world.h"
#include "test/support/test.h"

#define OURS	   "wVVBVgx3yHE7FrGjLrLoZLTJGitJwj6Jgb"
#define LATE	   "2Qe7V3iuZcchSdG79j4U6XjM3T9yhq8Qkvg"
#define CHAIN_MAX  1300
#define ANSWER_MS  5
#define CONFIRMED  3
#define NO_LIE	   UINT64_MAX
#define DROPLETS_N 5000000

/* --- a chain and its node ----------------------------------------------------------------------
 */

struct sky_place {
	uint8_t branch;	     /* goes into the hash */
	uint32_t pays;	     /* number of the transaction that pays; 0: none */
	const char *address; /* whom */
};

struct sky_node_script {
	struct sky_node base;
	struct loop *loop;
	struct sky_place blocks[CHAIN_MAX];
	uint64_t tip;
	uint8_t network; /* which block 0 */
	char pinned[65];
	bool down;
	uint64_t lies_at;
	unsigned asked; /* requests for blocks */
	unsigned under_way;
};

/* A question of either kind, answered a little later. */
struct asked {
	struct sky_node_script *node;
	struct loop_timer *timer;
	uint64_t first, last;
	sky_blocks_fn blocks;
	sky_health_fn health;
	void *arg;
};

static struct sha256 hash_of(const struct sky_node_script *n, uint64_t seq)
{
	struct sha256 h = { .b = { n->network, n->blocks[seq].branch } };

	for (unsigned i = 0; i < 8; i++)
		h.b[24 + i] = (uint8_t)(seq >> (8 * i));
	return h;
}

static void genesis_text(const struct sky_node_script *n, char ret[65])
{
	struct sha256 h = hash_of(n, 0);

	for (unsigned i = 0; i < sizeof(h.b); i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", h.b[i]);
}

static void fill_block(const struct sky_node_script *n, uint64_t seq, struct sky_block *b,
		       struct sky_block_tx *tx)
{
	const struct sky_place *s = &n->blocks[seq];
	struct sky_address to;

	*b = (struct sky_block){ .seq = seq, .hash = hash_of(n, seq), .txs = tx };
	if (seq > 0)
		b->prev_hash = hash_of(n, seq - 1);
	if (s->pays == 0)
		return;
	b->tx_count = 1;
	tx->txid = (struct sha256){ .b = { 0xaa, (uint8_t)s->pays, (uint8_t)(s->pays >> 8) } };
	assert_int_equal(sky_address_parse(s->address, &to, NULL), 0);
	assert_true(sky_tx_add_output(&tx->tx, &to, droplets_of(DROPLETS_N), hours_of(1)));
}

static void answer_blocks(const struct asked *a)
{
	struct sky_block list[SKY_BLOCKS_MAX];
	struct sky_block_tx txs[SKY_BLOCKS_MAX] = { { .txid.b = { 0 } } };
	struct sky_blocks b = { .list = list };
	struct err err;

	if (a->first <= a->node->lies_at && a->node->lies_at <= a->last) {
		(void)err_set(&err, ERR_INVALID, "block %" PRIu64 ": its header lies",
			      a->node->lies_at);
		a->blocks(a->arg, NULL, &err);
		return;
	}
	for (uint64_t seq = a->first; seq <= a->last && seq <= a->node->tip; seq++)
		fill_block(a->node, seq, &list[b.count], &txs[b.count]), b.count++;
	a->blocks(a->arg, &b, NULL);
	for (size_t i = 0; i < SKY_BLOCKS_MAX; i++)
		sky_tx_release(&txs[i].tx);
}

static void answer_health(const struct asked *a)
{
	const struct sky_node_script *n = a->node;
	struct sky_health h = { .head_seq = n->tip,
				.highest_seq = n->tip,
				.open_connections = 5,
				.coin = "skycoin",
				.address = "node" };

	genesis_text(n, h.genesis);
	if (n->pinned[0] != '\0' && strcmp(n->pinned, h.genesis) != 0)
		h.standing = SKY_OTHER_CHAIN;
	a->health(a->arg, &h, NULL);
}

static void on_answer(void *arg)
{
	struct asked *a = arg;
	struct err err;

	loop_timer_free(a->timer);
	a->node->under_way--;
	if (!a->node->down) {
		if (a->blocks != NULL)
			answer_blocks(a);
		else
			answer_health(a);
	} else {
		(void)err_set(&err, ERR_IO, "connection refused");
		if (a->blocks != NULL)
			a->blocks(a->arg, NULL, &err);
		else
			a->health(a->arg, NULL, &err);
	}
	free(a);
}

static struct asked *asked_new(struct sky_node *base, void *arg)
{
	struct asked *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	a->node = (struct sky_node_script *)base;
	a->arg = arg;
	a->timer = loop_timer_new(a->node->loop, on_answer, a);
	a->node->under_way++;
	loop_timer_start(a->timer, ANSWER_MS);
	return a;
}

static void script_blocks(struct sky_node *n, uint64_t first, uint64_t last, sky_blocks_fn fn,
			  void *arg)
{
	struct asked *a = asked_new(n, arg);

	a->first = first;
	a->last = last;
	a->blocks = fn;
	a->node->asked++;
}

static void script_health(struct sky_node *n, sky_health_fn fn, void *arg)
{
	asked_new(n, arg)->health = fn;
}

static void script_pin(struct sky_node *n, const char *genesis)
{
	struct sky_node_script *s = (struct sky_node_script *)n;

	(void)snprintf(s->pinned, sizeof(s->pinned), "%s", genesis);
}

static void script_free(struct sky_node *n)
{
	((struct sky_node_script *)n)->pinned[0] = '\0'; /* the test's own: it lives on */
}

static const struct sky_node_ops script_ops = {
	.free = script_free, .blocks = script_blocks, .health = script_health, .pin = script_pin
};

static void pay(struct sky_node_script *n, uint64_t seq, uint32_t tx, const char *address)
{
	n->blocks[seq].pays = tx;
	n->blocks[seq].address = address;
}

/* The newest `depth` blocks are others, which pay nobody. */
static void reorganise(struct sky_node_script *n, uint64_t depth, uint8_t branch)
{
	for (uint64_t seq = n->tip - depth + 1; seq < CHAIN_MAX; seq++)
		n->blocks[seq] = (struct sky_place){ .branch = branch };
}

/* --- scannerd's part of it ---------------------------------------------------------------------
 */

struct rig {
	struct scan_world *w;
	struct sky_node_script node;
	struct chain_pin pin;
	struct chain *chain;
	struct scanner *scanner;
	unsigned news;
};

static const char *pinned(void *arg)
{
	return ((struct rig *)arg)->pin.genesis;
}

static void set_pin(void *arg, const char *genesis)
{
	chain_pin_set(&((struct rig *)arg)->pin, genesis);
}

static void on_news(void *arg)
{
	((struct rig *)arg)->news++;
}

static void start(struct rig *r)
{
	struct chain_sky_options c = { .node = &r->node.base,
				       .loop = r->w->loop,
				       .health = r->w->health,
				       .pinned = pinned,
				       .pin = set_pin,
				       .arg = r };
	struct scanner_options o = { .coin = COIN_SKY,
				     .confirmations = CONFIRMED,
				     .period_ms = SCAN_PERIOD_MS,
				     .loop = r->w->loop,
				     .store = r->w->store,
				     .commits = r->w->commits,
				     .health = r->w->health,
				     .on_news = on_news,
				     .arg = r };
	struct err err;

	assert_int_equal(chain_pin_init(&r->pin, COIN_SKY, r->w->store, r->w->commits, &err), 0);
	r->chain = chain_sky_new(&c);
	assert_non_null(r->chain);
	o.chain = r->chain;
	r->scanner = scanner_new(&o);
	assert_non_null(r->scanner);
}

/* The node answers nobody who is gone: what is under way ends first. */
static void stop(struct rig *r)
{
	scanner_free(r->scanner);
	r->scanner = NULL;
	while (r->node.under_way > 0)
		loop_scripted_advance(r->w->loop, ANSWER_MS);
	r->chain->ops->free(r->chain);
	chain_pin_release(&r->pin);
}

static int setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->w = scan_world_new(test_make_dir());
	r->node.base.ops = &script_ops;
	r->node.loop = r->w->loop;
	r->node.tip = 40;
	r->node.lies_at = NO_LIE;
	scan_watch(r->w, COIN_SKY, OURS);
	start(r);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct rig *r = *state;
	char *dir = r->w->dir;

	if (r->scanner != NULL)
		stop(r);
	scan_world_free(r->w);
	test_remove_dir(dir);
	free(r);
	return 0;
}

/* Long enough for a node that is asked seldom. */
static void run(struct rig *r)
{
	loop_scripted_advance(r->w->loop, 40000);
}

static int add_sighting(void *arg, const struct sighting *g, struct err *err)
{
	char *text = arg;
	size_t len = strlen(text);

	(void)err;
	assert_int_equal(g->value.n, DROPLETS_N);
	(void)snprintf(text + len, 512 - len, "%s%.6s:%u@%" PRId64 " %s", len > 0 ? ", " : "",
		       g->txid, g->n, g->height, sighting_state_name(g->state));
	return 0;
}

static void expect_seen(struct rig *r, const char *address, const char *want)
{
	char text[512] = "";
	struct err err;

	assert_int_equal(
		store_sighting_each_of(r->w->store, COIN_SKY, address, add_sighting, text, &err),
		0);
	assert_string_equal(text, want);
}

static void expect_height(struct rig *r, int64_t height)
{
	assert_int_equal(scan_cursor_height(r->w, COIN_SKY), height);
}

/* --- going on ------------------------------------------------------------------------------------
 */

static void test_seen_and_confirmed_by_depth(void **state)
{
	struct rig *r = *state;

	pay(&r->node, 40, 1, OURS);
	run(r);
	expect_height(r, 40);
	expect_seen(r, OURS, "aa0100:0@40 seen");
	assert_int_equal(r->news, 0);
	r->node.tip += CONFIRMED - 1;
	run(r);
	expect_seen(r, OURS, "aa0100:0@40 confirmed");
	assert_int_equal(r->news, 1);
	expect_no_problem(r->w, "sky_node");
}

/* Many blocks in a request, and not one more block in memory than the scanner wants. */
static void test_a_long_way_in_few_requests(void **state)
{
	struct rig *r = *state;

	r->node.tip = 1200;
	run(r);
	expect_height(r, 1200);
	assert_in_range(r->node.asked, 20, 150);
}

static void made_address(unsigned n, char ret[ADDRESS_TEXT_MAX])
{
	struct sky_address a = { .key_hash.b = { 0x77, (uint8_t)n } };

	sky_address_to_text(&a, ret);
}

/* An address that comes into the pool at any moment up to the one in which its block arrives. */
static void test_a_binding_while_its_block_is_under_way(void **state)
{
	static char addresses[4 * ANSWER_MS][ADDRESS_TEXT_MAX];
	struct rig *r = *state;
	unsigned found = 0;
	char want[64];

	run(r);
	for (unsigned ms = 0; ms < 4 * ANSWER_MS; ms++) {
		uint64_t seq = r->node.tip + 1;
		bool scanned;

		made_address(ms, addresses[ms]);
		pay(&r->node, seq, ms + 1, addresses[ms]);
		r->node.tip = seq;
		while (r->node.under_way == 0)
			loop_scripted_advance(r->w->loop, 1);
		loop_scripted_advance(r->w->loop, ms);
		scanned = scan_cursor_height(r->w, COIN_SKY) >= (int64_t)seq;
		scan_watch(r->w, COIN_SKY, addresses[ms]);
		loop_scripted_advance(r->w->loop, SCAN_PERIOD_MS - ms - 5);
		(void)snprintf(want, sizeof(want), "aa%02x00:0@%" PRIu64 " seen", ms + 1, seq);
		expect_seen(r, addresses[ms], scanned ? "" : want);
		found += !scanned;
	}
	/* the node's height, the hash of the last block, the block */
	assert_int_equal(found, 3 * ANSWER_MS);
}

/* --- reorganisations -------------------------------------------------------------------------- */

static void test_every_depth_round_the_confirmations(void **state)
{
	struct rig *r = *state;
	char want[64];

	run(r);
	for (uint64_t depth = 1; depth <= CONFIRMED + 2; depth++) {
		uint64_t at = r->node.tip + 1;
		uint32_t tx = (uint32_t)depth;

		r->node.tip += depth;
		pay(&r->node, at, tx, OURS);
		run(r);
		reorganise(&r->node, depth, (uint8_t)depth);
		r->node.tip++;
		pay(&r->node, r->node.tip, tx, OURS); /* the same, in another block */
		run(r);
		expect_height(r, (int64_t)r->node.tip);
		r->node.tip += CONFIRMED;
		run(r);
		(void)snprintf(want, sizeof(want), "aa%02x00:0@%" PRIu64 " confirmed", tx,
			       r->node.tip - CONFIRMED);
		{
			char text[512] = "";
			struct err err;

			assert_int_equal(store_sighting_each_of(r->w->store, COIN_SKY, OURS,
								add_sighting, text, &err),
					 0);
			assert_non_null(strstr(text, want));
		}
	}
}

static void test_gone_for_good(void **state)
{
	struct rig *r = *state;

	pay(&r->node, 39, 1, OURS);
	run(r);
	expect_seen(r, OURS, "aa0100:0@39 seen");
	reorganise(&r->node, 5, 9);
	r->node.tip++;
	run(r);
	expect_seen(r, OURS, "aa0100:0@39 orphaned");
	expect_height(r, 41);
}

static void test_a_thousand_blocks_deep(void **state)
{
	struct rig *r = *state;

	r->node.tip = 1100;
	pay(&r->node, 150, 1, OURS);
	run(r);
	expect_seen(r, OURS, "aa0100:0@150 confirmed");
	reorganise(&r->node, 1000, 7);
	r->node.tip++;
	run(r);
	expect_height(r, 1101);
	expect_seen(r, OURS, "aa0100:0@150 orphaned");
	assert_int_equal(r->news, 2);
}

/* --- nodes that are not what they should be --------------------------------------------------- */

static void test_a_node_that_goes_back(void **state)
{
	struct rig *r = *state;

	pay(&r->node, 39, 1, OURS);
	run(r);
	r->node.tip = 20;
	run(r);
	expect_height(r, 40);
	expect_seen(r, OURS, "aa0100:0@39 seen");
	expect_problem(r->w, "sky_scan", "deposits wait until it has caught up");
	r->node.tip = 42;
	run(r);
	expect_height(r, 42);
	expect_seen(r, OURS, "aa0100:0@39 confirmed");
	expect_no_problem(r->w, "sky_scan");
}

static void test_another_chain_changes_nothing(void **state)
{
	struct rig *r = *state;

	pay(&r->node, 39, 1, OURS);
	r->node.tip = 42;
	run(r);
	for (unsigned i = 0; i < 2; i++) { /* as it runs, and after a restart */
		r->node.network = 1;
		run(r);
		expect_height(r, 42);
		expect_seen(r, OURS, "aa0100:0@39 confirmed");
		expect_problem(r->w, "sky_node", "on another Skycoin chain");
		stop(r);
		start(r);
	}
	r->node.network = 0;
	r->node.tip = 44;
	run(r);
	expect_height(r, 44);
	expect_no_problem(r->w, "sky_node");
}

/* A mistake that nobody paid for is mended by a restart. */
static void test_another_chain_before_anything_was_seen(void **state)
{
	struct rig *r = *state;

	run(r);
	r->node.network = 1;
	run(r);
	expect_problem(r->w, "sky_node", "on another Skycoin chain");
	expect_height(r, 40);
	stop(r);
	pay(&r->node, 30, 1, OURS);
	start(r);
	run(r);
	expect_no_problem(r->w, "sky_node");
	expect_height(r, 40);
	expect_seen(r, OURS, "aa0100:0@30 confirmed");
}

static void test_a_lying_block_is_waited_for(void **state)
{
	struct rig *r = *state;

	r->node.lies_at = 25;
	pay(&r->node, 25, 1, OURS);
	run(r);
	expect_height(r, 24);
	expect_seen(r, OURS, "");
	expect_problem(r->w, "sky_node", "block 25: its header lies");
	r->node.lies_at = NO_LIE;
	run(r);
	expect_height(r, 40);
	expect_seen(r, OURS, "aa0100:0@25 confirmed");
	expect_no_problem(r->w, "sky_node");
}

/* Down at each millisecond of a scan for a while, and the service started again at each. */
static void test_a_restart_and_an_outage_at_every_moment(void **state)
{
	struct rig *r = *state;

	for (uint32_t ms = 0; ms < 60; ms++) {
		pay(&r->node, r->node.tip + 1, ms + 1, LATE);
		r->node.tip += 2;
		loop_scripted_advance(r->w->loop, ms);
		r->node.down = ms % 3 == 0;
		stop(r);
		start(r);
		loop_scripted_advance(r->w->loop, 30);
		r->node.down = false;
	}
	scan_watch(r->w, COIN_SKY, OURS);
	pay(&r->node, r->node.tip + 1, 99, OURS);
	r->node.tip += CONFIRMED;
	run(r);
	expect_height(r, (int64_t)r->node.tip);
	expect_seen(r, OURS, "aa6300:0@161 confirmed");
	assert_int_equal(r->news, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_seen_and_confirmed_by_depth),
		T(test_a_long_way_in_few_requests),
		T(test_a_binding_while_its_block_is_under_way),
		T(test_every_depth_round_the_confirmations),
		T(test_gone_for_good),
		T(test_a_thousand_blocks_deep),
		T(test_a_node_that_goes_back),
		T(test_another_chain_changes_nothing),
		T(test_another_chain_before_anything_was_seen),
		T(test_a_lying_block_is_waited_for),
		T(test_a_restart_and_an_outage_at_every_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
