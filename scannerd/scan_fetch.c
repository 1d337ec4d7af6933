/* Blocks are asked for ahead, matched as they come, and recorded strictly in order.
 *
 * How far ahead: SCAN_WINDOW blocks at most; of large ones only as many at once as FETCH_BYTES
 * hold; and no more than the node has shown that it can bring: `width` begins small, grows with
 * each block that comes and is halved when the node fails, so that one too slow for many blocks
 * within its time still gets on with few.  A block that waits for its turn is only what it pays to
 * us.
 *
 * While more are to come RECORD_AT are recorded together: one commit serves them all.  But none
 * waits longer than RECORD_WAIT_MS for a slow one behind it, and no turn records much more than
 * RECORD_ROWS sightings: other chains have theirs.  (A block is one step, however much it pays.) */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/fault.h"
#include "scannerd/scanner_parts.h"

#define RECORD_AT      16
#define RECORD_WAIT_MS 500
#define RECORD_ROWS    1000
#define FETCH_BYTES    (32U << 20)
#define WIDTH_FIRST    4

static struct scan_slot *slot_of(struct scanner *s, int64_t height)
{
	return &s->fetch.slots[height % SCAN_WINDOW];
}

static void slot_release(struct scan_slot *slot)
{
	scanned_block_release(&slot->block);
	slot->ready = false;
}

void scan_fetch_init(struct scanner *s)
{
	s->fetch.width = WIDTH_FIRST;
	for (unsigned i = 0; i < SCAN_WINDOW; i++)
		s->fetch.slots[i] = (struct scan_slot){ .scanner = s, .block.coin = s->o.coin };
}

void scan_fetch_drop(struct scanner *s)
{
	s->o.chain->ops->drop(s->o.chain);
	for (unsigned i = 0; i < SCAN_WINDOW; i++)
		slot_release(&s->fetch.slots[i]);
	s->fetch.under_way = 0;
}

/* --- asking --------------------------------------------------------------------------------- */

void scan_fetch_narrow(struct scanner *s)
{
	if (s->state == SCAN_FETCH && s->fetch.width > 1)
		s->fetch.width /= 2;
}

/* The expectation follows larger blocks at once and smaller ones slowly. */
static void fetch_widen(struct scan_fetch *f, uint64_t size)
{
	uint64_t faded = f->block_bytes - f->block_bytes / 8;

	f->block_bytes = size > faded ? size : faded;
	if (f->width < SCAN_WINDOW)
		f->width++;
}

static bool may_ask(const struct scanner *s)
{
	const struct scan_fetch *f = &s->fetch;

	if (f->next_ask > s->node_tip || f->next_ask > s->cursor.height + SCAN_WINDOW)
		return false;
	if (f->under_way == 0)
		return true;
	return f->under_way < f->width && (f->under_way + 1) * f->block_bytes <= FETCH_BYTES;
}

static void on_block(void *arg, const struct chain_error *e, const struct chain_block *b);

static void fetch_ask(struct scanner *s)
{
	while (may_ask(s)) {
		struct scan_slot *slot = slot_of(s, s->fetch.next_ask);

		slot->block.height = s->fetch.next_ask++;
		s->fetch.under_way++;
		s->o.chain->ops->block_at(s->o.chain, slot->block.height, on_block, slot);
	}
}

/* --- recording ------------------------------------------------------------------------------ */

