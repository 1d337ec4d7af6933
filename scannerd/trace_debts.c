/* LOOK --> ASK --> RECORD --> rest --> LOOK ...
 *   ^       |         |
 *   +-------+ back-off+      LOOK: nothing is owed, or the scan is behind: later
 *
 * LOOK    what is next?  The block that was tried least, of those the newest.
 * ASK     for that block, on connections of its own, with its trace.
 * RECORD  what contracts paid in it, and that nothing is owed any more, in one transaction.
 *
 * Whether the block is still on our chain need not be asked: a debt names the block by its hash and
 * is taken back with it, in the same transaction (store_cursor_rewind).  So what is recorded is
 * right as long as the debt is still there in the transaction that settles it.
 *
 * What may never happen: a debt settled without its trace; one forgotten by a kill; the scan held
 * up. After a failure the chain is closed, so that what the node can do is found out anew. */
#include "scannerd/trace_debts.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/loop/backoff.h"
#include "common/store/trace_store.h"
#include "scannerd/block_record.h"

#define LOOK_MS	       2000 /* how soon a first debt is noticed */
#define BEHIND	       2    /* as of a rescan */
#define GIVE_WAY_MS    250
#define REST_MAX_MS    1000
#define RETRY_FIRST_MS 2000
#define RETRY_MAX_MS   600000
#define TELL_AFTER_S   (12 * 3600) /* that long no person is needed */

struct trace_debts {
	struct trace_debts_options o;
	struct loop_timer *timer; /* leads to LOOK */
	struct backoff backoff;
	char problem[16]; /* "eth_untraced" */
	struct trace_debts_sum sum;
	struct chain *chain; /* while something is owed */
	struct pool_watch *pool;
	bool told;
	/* the one that is being asked about */
	struct trace_debt debt;
	struct scanned_block block;
	uint64_t asked_at; /* clock_mono_ms() */
	struct block_again found;
	bool commit_pending, settled, news;
};

static void look_in(struct trace_debts *t, uint64_t ms)
{
	loop_timer_start(t->timer, ms);
}

/* --- the chain -------------------------------------------------------------------------------- */

static const struct watchlist *watched_now(void *arg)
{
	struct trace_debts *t = arg;
	struct err err;

	return pool_watch_refresh(t->pool, &err) < 0 ? NULL : pool_watch_list(t->pool);
}

static void on_chain_news(void *arg)
{
	(void)arg;
}

static int open_chain(struct trace_debts *t, struct err *err)
{
	int rc = t->chain == NULL ? t->o.open_chain(t->o.arg, t->o.coin, &t->chain, err) : 0;

	if (rc < 0)
		return rc;
	t->chain->watched = watched_now;
	t->chain->watched_arg = t;
	t->chain->news = on_chain_news;
	return 0;
}

static void close_chain(struct trace_debts *t)
{
	if (t->chain == NULL)
		return;
	t->chain->ops->free(t->chain);
	t->chain = NULL;
	(void)malloc_trim(0); /* the buffers of a trace */
}

/* --- the commit ------------------------------------------------------------------------------- */

static void log_settled(const struct trace_debts *t)
{
	log_info("block_traced",
		 "coin=%s height=%" PRId64 " found=%" PRIu64 " known=%" PRIu64 " tries=%" PRIu32,
		 coin_name(t->o.coin), t->debt.height, t->found.found, t->found.known,
		 t->debt.tries + 1);
}

/* As long as it took: half of the node's time is left to others. */
static uint64_t rest_ms(const struct trace_debts *t)
{
	uint64_t took = clock_mono_ms() - t->asked_at;

	return took < REST_MAX_MS ? took : REST_MAX_MS;
}

static void on_commit(void *arg, const struct err *err)
{
	struct trace_debts *t = arg;
	bool news = t->news, settled = t->settled;

	t->commit_pending = t->news = t->settled = false;
	if (err != NULL || !settled) {
		look_in(t, backoff_next(&t->backoff));
		return;
	}
	FAULT("trace_debts.commit.after");
	log_settled(t);
	backoff_reset(&t->backoff);
	if (news)
		t->o.on_news(t->o.arg);
	look_in(t, rest_ms(t));
}

static void expect_commit(struct trace_debts *t)
{
	if (t->commit_pending)
		return;
	t->commit_pending = true;
	commit_group_after(t->o.commits, on_commit, t);
}

