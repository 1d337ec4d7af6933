/* What scannerd knows of the chains.
 *
 * A sighting has two truths: `state`, what the chain says now, and `told`, what the feed says of
 * it at its place.  The feed is changed by two things only: becoming confirmed, and leaving the
 * chain after having been confirmed.  An output that was told as orphaned and is seen in another
 * block stays told as orphaned until it is confirmed again, so that exchangerd, however late it
 * reads, does not miss that the deposit lost its block. */
#include "common/store/scan_store.h"

#include <inttypes.h>

#include "common/store/stmt.h"

enum {
	CURSOR_GET,
	CURSOR_PUT,
	CURSOR_STEP_BACK,
	BLOCK_GET,
	BLOCK_LOWEST,
	BLOCK_PUT,
	BLOCK_FORGET_BELOW,
	BLOCK_FORGET_ABOVE,
	PIN_GET,
	PIN_PUT,
	PIN_DROP_UNSEEN,
	SIGHTING_ADD,
	SIGHTING_GET,
	SIGHTING_FIRST_N,
	SIGHTING_BELOW,
	SIGHTING_CONFIRM_NEXT,
	TRACE_FORGET_ABOVE,
	SIGHTING_ORPHAN_SEEN,
	SIGHTING_ORPHAN_NEXT,
	SIGHTING_FEED,
	SIGHTING_EACH_OF,
	SIGHTING_EACH_WAITING,
};

#define NEXT_FEED_SEQ                                                                              \
	"(SELECT COALESCE(MAX(feed_seq), 0) + 1 FROM sighting WHERE feed_seq IS NOT NULL)"
/* The walk's order of columns; `state` is told or state. */
#define SIGHTING_COLUMNS(state)                                                                    \
	"feed_seq, coin, txid, n, address, value, height, block_hash, coinbase, " state ", "       \
	"seen_at, surplus"

