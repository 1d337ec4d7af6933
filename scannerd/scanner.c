/* One state machine, whatever the chain.  Callbacks record what came and call scanner_enter(); the
 * order of events is this diagram:
 *
 *   LOAD --> TIP --> COMPARE --> FETCH --> TIP ...
 *             ^       |  |         (cursor at the tip) COMPARE --> IDLE --period--> TIP
 *             |       |  +-- node has less than was scanned --> IDLE
 *             |       +-- all is well, and finality counts: FINAL --> FETCH or IDLE
 *             |       +-- hashes differ: COMPARE one lower, until they agree --> rewind --> TIP
 *             |       +-- hashes differ and none is kept --> HALTED
 *             +-- back-off -- RETRY <-- whatever fails, in any state
 *
 * LOAD     takes in the address pool, a page a turn.
 * TIP      asks for the node's height; the answer says also that the network is right.
 * COMPARE  holds the stored hash of the last scanned block against the node's, so that a
 *          reorganisation is seen even when the chain gets no longer by it.
 * FINAL    (only where finality is what confirms) asks which block is final, and confirms up to it
 *          when it is one of ours.  Depth confirms nothing then.
 * FETCH    asks for blocks ahead, up to WINDOW of them, and handles them strictly in order.  While
 *          more are to come they are recorded RECORD_AT at a time: one commit serves them all.
 *
 * What may never happen: a block recorded whose parent is not the block recorded before it; a
 * cursor that moves without the sightings of its block, or they without it; a sighting confirmed
 * by blocks that were not scanned.  So sightings, cursor and confirmations of a block are one
 * step of one transaction, and depth is counted from the cursor, not from what the node says.
 *
 * The cursor in memory runs ahead of the commit within one turn of the loop.  When the commit
 * fails, it is read again from the database and everything under way is forgotten. */
#include "scannerd/scanner.h"

#include <assert.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/loop/backoff.h"
#include "common/store/scan_store.h"
#include "scannerd/block_record.h"
#include "scannerd/pool_watch.h"

#define WINDOW		 32
#define RECORD_AT	 16 /* blocks in a row are recorded together while more are to come */
#define LOAD_PAGE	 10000
#define RETRY_FIRST_MS	 250
#define RETRY_MAX_MS	 30000
#define RETRY_SLOW_MS	 10000 /* where a person must act first */
#define NET_PERIOD_MS	 60000 /* a node that tells of its blocks is asked this often all the same */
#define PASSING_FAILURES 5     /* what a reorganisation explains is worth a word after so many */

enum scan_state {
	SCAN_LOAD,
	SCAN_TIP,
	SCAN_COMPARE,
	SCAN_FINAL,
	SCAN_FETCH,
	SCAN_IDLE,
	SCAN_RETRY,
	SCAN_HALTED,
};

static const char *const state_names[] = {
	[SCAN_LOAD] = "loading",   [SCAN_TIP] = "asking",     [SCAN_COMPARE] = "comparing",
	[SCAN_FINAL] = "finality", [SCAN_FETCH] = "fetching", [SCAN_IDLE] = "waiting",
	[SCAN_RETRY] = "retrying", [SCAN_HALTED] = "halted",
};

/* What each trouble means to the operator.  A passing one is what a reorganisation looks like
 * between two questions. */
static const struct {
	bool passing;
	bool slow; /* asking again at once does not help, and may get us locked out */
	const char *advice;
} troubles[] = {
	[CHAIN_UNREACHABLE] = { .advice = "deposits are not seen until the node answers: check "
					  "that it runs and that the server in the configuration "
					  "is it" },
	[CHAIN_WARMING_UP] = { .advice = "the node is starting; the scan goes on when it is "
					 "ready" },
	[CHAIN_BUSY] = { .advice = "deposits are seen late: give the node less to do, or a longer "
				   "work queue" },
	[CHAIN_UNAUTHORIZED] = { .slow = true,
				 .advice = "deposits are not seen: check user and password in the "
					   "configuration, and whom the node lets in" },
	[CHAIN_UNTRUSTED] = { .slow = true,
			      .advice = "nothing was sent to it, and deposits are not seen: check "
					"the certificate and the host name in the configuration" },
	[CHAIN_WRONG_NETWORK] = { .slow = true,
				  .advice = "nothing is scanned: check which node the "
					    "configuration names, and the network" },
	[CHAIN_NOT_YET] = { .passing = true,
			    .advice = "the node's chain gets shorter again and again: look at its "
				      "log" },
	[CHAIN_STALE] = { .passing = true,
			  .advice = "the node's chain changes again and again: look at its log" },
	[CHAIN_BAD_BLOCK] = { .advice = "the scan stays before this block, asking again: check "
					"the node's disk and version, or name another node" },
	[CHAIN_PRUNED] = { .slow = true,
			   .advice = "the scan stays before this block: name a node that has kept "
				     "it, or download it again with a larger prune size" },
	[CHAIN_REFUSED] = { .advice = "the scan stays before this block, asking again: look at "
				      "the node's log" },
};

