/* The scanner under scripted time, against a chain that does what it is told and the real store.
 *
 * The hash of a block is made of its height and its branch; an address is its own key. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/daemon/commit_group.h"
#include "common/store/binding_store.h"
#include "common/store/scan_store.h"
#include "scannerd/block_record.h"
#include "scannerd/scanner.h"
#include "test/support/test.h"

#define BLOCKS_MAX  2048
#define OUTPUTS_MAX 8
#define ANSWER_MS   10
#define PERIOD_MS   1000

/* --- a chain that does what it is told ------------------------------------------------------ */

struct fake_block {
	unsigned branch, prev_branch;
	unsigned output_count;
	struct chain_output outputs[OUTPUTS_MAX];
};

enum fake_kind { ASK_TIP, ASK_HASH, ASK_FINAL, ASK_BLOCK };

struct fake_question {
	struct fake_question *next;
	struct fake *fake;
	struct loop_timer *timer;
	enum fake_kind kind;
	int64_t height;
	bool dropped;
	union {
		chain_tip_fn tip;
		chain_hash_fn hash;
		chain_final_fn final;
		chain_block_fn block;
	} fn;
	void *arg;
};

struct fake {
	struct chain base;
	struct loop *loop;
	struct fake_block blocks[BLOCKS_MAX];
	int64_t tip;
	int64_t final; /* -1: the node does not know */
	unsigned branch;
	struct fake_question *questions;
	/* what the test looks at and arranges */
	int64_t lowest_block_asked;
	unsigned asked[4], under_way, most_under_way;
	unsigned unjudged; /* so many blocks must be asked for again */
	int fail_times;	   /* so many questions fail, -1: all */
	struct chain_error fail_with;
	void (*before_answer)(void *arg, enum fake_kind kind, int64_t height);
	void *before_arg;
};

static void fake_hash(char ret[BLOCK_HASH_TEXT_MAX], int64_t height, unsigned branch)
{
	(void)snprintf(ret, BLOCK_HASH_TEXT_MAX, "%064" PRIx64,
		       (uint64_t)(height + 1) * 65536 + branch);
}

static void fake_mine(struct fake *f)
{
	struct fake_block *b = &f->blocks[++f->tip];

	assert_true(f->tip < BLOCKS_MAX);
	memset(b, 0, sizeof(*b));
	b->branch = f->branch;
	b->prev_branch = f->tip > 0 ? f->blocks[f->tip - 1].branch : 0;
}

static void fake_mine_many(struct fake *f, unsigned count)
{
	while (count-- > 0)
		fake_mine(f);
}

/* Put an output into the newest block. */
static struct chain_output *fake_pay(struct fake *f, const char *txid, uint32_t n,
				     const char *address, uint64_t value)
{
	struct fake_block *b = &f->blocks[f->tip];
	struct chain_output *o = &b->outputs[b->output_count++];

	assert_true(b->output_count <= OUTPUTS_MAX);
	(void)snprintf(o->txid, sizeof(o->txid), "%s", txid);
	(void)snprintf(o->address, sizeof(o->address), "%s", address);
	o->n = n;
	o->value = units_of(value);
	return o;
}

/* Drop the newest blocks; what is mined next belongs to another branch. */
static void fake_drop(struct fake *f, int64_t depth)
{
	f->tip -= depth;
	f->branch++;
}

static bool fake_fails(struct fake *f, struct chain_error *ret)
{
	if (f->fail_times == 0)
		return false;
	if (f->fail_times > 0)
		f->fail_times--;
	*ret = f->fail_with;
	return true;
}

static void fake_answer_block(struct fake_question *q)
{
	const struct fake_block *fb = &q->fake->blocks[q->height];
	struct chain_block b = { .height = q->height, .raw = fb };

	fake_hash(b.hash, q->height, fb->branch);
	fake_hash(b.prev_hash, q->height - 1, fb->prev_branch);
	q->fn.block(q->arg, NULL, &b);
}

static void fake_answer(struct fake_question *q, const struct chain_error *e)
{
	char hash[BLOCK_HASH_TEXT_MAX];

	switch (q->kind) {
	case ASK_TIP: q->fn.tip(q->arg, e, e == NULL ? q->fake->tip : -1); break;
	case ASK_HASH:
		fake_hash(hash, q->height, q->fake->blocks[q->height].branch);
		q->fn.hash(q->arg, e, e == NULL ? hash : NULL);
		break;
	case ASK_FINAL:
		fake_hash(hash, q->fake->final,
			  q->fake->final >= 0 ? q->fake->blocks[q->fake->final].branch : 0);
		q->fn.final(q->arg, e, e == NULL ? q->fake->final : -1, e == NULL ? hash : NULL);
		break;
	case ASK_BLOCK:
		if (e != NULL)
			q->fn.block(q->arg, e, NULL);
		else
			fake_answer_block(q);
		break;
	}
}

