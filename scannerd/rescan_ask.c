/* What operators ask of a rescan.  A range is cut to what was scanned, for the scan itself comes by
 * what is above; and stretched to the blocks whose hashes are kept when it lies near them, so that
 * a fork anywhere among all of these can be found. */
#include <inttypes.h>
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/text.h"
#include "scannerd/rescan_parts.h"

/* `from` and `to` cut to what was scanned, stretched to what is kept. */
static int cut_range(struct rescan *r, int64_t from, int64_t *to, struct err *err)
{
	const char *coin = coin_name(r->o.coin);
	struct scan_cursor cursor;
	int64_t lowest;
	int rc = store_cursor_get(r->o.store, r->o.coin, &cursor, err);

	if (rc < 0)
		return rc;
	if (cursor.hash[0] == '\0')
		return err_set(err, ERR_INVALID, "no %s block was scanned yet", coin);
	if (from > cursor.height)
		return err_set(err, ERR_INVALID,
			       "block %" PRId64 " of %s is above %" PRId64 ", the last that was "
			       "scanned: the scan itself will come by",
			       from, coin, cursor.height);
	if (*to < 0 || *to > cursor.height)
		*to = cursor.height;
	rc = store_block_lowest(r->o.store, r->o.coin, &lowest, err);
	if (rc == 0 && *to < lowest - 1 && *to > cursor.height - BLOCK_HASHES_KEPT)
		*to = lowest - 1;
	return rc;
}

static int check_range(enum coin coin, int64_t from, int64_t to, struct err *err)
{
	if (from < 0)
		return err_set(err, ERR_INVALID, "block %" PRId64 " cannot be", from);
	if (to >= 0 && to < from)
		return err_set(err, ERR_INVALID,
			       "the last block, %" PRId64 ", is below the first, %" PRId64 " (%s)",
			       to, from, coin_name(coin));
	return 0;
}

static int add_order(struct rescan *r, int64_t from, int64_t to, const char *who, uint32_t uid,
		     struct err *err)
{
	struct rescan_order o = {
		.coin = r->o.coin, .from = from, .to = to, .uid = uid, .started_at = clock_unix()
	};
	int rc = commit_group_join(r->o.commits, err);

	(void)text_copy(o.who, sizeof(o.who), who);
	if (rc == 0)
		rc = store_rescan_add(r->o.store, &o, err);
	if (rc < 0)
		return rc;
	FAULT("rescan.order.before");
	r->order = o;
	r->running = r->loaded = true;
	r->begun_at = 0;
	backoff_reset(&r->backoff);
	rescan_expect_commit(r);
	rescan_look_in(r, 0);
	return 0;
}

/* The order in memory is the stored one. */
static int settle(struct rescan *r, struct err *err)
{
	if (r->finished)
		return err_set(err, ERR_BUSY, "%s: the rescan before is just ending: ask again",
			       coin_name(r->o.coin));
	return r->loaded ? 0 : rescan_load(r, err);
}

int rescan_begin(struct rescan *r, int64_t from, int64_t to, const char *who, uint32_t uid,
		 struct rescan_order *ret, struct err *err)
{
	bool open_end = to < 0;
	int rc = check_range(r->o.coin, from, to, err);

	if (rc == 0)
		rc = settle(r, err);
	if (rc == 0)
		rc = cut_range(r, from, &to, err);
	if (rc < 0)
		return rc;
	if (!r->running) {
		rc = add_order(r, from, to, who, uid, err);
	} else if (r->order.from != from || (!open_end && r->order.to != to)) {
		rc = err_set(err, ERR_EXISTS,
			     "%s blocks %" PRId64 " to %" PRId64 " are being scanned again: wait "
			     "for them, or `tellerctl rescan cancel %s`",
			     coin_name(r->o.coin), r->order.from, r->order.to,
			     coin_name(r->o.coin));
	}
	*ret = r->order;
	return rc;
}

int rescan_cancel(struct rescan *r, struct rescan_order *ret, struct err *err)
{
	int rc = settle(r, err);

	if (rc < 0)
		return rc;
	if (!r->running)
		return err_set(err, ERR_NOT_FOUND, "no %s blocks are being scanned again",
			       coin_name(r->o.coin));
	loop_timer_stop(r->timer);
	rescan_drop(r);
	rc = rescan_end(r, RESCAN_CANCELLED, err);
	if (rc < 0)
		rescan_look_in(r, backoff_next(&r->backoff));
	*ret = r->order;
	return rc;
}
