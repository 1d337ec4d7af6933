/* A rescan beside a real scanner under scripted time; both ask nodes of one scripted chain.
 *
 * The hash of a block is made of its height and its branch; an address is its own key. */
#include "scannerd/rescan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/store/binding_store.h"
#include "common/store/rescan_store.h"
#include "common/store/scan_store.h"
#include "test/support/test.h"

#define BLOCKS	  4096
#define ANSWER_MS 10
#define FROM	  50 /* where the scan begins */

/* --- the chain, and nodes that show it ------------------------------------------------------- */

struct world_block {
	unsigned branch;
	const char *pays; /* txid of an output to "ours", or NULL */
};

struct world {
	char *dir;
	struct loop *loop;
	struct store *store, *exchangerd;
	struct commit_group *commits;
	struct health *health;
	struct scanner *scanner;
	struct rescan *rescan;
	struct node *nodes; /* those that are open */
	struct world_block blocks[BLOCKS];
	int64_t tip;
	unsigned done, news, opened;
	const char *remark;    /* NULL: none */
	uint64_t blocks_asked; /* of rescans */
	bool fails;	       /* rescans' nodes do not answer blocks, */
	bool scan_fails;       /* the scan's does not */
	uint64_t block_ms;     /* more for a block of a rescan */
	void (*before_answer)(struct world *w, bool is_block, int64_t height);
};

struct question {
	struct question *next;
	struct node *node;
	struct loop_timer *timer;
	int64_t height;
	bool over;
	chain_tip_fn tip;
	chain_hash_fn hash;
	chain_block_fn block;
	void *arg;
};

struct node {
	struct chain base;
	struct node *next;
	struct world *world;
	struct question *questions;
	bool of_rescan;
};

static void hash_of(const struct world *w, int64_t height, char ret[BLOCK_HASH_TEXT_MAX])
{
	unsigned branch = height < 0 ? 0 : w->blocks[height].branch;

	(void)snprintf(ret, BLOCK_HASH_TEXT_MAX, "%064" PRIx64,
		       (uint64_t)(height + 1) * 65536 + branch);
}

static void answer_block(struct question *q)
{
	struct world *w = q->node->world;
	struct chain_block b = { .height = q->height, .time = 1500000000 + q->height };

	hash_of(w, q->height, b.hash);
	hash_of(w, q->height - 1, b.prev_hash);
	b.raw = &w->blocks[q->height];
	q->block(q->arg, NULL, &b);
}

/* NULL: it can be answered. */
static const struct chain_error *refusal(const struct question *q)
{
	static const struct chain_error pruned = { CHAIN_PRUNED, "pruned" };
	static const struct chain_error not_yet = { CHAIN_NOT_YET, "no such block" };
	const struct world *w = q->node->world;

	if ((q->node->of_rescan ? w->fails : w->scan_fails) && q->block != NULL)
		return &pruned;
	return q->tip == NULL && q->height > w->tip ? &not_yet : NULL;
}

static void answer(struct question *q, const struct chain_error *e)
{
	struct world *w = q->node->world;
	char hash[BLOCK_HASH_TEXT_MAX];

	if (q->tip != NULL) {
		q->tip(q->arg, e, w->tip);
	} else if (q->hash != NULL) {
		if (e == NULL)
			hash_of(w, q->height, hash);
		q->hash(q->arg, e, e == NULL ? hash : NULL);
	} else if (q->block != NULL) {
		if (e != NULL)
			q->block(q->arg, e, NULL);
		else
			answer_block(q);
	}
}

static void on_due(void *arg)
{
	struct question *q = arg;
	struct world *w = q->node->world;

	if (q->over)
		return;
	q->over = true;
	if (q->node->of_rescan && w->before_answer != NULL)
		w->before_answer(w, q->block != NULL, q->height);
	answer(q, refusal(q));
}

static struct question *ask(struct chain *c, int64_t height, void *arg)
{
	struct node *n = (struct node *)c;
	struct question *q = calloc(1, sizeof(*q));

	assert_non_null(q);
	*q = (struct question){ .next = n->questions, .node = n, .height = height, .arg = arg };
	n->questions = q;
	q->timer = loop_timer_new(n->world->loop, on_due, q);
	loop_timer_start(q->timer, ANSWER_MS);
	return q;
}

static void node_tip(struct chain *c, chain_tip_fn fn, void *arg)
{
	ask(c, 0, arg)->tip = fn;
}

static void node_hash_at(struct chain *c, int64_t height, chain_hash_fn fn, void *arg)
{
	ask(c, height, arg)->hash = fn;
}

