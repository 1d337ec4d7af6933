/* One state machine, whatever the chain.  Callbacks record what came and call scanner_enter(); the
 * order of events is this diagram, and the table below it:
 *
 *   LOAD --> TIP --> COMPARE --> FETCH --> TIP ...
 *             ^       |  |         (cursor at the tip) COMPARE --> IDLE --period--> TIP
 *             |       |  +-- node has less than was scanned --> IDLE
 *             |       +-- all is well, and finality counts, or first: FINAL --> FETCH or IDLE
 *             |       +-- all is well for the first time: ORIGIN --> as above
 *             |       +-- hashes differ: COMPARE lower, until the fork is found --> rewind --> TIP
 *             |       +-- hashes differ and none is kept --> HALTED --a minute--> TIP
 *             +-- back-off -- RETRY <-- whatever fails, in any state
 *
 * LOAD     takes in the address pool, a page a turn.
 * TIP      asks for the node's height; the answer says also that the network is right.
 * COMPARE  holds the stored hash of the last scanned block against the node's, so that a
 *          reorganisation is seen even when the chain gets no longer by it; searches for the fork.
 * FINAL    where finality is what confirms, asks which block is final, and confirms up to it when
 *          it is one of ours; depth confirms nothing then.  Elsewhere only once after a start: the
 *          depth that is required may have been another one before.
 * ORIGIN   asks for the chain's first block, which is kept to tell this chain from others.
 * FETCH    asks for blocks ahead, in a window, and handles them strictly in order.
 * HALTED   a person must look; the node is looked at too, for it may come back by itself.
 *
 * What may never happen: a block recorded whose parent is not the block recorded before it; a
 * cursor that moves without the sightings of its block, or they without it; a sighting confirmed
 * by blocks that were not scanned.  So sightings, cursor and confirmations of a block are one
 * step of one transaction, and depth is counted from the cursor, not from what the node says.
 *
 * The cursor in memory runs ahead of the commit within one turn of the loop.  When the commit
 * fails, it is read again from the database and everything under way is forgotten.
 *
 * Several scanners share a loop, a store and its commits.  What one of them does in a turn is
 * bounded (a page of the pool, a block, RECORD_ROWS sightings), each has connections of its own,
 * and a step that fails is undone alone: none waits for another's node. */
#include "scannerd/scanner.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "scannerd/scanner_parts.h"

#define LOAD_PAGE     10000
#define HALTED_MS     60000 /* between looks at the node of a scan that has stopped */
#define NET_PERIOD_MS 60000 /* a node that tells of its blocks is asked this often all the same */
#define RETRY_SLOW_MS 5000  /* where a person must act first */

static void load_step(struct scanner *s);
static void tip_ask(struct scanner *s);
static void idle_start(struct scanner *s);
static void retry_start(struct scanner *s);
static void halted_start(struct scanner *s);
static void look_again(struct scanner *s);

/* --- THE table ------------------------------------------------------------------------------ */

static const struct {
	const char *word; /* for people */
	void (*enter)(struct scanner *s);
	void (*on_timer)(struct scanner *s); /* it is stopped when the state is left */
} states[] = {
	[SCAN_LOAD] = { "loading", load_step, load_step },
	[SCAN_TIP] = { "asking", tip_ask, NULL },
	[SCAN_COMPARE] = { "comparing", scan_compare_start, NULL },
	[SCAN_ORIGIN] = { "comparing", scan_origin_start, NULL },
	[SCAN_FINAL] = { "finality", scan_final_start, scan_final_on_timer },
	[SCAN_FETCH] = { "fetching", scan_fetch_start, scan_fetch_on_timer },
	[SCAN_IDLE] = { "waiting", idle_start, look_again },
	[SCAN_RETRY] = { "retrying", retry_start, look_again },
	[SCAN_HALTED] = { "halted", halted_start, look_again },
};

void scanner_enter(struct scanner *s, enum scan_state state)
{
	if (s->state != state)
		log_debug("scan_state", "coin=%s from=%s to=%s height=%" PRId64,
			  coin_name(s->o.coin), states[s->state].word, states[state].word,
			  s->cursor.height);
	s->state = state;
	loop_timer_stop(s->timer);
	states[state].enter(s);
}

static void on_timer(void *arg)
{
	struct scanner *s = arg;

	if (states[s->state].on_timer != NULL)
		states[s->state].on_timer(s);
}

/* --- LOAD ----------------------------------------------------------------------------------- */

int scanner_read_cursor(struct scanner *s, struct err *err)
{
	int rc = store_cursor_get(s->o.store, s->o.coin, &s->cursor, err);

	if (rc != ERR_NOT_FOUND)
		return rc;
	s->cursor = (struct scan_cursor){ .height = s->o.initial_height - 1,
					  .initial_height = s->o.initial_height };
	return 0;
}

static void load_done(struct scanner *s)
{
	s->loaded = true;
	log_info("scan_start", "coin=%s height=%" PRId64 " watched=%zu load_ms=%" PRIu64,
		 coin_name(s->o.coin), s->cursor.height + 1,
		 watchlist_count(pool_watch_list(s->pool)), clock_mono_ms() - s->load_started_at);
	scanner_enter(s, SCAN_TIP);
}

static void load_step(struct scanner *s)
{
	bool more = false;
	struct err err;

	if (scanner_read_cursor(s, &err) < 0 ||
	    pool_watch_page(s->pool, LOAD_PAGE, &more, &err) < 0)
		scan_fail_store(s, &err);
	else if (more)
		loop_timer_start(s->timer, 0);
	else
		load_done(s);
}