/* In the turn's transaction. */
static int record_block(struct scanner *s, const struct scanned_block *b, struct err *err)
{
	int rc = commit_group_join(s->o.commits, err);

	if (rc == 0)
		rc = block_record(s->o.store, b, s->cursor.initial_height, s->o.confirmations,
				  &s->news, err);
	if (rc == 0)
		scanner_expect_commit(s);
	FAULT("scanner.commit.before");
	return rc;
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
static bool fetch_take(struct scanner *s, struct scan_slot *slot)
{
	struct chain_error stale = { .trouble = CHAIN_STALE };
	struct err err;

	if (!follows_cursor(s, &slot->block)) {
		(void)snprintf(stale.text, sizeof(stale.text),
			       "block %" PRId64 " does not follow the block scanned before it",
			       slot->block.height);
		scan_fail_node(s, &stale);
		return false;
	}
	if (record_block(s, &slot->block, &err) < 0) {
		scan_fail_store(s, &err);
		return false;
	}
	cursor_move(s, &slot->block);
	slot_release(slot);
	return true;
}

/* Blocks that are here, in a row from the cursor on. */
static int64_t fetch_ready(struct scanner *s)
{
	int64_t n = 0;

	while (n < SCAN_WINDOW && slot_of(s, s->cursor.height + 1 + n)->ready)
		n++;
	return n;
}

/* Record what is ready, but no more than a turn's share; false: it failed, and another state was
 * entered. */
static bool fetch_record(struct scanner *s)
{
	size_t rows = 0;
	struct scan_slot *slot;

	while (rows < RECORD_ROWS && (slot = slot_of(s, s->cursor.height + 1))->ready) {
		rows += slot->block.output_count;
		if (!fetch_take(s, slot))
			return false;
	}
	return true;
}

/* After recording: on with it. */
static void fetch_go_on(struct scanner *s)
{
	if (s->cursor.height >= s->node_tip) {
		scanner_enter(s, SCAN_TIP);
		return;
	}
	fetch_ask(s);
	if (!slot_of(s, s->cursor.height + 1)->ready)
		return;
	if (s->fetch.resting)
		loop_timer_start(s->timer, 0);
	else if (!loop_timer_active(s->timer))
		loop_timer_start(s->timer, RECORD_WAIT_MS);
}

static void fetch_record_turn(struct scanner *s)
{
	if (!fetch_record(s))
		return;
	s->fetch.resting = slot_of(s, s->cursor.height + 1)->ready;
	fetch_go_on(s);
}

static void fetch_step(struct scanner *s)
{
	int64_t ready = fetch_ready(s);
	bool last = s->cursor.height + ready >= s->node_tip;

	if (!s->fetch.resting && (ready >= RECORD_AT || last))
		fetch_record_turn(s);
	else
		fetch_go_on(s);
}

void scan_fetch_on_timer(struct scanner *s)
{
	fetch_record_turn(s);
}

/* --- a block comes -------------------------------------------------------------------------- */

static void on_output(void *arg, const struct chain_output *o)
{
	scanned_block_add(arg, o);
}

/* The pool is looked at after the block has arrived (pool_watch.c says why).  Success does not mean
 * that the slot is ready: see match() in chain.h. */
static int slot_fill(struct scan_slot *slot, const struct chain_block *b, struct err *err)
{
	struct scanner *s = slot->scanner;
	int rc = pool_watch_refresh(s->pool, err);

	if (rc < 0)
		return rc;
	assert(b->height == slot->block.height);
	scanned_block_head(&slot->block, b);
	slot->ready = s->o.chain->ops->match(s->o.chain, b, pool_watch_list(s->pool), on_output,
					     &slot->block);
	return 0;
}

static void on_block(void *arg, const struct chain_error *e, const struct chain_block *b)
{
	static const struct chain_error again = { CHAIN_STALE, "an address was added while a block "
							       "that pays it was asked for" };
	struct scan_slot *slot = arg;
	struct scanner *s = slot->scanner;
	struct err err;

	s->fetch.under_way--;
	if (e != NULL) {
		if (fetch_record(s)) /* what came before it counts all the same */
			scan_fail_node(s, e);
	} else if (slot_fill(slot, b, &err) < 0) {
		scan_fail_store(s, &err);
	} else if (!slot->ready) {
		scan_fail_node(s, &again);
	} else {
		fetch_widen(&s->fetch, b->size);
		fetch_step(s);
	}
}

void scan_fetch_start(struct scanner *s)
{
	s->fetch.next_ask = s->cursor.height + 1;
	s->fetch.resting = false;
	fetch_ask(s);
}