static void node_block_at(struct chain *c, int64_t height, chain_block_fn fn, void *arg)
{
	struct node *n = (struct node *)c;
	struct question *q;

	n->world->blocks_asked += n->of_rescan ? 1 : 0;
	q = ask(c, height, arg);
	q->block = fn;
	if (n->of_rescan)
		loop_timer_start(q->timer, ANSWER_MS + n->world->block_ms);
}

static void node_drop(struct chain *c)
{
	for (struct question *q = ((struct node *)c)->questions; q != NULL; q = q->next)
		q->over = true;
}

static bool node_match(struct chain *c, const struct chain_block *b, const struct watchlist *w,
		       chain_output_fn fn, void *arg)
{
	const struct world_block *wb = b->raw;
	struct chain_output o = { .n = 0, .address = "ours", .value = units_of(7) };

	assert_ptr_equal(c->watched(c->watched_arg), w);
	if (wb->pays == NULL || !watchlist_has(w, (const uint8_t *)"ours", 4))
		return true;
	(void)snprintf(o.txid, sizeof(o.txid), "%s", wb->pays);
	fn(arg, &o);
	return true;
}

static int node_key(struct chain *c, const char *address, uint8_t ret[WATCHLIST_KEY_MAX],
		    size_t *ret_len, struct err *err)
{
	(void)c, (void)err;
	*ret_len = strlen(address);
	memcpy(ret, address, *ret_len);
	return 0;
}

static void node_free(struct chain *c)
{
	struct node *n = (struct node *)c, **at = &n->world->nodes;

	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	while (n->questions != NULL) {
		struct question *q = n->questions;

		n->questions = q->next;
		loop_timer_free(q->timer);
		free(q);
	}
	free(n);
}

static const struct chain_ops ops = { .tip = node_tip,
				      .hash_at = node_hash_at,
				      .block_at = node_block_at,
				      .drop = node_drop,
				      .match = node_match,
				      .key = node_key,
				      .free = node_free };

static struct chain *node_new(struct world *w, bool of_rescan)
{
	struct node *n = calloc(1, sizeof(*n));

	assert_non_null(n);
	*n = (struct node){
		.base.ops = &ops, .world = w, .next = w->nodes, .of_rescan = of_rescan
	};
	w->nodes = n;
	return &n->base;
}

static int open_chain(void *arg, enum coin coin, struct chain **ret, struct err *err)
{
	struct world *w = arg;

	(void)coin, (void)err;
	w->opened++;
	*ret = node_new(w, true);
	return 0;
}

static void mine(struct world *w, int64_t count, unsigned branch)
{
	while (count-- > 0)
		w->blocks[++w->tip] = (struct world_block){ .branch = branch };
}

/* The newest `depth` blocks are replaced by as many others, and one more. */
static void reorganise(struct world *w, int64_t depth, unsigned branch)
{
	w->tip -= depth;
	mine(w, depth + 1, branch);
}

/* --- the rooms round it ----------------------------------------------------------------------- */

static void on_news(void *arg)
{
	((struct world *)arg)->news++;
}

static void on_done(void *arg, enum coin coin)
{
	assert_int_equal(coin, COIN_BTC);
	((struct world *)arg)->done++;
}

static const char *remark(void *arg, enum coin coin)
{
	const struct world *w = arg;

	(void)coin;
	return w->remark != NULL ? w->remark : "";
}

static void start(struct world *w)
{
	struct scanner_options s = { .coin = COIN_BTC,
				     .initial_height = FROM,
				     .confirmations = 3,
				     .period_ms = 1000,
				     .chain = node_new(w, false),
				     .loop = w->loop,
				     .store = w->store,
				     .commits = w->commits,
				     .health = w->health,
				     .on_news = on_news,
				     .arg = w };
	struct rescan_options r = { .coin = COIN_BTC,
				    .confirmations = 3,
				    .open_chain = open_chain,
				    .loop = w->loop,
				    .store = w->store,
				    .commits = w->commits,
				    .health = w->health,
				    .on_news = on_news,
				    .on_done = on_done,
				    .remark = remark,
				    .arg = w };

	w->scanner = scanner_new(&s);
	r.scanner = w->scanner;
	w->rescan = rescan_new(&r);
	assert_non_null(w->rescan);
}

static void stop(struct world *w)
{
	rescan_free(w->rescan);
	scanner_free(w->scanner);
	while (w->nodes != NULL)
		w->nodes->base.ops->free(&w->nodes->base);
}