// clang-format off
static const char *const sql[] = {
	[CURSOR_GET] = "SELECT height, hash, initial_height FROM cursor WHERE coin = ?1",
	[CURSOR_PUT] = "INSERT INTO cursor (coin, height, hash, initial_height)"
		       " VALUES (?1, ?2, ?3, ?4)"
		       " ON CONFLICT (coin) DO UPDATE SET height = excluded.height,"
		       " hash = excluded.hash, initial_height = excluded.initial_height",
	[CURSOR_STEP_BACK] = "UPDATE cursor SET height = ?2, hash = COALESCE("
			     "(SELECT hash FROM block WHERE coin = ?1 AND height = ?2), '')"
			     " WHERE coin = ?1",
	[BLOCK_GET] = "SELECT hash FROM block WHERE coin = ?1 AND height = ?2",
	[BLOCK_LOWEST] = "SELECT height FROM block WHERE coin = ?1 ORDER BY height LIMIT 1",
	[BLOCK_PUT] = "INSERT INTO block (coin, height, hash) VALUES (?1, ?2, ?3)"
		      " ON CONFLICT (coin, height) DO UPDATE SET hash = excluded.hash",
	[BLOCK_FORGET_BELOW] = "DELETE FROM block WHERE coin = ?1 AND height < ?2",
	[BLOCK_FORGET_ABOVE] = "DELETE FROM block WHERE coin = ?1 AND height > ?2",
	[PIN_GET] = "SELECT genesis FROM chain_pin WHERE coin = ?1",
	[PIN_PUT] = "INSERT INTO chain_pin (coin, genesis, pinned_at) VALUES (?1, ?2, ?3)"
		    " ON CONFLICT (coin) DO UPDATE SET genesis = excluded.genesis,"
		    " pinned_at = excluded.pinned_at",
	[PIN_DROP_UNSEEN] = "DELETE FROM chain_pin WHERE coin = ?1 AND NOT EXISTS"
			    " (SELECT 1 FROM sighting WHERE coin = ?1)",
	[SIGHTING_ADD] =
		"INSERT INTO sighting (seq, feed_seq, told, coin, txid, n, address, value,"
		" height, block_hash, coinbase, state, seen_at, surplus) VALUES"
		" ((SELECT COALESCE(MAX(seq), 0) + 1 FROM sighting),"
		" CASE WHEN ?9 = 'confirmed' THEN " NEXT_FEED_SEQ " END,"
		" CASE WHEN ?9 = 'confirmed' THEN 'confirmed' END,"
		" ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
		" ON CONFLICT (coin, txid, n) DO UPDATE SET height = excluded.height,"
		" block_hash = excluded.block_hash, state = excluded.state,"
		" told = COALESCE(excluded.told, sighting.told),"
		" feed_seq = COALESCE(excluded.feed_seq, sighting.feed_seq)"
		" WHERE sighting.state = 'orphaned'",
	[SIGHTING_BELOW] = "SELECT 1 WHERE EXISTS (SELECT 1 FROM sighting WHERE coin = ?1"
			   " AND height < ?2 AND state = 'confirmed') OR EXISTS"
			   " (SELECT 1 FROM sighting WHERE coin = ?1"
			   " AND coinbase IN (0, 1) AND height < ?2 AND state = 'seen')",
	[SIGHTING_GET] = "SELECT " SIGHTING_COLUMNS("state") " FROM sighting"
			 " WHERE coin = ?1 AND txid = ?2 AND n = ?3",
	[SIGHTING_FIRST_N] = "SELECT n FROM sighting WHERE coin = ?1 AND txid = ?2"
			     " ORDER BY n LIMIT 1",
	[SIGHTING_CONFIRM_NEXT] =
		"UPDATE sighting SET state = 'confirmed', told = 'confirmed',"
		" feed_seq = " NEXT_FEED_SEQ " WHERE seq ="
		" (SELECT seq FROM sighting WHERE coin = ?1 AND state = 'seen'"
		" AND coinbase = ?2 AND height <= ?3 ORDER BY height, seq LIMIT 1)",
	[TRACE_FORGET_ABOVE] = "DELETE FROM trace_debt WHERE coin = ?1 AND height > ?2",
	[SIGHTING_ORPHAN_SEEN] =
		"UPDATE sighting SET state = 'orphaned'"
		" WHERE coin = ?1 AND height > ?2 AND state = 'seen'",
	[SIGHTING_ORPHAN_NEXT] =
		"UPDATE sighting SET state = 'orphaned', told = 'orphaned',"
		" feed_seq = " NEXT_FEED_SEQ " WHERE seq ="
		" (SELECT seq FROM sighting WHERE coin = ?1 AND height > ?2"
		" AND state = 'confirmed' ORDER BY height, seq LIMIT 1)",
	[SIGHTING_FEED] = "SELECT " SIGHTING_COLUMNS("told") " FROM sighting"
			  " WHERE feed_seq > ?1 ORDER BY feed_seq LIMIT ?2",
	[SIGHTING_EACH_OF] = "SELECT " SIGHTING_COLUMNS("state") " FROM sighting"
			     " WHERE coin = ?1 AND address = ?2 ORDER BY seq",
	[SIGHTING_EACH_WAITING] =
		"SELECT " SIGHTING_COLUMNS("state") " FROM sighting AS g"
		" WHERE coin = ?1 AND address = ?2 AND state <> 'orphaned' AND surplus = 0"
		" AND NOT EXISTS (SELECT 1 FROM deposit AS d WHERE d.coin = g.coin"
		" AND d.txid = g.txid AND d.n = g.n AND d.state <> 'void')"
		" AND NOT EXISTS (SELECT 1 FROM unassigned AS u WHERE u.coin = g.coin"
		" AND u.txid = g.txid AND u.n = g.n) ORDER BY seq",
};
// clang-format on
const struct stmt_table stmt_scan = { STMT_SCAN, sizeof(sql) / sizeof(sql[0]), sql };