static void fake_question_due(void *arg)
{
	struct fake_question *q = arg;
	struct fake *f = q->fake;
	struct chain_error e = { .trouble = CHAIN_NOT_YET, .text = "no such block" };

	f->under_way--;
	if (q->dropped)
		return;
	q->dropped = true; /* answered: there is no second time */
	if (f->before_answer != NULL)
		f->before_answer(f->before_arg, q->kind, q->height);
	if (fake_fails(f, &e) || (q->kind != ASK_TIP && q->height > f->tip) ||
	    (q->kind == ASK_FINAL && f->final < 0))
		fake_answer(q, &e);
	else
		fake_answer(q, NULL);
}

static struct fake_question *fake_ask(struct chain *c, enum fake_kind kind, int64_t height,
				      void *arg)
{
	struct fake *f = (struct fake *)c;
	struct fake_question *q = calloc(1, sizeof(*q));

	assert_non_null(q);
	*q = (struct fake_question){
		.next = f->questions, .fake = f, .kind = kind, .height = height, .arg = arg
	};
	f->questions = q;
	f->asked[kind]++;
	if (++f->under_way > f->most_under_way)
		f->most_under_way = f->under_way;
	q->timer = loop_timer_new(f->loop, fake_question_due, q);
	loop_timer_start(q->timer, ANSWER_MS);
	return q;
}

static void fake_tip(struct chain *c, chain_tip_fn fn, void *arg)
{
	fake_ask(c, ASK_TIP, 0, arg)->fn.tip = fn;
}

static void fake_hash_at(struct chain *c, int64_t height, chain_hash_fn fn, void *arg)
{
	assert_true(height >= 0);
	fake_ask(c, ASK_HASH, height, arg)->fn.hash = fn;
}

static void fake_final_block(struct chain *c, chain_final_fn fn, void *arg)
{
	fake_ask(c, ASK_FINAL, 0, arg)->fn.final = fn;
}

static void fake_block_at(struct chain *c, int64_t height, chain_block_fn fn, void *arg)
{
	struct fake *f = (struct fake *)c;

	if (height < f->lowest_block_asked)
		f->lowest_block_asked = height;
	fake_ask(c, ASK_BLOCK, height, arg)->fn.block = fn;
}

static void fake_drop_questions(struct chain *c)
{
	for (struct fake_question *q = ((struct fake *)c)->questions; q != NULL; q = q->next)
		q->dropped = true;
}

static bool fake_match(struct chain *c, const struct chain_block *b, const struct watchlist *w,
		       chain_output_fn fn, void *arg)
{
	const struct fake_block *fb = b->raw;
	struct fake *f = (struct fake *)c;

	assert_ptr_equal(c->watched(c->watched_arg), w);
	for (unsigned i = 0; i < fb->output_count; i++) {
		const char *address = fb->outputs[i].address;

		if (watchlist_has(w, (const uint8_t *)address, strlen(address)))
			fn(arg, &fb->outputs[i]);
	}
	return f->unjudged == 0 || f->unjudged-- == 0;
}

static int fake_key(struct chain *c, const char *address, uint8_t ret[WATCHLIST_KEY_MAX],
		    size_t *ret_len, struct err *err)
{
	(void)c;
	(void)err;
	*ret_len = strlen(address);
	memcpy(ret, address, *ret_len);
	return 0;
}

static const struct chain_ops fake_ops = {
	.tip = fake_tip,
	.hash_at = fake_hash_at,
	.final_block = fake_final_block,
	.block_at = fake_block_at,
	.drop = fake_drop_questions,
	.match = fake_match,
	.key = fake_key,
};

static void fake_free(struct fake *f)
{
	while (f->questions != NULL) {
		struct fake_question *q = f->questions;

		f->questions = q->next;
		loop_timer_free(q->timer);
		free(q);
	}
	free(f);
}

/* --- the rooms round a scanner --------------------------------------------------------------- */

struct rig {
	char *dir;
	struct loop *loop;
	struct store *store, *exchangerd;
	struct commit_group *commits;
	struct health *health;
	struct fake *fake;
	struct scanner *scanner;
	struct scanner_options o;
	unsigned news;
};

static void on_news(void *arg)
{
	((struct rig *)arg)->news++;
}

static void rig_watch(struct rig *r, const char *address)
{
	struct err err;

	if (store_begin(r->exchangerd, &err) < 0 ||
	    store_pool_add(r->exchangerd, COIN_BTC, address, &err) < 0 ||
	    store_commit(r->exchangerd, &err) < 0)
		fail_msg("%s", err.text);
}

static void rig_open(struct rig *r)
{
	char path[512];
	struct err err;

	(void)snprintf(path, sizeof(path), "%s/teller.db", r->dir);
	if (store_open(path, STORE_SCANNERD, &r->store, &err) < 0 ||
	    store_open(path, STORE_EXCHANGERD, &r->exchangerd, &err) < 0)
		fail_msg("%s", err.text);
}