/* A block asked for, until it is recorded.  Height h has slot h % WINDOW. */
struct slot {
	struct scanner *scanner;
	bool ready;
	struct scanned_block block;
};

struct scanner {
	struct scanner_options o;
	struct pool_watch *pool;
	struct loop_timer *timer;
	struct backoff backoff;
	char node_problem[16], scan_problem[16], final_problem[16]; /* "btc_node", "btc_scan" */
	char quiet_problem[16];

	enum scan_state state;
	struct scan_cursor cursor; /* hash empty: no block scanned yet, height is the one before */
	bool loaded;		   /* cursor and pool are in memory */
	int64_t node_tip;
	int64_t newest_tip;	/* the highest that was heard of, */
	uint64_t newest_tip_at; /* and when first: clock_mono_ms() */
	bool moved;		/* since the last idle state */
	bool retry_slow;	/* what failed last asks for patience */
	bool news_waits;	/* the node told of a block while we were busy */

	/* COMPARE */
	int64_t compare_at;
	char compare_hash[BLOCK_HASH_TEXT_MAX]; /* ours */
	bool differs;				/* a block above compare_at is not ours */

	/* FETCH */
	struct slot slots[WINDOW];
	int64_t next_ask;

	bool commit_pending, news;
};

static void scanner_enter(struct scanner *s, enum scan_state state);

/* --- failing ------------------------------------------------------------------------------- */

static void scanner_retry(struct scanner *s)
{
	scanner_enter(s, SCAN_RETRY);
}

static void scanner_fail_node(struct scanner *s, const struct chain_error *e)
{
	if (!troubles[e->trouble].passing || s->backoff.failures >= PASSING_FAILURES)
		health_raise(s->o.health, s->node_problem, "%s; %s", e->text,
			     troubles[e->trouble].advice);
	else
		log_info("scan_again", "coin=%s why=\"%s\"", coin_name(s->o.coin), e->text);
	s->retry_slow = troubles[e->trouble].slow;
	scanner_retry(s);
}

static void scanner_fail_store(struct scanner *s, const struct err *err)
{
	health_raise(s->o.health, s->scan_problem,
		     "%s; deposits are not recorded until the database can be written", err->text);
	scanner_retry(s);
}

/* The node answers sensibly. */
static void scanner_node_is_well(struct scanner *s)
{
	backoff_reset(&s->backoff);
	health_clear(s->o.health, s->node_problem);
}

/* ... and the scan is where it should be or has moved on, and that is committed. */
static void scanner_progress(struct scanner *s)
{
	scanner_node_is_well(s);
	health_clear(s->o.health, s->scan_problem);
}

/* A person must act first: the cursor stays, nothing is undone, nothing is confirmed any more. */
static void scanner_halt(struct scanner *s)
{
	log_watch("scan_halted", "coin=%s height=%" PRId64 " hash=%s node_tip=%" PRId64,
		  coin_name(s->o.coin), s->cursor.height, s->cursor.hash, s->node_tip);
	health_raise(s->o.health, s->scan_problem,
		     "the node's chain differs from what was scanned for more than %d blocks below "
		     "%" PRId64
		     "; scanning has stopped: check which node this is, then start again",
		     BLOCK_HASHES_KEPT, s->cursor.height);
	scanner_enter(s, SCAN_HALTED);
}

/* --- the cursor and the commit ---------------------------------------------------------------- */

static int cursor_read(struct scanner *s, struct err *err)
{
	int rc = store_cursor_get(s->o.store, s->o.coin, &s->cursor, err);

	if (rc != ERR_NOT_FOUND)
		return rc;
	s->cursor = (struct scan_cursor){ .height = s->o.initial_height - 1,
					  .initial_height = s->o.initial_height };
	return 0;
}