static void store_trouble(struct trace_debts *t, const struct err *err)
{
	log_warn("trace_debts", "coin=%s why=\"%s\"", coin_name(t->o.coin), err->text);
	look_in(t, backoff_next(&t->backoff));
}

/* --- RECORD ----------------------------------------------------------------------------------- */

static int record_found(struct trace_debts *t, struct err *err)
{
	struct scan_cursor cursor;
	int rc = store_cursor_get(t->o.store, t->o.coin, &cursor, err);

	return rc < 0 ? rc
		      : block_record_again(t->o.store, &t->block, cursor.height, t->o.confirmations,
					   &t->found, &t->news, err);
}

static int record(struct trace_debts *t, struct err *err)
{
	bool owed = false;
	int rc = commit_group_join(t->o.commits, err);

	if (rc == 0)
		rc = store_trace_is_owed(t->o.store, &t->debt, &owed, err);
	if (rc < 0 || !owed)
		return rc;
	FAULT("trace_debts.commit.before");
	rc = record_found(t, err);
	t->settled = rc == 0;
	return rc;
}

static void settle(struct trace_debts *t)
{
	struct err err;

	t->found = (struct block_again){ .found = 0 };
	if (record(t, &err) < 0)
		store_trouble(t, &err);
	else if (t->settled)
		expect_commit(t);
	else
		look_in(t, 0); /* given up, or taken back, meanwhile */
}

static int record_failure(struct trace_debts *t, struct err *err)
{
	int rc = commit_group_join(t->o.commits, err);

	return rc < 0 ? rc : store_trace_failed(t->o.store, &t->debt, err);
}

/* The chain is closed by the next look: we are inside one of its answers. */
static void failed(struct trace_debts *t, const char *why)
{
	struct err err;

	log_debug("trace_failed", "coin=%s height=%" PRId64 " why=\"%s\"", coin_name(t->o.coin),
		  t->debt.height, why);
	t->debt.tries++;
	(void)snprintf(t->debt.why, sizeof(t->debt.why), "%.*s", TRACE_WHY_MAX - 1, why);
	if (record_failure(t, &err) < 0)
		store_trouble(t, &err);
	else
		expect_commit(t);
}

/* --- ASK -------------------------------------------------------------------------------------- */

static void on_output(void *arg, const struct chain_output *o)
{
	scanned_block_add(arg, o);
}

/* NULL: it is what is owed. */
static const char *refuse(const struct trace_debts *t, const struct chain_block *b)
{
	if (strcmp(b->hash, t->debt.hash) != 0)
		return "the node has another block there";
	if (!b->traced)
		return b->owed != NULL ? b->owed : "the node does not trace";
	return NULL;
}

static void take_block(struct trace_debts *t, const struct chain_block *b)
{
	struct err err;

	scanned_block_head(&t->block, b);
	if (pool_watch_refresh(t->pool, &err) < 0)
		store_trouble(t, &err);
	else if (!t->chain->ops->match(t->chain, b, pool_watch_list(t->pool), on_output, &t->block))
		look_in(t, 0); /* an address came in that the chain did not ask about */
	else
		settle(t);
}

static void on_block(void *arg, const struct chain_error *e, const struct chain_block *b)
{
	struct trace_debts *t = arg;
	const char *why = e != NULL ? e->text : refuse(t, b);

	if (why != NULL)
		failed(t, why);
	else
		take_block(t, b);
}

static void ask(struct trace_debts *t)
{
	struct err err;

	if (t->backoff.failures > 0)
		close_chain(t);
	if (open_chain(t, &err) < 0 ||
	    store_trace_next(t->o.store, t->o.coin, &t->debt, &err) < 0) {
		store_trouble(t, &err);
		return;
	}
	scanned_block_release(&t->block);
	t->block = (struct scanned_block){ .coin = t->o.coin, .height = t->debt.height };
	t->asked_at = clock_mono_ms();
	t->chain->ops->block_at(t->chain, t->debt.height, on_block, t);
}

/* --- LOOK ------------------------------------------------------------------------------------- */

static void tell_person(struct trace_debts *t)
{
	if (t->told || clock_unix() < t->sum.since + TELL_AFTER_S)
		return;
	t->told = true;
	log_watch("blocks_not_traced",
		  "coin=%s count=%" PRIu64 " from=%" PRId64 " to=%" PRId64
		  " why=\"the node does not trace them since %d hours: name one that can, or give "
		  "them up (tellerctl trace drop)\"",
		  coin_name(t->o.coin), t->sum.count, t->sum.from, t->sum.to, TELL_AFTER_S / 3600);
}