static int rig_setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->dir = test_make_dir();
	rig_open(r);
	r->loop = loop_new_scripted(1700000000);
	r->commits = commit_group_new(r->loop, r->store);
	r->health = health_new();
	r->fake = calloc(1, sizeof(*r->fake));
	assert_non_null(r->fake);
	r->fake->base.ops = &fake_ops;
	r->fake->loop = r->loop;
	r->fake->tip = -1;
	r->fake->lowest_block_asked = BLOCKS_MAX;
	fake_mine_many(r->fake, 101); /* 0 to 100 */
	r->o = (struct scanner_options){ .coin = COIN_BTC,
					 .initial_height = 91,
					 .confirmations = 3,
					 .period_ms = PERIOD_MS,
					 .chain = &r->fake->base,
					 .loop = r->loop,
					 .store = r->store,
					 .commits = r->commits,
					 .health = r->health,
					 .on_news = on_news,
					 .arg = r };
	rig_watch(r, "ours");
	*state = r;
	return 0;
}

static void rig_stop(struct rig *r)
{
	scanner_free(r->scanner);
	r->scanner = NULL;
}

static int rig_teardown(void **state)
{
	struct rig *r = *state;

	rig_stop(r);
	fake_free(r->fake);
	commit_group_free(r->commits);
	health_free(r->health);
	loop_free(r->loop);
	store_close(r->exchangerd);
	store_close(r->store);
	test_remove_dir(r->dir);
	free(r);
	return 0;
}

static void rig_start(struct rig *r)
{
	r->scanner = scanner_new(&r->o);
	assert_non_null(r->scanner);
}

/* Long enough for a poll and what follows from it. */
static void rig_run(struct rig *r)
{
	loop_scripted_advance(r->loop, 4 * PERIOD_MS);
}

static int64_t cursor_height(struct rig *r)
{
	struct scan_cursor c;
	struct err err;

	return store_cursor_get(r->store, COIN_BTC, &c, &err) == 0 ? c.height : -1;
}

/* A look at the node may be under way (back-off is random): let it end. */
static void rig_settle(struct rig *r)
{
	struct scanner_status s;

	for (unsigned i = 0; i < 10; i++) {
		scanner_status(r->scanner, &s);
		if (strcmp(s.state, "waiting") == 0)
			return;
		loop_scripted_advance(r->loop, ANSWER_MS);
	}
	fail_msg("the scanner is still %s", s.state);
}

static void expect_at_tip(struct rig *r)
{
	struct scan_cursor c;
	char hash[BLOCK_HASH_TEXT_MAX];
	struct err err;

	rig_settle(r);
	assert_int_equal(store_cursor_get(r->store, COIN_BTC, &c, &err), 0);
	assert_int_equal(c.height, r->fake->tip);
	fake_hash(hash, r->fake->tip, r->fake->blocks[r->fake->tip].branch);
	assert_string_equal(c.hash, hash);
	assert_string_equal(health_text(r->health, "btc_node"), "");
	assert_string_equal(health_text(r->health, "btc_scan"), "");
}

/* The sightings of "ours" in words: "txid:n@height state, ...". */
struct words {
	char text[2048];
	size_t len;
};

static int add_words(void *arg, const struct sighting *g, struct err *err)
{
	struct words *w = arg;

	(void)err;
	w->len += (size_t)snprintf(w->text + w->len, sizeof(w->text) - w->len,
				   "%s%s:%u@%" PRId64 " %s", w->len > 0 ? ", " : "", g->txid, g->n,
				   g->height, sighting_state_name(g->state));
	return 0;
}

static void expect_sightings(struct rig *r, const char *want)
{
	struct words w = { .len = 0 };
	struct err err;

	assert_int_equal(store_sighting_each_of(r->store, COIN_BTC, "ours", add_words, &w, &err),
			 0);
	assert_string_equal(w.text, want);
}

static void expect_feed_after(struct rig *r, uint64_t after, const char *want)
{
	struct words w = { .len = 0 };
	struct err err;

	assert_int_equal(store_sighting_feed(r->store, after, 1000, add_words, &w, &err), 0);
	assert_string_equal(w.text, want);
}

static uint64_t feed_newest(struct rig *r)
{
	uint64_t newest;
	struct err err;

	assert_int_equal(store_feed_newest(r->store, FEED_SIGHTINGS, &newest, &err), 0);
	return newest;
}

/* --- along the chain ------------------------------------------------------------------------ */

static void test_first_start_is_at_the_initial_height(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	rig_run(r);
	expect_at_tip(r);
	assert_int_equal(r->fake->lowest_block_asked, 91);
	assert_int_equal(r->fake->asked[ASK_BLOCK], 10); /* empty blocks are blocks, each once */
	assert_int_equal(r->news, 0);
}

static void test_restart_is_at_the_cursor(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	rig_run(r);
	rig_stop(r);
	fake_mine_many(r->fake, 3);
	r->fake->lowest_block_asked = BLOCKS_MAX;
	r->o.initial_height = 7; /* a changed configuration does not matter any more */
	rig_start(r);
	rig_run(r);
	expect_at_tip(r);
	assert_int_equal(r->fake->lowest_block_asked, 101);
}