/* --- TIP ------------------------------------------------------------------------------------ */

static void on_tip(void *arg, const struct chain_error *e, int64_t height)
{
	struct scanner *s = arg;

	if (e != NULL) {
		scan_fail_node(s, e);
		return;
	}
	s->node_tip = height;
	scan_watch_pace(s, height);
	scanner_enter(s, SCAN_COMPARE);
}

static void tip_ask(struct scanner *s)
{
	s->news_waits = false;
	s->o.chain->ops->tip(s->o.chain, on_tip, s);
}

void scanner_forward(struct scanner *s)
{
	if (s->node_tip > s->cursor.height) {
		scanner_enter(s, SCAN_FETCH);
	} else if (s->cursor.hash[0] == '\0') {
		scan_wait_initial(s);
	} else {
		scan_progress(s);
		scanner_enter(s, SCAN_IDLE);
	}
}

/* --- waiting -------------------------------------------------------------------------------- */

static uint64_t idle_period(const struct scanner *s)
{
	return s->o.chain->tells_news && s->o.period_ms < NET_PERIOD_MS ? NET_PERIOD_MS
									: s->o.period_ms;
}

static void idle_start(struct scanner *s)
{
	/* The buffers of large blocks lie free in the heap. */
	if (s->moved)
		(void)malloc_trim(0);
	s->moved = false;
	loop_timer_start(s->timer, s->news_waits ? 0 : idle_period(s));
}

static void retry_start(struct scanner *s)
{
	uint64_t wait = backoff_next(&s->trouble.backoff);

	scan_fetch_drop(s);
	if (s->trouble.retry_slow && wait < RETRY_SLOW_MS)
		wait = RETRY_SLOW_MS;
	s->trouble.retry_slow = false;
	loop_timer_start(s->timer, wait);
}

static void halted_start(struct scanner *s)
{
	scan_fetch_drop(s);
	loop_timer_start(s->timer, HALTED_MS);
}

static void look_again(struct scanner *s)
{
	scanner_enter(s, s->loaded ? SCAN_TIP : SCAN_LOAD);
}

/* It may come while a look is under way: then there is another. */
static void on_chain_news(void *arg)
{
	struct scanner *s = arg;

	s->news_waits = true;
	if (s->state == SCAN_IDLE)
		loop_timer_start(s->timer, 0);
}

/* --- the commit ----------------------------------------------------------------------------- */

static void on_commit(void *arg, const struct err *err)
{
	struct scanner *s = arg;
	bool news = s->news;
	struct err read_err;

	s->commit_pending = s->news = false;
	s->commit_failed = err != NULL;
	if (err == NULL) {
		FAULT("scanner.commit.after");
		scan_progress(s);
		if (news)
			s->o.on_news(s->o.arg);
		return;
	}
	scan_fail_store(s, err);
	s->depth_applied = false;
	s->loaded = scanner_read_cursor(s, &read_err) == 0;
}

void scanner_expect_commit(struct scanner *s)
{
	if (s->commit_pending)
		return;
	s->commit_pending = true;
	commit_group_after(s->o.commits, on_commit, s);
}

/* --- life --------------------------------------------------------------------------------- */

static int watch_key(void *arg, const char *address, uint8_t ret[WATCHLIST_KEY_MAX],
		     size_t *ret_len, struct err *err)
{
	struct scanner *s = arg;

	return s->o.chain->ops->key(s->o.chain, address, ret, ret_len, err);
}

static const struct watchlist *watched_now(void *arg)
{
	struct scanner *s = arg;
	struct err err;

	/* The same look is taken when the block is matched: what goes wrong is told then. */
	return pool_watch_refresh(s->pool, &err) < 0 ? NULL : pool_watch_list(s->pool);
}

static void chain_attach(struct scanner *s)
{
	s->o.chain->watched = watched_now;
	s->o.chain->watched_arg = s;
	s->o.chain->news = on_chain_news;
	s->o.chain->news_arg = s;
}

struct scanner *scanner_new(const struct scanner_options *o)
{
	struct scanner *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->o = *o;
	s->node_tip = -1;
	s->cursor.height = o->initial_height - 1;
	s->load_started_at = clock_mono_ms();
	s->timer = loop_timer_new(o->loop, on_timer, s);
	s->pool = pool_watch_new(o->store, o->coin, watch_key, s);
	if (s->pool == NULL) {
		loop_timer_free(s->timer);
		free(s);
		return NULL;
	}
	scan_fetch_init(s);
	scan_trouble_init(s);
	chain_attach(s);
	s->state = SCAN_LOAD;
	loop_timer_start(s->timer, 0);
	return s;
}

void scanner_free(struct scanner *s)
{
	if (s == NULL)
		return;
	if (s->commit_pending)
		commit_group_flush(s->o.commits); /* on_commit() must not come later */
	scan_fetch_drop(s);
	loop_timer_free(s->timer);
	pool_watch_free(s->pool);
	free(s);
}

void scanner_status(const struct scanner *s, struct scanner_status *ret)
{
	*ret = (struct scanner_status){
		.height = s->cursor.height,
		.node_tip = s->node_tip,
		.state = states[s->trouble.halted ? SCAN_HALTED : s->state].word,
	};
}

struct pool_watch *scanner_pool(const struct scanner *s)
{
	return s->loaded ? s->pool : NULL;
}
