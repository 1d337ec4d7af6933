/* LOOK --> FETCH --> CHECK --> RECORD --> rest --> LOOK ...
 *   ^        |         |          |
 *   +--------+- back-off ---------+        LOOK: nothing is left, or nothing is ordered --> off
 *
 * LOOK    what is next?  While the scan itself is behind, nothing.
 * FETCH   asks for a batch of blocks, the highest first in line.
 * CHECK   asks the node again which blocks are its chain's, now that the batch is here.
 * RECORD  adds what was missed, and how far it is, in one transaction.
 *
 * It goes downwards: a block is the one that its child names, so each is an ancestor of one that
 * was believed, and the highest is one that the scan knows.  Where the scan knows none (deeper than
 * hashes are kept) the node's word is taken for the first one.  In any case the node must have the
 * last scanned block on its chain, and the batch below it, when the batch has arrived.
 *
 * What may never happen: the scan's cursor moved; a block believed that the scan's own chain does
 * not hold; a sighting that a reorganisation cannot undo.  Therefore the hashes of blocks that join
 * those that are kept are kept too, and a range that lies near them is stretched up to them.
 * What the scan takes back while this runs lies above its cursor, and is scanned by it anyway:
 * blocks there are none of ours. */
#include "scannerd/rescan.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "scannerd/rescan_parts.h"

#define BEHIND	       2 /* blocks that the scan may be behind without being given way */
#define GIVE_WAY_MS    250
#define RETRY_FIRST_MS 500
#define RETRY_MAX_MS   30000

void rescan_look_in(struct rescan *r, uint64_t ms)
{
	loop_timer_start(r->timer, ms);
}

void rescan_drop(struct rescan *r)
{
	if (r->chain != NULL)
		r->chain->ops->drop(r->chain);
	for (unsigned i = 0; i < RESCAN_BATCH; i++)
		scanned_block_release(&r->slots[i].block);
	r->asked = r->arrived = 0;
}

/* --- the commit ----------------------------------------------------------------------------- */

static void ended(struct rescan *r)
{
	const struct rescan_order *o = &r->order;

	log_info("rescan_ended",
		 "coin=%s from=%" PRId64 " to=%" PRId64 " state=%s found=%" PRIu64
		 " known=%" PRIu64,
		 coin_name(o->coin), o->from, o->to, rescan_state_name(o->state), o->found,
		 o->known);
	health_clear(r->o.health, r->problem);
	r->finished = r->running = false;
	rescan_drop(r);
	rescan_look_in(r, 0); /* the chain is closed there: we may be inside one of its answers */
	if (o->state == RESCAN_DONE)
		r->o.on_done(r->o.arg, o->coin);
}

static void on_commit(void *arg, const struct err *err)
{
	struct rescan *r = arg;
	bool news = r->news;

	r->commit_pending = r->news = false;
	if (err != NULL) {
		r->loaded = r->finished = false; /* as it is in the database */
		rescan_drop(r);
		rescan_look_in(r, backoff_next(&r->backoff));
		return;
	}
	FAULT("rescan.commit.after");
	if (news)
		r->o.on_news(r->o.arg);
	if (r->finished)
		ended(r);
}

void rescan_expect_commit(struct rescan *r)
{
	if (r->commit_pending)
		return;
	r->commit_pending = true;
	commit_group_after(r->o.commits, on_commit, r);
}

/* In the turn's transaction. */
int rescan_put(struct rescan *r, struct err *err)
{
	int rc = commit_group_join(r->o.commits, err);

	r->order.updated_at = clock_unix();
	if (rc == 0)
		rc = store_rescan_put(r->o.store, &r->order, err);
	if (rc == 0)
		rescan_expect_commit(r);
	return rc;
}

int rescan_end(struct rescan *r, enum rescan_state state, struct err *err)
{
	int rc;

	r->order.state = state;
	rc = rescan_put(r, err);
	r->finished = rc == 0;
	if (rc < 0)
		r->order.state = RESCAN_RUNNING;
	return rc;
}

/* --- LOOK ----------------------------------------------------------------------------------- */

int rescan_load(struct rescan *r, struct err *err)
{
	int rc = store_rescan_running(r->o.store, r->o.coin, &r->order, err);

	if (rc < 0 && rc != ERR_NOT_FOUND)
		return rc;
	r->running = rc == 0;
	r->loaded = true;
	return 0;
}

static const struct watchlist *watched_now(void *arg)
{
	struct rescan *r = arg;
	struct err err;

	return pool_watch_refresh(r->pool, &err) < 0 ? NULL : pool_watch_list(r->pool);
}

/* A new block is no news here. */
static void on_chain_news(void *arg)
{
	(void)arg;
}