static void test_blocks_are_fetched_ahead_within_a_bound(void **state)
{
	struct rig *r = *state;

	fake_mine_many(r->fake, 500);
	rig_start(r);
	rig_run(r);
	expect_at_tip(r);
	assert_int_equal(r->fake->asked[ASK_BLOCK], 510);
	assert_true(r->fake->most_under_way > 4);
	assert_true(r->fake->most_under_way <= 32);
}

static void test_initial_height_above_the_tip_is_waited_for(void **state)
{
	struct rig *r = *state;

	r->o.initial_height = 103;
	rig_start(r);
	rig_run(r);
	assert_int_equal(r->fake->asked[ASK_BLOCK], 0);
	assert_non_null(strstr(health_text(r->health, "btc_scan"), "103"));
	fake_mine_many(r->fake, 4);
	rig_run(r);
	expect_at_tip(r);
	assert_int_equal(r->fake->lowest_block_asked, 103);
}

static void test_every_output_counts_for_itself(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "t1", 0, "ours", 5);
	fake_pay(r->fake, "t1", 2, "ours", 5);
	fake_pay(r->fake, "t1", 3, "theirs", 5);
	fake_pay(r->fake, "t2", 0, "ours", 0); /* no value, no deposit */
	rig_run(r);
	expect_sightings(r, "t1:0@101 seen, t1:2@101 seen");
}

static void test_confirmed_exactly_at_depth(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "ours", 5);
	rig_run(r);
	expect_sightings(r, "t:0@101 seen");
	fake_mine(r->fake);
	rig_run(r);
	expect_sightings(r, "t:0@101 seen");
	assert_int_equal(r->news, 0);
	fake_mine(r->fake);
	rig_run(r);
	expect_sightings(r, "t:0@101 confirmed");
	expect_feed_after(r, 0, "t:0@101 confirmed");
	assert_int_equal(r->news, 1);
}

static void test_one_confirmation_is_the_block_itself(void **state)
{
	struct rig *r = *state;

	r->o.confirmations = 1;
	rig_start(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "ours", 5);
	rig_run(r);
	expect_feed_after(r, 0, "t:0@101 confirmed");
}

static void test_coinbase_counts_when_mature(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "cb", 0, "ours", 5)->coinbase = true;
	fake_mine_many(r->fake, 98); /* 99 confirmations */
	rig_run(r);
	expect_sightings(r, "cb:0@101 seen");
	fake_mine(r->fake);
	rig_run(r);
	expect_sightings(r, "cb:0@101 confirmed");
}

static void test_coinbase_with_more_confirmations_required(void **state)
{
	struct rig *r = *state;

	r->o.confirmations = 102;
	rig_start(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "cb", 0, "ours", 5)->coinbase = true;
	fake_mine_many(r->fake, 100);
	rig_run(r);
	expect_sightings(r, "cb:0@101 seen");
	fake_mine(r->fake);
	rig_run(r);
	expect_sightings(r, "cb:0@101 confirmed");
}

/* --- finality ------------------------------------------------------------------------------- */

static void finality_rig(struct rig *r)
{
	r->o.confirmations = 0;
	r->fake->final = 90;
	rig_start(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "ours", 5);
	fake_mine(r->fake);
	fake_pay(r->fake, "u", 0, "ours", 5);
	fake_mine_many(r->fake, 200);
	rig_run(r);
	expect_at_tip(r);
}

static void test_finality_confirms_and_depth_does_not(void **state)
{
	struct rig *r = *state;

	finality_rig(r);
	expect_sightings(r, "t:0@101 seen, u:0@102 seen");
	r->fake->final = 100;
	rig_run(r);
	expect_sightings(r, "t:0@101 seen, u:0@102 seen");
	assert_int_equal(r->news, 0);
	r->fake->final = 101;
	rig_run(r);
	expect_feed_after(r, 0, "t:0@101 confirmed");
	assert_int_equal(r->news, 1);
	r->fake->final = 302;
	rig_run(r);
	expect_feed_after(r, 0, "t:0@101 confirmed, u:0@102 confirmed");
	assert_int_equal(r->news, 2);
}

/* A node that has just started, or a chain without finality: nothing is confirmed by mistake, and
 * it is said why. */
static void test_unknown_finality_is_waited_for(void **state)
{
	struct rig *r = *state;

	finality_rig(r);
	r->fake->final = -1;
	rig_run(r);
	expect_at_tip(r);
	expect_sightings(r, "t:0@101 seen, u:0@102 seen");
	assert_non_null(strstr(health_text(r->health, "btc_final"), "none is confirmed"));
	fake_mine(r->fake);
	rig_run(r);
	expect_at_tip(r); /* the scan goes on meanwhile */
	r->fake->final = 150;
	rig_run(r);
	assert_string_equal(health_text(r->health, "btc_final"), "");
	expect_feed_after(r, 0, "t:0@101 confirmed, u:0@102 confirmed");
}