/* --- cursor and blocks -------------------------------------------------------------------- */

int store_cursor_get(struct store *s, enum coin coin, struct scan_cursor *ret, struct err *err)
{
	struct scan_cursor c;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_scan, CURSOR_GET, &q);
	stmt_bind_coin(&q, 1, coin);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		c.height = stmt_i64(&q, 0);
		stmt_text(&q, 1, c.hash, sizeof(c.hash));
		c.initial_height = stmt_i64(&q, 2);
		rc = stmt_row_check(&q, err);
		if (rc == 0)
			*ret = c;
	} else if (rc == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "no %s block was scanned yet", coin_name(coin));
	}
	stmt_done(&q);
	return rc;
}

static int put_cursor(struct store *s, enum coin coin, int64_t height, const char *hash,
		      int64_t initial_height, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_scan, CURSOR_PUT, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_i64(&q, 2, height);
	stmt_bind_text(&q, 3, hash);
	stmt_bind_i64(&q, 4, initial_height);
	return stmt_run(&q, NULL, err);
}

static int put_block(struct store *s, enum coin coin, int64_t height, const char *hash,
		     struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_scan, BLOCK_PUT, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_i64(&q, 2, height);
	stmt_bind_text(&q, 3, hash);
	return stmt_run(&q, NULL, err);
}

/* Statements that want a coin and a height and change rows. */
static int run_at_height(struct store *s, size_t which, enum coin coin, int64_t height,
			 int *ret_changed, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_scan, which, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_i64(&q, 2, height);
	return stmt_run(&q, ret_changed, err);
}

int store_cursor_advance(struct store *s, enum coin coin, int64_t height, const char *hash,
			 int64_t initial_height, int64_t keep, struct err *err)
{
	int rc = put_cursor(s, coin, height, hash, initial_height, err);

	if (rc == 0)
		rc = put_block(s, coin, height, hash, err);
	if (rc == 0)
		rc = run_at_height(s, BLOCK_FORGET_BELOW, coin, height - keep, NULL, err);
	return rc;
}

int store_cursor_rewind(struct store *s, enum coin coin, int64_t height, uint64_t *ret_orphaned,
			struct err *err)
{
	uint64_t orphaned = 0;
	int changed = 0;
	int rc = run_at_height(s, BLOCK_FORGET_ABOVE, coin, height, NULL, err);

	if (rc == 0)
		rc = run_at_height(s, CURSOR_STEP_BACK, coin, height, NULL, err);
	if (rc == 0)
		rc = run_at_height(s, TRACE_FORGET_ABOVE, coin, height, NULL, err);
	if (rc == 0)
		rc = run_at_height(s, SIGHTING_ORPHAN_SEEN, coin, height, NULL, err);
	do { /* one by one: each gets its own place in the feed */
		if (rc == 0)
			rc = run_at_height(s, SIGHTING_ORPHAN_NEXT, coin, height, &changed, err);
		orphaned += rc == 0 && changed > 0 ? 1 : 0;
	} while (rc == 0 && changed > 0);
	if (rc == 0)
		*ret_orphaned = orphaned;
	return rc;
}

int store_chain_pin_get(struct store *s, enum coin coin, char ret[BLOCK_HASH_TEXT_MAX],
			struct err *err)
{
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_scan, PIN_GET, &q);
	stmt_bind_coin(&q, 1, coin);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		stmt_text(&q, 0, ret, BLOCK_HASH_TEXT_MAX);
		rc = stmt_row_check(&q, err);
	} else if (rc == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "no %s chain is held yet", coin_name(coin));
	}
	stmt_done(&q);
	return rc;
}

int store_chain_pin_put(struct store *s, enum coin coin, const char *genesis, int64_t now,
			struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_scan, PIN_PUT, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_text(&q, 2, genesis);
	stmt_bind_i64(&q, 3, now);
	return stmt_run(&q, NULL, err);
}