static int open_chain(struct rescan *r, struct err *err)
{
	int rc = r->chain == NULL ? r->o.open_chain(r->o.arg, r->o.coin, &r->chain, err) : 0;

	if (rc < 0)
		return rc;
	r->chain->watched = watched_now;
	r->chain->watched_arg = r;
	r->chain->news = on_chain_news;
	return 0;
}

static void close_chain(struct rescan *r)
{
	if (r->chain == NULL)
		return;
	r->chain->ops->free(r->chain);
	r->chain = NULL;
	(void)malloc_trim(0); /* the buffers of large blocks */
}

/* The scan itself comes first. */
static bool must_give_way(struct rescan *r)
{
	struct scanner_status s;

	scanner_status(r->o.scanner, &s);
	r->pool = scanner_pool(r->o.scanner);
	return r->pool == NULL || s.node_tip > s.height + BEHIND;
}

/* Block `next` is named by its child.  When that is the lowest that is kept, it is asked for once
 * more, for its name for `next` changes with a reorganisation. */
static int top_of_batch(struct rescan *r, int64_t *ret, struct err *err)
{
	int64_t lowest;
	int rc = store_block_lowest(r->o.store, r->o.coin, &lowest, err);

	if (rc == 0)
		*ret = r->order.next == lowest - 1 ? lowest : r->order.next;
	return rc;
}

static void begin_batch(struct rescan *r)
{
	int64_t top = 0;
	struct err err;

	if (open_chain(r, &err) < 0 || top_of_batch(r, &top, &err) < 0) {
		rescan_trouble_of_store(r, &err);
		return;
	}
	if (r->begun_at == 0)
		r->begun_at = clock_mono_ms();
	rescan_fetch(r, top);
}

/* What lies above the cursor the scan itself will come by. */
static int step_down(struct rescan *r, bool *ret_wait, struct err *err)
{
	struct scan_cursor cursor;
	int rc = store_cursor_get(r->o.store, r->o.coin, &cursor, err);

	*ret_wait = rc == ERR_NOT_FOUND || (rc == 0 && cursor.hash[0] == '\0');
	if (rc == 0 && r->order.next > cursor.height)
		r->order.next = cursor.height;
	if (rc == 0 && r->order.next < r->order.from - 1)
		r->order.next = r->order.from - 1;
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

static int end_done(struct rescan *r, struct err *err)
{
	(void)snprintf(r->order.error, sizeof(r->order.error), "%s",
		       r->o.remark(r->o.arg, r->o.coin));
	if (r->order.error[0] != '\0')
		log_watch("rescan_not_whole", "coin=%s from=%" PRId64 " to=%" PRId64 " why=\"%s\"",
			  coin_name(r->o.coin), r->order.from, r->order.to, r->order.error);
	return rescan_end(r, RESCAN_DONE, err);
}

static void go_on(struct rescan *r)
{
	bool wait;
	struct err err;

	if (step_down(r, &wait, &err) < 0) {
		rescan_trouble_of_store(r, &err);
	} else if (r->order.next < r->order.from) {
		if (end_done(r, &err) < 0)
			rescan_trouble_of_store(r, &err);
	} else if (wait || must_give_way(r)) {
		r->begun_at = 0;
		rescan_look_in(r, GIVE_WAY_MS);
	} else {
		begin_batch(r);
	}
}

static void on_timer(void *arg)
{
	struct rescan *r = arg;
	struct err err;

	if (r->commit_pending)
		rescan_look_in(r, 0); /* of an order that ends in this very turn */
	else if (!r->loaded && rescan_load(r, &err) < 0)
		rescan_look_in(r, backoff_next(&r->backoff));
	else if (r->running)
		go_on(r);
	else
		close_chain(r);
}

/* --- life ----------------------------------------------------------------------------------- */

struct rescan *rescan_new(const struct rescan_options *o)
{
	struct rescan *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->o = *o;
	for (unsigned i = 0; i < RESCAN_BATCH; i++)
		r->slots[i].rescan = r;
	backoff_init(&r->backoff, RETRY_FIRST_MS, RETRY_MAX_MS);
	(void)snprintf(r->problem, sizeof(r->problem), "%s_rescan", coin_info(o->coin)->key);
	r->timer = loop_timer_new(o->loop, on_timer, r);
	rescan_look_in(r, 0);
	return r;
}

void rescan_free(struct rescan *r)
{
	if (r == NULL)
		return;
	if (r->commit_pending)
		commit_group_flush(r->o.commits); /* on_commit() must not come later */
	rescan_drop(r);
	close_chain(r);
	loop_timer_free(r->timer);
	free(r);
}
