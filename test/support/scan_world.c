#include "test/support/scan_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/support/test.h"

/* --- sides ---------------------------------------------------------------------------------- */

static void on_news(void *arg)
{
	((struct scan_side *)arg)->news++;
}

void scan_side_open(struct scan_world *w, enum coin coin, struct scan_side *ret)
{
	*ret = (struct scan_side){ .chain = scripted_chain_new(w->loop) };
	script_mine_many(ret->chain, SCAN_TIP_FIRST + 1);
	ret->o = (struct scanner_options){ .coin = coin,
					   .initial_height = 91,
					   .confirmations = 3,
					   .period_ms = SCAN_PERIOD_MS,
					   .chain = &ret->chain->base,
					   .loop = w->loop,
					   .store = w->store,
					   .commits = w->commits,
					   .health = w->health,
					   .on_news = on_news,
					   .arg = ret };
	scan_watch(w, coin, "ours");
}

void scan_side_start(struct scan_side *side)
{
	side->scanner = scanner_new(&side->o);
	assert_non_null(side->scanner);
}

void scan_side_close(struct scan_side *side)
{
	scanner_free(side->scanner);
	scripted_chain_free(side->chain);
	side->scanner = NULL;
	side->chain = NULL;
}

/* --- the world ------------------------------------------------------------------------------ */

static void open_stores(struct scan_world *w)
{
	char path[512];
	struct err err;

	(void)snprintf(path, sizeof(path), "%s/teller.db", w->dir);
	if (store_open(path, STORE_SCANNERD, &w->store, &err) < 0 ||
	    store_open(path, STORE_EXCHANGERD, &w->exchangerd, &err) < 0)
		fail_msg("%s", err.text);
}

struct scan_world *scan_world_new(char *dir)
{
	struct scan_world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->dir = dir;
	open_stores(w);
	w->loop = loop_new_scripted(1700000000);
	w->commits = commit_group_new(w->loop, w->store);
	w->health = health_new();
	scan_side_open(w, COIN_BTC, &w->btc);
	w->chain = w->btc.chain;
	return w;
}

void scan_world_free(struct scan_world *w)
{
	scan_side_close(&w->btc);
	commit_group_free(w->commits);
	health_free(w->health);
	loop_free(w->loop);
	store_close(w->exchangerd);
	store_close(w->store);
	free(w);
}

int scan_world_setup(void **state)
{
	*state = scan_world_new(test_make_dir());
	return 0;
}

int scan_world_teardown(void **state)
{
	struct scan_world *w = *state;
	char *dir = w->dir;

	scan_world_free(w);
	test_remove_dir(dir);
	return 0;
}

void scan_start(struct scan_world *w)
{
	scan_side_start(&w->btc);
}

void scan_stop(struct scan_world *w)
{
	scanner_free(w->btc.scanner);
	w->btc.scanner = NULL;
}

void scan_run(struct scan_world *w)
{
	loop_scripted_advance(w->loop, 4 * SCAN_PERIOD_MS);
}

static void side_settle(struct scan_world *w, const struct scan_side *side)
{
	struct scanner_status s;

	for (unsigned i = 0; i < 10; i++) {
		scanner_status(side->scanner, &s);
		if (strcmp(s.state, "waiting") == 0)
			return;
		loop_scripted_advance(w->loop, SCRIPT_ANSWER_MS);
	}
	fail_msg("the scanner is still %s", s.state);
}

void scan_settle(struct scan_world *w)
{
	side_settle(w, &w->btc);
}

void scan_watch(struct scan_world *w, enum coin coin, const char *address)
{
	struct err err;
	int rc = store_begin(w->exchangerd, &err);

	if (rc == 0)
		rc = store_pool_add(w->exchangerd, coin, address, &err);
	if (rc < 0 && rc != ERR_EXISTS)
		fail_msg("%s", err.text);
	if (store_commit(w->exchangerd, &err) < 0)
		fail_msg("%s", err.text);
}

/* --- what is expected ----------------------------------------------------------------------- */

int64_t scan_cursor_height(struct scan_world *w, enum coin coin)
{
	struct scan_cursor c;
	struct err err;

	return store_cursor_get(w->store, coin, &c, &err) == 0 ? c.height : -1;
}

void expect_problem(struct scan_world *w, const char *name, const char *part)
{
	if (strstr(health_text(w->health, name), part) == NULL)
		fail_msg("%s says '%s', not '%s'", name, health_text(w->health, name), part);
}

void expect_no_problem(struct scan_world *w, const char *name)
{
	assert_string_equal(health_text(w->health, name), "");
}

static void expect_well(struct scan_world *w, enum coin coin, const char *what)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "%s_%s", coin_info(coin)->key, what);
	expect_no_problem(w, name);
}

void expect_side_at_tip(struct scan_world *w, const struct scan_side *side)
{
	const struct scripted_chain *chain = side->chain;
	char hash[BLOCK_HASH_TEXT_MAX];
	struct scan_cursor c;
	struct err err;

	side_settle(w, side);
	assert_int_equal(store_cursor_get(w->store, side->o.coin, &c, &err), 0);
	assert_int_equal(c.height, chain->tip);
	script_hash(hash, chain->tip, chain->blocks[chain->tip].branch);
	assert_string_equal(c.hash, hash);
	expect_well(w, side->o.coin, "node");
	expect_well(w, side->o.coin, "scan");
}

void expect_at_tip(struct scan_world *w)
{
	expect_side_at_tip(w, &w->btc);
}

struct words {
	char text[4096];
	size_t len;
};

static int add_words(void *arg, const struct sighting *g, struct err *err)
{
	struct words *w = arg;

	(void)err;
	w->len += (size_t)snprintf(w->text + w->len, sizeof(w->text) - w->len,
				   "%s%s:%u@%" PRId64 " %s", w->len > 0 ? ", " : "", g->txid, g->n,
				   g->height, sighting_state_name(g->state));
	assert_true(w->len < sizeof(w->text));
	return 0;
}

void expect_sightings_of(struct scan_world *w, const char *address, const char *want)
{
	struct words words = { .len = 0 };
	struct err err;

	assert_int_equal(
		store_sighting_each_of(w->store, COIN_BTC, address, add_words, &words, &err), 0);
	assert_string_equal(words.text, want);
}

void expect_sightings(struct scan_world *w, const char *want)
{
	expect_sightings_of(w, "ours", want);
}

void expect_feed_after(struct scan_world *w, uint64_t after, const char *want)
{
	struct words words = { .len = 0 };
	struct err err;

	assert_int_equal(store_sighting_feed(w->store, after, 1000, add_words, &words, &err), 0);
	assert_string_equal(words.text, want);
}

uint64_t feed_newest(struct scan_world *w)
{
	uint64_t newest;
	struct err err;

	assert_int_equal(store_feed_newest(w->store, FEED_SIGHTINGS, &newest, &err), 0);
	return newest;
}
