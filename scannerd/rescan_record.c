/* RECORD: is the batch what was to be expected?  Then what was missed, and how far it is, become
 * one transaction. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "scannerd/rescan_parts.h"

#define REST_MAX_MS 1000

enum verdict { BATCH_OURS, BATCH_STALE, BATCH_FOREIGN };

/* Is the highest block the one that it should be? */
static int judge_top(struct rescan *r, const struct scanned_block *b, enum verdict *ret,
		     struct err *err)
{
	char kept[BLOCK_HASH_TEXT_MAX];
	int rc = store_block_hash(r->o.store, r->o.coin, b->height, kept, err);

	*ret = BATCH_OURS;
	if (rc == 0 && strcmp(kept, b->hash) != 0)
		*ret = BATCH_STALE;
	if (rc == ERR_NOT_FOUND && r->order.next_hash[0] != '\0' &&
	    strcmp(r->order.next_hash, b->hash) != 0)
		*ret = BATCH_FOREIGN;
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

/* Is the block that the node was asked about still the one that the scan has there? */
static int judge_anchor(struct rescan *r, enum verdict *ret, struct err *err)
{
	char kept[BLOCK_HASH_TEXT_MAX];
	int rc = store_block_hash(r->o.store, r->o.coin, r->anchor.height, kept, err);

	if (rc == ERR_NOT_FOUND || (rc == 0 && strcmp(kept, r->anchor.hash) != 0))
		*ret = BATCH_STALE;
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

static int judge(struct rescan *r, enum verdict *ret, struct err *err)
{
	int rc;

	*ret = BATCH_STALE;
	if (r->top > r->anchor.height) /* the scan went back: it comes by there, and may undo it */
		return 0;
	rc = judge_top(r, &r->slots[0].block, ret, err);
	for (unsigned i = 1; rc == 0 && *ret == BATCH_OURS && i < r->asked; i++)
		if (strcmp(r->slots[i - 1].block.prev_hash, r->slots[i].block.hash) != 0)
			*ret = BATCH_STALE;
	return rc < 0 || *ret != BATCH_OURS ? rc : judge_anchor(r, ret, err);
}

/* Hashes are kept without a gap, so that the scan can find a fork among them. */
static int keep_hash(struct rescan *r, const struct scanned_block *b, struct err *err)
{
	int64_t lowest;
	int rc = store_block_lowest(r->o.store, r->o.coin, &lowest, err);

	if (rc < 0 || b->height != lowest - 1 || b->height <= r->anchor.height - BLOCK_HASHES_KEPT)
		return rc;
	return store_block_keep(r->o.store, r->o.coin, b->height, b->hash, err);
}

static int record_block(struct rescan *r, const struct scanned_block *b, struct err *err)
{
	struct block_again sum = { .found = 0 };
	int rc;

	if (b->height > r->order.next)
		return 0; /* fetched for its parent's name only */
	rc = block_record_again(r->o.store, b, r->anchor.height, r->o.confirmations, &sum, &r->news,
				err);
	if (rc == 0)
		rc = keep_hash(r, b, err);
	if (rc < 0)
		return rc;
	r->order.found += sum.found;
	r->order.known += sum.known;
	r->order.next = b->height - 1;
	memcpy(r->order.next_hash, b->prev_hash, sizeof(r->order.next_hash));
	return 0;
}

static int record_parts(struct rescan *r, struct err *err)
{
	uint64_t now = clock_mono_ms();
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < r->asked; i++)
		rc = record_block(r, &r->slots[i].block, err);
	r->order.busy_ms += now - r->begun_at;
	r->order.error[0] = '\0';
	return rc < 0 ? rc : rescan_put(r, err);
}

static int record(struct rescan *r, struct err *err)
{
	struct rescan_order before = r->order;
	int rc = commit_group_join(r->o.commits, err);

	if (rc == 0)
		rc = store_mark(r->o.store, err);
	if (rc < 0)
		return rc;
	FAULT("rescan.commit.before");
	rc = record_parts(r, err);
	rc = store_settle(r->o.store, rc, err);
	if (rc < 0)
		r->order = before;
	return rc;
}

/* What was found above may be on a chain that nobody has any more: a person must look. */
static void give_up(struct rescan *r)
{
	struct err err;

	(void)snprintf(r->order.error, sizeof(r->order.error),
		       "block %" PRId64 " is not the one that the blocks above it build on: the "
		       "node has changed its chain below what is kept, or lied",
		       r->top);
	log_watch("rescan_failed", "coin=%s from=%" PRId64 " to=%" PRId64 " why=\"%s\"",
		  coin_name(r->o.coin), r->order.from, r->order.to, r->order.error);
	if (rescan_end(r, RESCAN_FAILED, &err) < 0)
		rescan_trouble_of_store(r, &err);
}

/* As long as the batch took: half of the node's and of our time is left to others. */
static void rest(struct rescan *r)
{
	uint64_t took = clock_mono_ms() - r->asked_at;

	rescan_look_in(r, took < REST_MAX_MS ? took : REST_MAX_MS);
}

static void take_batch(struct rescan *r)
{
	struct err err;

	if (record(r, &err) < 0) {
		rescan_trouble_of_store(r, &err);
		return;
	}
	backoff_reset(&r->backoff);
	health_clear(r->o.health, r->problem);
	rescan_drop(r);
	rest(r);
	r->begun_at = clock_mono_ms();
}

void rescan_record(struct rescan *r)
{
	enum verdict verdict = BATCH_STALE;
	struct err err;

	if (judge(r, &verdict, &err) < 0) {
		rescan_trouble_of_store(r, &err);
		return;
	}
	switch (verdict) {
	case BATCH_OURS: take_batch(r); break;
	case BATCH_FOREIGN: give_up(r); break;
	case BATCH_STALE:
		rescan_trouble(r, true, "block %" PRId64 " is not on the chain that was scanned",
			       r->top);
		break;
	}
}