/* The text changes with the lowest block only: each change is a line in the log. */
static void tell(struct trace_debts *t)
{
	const char *coin = coin_name(t->o.coin);

	if (t->sum.count == 0) {
		t->told = false;
		health_clear(t->o.health, t->problem);
		return;
	}
	health_raise(t->o.health, t->problem,
		     "blocks from %" PRId64
		     " on wait to be traced: what contracts paid in them to %s addresses is found "
		     "when the node can, by itself; until then balances that grew are not told of "
		     "(tellerctl trace status; tellerctl trace drop gives blocks up)",
		     t->sum.from, coin);
	tell_person(t);
}

/* The scan itself comes first. */
static bool must_give_way(struct trace_debts *t)
{
	struct scanner_status s;

	scanner_status(t->o.scanner, &s);
	t->pool = scanner_pool(t->o.scanner);
	return t->pool == NULL || s.node_tip > s.height + BEHIND;
}

static void drop_unwanted(struct trace_debts *t)
{
	uint64_t count = 0;
	struct err err;

	if (trace_debts_drop(t, 0, INT64_MAX, &count, &err) < 0)
		store_trouble(t, &err);
	else
		log_info("trace_dropped", "coin=%s count=%" PRIu64 " why=\"tracing is off\"",
			 coin_name(t->o.coin), count);
}

static void nothing_owed(struct trace_debts *t)
{
	close_chain(t);
	backoff_reset(&t->backoff);
	if (t->o.wanted)
		look_in(t, LOOK_MS);
}

static void go_on(struct trace_debts *t)
{
	tell(t);
	if (t->sum.count == 0)
		nothing_owed(t);
	else if (must_give_way(t))
		look_in(t, GIVE_WAY_MS);
	else
		ask(t);
}

static void on_timer(void *arg)
{
	struct trace_debts *t = arg;
	struct err err;

	if (t->commit_pending)
		return; /* it leads here again */
	if (store_trace_sum(t->o.store, t->o.coin, &t->sum, &err) < 0)
		store_trouble(t, &err);
	else if (t->sum.count > 0 && !t->o.wanted)
		drop_unwanted(t);
	else
		go_on(t);
}

const struct trace_debts_sum *trace_debts_sum(const struct trace_debts *t)
{
	return &t->sum;
}

static void on_dropped(void *arg, const struct err *err)
{
	struct err *ret = arg;

	if (err != NULL)
		*ret = *err;
}

static int drop_in_transaction(struct trace_debts *t, int64_t from, int64_t to, uint64_t *ret_count,
			       struct err *err)
{
	int rc = commit_group_join(t->o.commits, err);

	if (rc == 0)
		rc = store_trace_drop(t->o.store, t->o.coin, from, to, ret_count, err);
	return rc;
}

int trace_debts_drop(struct trace_debts *t, int64_t from, int64_t to, uint64_t *ret_count,
		     struct err *err)
{
	struct err failure = { .code = 0 };
	int rc = drop_in_transaction(t, from, to, ret_count, err);

	if (rc < 0)
		return rc;
	commit_group_after(t->o.commits, on_dropped, &failure);
	commit_group_flush(t->o.commits);
	if (failure.code < 0) {
		*err = failure;
		return failure.code;
	}
	rc = store_trace_sum(t->o.store, t->o.coin, &t->sum, err);
	if (rc == 0)
		tell(t);
	return rc;
}

/* --- life ------------------------------------------------------------------------------------- */

struct trace_debts *trace_debts_new(const struct trace_debts_options *o)
{
	struct trace_debts *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->o = *o;
	backoff_init(&t->backoff, RETRY_FIRST_MS, RETRY_MAX_MS);
	(void)snprintf(t->problem, sizeof(t->problem), "%s_untraced", coin_info(o->coin)->key);
	t->timer = loop_timer_new(o->loop, on_timer, t);
	look_in(t, 0);
	return t;
}

void trace_debts_free(struct trace_debts *t)
{
	if (t == NULL)
		return;
	if (t->commit_pending)
		commit_group_flush(t->o.commits); /* on_commit() must not come later */
	scanned_block_release(&t->block);
	close_chain(t);
	loop_timer_free(t->timer);
	free(t);
}