/* The node calls a block final that is not the one that was scanned: it may be another node. */
static void turn_before_final(void *arg, enum fake_kind kind, int64_t height)
{
	struct rig *r = arg;

	(void)height;
	if (kind != ASK_FINAL)
		return;
	r->fake->before_answer = NULL;
	fake_drop(r->fake, 203);
	fake_mine_many(r->fake, 203);
	r->fake->final = 250;
}

static void test_another_final_block_confirms_nothing(void **state)
{
	struct rig *r = *state;

	finality_rig(r);
	r->fake->before_answer = turn_before_final;
	r->fake->before_arg = r;
	rig_run(r);
	expect_at_tip(r);
	expect_sightings(r, "t:0@101 orphaned, u:0@102 orphaned");
	assert_int_equal(r->news, 0);
}

static void test_finality_further_than_the_scan(void **state)
{
	struct rig *r = *state;

	r->o.confirmations = 0;
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "ours", 5);
	fake_mine_many(r->fake, 500);
	r->fake->final = 550;
	rig_start(r);
	while (cursor_height(r) < 400)
		loop_scripted_advance(r->loop, 1);
	expect_sightings(r, "t:0@101 seen");
	rig_run(r);
	expect_at_tip(r);
	expect_feed_after(r, 0, "t:0@101 confirmed");
}

/* --- reorganisations ------------------------------------------------------------------------ */

/* A deposit in each of six blocks, three confirmations required, the newest `depth` replaced: the
 * shallow ones go without a word, the confirmed ones are told. */
static void reorganise(struct rig *r, int depth)
{
	struct words orphaned = { .len = 0 };
	uint64_t before;

	rig_start(r);
	for (int i = 1; i <= 6; i++) {
		char txid[8];

		(void)snprintf(txid, sizeof(txid), "t%d", i);
		fake_mine(r->fake);
		fake_pay(r->fake, txid, 0, "ours", 5);
	}
	rig_run(r);
	expect_feed_after(r, 0,
			  "t1:0@101 confirmed, t2:0@102 confirmed, t3:0@103 confirmed, "
			  "t4:0@104 confirmed");
	before = feed_newest(r);
	fake_drop(r->fake, depth);
	fake_mine_many(r->fake, (unsigned)depth + 1);
	rig_run(r);
	expect_at_tip(r);
	for (int i = 6 - depth + 1; i <= 4; i++)
		orphaned.len += (size_t)snprintf(
			orphaned.text + orphaned.len, sizeof(orphaned.text) - orphaned.len,
			"%st%d:0@%d orphaned", orphaned.len > 0 ? ", " : "", i, 100 + i);
	/* A block more than before: what is left of t5 became deep enough. */
	if (depth == 1)
		expect_feed_after(r, before, "t5:0@105 confirmed");
	else
		expect_feed_after(r, before, orphaned.text);
}

#define TEST_REORG(depth)                                                                          \
	static void test_reorganisation_of_##depth(void **state)                                   \
	{                                                                                          \
		reorganise(*state, depth);                                                         \
	}
TEST_REORG(1)
TEST_REORG(2)
TEST_REORG(3)
TEST_REORG(4)
TEST_REORG(5)
TEST_REORG(6)

static void test_reorganisation_without_growth_is_seen(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	rig_run(r);
	fake_drop(r->fake, 2);
	fake_mine_many(r->fake, 2);
	fake_pay(r->fake, "t", 0, "ours", 5);
	rig_run(r);
	expect_at_tip(r);
	expect_sightings(r, "t:0@100 seen");
}

static void test_reorganisation_while_stopped(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "ours", 5);
	rig_run(r);
	rig_stop(r);
	fake_drop(r->fake, 3);
	fake_mine_many(r->fake, 5);
	rig_start(r);
	rig_run(r);
	expect_at_tip(r);
	expect_sightings(r, "t:0@101 orphaned");
}

static void test_transaction_returns_in_another_block(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "ours", 5);
	rig_run(r);
	fake_drop(r->fake, 1);
	fake_mine_many(r->fake, 3);
	fake_pay(r->fake, "t", 0, "ours", 5);
	rig_run(r);
	expect_sightings(r, "t:0@103 seen");
	fake_mine_many(r->fake, 2);
	rig_run(r);
	expect_feed_after(r, 0, "t:0@103 confirmed");
}

static void test_confirmed_one_undone_and_back(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "ours", 5);
	fake_mine_many(r->fake, 2);
	rig_run(r);
	expect_feed_after(r, 0, "t:0@101 confirmed");
	fake_drop(r->fake, 3);
	fake_mine_many(r->fake, 4);
	rig_run(r);
	expect_feed_after(r, 0, "t:0@101 orphaned");
	assert_int_equal(r->news, 2);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "ours", 5);
	fake_mine_many(r->fake, 2);
	rig_run(r);
	expect_feed_after(r, 0, "t:0@105 confirmed");
	assert_int_equal(r->news, 3);
}