/* Until nothing happens any more but looks at the node. */
static void run(struct world *w)
{
	loop_scripted_advance(w->loop, 60000);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char path[600];
	struct err err;

	assert_non_null(w);
	w->dir = test_make_dir();
	(void)snprintf(path, sizeof(path), "%s/teller.db", w->dir);
	if (store_open(path, STORE_SCANNERD, &w->store, &err) < 0 ||
	    store_open(path, STORE_EXCHANGERD, &w->exchangerd, &err) < 0 ||
	    store_begin(w->exchangerd, &err) < 0 ||
	    store_pool_add(w->exchangerd, COIN_BTC, "ours", &err) < 0 ||
	    store_commit(w->exchangerd, &err) < 0)
		fail_msg("%s", err.text);
	w->loop = loop_new_scripted(1700000000);
	w->commits = commit_group_new(w->loop, w->store);
	w->health = health_new();
	w->tip = -1;
	mine(w, 101, 0); /* 0 to 100 */
	start(w);
	run(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	stop(w);
	commit_group_free(w->commits);
	health_free(w->health);
	loop_free(w->loop);
	store_close(w->exchangerd);
	store_close(w->store);
	test_remove_dir(w->dir);
	free(w);
	return 0;
}

static int begin(struct world *w, int64_t from, int64_t to, struct rescan_order *ret)
{
	struct err err;
	int rc = rescan_begin(w->rescan, from, to, "tester", 1000, ret, &err);

	loop_scripted_turn(w->loop);
	return rc;
}

static struct rescan_order must_begin(struct world *w, int64_t from, int64_t to)
{
	struct rescan_order o;

	assert_int_equal(begin(w, from, to, &o), 0);
	return o;
}

static int take_last(void *arg, const struct rescan_order *o, struct err *err)
{
	(void)err;
	*(struct rescan_order *)arg = *o;
	return 0;
}

/* As it is stored. */
static struct rescan_order last(struct world *w)
{
	struct rescan_order o = { .seq = 0 };
	struct err err;

	assert_int_equal(store_rescan_each(w->store, take_last, &o, &err), 0);
	return o;
}

static void expect(struct world *w, enum rescan_state state, uint64_t found, uint64_t known)
{
	struct rescan_order o = last(w);

	if (o.state != state || o.found != found || o.known != known)
		fail_msg("%s, found %" PRIu64 ", known %" PRIu64 ": %s", rescan_state_name(o.state),
			 o.found, o.known, o.error);
}

struct words {
	char text[512];
	size_t len;
};

static int add_words(void *arg, const struct sighting *g, struct err *err)
{
	struct words *w = arg;

	(void)err;
	w->len += (size_t)snprintf(w->text + w->len, sizeof(w->text) - w->len,
				   "%s%s@%" PRId64 " %s", w->len > 0 ? ", " : "", g->txid,
				   g->height, sighting_state_name(g->state));
	return 0;
}

static void expect_sightings(struct world *w, const char *expected)
{
	struct words words = { .len = 0 };
	struct err err;

	assert_int_equal(
		store_sighting_each_of(w->store, COIN_BTC, "ours", add_words, &words, &err), 0);
	assert_string_equal(words.text, expected);
}

static int64_t cursor(struct world *w)
{
	struct scan_cursor c;
	struct err err;

	assert_int_equal(store_cursor_get(w->store, COIN_BTC, &c, &err), 0);
	return c.height;
}

/* --- what it finds ---------------------------------------------------------------------------- */

static void test_what_was_missed_is_found_once(void **state)
{
	struct world *w = *state;
	struct sighting g;
	struct err err;

	w->blocks[10].pays = "a";
	w->blocks[60].pays = "b"; /* the scan came by, and was not shown it */
	w->blocks[99].pays = "c"; /* not deep enough yet */
	must_begin(w, 0, -1);
	run(w);
	expect(w, RESCAN_DONE, 3, 0);
	expect_sightings(w, "c@99 seen, b@60 confirmed, a@10 confirmed");
	assert_int_equal(cursor(w), 100);
	assert_int_equal(w->done, 1);
	assert_true(w->news > 0);
	assert_int_equal(store_sighting_get(w->store, COIN_BTC, "a", 0, &g, &err), 0);
	assert_int_equal(g.seen_at, 1500000010); /* when its block was made */

	must_begin(w, 5, -1);
	run(w);
	expect(w, RESCAN_DONE, 0, 3);
	expect_sightings(w, "c@99 seen, b@60 confirmed, a@10 confirmed");
	mine(w, 1, 0);
	run(w);
	expect_sightings(w, "c@99 confirmed, b@60 confirmed, a@10 confirmed");
}

static void test_only_what_was_asked_for(void **state)
{
	struct world *w = *state;

	w->blocks[59].pays = "below";
	w->blocks[60].pays = "first";
	w->blocks[80].pays = "last";
	w->blocks[81].pays = "above";
	must_begin(w, 60, 80);
	run(w);
	expect(w, RESCAN_DONE, 2, 0);
	expect_sightings(w, "last@80 confirmed, first@60 confirmed");
}

static void test_an_address_that_comes_in_meanwhile(void **state)
{
	struct world *w = *state;
	struct err err;

	must_begin(w, 0, -1);
	assert_int_equal(store_begin(w->exchangerd, &err), 0);
	assert_int_equal(store_pool_add(w->exchangerd, COIN_BTC, "late", &err), 0);
	assert_int_equal(store_commit(w->exchangerd, &err), 0);
	run(w);
	expect(w, RESCAN_DONE, 0, 0);
}

static void test_what_could_not_be_looked_for_is_kept(void **state)
{
	struct world *w = *state;

	w->remark = "cannot trace block 3";
	must_begin(w, 0, -1);
	run(w);
	expect(w, RESCAN_DONE, 0, 0);
	assert_string_equal(last(w).error, "cannot trace block 3");
	w->remark = NULL;
	must_begin(w, 0, -1);
	run(w);
	assert_string_equal(last(w).error, "");
}

/* --- what is not believed --------------------------------------------------------------------- */

static int64_t turn_at;	   /* at this question for a block, */
static int64_t turn_depth; /* the newest so many blocks are replaced */
static bool turn_at_hash;  /* or at the first for a hash */

static void turn(struct world *w, bool is_block, int64_t height)
{
	if (turn_depth == 0 || is_block == turn_at_hash || (is_block && height != turn_at))
		return;
	reorganise(w, turn_depth, 7);
	turn_depth = 0;
}

static void run_turning(struct world *w, int64_t at, int64_t depth, bool at_hash)
{
	turn_at = at;
	turn_depth = depth;
	turn_at_hash = at_hash;
	w->before_answer = turn;
	must_begin(w, 0, -1);
	run(w);
	assert_int_equal(turn_depth, 0);
	expect_sightings(w, "deep@10 confirmed");
	assert_int_equal(last(w).state, RESCAN_DONE);
	assert_string_equal(health_text(w->health, "btc_rescan"), "");
}

/* Whatever is replaced, and when: what is not on the chain any more is not recorded, or is undone.
 */
static void test_reorganisation_while_blocks_are_fetched(void **state)
{
	struct world *w = *state;

	w->blocks[10].pays = "deep";
	w->blocks[98].pays = "gone";
	run_turning(w, 97, 5, false);
}

static void test_reorganisation_before_it_is_recorded(void **state)
{
	struct world *w = *state;

	w->blocks[10].pays = "deep";
	w->blocks[98].pays = "gone";
	run_turning(w, 0, 5, true);
}

static void test_reorganisation_of_what_it_has_found(void **state)
{
	struct world *w = *state;

	w->blocks[10].pays = "deep";
	w->blocks[80].pays = "gone";
	turn_at = 40;
	turn_depth = 30;
	turn_at_hash = false;
	w->before_answer = turn;
	must_begin(w, 0, -1);
	run(w);
	expect_sightings(w, "gone@80 orphaned, deep@10 confirmed");
	expect(w, RESCAN_DONE, 2, 0);
}

/* The fork lies below where the scan began: only the rescan was there. */
static void test_reorganisation_below_the_beginning(void **state)
{
	struct world *w = *state;

	w->blocks[10].pays = "deep";
	w->blocks[30].pays = "gone";
	must_begin(w, 0, -1);
	run(w);
	expect_sightings(w, "gone@30 confirmed, deep@10 confirmed");
	reorganise(w, 80, 3); /* from block 21 on */
	run(w);
	expect_sightings(w, "gone@30 orphaned, deep@10 confirmed");
	assert_int_equal(cursor(w), w->tip);
	w->blocks[w->tip].pays = NULL;
	mine(w, 1, 3);
	w->blocks[w->tip].pays = "gone";
	mine(w, 3, 3);
	run(w);
	expect_sightings(w, "gone@102 confirmed, deep@10 confirmed");
}

static void test_reorganisation_below_the_beginning_while_it_goes_there(void **state)
{
	struct world *w = *state;

	w->blocks[10].pays = "deep";
	w->blocks[40].pays = "gone";
	turn_at = 25;
	turn_depth = 70; /* from block 31 on */
	turn_at_hash = false;
	w->before_answer = turn;
	must_begin(w, 0, -1);
	run(w);
	expect_sightings(w, "gone@40 orphaned, deep@10 confirmed");
	assert_int_equal(last(w).state, RESCAN_DONE);
}

/* The scan has gone back to the fork, and cannot read the blocks above it yet: they are none of the
 * rescan's, for nothing would undo what it found there. */
static void test_what_the_scan_has_gone_back_below(void **state)
{
	struct world *w = *state;

	w->scan_fails = true;
	w->block_ms = 2000;
	reorganise(w, 3, 1); /* from block 98 on */
	w->blocks[99].pays = "gone";
	must_begin(w, 60, -1);
	loop_scripted_advance(w->loop, 2500);
	assert_int_equal(cursor(w), 97);
	reorganise(w, 4, 2);
	w->scan_fails = false;
	w->block_ms = 0;
	mine(w, 10, 2);
	run(w);
	assert_int_equal(cursor(w), w->tip);
	expect_sightings(w, "");
	expect(w, RESCAN_DONE, 0, 0);
}

/* The same deeper than where the rescan is: that is no lie of the node. */
static void test_the_scan_goes_back_below_the_rescan(void **state)
{
	struct world *w = *state;

	w->blocks[55].pays = "deep";
	must_begin(w, FROM, -1);
	while (last(w).next > 90)
		loop_scripted_advance(w->loop, 5);
	w->scan_fails = true;
	w->block_ms = 2000;
	reorganise(w, 40, 1); /* from block 61 on */
	loop_scripted_advance(w->loop, 4000);
	assert_int_equal(cursor(w), 60);
	w->scan_fails = false;
	w->block_ms = 0;
	run(w);
	expect(w, RESCAN_DONE, 1, 0);
	expect_sightings(w, "deep@55 confirmed");
}

/* Far below what is kept, the node shows another chain than before. */
static void test_a_node_that_contradicts_itself_ends_it(void **state)
{
	struct world *w = *state;
	struct rescan_order o;

	mine(w, 1500, 0);
	run(w);
	must_begin(w, 0, 300);
	while (last(w).next > 200)
		loop_scripted_advance(w->loop, 5);
	for (int64_t h = 0; h <= last(w).next; h++)
		w->blocks[h].branch = 9;
	run(w);
	o = last(w);
	assert_int_equal(o.state, RESCAN_FAILED);
	assert_non_null(strstr(o.error, "is not the one that the blocks above it build on"));
	assert_int_equal(cursor(w), w->tip);
}

/* --- pace, ranges, life ------------------------------------------------------------------------
 */

static void test_a_range_near_what_is_kept_joins_it(void **state)
{
	struct world *w = *state;
	int64_t lowest;
	struct err err;

	assert_int_equal(must_begin(w, 10, 20).to, FROM - 1);
	run(w);
	assert_int_equal(store_block_lowest(w->store, COIN_BTC, &lowest, &err), 0);
	assert_int_equal(lowest, 10);
	mine(w, 1500, 0);
	run(w);
	assert_int_equal(must_begin(w, 10, 20).to, 20); /* too deep to be taken back */
	run(w);
	expect(w, RESCAN_DONE, 0, 0);
}

static void test_ranges(void **state)
{
	static const struct {
		const char *why;
		int64_t from, to;
		int rc;
		int64_t is_to;
	} rows[] = {
		{ "up to where the scan is", 60, -1, 0, 100 },
		{ "what is above comes by itself", 60, 5000, 0, 100 },
		{ "one block", 60, 60, 0, 60 },
		{ "from the first block of all", 0, 60, 0, 60 },
		{ "above the scan", 101, -1, ERR_INVALID, 0 },
		{ "backwards", 60, 59, ERR_INVALID, 0 },
		{ "below nothing", -1, 5, ERR_INVALID, 0 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rescan_order o = { .to = 0 };

		if (begin(w, rows[i].from, rows[i].to, &o) != rows[i].rc ||
		    (rows[i].rc == 0 && o.to != rows[i].is_to))
			fail_msg("%s: to %" PRId64, rows[i].why, o.to);
		run(w);
	}
}

static void test_one_at_a_time(void **state)
{
	struct world *w = *state;
	struct rescan_order o;
	struct err err;

	w->fails = true;
	must_begin(w, 10, 70);
	assert_int_equal(begin(w, 10, 70, &o), 0); /* twice is once */
	assert_int_equal(begin(w, 10, -1, &o), 0);
	assert_int_equal(begin(w, 11, 70, &o), ERR_EXISTS);
	assert_int_equal(o.from, 10);
	run(w);
	assert_non_null(strstr(health_text(w->health, "btc_rescan"), "pruned"));
	assert_string_equal(last(w).error, "pruned");
	assert_int_equal(rescan_cancel(w->rescan, &o, &err), 0);
	loop_scripted_turn(w->loop);
	assert_int_equal(rescan_cancel(w->rescan, &o, &err), ERR_NOT_FOUND);
	run(w);
	expect(w, RESCAN_CANCELLED, 0, 0);
	assert_string_equal(health_text(w->health, "btc_rescan"), "");
	assert_int_equal(last(w).seq, 1);
	assert_ptr_equal(w->nodes->next, NULL); /* its node is let go */
	w->fails = false;
	must_begin(w, 11, 70);
	run(w);
	expect(w, RESCAN_DONE, 0, 0);
}

static void test_a_restart_goes_on(void **state)
{
	struct world *w = *state;
	int64_t next;

	w->blocks[10].pays = "a";
	w->blocks[90].pays = "b";
	must_begin(w, 0, -1);
	while (last(w).next == 100)
		loop_scripted_advance(w->loop, 5);
	next = last(w).next;
	assert_true(next > 60);
	stop(w);
	w->blocks_asked = 0;
	start(w);
	run(w);
	expect(w, RESCAN_DONE, 2, 0);
	assert_true((int64_t)w->blocks_asked <= next + 1 + 5);
	expect_sightings(w, "b@90 confirmed, a@10 confirmed");
}

static void test_the_scan_comes_first(void **state)
{
	struct world *w = *state;
	uint64_t asked;

	mine(w, 3000, 0);
	while (cursor(w) == 100)
		loop_scripted_advance(w->loop, 5);
	must_begin(w, 0, 40);
	asked = w->blocks_asked;
	loop_scripted_advance(w->loop, 100);
	assert_true(cursor(w) < w->tip);
	assert_int_equal(w->blocks_asked, asked);
	run(w);
	expect(w, RESCAN_DONE, 0, 0);
}

/* It rests as long as it works. */
static void test_half_of_the_time_is_the_nodes_own(void **state)
{
	struct world *w = *state;
	uint64_t began = clock_mono_ms();

	must_begin(w, 0, -1);
	while (w->done == 0)
		loop_scripted_advance(w->loop, 1);
	/* seven batches of four answers, one after the other */
	assert_in_range(clock_mono_ms() - began, 7 * 2 * 4 * ANSWER_MS - 80,
			7 * 2 * 4 * ANSWER_MS + 80);
	assert_in_range(last(w).busy_ms, 400, 600);
}

static void test_a_locked_database_is_waited_for(void **state)
{
	struct world *w = *state;
	struct err err;

	w->blocks[10].pays = "a";
	must_begin(w, 0, -1);
	assert_int_equal(store_begin(w->exchangerd, &err), 0);
	loop_scripted_advance(w->loop, 200);
	assert_int_equal(store_commit(w->exchangerd, &err), 0);
	run(w);
	expect(w, RESCAN_DONE, 1, 0);
	expect_sightings(w, "a@10 confirmed");
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_what_was_missed_is_found_once),
		ROW(test_only_what_was_asked_for),
		ROW(test_an_address_that_comes_in_meanwhile),
		ROW(test_what_could_not_be_looked_for_is_kept),
		ROW(test_reorganisation_while_blocks_are_fetched),
		ROW(test_reorganisation_before_it_is_recorded),
		ROW(test_reorganisation_of_what_it_has_found),
		ROW(test_reorganisation_below_the_beginning),
		ROW(test_reorganisation_below_the_beginning_while_it_goes_there),
		ROW(test_what_the_scan_has_gone_back_below),
		ROW(test_the_scan_goes_back_below_the_rescan),
		ROW(test_a_node_that_contradicts_itself_ends_it),
		ROW(test_a_range_near_what_is_kept_joins_it),
		ROW(test_ranges),
		ROW(test_one_at_a_time),
		ROW(test_a_restart_goes_on),
		ROW(test_the_scan_comes_first),
		ROW(test_half_of_the_time_is_the_nodes_own),
		ROW(test_a_locked_database_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