static void on_commit(void *arg, const struct err *err)
{
	struct scanner *s = arg;
	bool news = s->news;
	struct err read_err;

	s->commit_pending = s->news = false;
	if (err == NULL) {
		FAULT("scanner.commit.after");
		scanner_progress(s);
		if (news)
			s->o.on_news(s->o.arg);
		return;
	}
	scanner_fail_store(s, err);
	s->loaded = cursor_read(s, &read_err) == 0;
}

/* Something is in the turn's transaction: hear what becomes of it. */
static void commit_expect(struct scanner *s)
{
	if (s->commit_pending)
		return;
	s->commit_pending = true;
	commit_group_after(s->o.commits, on_commit, s);
}

/* --- recording a block -------------------------------------------------------------------- */

/* In the turn's transaction. */
static int scanner_record(struct scanner *s, const struct scanned_block *b, struct err *err)
{
	int rc = commit_group_join(s->o.commits, err);

	if (rc == 0)
		rc = block_record(s->o.store, b, s->cursor.initial_height, s->o.confirmations,
				  &s->news, err);
	if (rc == 0)
		commit_expect(s);
	FAULT("scanner.commit.before");
	return rc;
}

/* --- FETCH -------------------------------------------------------------------------------- */

static struct slot *slot_of(struct scanner *s, int64_t height)
{
	return &s->slots[height % WINDOW];
}

static void slot_release(struct slot *slot)
{
	scanned_block_release(&slot->block);
	slot->ready = false;
}

/* Forget what is under way. */
static void fetch_drop(struct scanner *s)
{
	s->o.chain->ops->drop(s->o.chain);
	for (unsigned i = 0; i < WINDOW; i++)
		slot_release(&s->slots[i]);
}

static void on_output(void *arg, const struct chain_output *o)
{
	scanned_block_add(arg, o);
}

/* The pool is looked at after the block has arrived (pool_watch.c says why).  Success does not mean
 * that the slot is ready: see match() in chain.h. */
static int slot_fill(struct slot *slot, const struct chain_block *b, struct err *err)
{
	struct scanner *s = slot->scanner;
	int rc = pool_watch_refresh(s->pool, err);

	if (rc < 0)
		return rc;
	assert(b->height == slot->block.height);
	memcpy(slot->block.hash, b->hash, sizeof(slot->block.hash));
	memcpy(slot->block.prev_hash, b->prev_hash, sizeof(slot->block.prev_hash));
	slot->ready = s->o.chain->ops->match(s->o.chain, b, pool_watch_list(s->pool), on_output,
					     &slot->block);
	return 0;
}

static bool follows_cursor(const struct scanner *s, const struct scanned_block *b)
{
	return s->cursor.hash[0] == '\0' || strcmp(b->prev_hash, s->cursor.hash) == 0;
}

static void cursor_move(struct scanner *s, const struct scanned_block *b)
{
	s->cursor.height = b->height;
	memcpy(s->cursor.hash, b->hash, sizeof(s->cursor.hash));
	s->moved = true;
}

/* The next block in order is here. */
static bool fetch_take(struct scanner *s, struct slot *slot)
{
	struct chain_error stale = { .trouble = CHAIN_STALE };
	struct err err;

	if (!follows_cursor(s, &slot->block)) {
		(void)snprintf(stale.text, sizeof(stale.text),
			       "block %" PRId64 " does not follow the block scanned before it",
			       slot->block.height);
		scanner_fail_node(s, &stale);
		return false;
	}
	if (scanner_record(s, &slot->block, &err) < 0) {
		scanner_fail_store(s, &err);
		return false;
	}
	cursor_move(s, &slot->block);
	slot_release(slot);
	return true;
}

static void on_block(void *arg, const struct chain_error *e, const struct chain_block *b);

static void fetch_ask(struct scanner *s)
{
	while (s->next_ask <= s->node_tip && s->next_ask <= s->cursor.height + WINDOW) {
		struct slot *slot = slot_of(s, s->next_ask);

		slot->block.height = s->next_ask++;
		s->o.chain->ops->block_at(s->o.chain, slot->block.height, on_block, slot);
	}
}

/* Blocks that are here, in a row from the cursor on. */
static int64_t fetch_ready(struct scanner *s)
{
	int64_t n = 0;

	while (n < WINDOW && slot_of(s, s->cursor.height + 1 + n)->ready)
		n++;
	return n;
}

/* Record them all; false: it failed, and another state was entered. */
static bool fetch_record(struct scanner *s)
{
	struct slot *slot;

	while ((slot = slot_of(s, s->cursor.height + 1))->ready)
		if (!fetch_take(s, slot))
			return false;
	return true;
}