/* Where n is a place in the block, the transaction alone says which output it is: it keeps the name
 * under which exchangerd knows it. */
static void test_transaction_returns_at_another_place(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 3, "ours", 5)->n_moves = true;
	fake_pay(r->fake, "u", 4, "ours", 5)->n_moves = true;
	rig_run(r);
	fake_drop(r->fake, 1);
	fake_mine_many(r->fake, 2);
	fake_pay(r->fake, "u", 0, "ours", 5)->n_moves = true;
	fake_pay(r->fake, "t", 1, "ours", 5)->n_moves = true;
	rig_run(r);
	expect_sightings(r, "t:3@102 seen, u:4@102 seen");
	fake_mine_many(r->fake, 2);
	rig_run(r);
	expect_feed_after(r, 0, "t:3@102 confirmed, u:4@102 confirmed");
	fake_drop(r->fake, 3);
	fake_mine_many(r->fake, 3);
	fake_pay(r->fake, "t", 7, "ours", 5)->n_moves = true;
	fake_mine_many(r->fake, 2);
	rig_run(r);
	expect_feed_after(r, 2, "u:4@102 orphaned, t:3@104 confirmed");
}

/* A node that tells of the same transaction twice does not make it two deposits. */
static void test_transaction_at_two_places(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "ours", 5)->n_moves = true;
	fake_pay(r->fake, "t", 1, "ours", 5)->n_moves = true;
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 2, "ours", 5)->n_moves = true;
	rig_run(r);
	expect_sightings(r, "t:0@101 seen");
}

static void test_block_that_cannot_be_judged_is_asked_for_again(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	rig_run(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "ours", 5);
	r->fake->unjudged = 2;
	rig_run(r);
	expect_at_tip(r);
	expect_sightings(r, "t:0@101 seen");
}

/* Fewer blocks than before, all of them known: the node may be loading again.  Nothing is undone
 * until it shows another block. */
static void test_tip_going_back_undoes_nothing(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "ours", 5);
	rig_run(r);
	r->fake->tip = 95;
	rig_run(r);
	assert_int_equal(cursor_height(r), 101);
	expect_sightings(r, "t:0@101 seen");
	assert_non_null(strstr(health_text(r->health, "btc_scan"), "95"));
	r->fake->tip = 101;
	rig_run(r);
	expect_at_tip(r);
	expect_sightings(r, "t:0@101 seen");
}

static void test_tip_going_back_to_another_branch(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	fake_mine_many(r->fake, 2);
	fake_pay(r->fake, "t", 0, "ours", 5);
	rig_run(r);
	fake_drop(r->fake, 5);
	fake_mine_many(r->fake, 2); /* 99, with two blocks of its own */
	rig_run(r);
	expect_at_tip(r);
	expect_sightings(r, "t:0@102 orphaned");
}

/* While the scanner walks back, the chain is replaced once more, deeper, and is shorter. */
static void replace_again(void *arg, enum fake_kind kind, int64_t height)
{
	struct rig *r = arg;

	if (kind != ASK_HASH || height != 99)
		return;
	r->fake->before_answer = NULL;
	fake_drop(r->fake, 6);
	fake_mine_many(r->fake, 2);
}

static void test_tip_moves_during_the_walk_back(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	rig_run(r);
	fake_drop(r->fake, 3);
	fake_mine_many(r->fake, 3);
	r->fake->before_answer = replace_again;
	r->fake->before_arg = r;
	rig_run(r);
	fake_mine_many(r->fake, 9);
	rig_run(r);
	expect_at_tip(r);
}

/* Between two blocks of a fetch the chain turns to another branch. */
static void turn_at_block(void *arg, enum fake_kind kind, int64_t height)
{
	struct rig *r = arg;

	if (kind != ASK_BLOCK || height != 104)
		return;
	r->fake->before_answer = NULL;
	fake_drop(r->fake, r->fake->tip - 101);
	fake_mine_many(r->fake, 9);
	fake_pay(r->fake, "t", 0, "ours", 5);
}

static void test_chain_turns_during_a_fetch(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	rig_run(r);
	fake_mine_many(r->fake, 8);
	r->fake->before_answer = turn_at_block;
	r->fake->before_arg = r;
	rig_run(r);
	expect_at_tip(r);
	expect_sightings(r, "t:0@110 seen");
}

static void test_block_vanishes_after_its_hash(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	rig_run(r);
	fake_mine_many(r->fake, 3);
	loop_scripted_advance(r->loop, PERIOD_MS - 200);
	r->fake->fail_with = (struct chain_error){ CHAIN_STALE, "block not found" };
	while (r->fake->asked[ASK_BLOCK] < 13)
		loop_scripted_advance(r->loop, 1);
	r->fake->fail_times = 1;
	loop_scripted_advance(r->loop, 2 * ANSWER_MS);
	assert_string_equal(health_text(r->health, "btc_node"), ""); /* nobody needs to know */
	rig_run(r);
	expect_at_tip(r);
}