int store_chain_pin_drop_unseen(struct store *s, enum coin coin, bool *ret_dropped, struct err *err)
{
	struct stmt q;
	int changed = 0, rc;

	stmt_use(s, &stmt_scan, PIN_DROP_UNSEEN, &q);
	stmt_bind_coin(&q, 1, coin);
	rc = stmt_run(&q, &changed, err);
	if (rc == 0)
		*ret_dropped = changed > 0;
	return rc;
}

int store_block_hash(struct store *s, enum coin coin, int64_t height, char ret[BLOCK_HASH_TEXT_MAX],
		     struct err *err)
{
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_scan, BLOCK_GET, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_i64(&q, 2, height);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		stmt_text(&q, 0, ret, BLOCK_HASH_TEXT_MAX);
		rc = stmt_row_check(&q, err);
	} else if (rc == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "the hash of %s block %" PRId64 " is not kept",
			     coin_name(coin), height);
	}
	stmt_done(&q);
	return rc;
}

int store_block_lowest(struct store *s, enum coin coin, int64_t *ret, struct err *err)
{
	int64_t height;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_scan, BLOCK_LOWEST, &q);
	stmt_bind_coin(&q, 1, coin);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		height = stmt_i64(&q, 0);
		rc = stmt_row_check(&q, err);
		if (rc == 0)
			*ret = height;
	} else if (rc == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "no hash of a %s block is kept", coin_name(coin));
	}
	stmt_done(&q);
	return rc;
}

int store_block_keep(struct store *s, enum coin coin, int64_t height, const char *hash,
		     struct err *err)
{
	return put_block(s, coin, height, hash, err);
}

/* --- sightings ---------------------------------------------------------------------------- */

int store_sighting_add(struct store *s, const struct sighting *g, struct err *err)
{
	struct stmt q;
	int changed, rc;

	stmt_use(s, &stmt_scan, SIGHTING_ADD, &q);
	stmt_bind_coin(&q, 1, g->coin);
	stmt_bind_text(&q, 2, g->txid);
	stmt_bind_i64(&q, 3, g->n);
	stmt_bind_text(&q, 4, g->address);
	stmt_bind_units(&q, 5, g->value);
	stmt_bind_i64(&q, 6, g->height);
	stmt_bind_text(&q, 7, g->block_hash);
	stmt_bind_bool(&q, 8, g->coinbase);
	stmt_bind_text(&q, 9, sighting_state_name(g->state));
	stmt_bind_i64(&q, 10, g->seen_at);
	stmt_bind_bool(&q, 11, g->surplus);
	rc = stmt_run(&q, &changed, err);
	if (rc < 0 || changed == 1)
		return rc;
	return err_set(err, ERR_EXISTS, "%s output %s:%" PRIu32 " is recorded already",
		       coin_name(g->coin), g->txid, g->n);
}

int store_sighting_below(struct store *s, enum coin coin, int64_t height, bool *ret,
			 struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_scan, SIGHTING_BELOW, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_i64(&q, 2, height);
	return stmt_read_exists(&q, ret, err);
}

int store_sighting_first_n(struct store *s, enum coin coin, const char *txid, uint32_t *ret,
			   struct err *err)
{
	struct stmt q;
	uint32_t n;
	int rc;

	stmt_use(s, &stmt_scan, SIGHTING_FIRST_N, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_text(&q, 2, txid);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		n = stmt_u32(&q, 0);
		rc = stmt_row_check(&q, err);
		if (rc == 0)
			*ret = n;
	} else if (rc == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "%s transaction %s was not seen before",
			     coin_name(coin), txid);
	}
	stmt_done(&q);
	return rc;
}

static int confirm_next(struct store *s, enum coin coin, bool coinbase, int64_t height,
			int *ret_changed, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_scan, SIGHTING_CONFIRM_NEXT, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_bool(&q, 2, coinbase);
	stmt_bind_i64(&q, 3, height);
	return stmt_run(&q, ret_changed, err);
}