static void fetch_step(struct scanner *s)
{
	int64_t ready = fetch_ready(s);
	bool last = s->cursor.height + ready >= s->node_tip;

	if ((ready >= RECORD_AT || last) && !fetch_record(s))
		return;
	if (s->cursor.height >= s->node_tip)
		scanner_enter(s, SCAN_TIP);
	else
		fetch_ask(s);
}

static void on_block(void *arg, const struct chain_error *e, const struct chain_block *b)
{
	static const struct chain_error again = { CHAIN_STALE, "an address was added while a block "
							       "that pays it was asked for" };
	struct slot *slot = arg;
	struct scanner *s = slot->scanner;
	struct err err;

	if (e != NULL) {
		if (fetch_record(s)) /* what came before it counts all the same */
			scanner_fail_node(s, e);
	} else if (slot_fill(slot, b, &err) < 0) {
		scanner_fail_store(s, &err);
	} else if (!slot->ready) {
		scanner_fail_node(s, &again);
	} else {
		fetch_step(s);
	}
}

static void fetch_start(struct scanner *s)
{
	s->next_ask = s->cursor.height + 1;
	fetch_ask(s);
}

/* --- COMPARE ------------------------------------------------------------------------------ */

static int rewind_in_transaction(struct scanner *s, int64_t height, uint64_t *ret_orphaned,
				 struct err *err)
{
	int rc = commit_group_join(s->o.commits, err);

	if (rc < 0)
		return rc;
	rc = store_mark(s->o.store, err);
	if (rc < 0)
		return rc;
	FAULT("scanner.rewind.before");
	rc = store_cursor_rewind(s->o.store, s->o.coin, height, ret_orphaned, err);
	rc = store_settle(s->o.store, rc, err);
	return rc < 0 ? err_wrap(err, "rewind to block %" PRId64, height) : 0;
}

/* Undo the blocks above `height`, which the node no longer has. */
static void scanner_rewind(struct scanner *s, int64_t height)
{
	int64_t from = s->cursor.height;
	uint64_t orphaned = 0;
	struct err err;

	if (rewind_in_transaction(s, height, &orphaned, &err) < 0) {
		scanner_fail_store(s, &err);
		return;
	}
	log_warn("reorganisation", "coin=%s from_height=%" PRId64 " to_height=%" PRId64,
		 coin_name(s->o.coin), from, height);
	if (orphaned > 0)
		log_watch("confirmed_deposits_undone",
			  "coin=%s count=%" PRIu64 " from_height=%" PRId64 " to_height=%" PRId64,
			  coin_name(s->o.coin), orphaned, from, height);
	s->news |= orphaned > 0;
	commit_expect(s);
	commit_group_flush(s->o.commits); /* nothing goes on from a rewind that is not durable */
	FAULT("scanner.rewind.after");
	if (s->state == SCAN_RETRY)
		return; /* on_commit() heard that it failed */
	if (cursor_read(s, &err) < 0)
		scanner_fail_store(s, &err);
	else
		scanner_enter(s, SCAN_TIP);
}

static void wait_behind(struct scanner *s)
{
	scanner_node_is_well(s);
	health_raise(s->o.health, s->scan_problem,
		     "the node is at block %" PRId64 ", but block %" PRId64 " was scanned already; "
		     "deposits wait until it has caught up",
		     s->node_tip, s->cursor.height);
	scanner_enter(s, SCAN_IDLE);
}

static void wait_initial(struct scanner *s)
{
	scanner_node_is_well(s);
	health_raise(s->o.health, s->scan_problem,
		     "the scan starts at block %" PRId64 " (initial_scan_height), but the node is "
		     "at block %" PRId64 "; no deposit is seen before",
		     s->cursor.height + 1, s->node_tip);
	scanner_enter(s, SCAN_IDLE);
}

/* What there is to do when all that was scanned is on the node's chain. */
static void scanner_forward(struct scanner *s)
{
	if (s->node_tip > s->cursor.height) {
		scanner_enter(s, SCAN_FETCH);
	} else if (s->cursor.hash[0] == '\0') {
		wait_initial(s);
	} else {
		scanner_progress(s);
		scanner_enter(s, SCAN_IDLE);
	}
}

/* --- FINAL --------------------------------------------------------------------------------- */

/* In the turn's transaction.  *ret_ours: the block is one that was scanned. */
static int final_record(struct scanner *s, int64_t height, const char *hash, bool *ret_ours,
			struct err *err)
{
	char ours[BLOCK_HASH_TEXT_MAX];
	int rc = store_block_hash(s->o.store, s->o.coin, height, ours, err);