static void test_all_that_was_scanned_is_replaced(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "ours", 5);
	rig_run(r);
	fake_drop(r->fake, 50);
	fake_mine_many(r->fake, 60);
	fake_pay(r->fake, "u", 0, "ours", 5);
	r->fake->lowest_block_asked = BLOCKS_MAX;
	rig_run(r);
	expect_at_tip(r);
	assert_int_equal(r->fake->lowest_block_asked, 91);
	expect_sightings(r, "t:0@101 orphaned, u:0@111 seen");
}

static void test_deeper_than_what_is_kept_stops(void **state)
{
	struct rig *r = *state;
	struct scanner_status s;
	unsigned asked, blocks;

	r->o.initial_height = 1;
	rig_start(r);
	fake_mine_many(r->fake, 1400);
	fake_pay(r->fake, "t", 0, "ours", 5);
	rig_run(r);
	expect_at_tip(r);
	fake_drop(r->fake, BLOCK_HASHES_KEPT + 50);
	fake_mine_many(r->fake, BLOCK_HASHES_KEPT + 100);
	loop_scripted_advance(r->loop, 60000);
	scanner_status(r->scanner, &s);
	assert_string_equal(s.state, "halted");
	assert_int_equal(cursor_height(r), 1500);
	expect_sightings(r, "t:0@1500 seen");
	assert_non_null(strstr(health_text(r->health, "btc_scan"), "stopped"));
	asked = r->fake->asked[ASK_TIP];
	blocks = r->fake->asked[ASK_BLOCK];
	loop_scripted_advance(r->loop, 600000);
	assert_int_equal(r->fake->asked[ASK_BLOCK], blocks);
	assert_in_range(r->fake->asked[ASK_TIP] - asked, 5, 11); /* it looks, but seldom */
}

/* --- trouble -------------------------------------------------------------------------------- */

static void test_node_away_and_back(void **state)
{
	struct rig *r = *state;

	r->fake->fail_times = -1;
	r->fake->fail_with = (struct chain_error){ CHAIN_UNREACHABLE, "node x: refused" };
	rig_start(r);
	loop_scripted_advance(r->loop, 600000);
	assert_non_null(strstr(health_text(r->health, "btc_node"), "node x: refused; deposits"));
	assert_true(r->fake->asked[ASK_TIP] > 10); /* it keeps asking, but not in a hurry */
	assert_true(r->fake->asked[ASK_TIP] < 60);
	r->fake->fail_times = 0;
	loop_scripted_advance(r->loop, 40000);
	expect_at_tip(r);
}

static void test_node_goes_away_in_the_middle(void **state)
{
	struct rig *r = *state;

	fake_mine_many(r->fake, 300);
	rig_start(r);
	loop_scripted_advance(r->loop, 60);
	r->fake->fail_times = 6;
	r->fake->fail_with = (struct chain_error){ CHAIN_UNREACHABLE, "half a body" };
	loop_scripted_advance(r->loop, 60000);
	expect_at_tip(r);
}

/* The tip stands still, and nobody says why. */
static void test_a_chain_that_stands_still_is_told(void **state)
{
	struct rig *r = *state;

	r->o.quiet_ms = 600000;
	rig_start(r);
	loop_scripted_advance(r->loop, 590000);
	assert_string_equal(health_text(r->health, "btc_quiet"), "");
	loop_scripted_advance(r->loop, 20000);
	assert_non_null(strstr(health_text(r->health, "btc_quiet"), "no block after 100"));
	r->fake->tip = 99; /* going back is no news */
	rig_run(r);
	r->fake->tip = 100;
	rig_run(r);
	assert_string_not_equal(health_text(r->health, "btc_quiet"), "");
	fake_mine(r->fake);
	rig_run(r);
	expect_at_tip(r);
	assert_string_equal(health_text(r->health, "btc_quiet"), "");
	rig_stop(r);
	r->o.quiet_ms = 0;
	rig_start(r);
	loop_scripted_advance(r->loop, 6000000);
	assert_string_equal(health_text(r->health, "btc_quiet"), "");
}

static void test_troubles_are_told_apart(void **state)
{
	static const struct {
		enum chain_trouble trouble;
		const char *advice;
	} rows[] = {
		{ CHAIN_WRONG_NETWORK, "network" },	{ CHAIN_UNAUTHORIZED, "password" },
		{ CHAIN_WARMING_UP, "is starting" },	{ CHAIN_BAD_BLOCK, "before this block" },
		{ CHAIN_REFUSED, "before this block" },
	};
	struct rig *r = *state;

	rig_start(r);
	rig_run(r);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r->fake->fail_times = -1;
		r->fake->fail_with = (struct chain_error){ rows[i].trouble, "words" };
		fake_mine(r->fake);
		rig_run(r);
		assert_non_null(strstr(health_text(r->health, "btc_node"), rows[i].advice));
		assert_int_equal(cursor_height(r), r->fake->tip - 1);
		r->fake->fail_times = 0;
		loop_scripted_advance(r->loop, 40000);
		expect_at_tip(r);
	}
}

