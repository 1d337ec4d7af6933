/* What is confirmed by no new block, after the node's chain was found to be ours.
 *
 * Where finality is what confirms, the node is asked which block is final; it confirms only when
 * that block is one that was scanned.  Where depth is, a start with fewer confirmations required
 * than before confirms what is deep enough for them: the next block may be long in coming. */
#include <inttypes.h>
#include <string.h>

#include "common/base/log.h"
#include "scannerd/scanner_parts.h"

/* --- depth ---------------------------------------------------------------------------------- */

static int depth_confirm(struct scanner *s, bool *ret_more, struct err *err)
{
	bool news = false;
	int rc = commit_group_join(s->o.commits, err);

	if (rc == 0)
		rc = block_record_depth(s->o.store, s->o.coin, s->cursor.height, s->o.confirmations,
					&news, ret_more, err);
	s->news |= news;
	if (rc == 0 && news)
		scanner_expect_commit(s);
	return rc;
}

static void depth_start(struct scanner *s)
{
	bool more = false;
	struct err err;

	if (depth_confirm(s, &more, &err) < 0) {
		scan_fail_store(s, &err);
	} else if (more) {
		loop_timer_start(s->timer, 0); /* others have their turn first */
	} else {
		s->depth_applied = true;
		scanner_forward(s);
	}
}

/* --- finality ------------------------------------------------------------------------------- */

static int final_confirm(struct scanner *s, int64_t height, bool *ret_more, struct err *err)
{
	int rc = commit_group_join(s->o.commits, err);

	if (rc == 0)
		rc = block_record_final(s->o.store, s->o.coin, height, &s->news, ret_more, err);
	if (rc == 0)
		scanner_expect_commit(s);
	return rc;
}

/* In the turn's transaction.  *ret_ours: the block is one that was scanned; *ret_more: not all that
 * is below was confirmed yet. */
static int final_record(struct scanner *s, int64_t height, const char *hash, bool *ret_ours,
			bool *ret_more, struct err *err)
{
	char ours[BLOCK_HASH_TEXT_MAX];
	int rc = store_block_hash(s->o.store, s->o.coin, height, ours, err);

	*ret_more = false;
	*ret_ours = rc == 0 && strcmp(ours, hash) == 0;
	if (*ret_ours)
		return final_confirm(s, height, ret_more, err);
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

/* The node does not know, or not yet: the scan goes on, and what is seen waits. */
static void final_unknown(struct scanner *s, const struct chain_error *e)
{
	health_raise(s->o.health, s->trouble.final_problem,
		     "%s; deposits are seen, but none is confirmed until it does", e->text);
	scanner_forward(s);
}

static void on_final(void *arg, const struct chain_error *e, int64_t height, const char *hash)
{
	struct scanner *s = arg;
	bool ours, more;
	struct err err;

	if (e != NULL && e->trouble == CHAIN_NOT_YET) {
		final_unknown(s, e);
		return;
	}
	if (e != NULL) {
		scan_fail_node(s, e);
		return;
	}
	if (final_record(s, height, hash, &ours, &more, &err) < 0) {
		scan_fail_store(s, &err);
		return;
	}
	health_clear(s->o.health, s->trouble.final_problem);
	log_debug("final_block", "coin=%s height=%" PRId64 " ours=%s", coin_name(s->o.coin), height,
		  ours ? "yes" : "no");
	if (more)
		loop_timer_start(s->timer, 0); /* others have their turn first */
	else
		scanner_forward(s);
}

void scan_final_start(struct scanner *s)
{
	if (s->o.confirmations > 0)
		depth_start(s);
	else
		s->o.chain->ops->final_block(s->o.chain, on_final, s);
}

/* The node is asked anew: it costs little, and what it said may be outdated. */
void scan_final_on_timer(struct scanner *s)
{
	scan_final_start(s);
}