	*ret_ours = rc == 0 && strcmp(ours, hash) == 0;
	if (rc == ERR_NOT_FOUND || (rc == 0 && !*ret_ours))
		return 0;
	if (rc == 0)
		rc = commit_group_join(s->o.commits, err);
	if (rc == 0)
		rc = block_record_final(s->o.store, s->o.coin, height, &s->news, err);
	if (rc == 0)
		commit_expect(s);
	return rc;
}

/* The node does not know, or not yet: the scan goes on, and what is seen waits. */
static void final_unknown(struct scanner *s, const struct chain_error *e)
{
	health_raise(s->o.health, s->final_problem,
		     "%s; deposits are seen, but none is confirmed until it does", e->text);
	scanner_forward(s);
}

static void on_final(void *arg, const struct chain_error *e, int64_t height, const char *hash)
{
	struct scanner *s = arg;
	bool ours = false;
	struct err err;

	if (e != NULL && e->trouble == CHAIN_NOT_YET) {
		final_unknown(s, e);
	} else if (e != NULL) {
		scanner_fail_node(s, e);
	} else if (final_record(s, height, hash, &ours, &err) < 0) {
		scanner_fail_store(s, &err);
	} else {
		health_clear(s->o.health, s->final_problem);
		log_debug("final_block", "coin=%s height=%" PRId64 " ours=%s", coin_name(s->o.coin),
			  height, ours ? "yes" : "no");
		scanner_forward(s);
	}
}

/* All that was scanned is on the node's chain. */
static void compare_agrees(struct scanner *s)
{
	if (s->o.confirmations == 0 && s->cursor.hash[0] != '\0')
		scanner_enter(s, SCAN_FINAL);
	else
		scanner_forward(s);
}

/* --- COMPARE, going back --------------------------------------------------------------------- */

static void on_compare_hash(void *arg, const struct chain_error *e, const char *hash);

/* No hash of ours to compare with at compare_at. */
static void compare_unknown(struct scanner *s)
{
	if (!s->differs)
		wait_behind(s); /* the node has lost more than is kept: it is loading again */
	else if (s->compare_at < s->cursor.initial_height)
		scanner_rewind(s, s->cursor.initial_height - 1);
	else
		scanner_halt(s);
}

static void compare_ask(struct scanner *s)
{
	struct err err;
	int rc = store_block_hash(s->o.store, s->o.coin, s->compare_at, s->compare_hash, &err);

	if (rc == ERR_NOT_FOUND)
		compare_unknown(s);
	else if (rc < 0)
		scanner_fail_store(s, &err);
	else
		s->o.chain->ops->hash_at(s->o.chain, s->compare_at, on_compare_hash, s);
}

static void on_compare_hash(void *arg, const struct chain_error *e, const char *hash)
{
	struct scanner *s = arg;

	if (e != NULL) {
		scanner_fail_node(s, e);
	} else if (strcmp(hash, s->compare_hash) != 0) {
		s->differs = true;
		s->compare_at--;
		compare_ask(s);
	} else if (s->differs) {
		scanner_rewind(s, s->compare_at);
	} else if (s->compare_at < s->cursor.height) {
		wait_behind(s);
	} else {
		compare_agrees(s);
	}
}

static void compare_start(struct scanner *s)
{
	s->differs = false;
	s->compare_at = s->node_tip < s->cursor.height ? s->node_tip : s->cursor.height;
	if (s->cursor.hash[0] == '\0')
		compare_agrees(s);
	else
		compare_ask(s);
}

/* --- TIP, LOAD and waiting ----------------------------------------------------------------- */

/* A node whose other half has died (Ethereum's consensus client) answers well and shows the same
 * tip for ever; it does not say that it is behind, for nobody tells it. */
static void watch_pace(struct scanner *s, int64_t height)
{
	uint64_t now = clock_mono_ms();

	if (height > s->newest_tip) {
		s->newest_tip = height;
		s->newest_tip_at = now;
		health_clear(s->o.health, s->quiet_problem);
	} else if (s->o.quiet_ms > 0 && now - s->newest_tip_at >= s->o.quiet_ms) {
		health_raise(
			s->o.health, s->quiet_problem,
			"the node has shown no block after %" PRId64 " for more than %" PRIu64
			" minutes; deposits made since are not seen: check that it is connected, "
			"and its consensus client",
			s->newest_tip, s->o.quiet_ms / 60000);
	}
}