static void test_database_locked_by_another(void **state)
{
	struct rig *r = *state;
	struct err err;

	rig_start(r);
	rig_run(r);
	assert_int_equal(store_begin(r->exchangerd, &err), 0);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "ours", 5);
	while (health_text(r->health, "btc_scan")[0] == '\0')
		loop_scripted_advance(r->loop, ANSWER_MS); /* once: it waits for the lock */
	assert_int_equal(cursor_height(r), 100);
	store_rollback(r->exchangerd);
	loop_scripted_advance(r->loop, 40000);
	expect_at_tip(r);
	expect_sightings(r, "t:0@101 seen");
}

/* No file may grow: the work is done and its commit fails, again and again. */
static void limit_files(bool on)
{
	struct rlimit limit = { .rlim_cur = on ? 0 : RLIM_INFINITY, .rlim_max = RLIM_INFINITY };

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_full_disk(void **state)
{
	struct rig *r = *state;
	unsigned asked, news;

	rig_start(r);
	rig_run(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "ours", 5);
	fake_mine_many(r->fake, 40);
	asked = r->fake->asked[ASK_TIP];
	news = r->news;
	limit_files(true);
	loop_scripted_advance(r->loop, 120000);
	assert_string_not_equal(health_text(r->health, "btc_scan"), "");
	limit_files(false);
	assert_int_equal(cursor_height(r), 100);
	assert_int_equal(r->news, news);
	assert_true(r->fake->asked[ASK_TIP] - asked < 40); /* the back-off grows */
	loop_scripted_advance(r->loop, 60000);
	expect_at_tip(r);
	expect_sightings(r, "t:0@101 confirmed");
	assert_int_equal(r->news, news + 1);
}

/* --- the pool ------------------------------------------------------------------------------- */

static void add_to_pool(void *arg, enum fake_kind kind, int64_t height)
{
	struct rig *r = arg;

	(void)height;
	if (kind != ASK_BLOCK)
		return;
	r->fake->before_answer = NULL;
	rig_watch(r, "late");
}

static void test_address_added_while_its_block_is_in_flight(void **state)
{
	struct rig *r = *state;
	struct words w = { .len = 0 };
	struct err err;

	rig_start(r);
	rig_run(r);
	fake_mine(r->fake);
	fake_pay(r->fake, "t", 0, "late", 5);
	r->fake->before_answer = add_to_pool;
	r->fake->before_arg = r;
	rig_run(r);
	assert_int_equal(store_sighting_each_of(r->store, COIN_BTC, "late", add_words, &w, &err),
			 0);
	assert_string_equal(w.text, "t:0@101 seen");
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_first_start_is_at_the_initial_height),
		ROW(test_restart_is_at_the_cursor),
		ROW(test_blocks_are_fetched_ahead_within_a_bound),
		ROW(test_initial_height_above_the_tip_is_waited_for),
		ROW(test_every_output_counts_for_itself),
		ROW(test_confirmed_exactly_at_depth),
		ROW(test_one_confirmation_is_the_block_itself),
		ROW(test_coinbase_counts_when_mature),
		ROW(test_coinbase_with_more_confirmations_required),
		ROW(test_finality_confirms_and_depth_does_not),
		ROW(test_unknown_finality_is_waited_for),
		ROW(test_another_final_block_confirms_nothing),
		ROW(test_finality_further_than_the_scan),
		ROW(test_reorganisation_of_1),
		ROW(test_reorganisation_of_2),
		ROW(test_reorganisation_of_3),
		ROW(test_reorganisation_of_4),
		ROW(test_reorganisation_of_5),
		ROW(test_reorganisation_of_6),
		ROW(test_reorganisation_without_growth_is_seen),
		ROW(test_reorganisation_while_stopped),
		ROW(test_transaction_returns_in_another_block),
		ROW(test_confirmed_one_undone_and_back),
		ROW(test_transaction_returns_at_another_place),
		ROW(test_transaction_at_two_places),
		ROW(test_block_that_cannot_be_judged_is_asked_for_again),
		ROW(test_tip_going_back_undoes_nothing),
		ROW(test_tip_going_back_to_another_branch),
		ROW(test_tip_moves_during_the_walk_back),
		ROW(test_chain_turns_during_a_fetch),
		ROW(test_block_vanishes_after_its_hash),
		ROW(test_all_that_was_scanned_is_replaced),
		ROW(test_deeper_than_what_is_kept_stops),
		ROW(test_node_away_and_back),
		ROW(test_node_goes_away_in_the_middle),
		ROW(test_a_chain_that_stands_still_is_told),
		ROW(test_troubles_are_told_apart),
		ROW(test_database_locked_by_another),
		ROW(test_full_disk),
		ROW(test_address_added_while_its_block_is_in_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
