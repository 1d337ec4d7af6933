/* At most one of a coin runs: an index sees to it.  Rows are kept, they are the record of what was
 * done, and few: a person typed each. */
#include "common/store/rescan_store.h"

#include "common/store/stmt.h"

enum {
	RESCAN_ADD,
	RESCAN_PUT,
	RESCAN_RUNNING_OF,
	RESCAN_COVERED,
	RESCAN_EACH,
};

#define RESCAN_COLUMNS                                                                             \
	"seq, coin, from_height, to_height, next_height, next_hash, state, found, known, busy_ms," \
	" error, who, uid, started_at, updated_at"

// clang-format off
static const char *const sql[] = {
	[RESCAN_ADD] = "INSERT INTO rescan (" RESCAN_COLUMNS ") VALUES"
		       " ((SELECT COALESCE(MAX(seq), 0) + 1 FROM rescan),"
		       " ?1, ?2, ?3, ?3, '', 'running', 0, 0, 0, '', ?4, ?5, ?6, ?6)"
		       " ON CONFLICT (coin) WHERE state = 'running' DO NOTHING",
	[RESCAN_PUT] = "UPDATE rescan SET next_height = ?2, next_hash = ?3, state = ?4, found = ?5,"
		       " known = ?6, busy_ms = ?7, error = ?8, updated_at = ?9 WHERE seq = ?1",
	[RESCAN_RUNNING_OF] = "SELECT " RESCAN_COLUMNS " FROM rescan"
			      " WHERE coin = ?1 AND state = 'running'",
	[RESCAN_COVERED] = "SELECT 1 FROM rescan WHERE coin = ?1 AND state = 'done'"
			   " AND from_height <= ?2 AND to_height >= ?3",
	[RESCAN_EACH] = "SELECT " RESCAN_COLUMNS " FROM rescan WHERE seq > 0 ORDER BY seq",
};
// clang-format on
const struct stmt_table stmt_rescan = { STMT_RESCAN, sizeof(sql) / sizeof(sql[0]), sql };

static int read_order(struct stmt *q, struct rescan_order *o, struct err *err)
{
	char state[16];

	*o = (struct rescan_order){
		.seq = stmt_u64(q, 0),
		.coin = stmt_coin(q, 1),
		.from = stmt_i64(q, 2),
		.to = stmt_i64(q, 3),
		.next = stmt_i64(q, 4),
		.found = stmt_u64(q, 7),
		.known = stmt_u64(q, 8),
		.busy_ms = stmt_u64(q, 9),
		.uid = stmt_u32(q, 12),
		.started_at = stmt_i64(q, 13),
		.updated_at = stmt_i64(q, 14),
	};
	stmt_text(q, 5, o->next_hash, sizeof(o->next_hash));
	stmt_text(q, 6, state, sizeof(state));
	stmt_text(q, 10, o->error, sizeof(o->error));
	stmt_text(q, 11, o->who, sizeof(o->who));
	if (!rescan_state_parse(state, &o->state))
		stmt_damaged(q, 6);
	return stmt_row_check(q, err);
}

int store_rescan_running(struct store *s, enum coin coin, struct rescan_order *ret, struct err *err)
{
	struct rescan_order o;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_rescan, RESCAN_RUNNING_OF, &q);
	stmt_bind_coin(&q, 1, coin);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		rc = read_order(&q, &o, err);
		if (rc == 0)
			*ret = o;
	} else if (rc == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "no %s blocks are being scanned again",
			     coin_name(coin));
	}
	stmt_done(&q);
	return rc;
}

int store_rescan_add(struct store *s, struct rescan_order *o, struct err *err)
{
	struct stmt q;
	int added, rc;

	stmt_use(s, &stmt_rescan, RESCAN_ADD, &q);
	stmt_bind_coin(&q, 1, o->coin);
	stmt_bind_i64(&q, 2, o->from);
	stmt_bind_i64(&q, 3, o->to);
	stmt_bind_text(&q, 4, o->who);
	stmt_bind_i64(&q, 5, o->uid);
	stmt_bind_i64(&q, 6, o->started_at);
	rc = stmt_run(&q, &added, err);
	if (rc == 0 && added == 0)
		rc = err_set(err, ERR_EXISTS, "%s blocks are being scanned again already",
			     coin_name(o->coin));
	return rc < 0 ? rc : store_rescan_running(s, o->coin, o, err);
}

int store_rescan_put(struct store *s, const struct rescan_order *o, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_rescan, RESCAN_PUT, &q);
	stmt_bind_u64(&q, 1, o->seq);
	stmt_bind_i64(&q, 2, o->next);
	stmt_bind_text(&q, 3, o->next_hash);
	stmt_bind_text(&q, 4, rescan_state_name(o->state));
	stmt_bind_u64(&q, 5, o->found);
	stmt_bind_u64(&q, 6, o->known);
	stmt_bind_u64(&q, 7, o->busy_ms);
	stmt_bind_text(&q, 8, o->error);
	stmt_bind_i64(&q, 9, o->updated_at);
	return stmt_run(&q, NULL, err);
}

int store_rescan_covered(struct store *s, enum coin coin, int64_t from, int64_t to, bool *ret,
			 struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_rescan, RESCAN_COVERED, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_i64(&q, 2, from);
	stmt_bind_i64(&q, 3, to);
	return stmt_read_exists(&q, ret, err);
}

int store_rescan_each(struct store *s, store_rescan_fn fn, void *arg, struct err *err)
{
	struct rescan_order o;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_rescan, RESCAN_EACH, &q);
	while ((rc = stmt_step(&q, err)) == 1) {
		rc = read_order(&q, &o, err);
		if (rc == 0)
			rc = fn(arg, &o, err);
		if (rc != 0)
			break;
	}
	stmt_done(&q);
	return rc;
}
