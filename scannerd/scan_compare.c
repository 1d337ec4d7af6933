/* Is what was scanned still on the node's chain, and if not, up to where?
 *
 * A block's hash says which all of its ancestors are.  So when the node has our block at some
 * height, it has all below it; when it has not, it has none above.  The fork is searched in growing
 * steps downwards and then by halving: a reorganisation of one block takes two questions, one of a
 * thousand about twenty.
 *
 * The node may change its chain between two of them.  Then what is found is a block that it had a
 * moment ago, with one above that it had not: rewinding to it is right or goes too far, never not
 * far enough without being noticed, for the next thing is a new look from the top. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/log.h"
#include "scannerd/scanner_parts.h"

/* --- undoing -------------------------------------------------------------------------------- */

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

static void log_rewind(const struct scanner *s, int64_t height, uint64_t orphaned)
{
	int64_t from = s->cursor.height;

	log_warn("reorganisation", "coin=%s from_height=%" PRId64 " to_height=%" PRId64,
		 coin_name(s->o.coin), from, height);
	if (orphaned > 0)
		log_watch("confirmed_deposits_undone",
			  "coin=%s count=%" PRIu64 " from_height=%" PRId64 " to_height=%" PRId64,
			  coin_name(s->o.coin), orphaned, from, height);
}

/* Undo the blocks above `height`, which the node no longer has.  Answers how many sightings that
 * had been confirmed are none any more. */
static uint64_t scan_rewind(struct scanner *s, int64_t height)
{
	uint64_t orphaned = 0;
	struct err err;

	if (rewind_in_transaction(s, height, &orphaned, &err) < 0) {
		scan_fail_store(s, &err);
		return 0;
	}
	log_rewind(s, height, orphaned);
	s->news |= orphaned > 0;
	scanner_expect_commit(s);
	commit_group_flush(s->o.commits); /* nothing goes on from a rewind that is not durable */
	FAULT("scanner.rewind.after");
	if (s->commit_failed)
		return 0; /* and begins anew */
	if (scanner_read_cursor(s, &err) < 0)
		scan_fail_store(s, &err);
	else
		scanner_enter(s, SCAN_TIP);
	return orphaned;
}

int scanner_accept(struct scanner *s, int64_t from, uint64_t *ret_orphaned, struct err *err)
{
	int64_t lowest;
	int rc;

	if (!s->trouble.halted)
		return err_set(err, ERR_INVALID, "the %s scan has not halted: nothing is to accept",
			       coin_name(s->o.coin));
	rc = store_block_lowest(s->o.store, s->o.coin, &lowest, err);
	if (rc == 0 && (from < 0 || from > lowest))
		rc = err_set(err, ERR_INVALID,
			     "block %" PRId64
			     " is not below the fork: the node's chain differs from "
			     "block %" PRId64 " on, or from an older one; name a block from 0 to "
			     "that",
			     from, lowest);
	if (rc < 0)
		return rc;
	scan_fetch_drop(s); /* it may be looking just now */
	*ret_orphaned = scan_rewind(s, from - 1);
	return s->trouble.halted ? err_set(err, ERR_BUSY, "the database cannot be written now") : 0;
}

/* --- the search ----------------------------------------------------------------------------- */

void scan_compare_agrees(struct scanner *s)
{
	if (s->cursor.hash[0] != '\0' && s->o.pin != NULL && !s->origin_asked)
		scanner_enter(s, SCAN_ORIGIN);
	else if (s->cursor.hash[0] != '\0' && (s->o.confirmations == 0 || !s->depth_applied))
		scanner_enter(s, SCAN_FINAL);
	else
		scanner_forward(s);
}

static void on_hash(void *arg, const struct chain_error *e, const char *hash);

static void compare_ask(struct scanner *s, int64_t height)
{
	struct scan_compare *c = &s->compare;
	struct err err;

	assert(height >= c->lowest && height <= c->top);
	c->at = height;
	if (store_block_hash(s->o.store, s->o.coin, height, c->ours, &err) < 0)
		scan_fail_store(s, &err);
	else
		s->o.chain->ops->hash_at(s->o.chain, height, on_hash, s);
}

/* When nothing was recorded below the blocks that are kept either, which a rescan may have done,
 * all is begun anew. */
void scan_compare_none(struct scanner *s)
{
	int64_t lowest = s->compare.lowest;
	bool more = false;
	struct err err;

	if (store_sighting_below(s->o.store, s->o.coin, lowest, &more, &err) < 0)
		scan_fail_store(s, &err);
	else if (lowest <= s->cursor.initial_height && !more)
		scan_rewind(s, lowest - 1);
	else
		scan_halt(s);
}

static void compare_lower(struct scanner *s)
{
	struct scan_compare *c = &s->compare;
	int64_t at = c->differ - c->step;

	c->step *= 2;
	compare_ask(s, at > c->lowest ? at : c->lowest);
}

/* Something differs: where next? */
static void compare_narrow(struct scanner *s)
{
	struct scan_compare *c = &s->compare;

	if (c->agree < 0 && c->differ == c->lowest)
		scan_origin_judge(s);
	else if (c->agree < 0)
		compare_lower(s);
	else if (c->differ - c->agree > 1)
		compare_ask(s, c->agree + (c->differ - c->agree) / 2);
	else
		scan_rewind(s, c->agree);
}

static void on_hash(void *arg, const struct chain_error *e, const char *hash)
{
	struct scanner *s = arg;
	struct scan_compare *c = &s->compare;

	if (e != NULL) {
		scan_fail_node(s, e);
		return;
	}
	if (strcmp(hash, c->ours) == 0)
		c->agree = c->at;
	else
		c->differ = c->at;
	if (c->differ >= 0)
		compare_narrow(s);
	else if (c->top < s->cursor.height)
		scan_wait_behind(s);
	else
		scan_compare_agrees(s);
}

/* Where the search begins: at the last scanned block, or at the node's tip when that is lower. */
static void compare_from(struct scanner *s, int64_t lowest)
{
	int64_t top = s->node_tip < s->cursor.height ? s->node_tip : s->cursor.height;

	s->compare = (struct scan_compare){
		.top = top, .lowest = lowest, .agree = -1, .differ = -1, .step = 1
	};
	if (top < lowest)
		scan_wait_behind(s); /* the node has lost more than is kept: it is loading again */
	else
		compare_ask(s, top);
}

void scan_compare_start(struct scanner *s)
{
	int64_t lowest;
	struct err err;

	if (s->cursor.hash[0] == '\0')
		scan_compare_agrees(s);
	else if (store_block_lowest(s->o.store, s->o.coin, &lowest, &err) < 0)
		scan_fail_store(s, &err);
	else
		compare_from(s, lowest);
}