/* Raise *count to `limit` at most. */
static int confirm_some(struct store *s, enum coin coin, bool coinbase, int64_t height,
			unsigned limit, unsigned *count, struct err *err)
{
	int changed = 1, rc = 0;

	while (rc == 0 && changed > 0 && *count < limit) {
		rc = confirm_next(s, coin, coinbase, height, &changed, err);
		*count += rc == 0 && changed > 0 ? 1 : 0;
	}
	return rc;
}

int store_sighting_confirm(struct store *s, enum coin coin, int64_t height, int64_t coinbase_height,
			   unsigned limit, unsigned *ret_count, struct err *err)
{
	unsigned count = 0;
	int rc = confirm_some(s, coin, false, height, limit, &count, err);

	if (rc == 0)
		rc = confirm_some(s, coin, true,
				  coinbase_height < height ? coinbase_height : height, limit,
				  &count, err);
	if (rc == 0)
		*ret_count = count;
	return rc;
}

static int read_sighting(struct stmt *q, struct sighting *g, struct err *err)
{
	char state[16];

	*g = (struct sighting){
		.feed_seq = stmt_u64(q, 0),
		.coin = stmt_coin(q, 1),
		.n = stmt_u32(q, 3),
		.value = stmt_units(q, 5),
		.height = stmt_i64(q, 6),
		.coinbase = stmt_bool(q, 8),
		.seen_at = stmt_i64(q, 10),
		.surplus = stmt_bool(q, 11),
	};
	stmt_text(q, 2, g->txid, sizeof(g->txid));
	stmt_text(q, 4, g->address, sizeof(g->address));
	stmt_text(q, 7, g->block_hash, sizeof(g->block_hash));
	stmt_text(q, 9, state, sizeof(state));
	if (!sighting_state_parse(state, &g->state))
		stmt_damaged(q, 9);
	return stmt_row_check(q, err);
}

int store_sighting_get(struct store *s, enum coin coin, const char *txid, uint32_t n,
		       struct sighting *ret, struct err *err)
{
	struct sighting g;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_scan, SIGHTING_GET, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_text(&q, 2, txid);
	stmt_bind_i64(&q, 3, n);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		rc = read_sighting(&q, &g, err);
		if (rc == 0)
			*ret = g;
	} else if (rc == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "%s output %s:%" PRIu32 " was not seen",
			     coin_name(coin), txid, n);
	}
	stmt_done(&q);
	return rc;
}

static int walk_sightings(struct stmt *q, store_sighting_fn fn, void *arg, struct err *err)
{
	struct sighting g;
	int rc;

	while ((rc = stmt_step(q, err)) == 1) {
		rc = read_sighting(q, &g, err);
		if (rc == 0)
			rc = fn(arg, &g, err);
		if (rc != 0)
			break;
	}
	stmt_done(q);
	return rc;
}

int store_sighting_feed(struct store *s, uint64_t after, unsigned limit, store_sighting_fn fn,
			void *arg, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_scan, SIGHTING_FEED, &q);
	stmt_bind_u64(&q, 1, after);
	stmt_bind_u64(&q, 2, limit);
	return walk_sightings(&q, fn, arg, err);
}

static int walk_address(struct store *s, size_t which, enum coin coin, const char *address,
			store_sighting_fn fn, void *arg, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_scan, which, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_text(&q, 2, address);
	return walk_sightings(&q, fn, arg, err);
}

int store_sighting_each_of(struct store *s, enum coin coin, const char *address,
			   store_sighting_fn fn, void *arg, struct err *err)
{
	return walk_address(s, SIGHTING_EACH_OF, coin, address, fn, arg, err);
}

int store_sighting_each_waiting(struct store *s, enum coin coin, const char *address,
				store_sighting_fn fn, void *arg, struct err *err)
{
	return walk_address(s, SIGHTING_EACH_WAITING, coin, address, fn, arg, err);
}