static void on_tip(void *arg, const struct chain_error *e, int64_t height)
{
	struct scanner *s = arg;

	if (e != NULL) {
		scanner_fail_node(s, e);
		return;
	}
	s->node_tip = height;
	watch_pace(s, height);
	scanner_enter(s, SCAN_COMPARE);
}

static void tip_start(struct scanner *s)
{
	s->news_waits = false;
	s->o.chain->ops->tip(s->o.chain, on_tip, s);
}

static void load_step(struct scanner *s)
{
	bool more = false;
	struct err err;

	if (cursor_read(s, &err) < 0 || pool_watch_page(s->pool, LOAD_PAGE, &more, &err) < 0) {
		scanner_fail_store(s, &err);
		return;
	}
	if (more) {
		loop_timer_start(s->timer, 0);
		return;
	}
	s->loaded = true;
	log_info("scan_start", "coin=%s height=%" PRId64 " watched=%zu", coin_name(s->o.coin),
		 s->cursor.height + 1, watchlist_count(pool_watch_list(s->pool)));
	scanner_enter(s, SCAN_TIP);
}

static uint64_t idle_period(const struct scanner *s)
{
	return s->o.chain->tells_news && s->o.period_ms < NET_PERIOD_MS ? NET_PERIOD_MS
									: s->o.period_ms;
}

static void on_chain_news(void *arg)
{
	struct scanner *s = arg;

	s->news_waits = true;
	if (s->state == SCAN_IDLE)
		loop_timer_start(s->timer, 0);
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
	uint64_t wait = backoff_next(&s->backoff);

	fetch_drop(s);
	loop_timer_start(s->timer, s->retry_slow && wait < RETRY_SLOW_MS ? RETRY_SLOW_MS : wait);
	s->retry_slow = false;
}

static void on_timer(void *arg)
{
	struct scanner *s = arg;

	scanner_enter(s, s->loaded ? SCAN_TIP : SCAN_LOAD);
}

/* THE door into a state: what is begun there. */
static void scanner_enter(struct scanner *s, enum scan_state state)
{
	if (s->state != state)
		log_debug("scan_state", "coin=%s from=%s to=%s height=%" PRId64,
			  coin_name(s->o.coin), state_names[s->state], state_names[state],
			  s->cursor.height);
	s->state = state;
	switch (state) {
	case SCAN_LOAD: load_step(s); break;
	case SCAN_TIP: tip_start(s); break;
	case SCAN_COMPARE: compare_start(s); break;
	case SCAN_FINAL: s->o.chain->ops->final_block(s->o.chain, on_final, s); break;
	case SCAN_FETCH: fetch_start(s); break;
	case SCAN_IDLE: idle_start(s); break;
	case SCAN_RETRY: retry_start(s); break;
	case SCAN_HALTED: fetch_drop(s); break;
	}
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

struct scanner *scanner_new(const struct scanner_options *o)
{
	struct scanner *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->o = *o;
	s->node_tip = s->newest_tip = -1;
	s->cursor.height = o->initial_height - 1;
	s->timer = loop_timer_new(o->loop, on_timer, s);
	s->pool = pool_watch_new(o->store, o->coin, watch_key, s);
	if (s->pool == NULL) {
		loop_timer_free(s->timer);
		free(s);
		return NULL;
	}
	o->chain->watched = watched_now;
	o->chain->watched_arg = s;
	o->chain->news = on_chain_news;
	o->chain->news_arg = s;
	for (unsigned i = 0; i < WINDOW; i++)
		s->slots[i] = (struct slot){ .scanner = s, .block.coin = o->coin };
	backoff_init(&s->backoff, RETRY_FIRST_MS, RETRY_MAX_MS);
	(void)snprintf(s->node_problem, sizeof(s->node_problem), "%s_node",
		       coin_info(o->coin)->key);
	(void)snprintf(s->scan_problem, sizeof(s->scan_problem), "%s_scan",
		       coin_info(o->coin)->key);
	(void)snprintf(s->final_problem, sizeof(s->final_problem), "%s_final",
		       coin_info(o->coin)->key);
	(void)snprintf(s->quiet_problem, sizeof(s->quiet_problem), "%s_quiet",
		       coin_info(o->coin)->key);
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
	fetch_drop(s);
	loop_timer_free(s->timer);
	pool_watch_free(s->pool);
	free(s);
}

void scanner_status(const struct scanner *s, struct scanner_status *ret)
{
	*ret = (struct scanner_status){ .height = s->cursor.height,
					.node_tip = s->node_tip,
					.state = state_names[s->state] };
}
