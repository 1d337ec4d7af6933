/* A row is there from the transaction that records the block to the one that records what its trace
 * shows, so a kill loses neither. */
#include "common/store/trace_store.h"

#include "common/store/stmt.h"

enum {
	TRACE_OWE,
	TRACE_SETTLE,
	TRACE_FAILED,
	TRACE_DROP,
	TRACE_NEXT,
	TRACE_IS_OWED,
	TRACE_OWED_BETWEEN,
	TRACE_SUM,
	TRACE_EACH,
};

#define TRACE_COLUMNS "coin, height, hash, since, tries, why"

// clang-format off
static const char *const sql[] = {
	[TRACE_OWE] = "INSERT INTO trace_debt (" TRACE_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
		      " ON CONFLICT (coin, height) DO UPDATE SET hash = excluded.hash,"
		      " since = excluded.since, tries = excluded.tries, why = excluded.why",
	[TRACE_SETTLE] = "DELETE FROM trace_debt WHERE coin = ?1 AND height = ?2",
	[TRACE_FAILED] = "UPDATE trace_debt SET tries = ?4, why = ?5"
			 " WHERE coin = ?1 AND height = ?2 AND hash = ?3",
	[TRACE_DROP] = "DELETE FROM trace_debt WHERE coin = ?1 AND height BETWEEN ?2 AND ?3",
	[TRACE_NEXT] = "SELECT " TRACE_COLUMNS " FROM trace_debt WHERE coin = ?1"
		       " ORDER BY tries, height DESC LIMIT 1",
	[TRACE_IS_OWED] = "SELECT 1 FROM trace_debt WHERE coin = ?1 AND height = ?2 AND hash = ?3",
	[TRACE_OWED_BETWEEN] = "SELECT 1 FROM trace_debt WHERE coin = ?1 AND height > ?2"
			       " AND height <= ?3 LIMIT 1",
	[TRACE_SUM] = "SELECT count(*), COALESCE(min(height), 0), COALESCE(max(height), 0),"
		      " COALESCE(min(since), 0) FROM trace_debt WHERE coin = ?1",
	[TRACE_EACH] = "SELECT ALL " TRACE_COLUMNS " FROM trace_debt WHERE coin >= ''"
		       " ORDER BY coin, height",
};
// clang-format on
const struct stmt_table stmt_trace = { STMT_TRACE, sizeof(sql) / sizeof(sql[0]), sql };

/* --- writing --------------------------------------------------------------------------------- */

int store_trace_owe(struct store *s, const struct trace_debt *d, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_trace, TRACE_OWE, &q);
	stmt_bind_coin(&q, 1, d->coin);
	stmt_bind_i64(&q, 2, d->height);
	stmt_bind_text(&q, 3, d->hash);
	stmt_bind_i64(&q, 4, d->since);
	stmt_bind_u64(&q, 5, d->tries);
	stmt_bind_text(&q, 6, d->why);
	return stmt_run(&q, NULL, err);
}

int store_trace_settle(struct store *s, enum coin coin, int64_t height, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_trace, TRACE_SETTLE, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_i64(&q, 2, height);
	return stmt_run(&q, NULL, err);
}

int store_trace_failed(struct store *s, const struct trace_debt *d, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_trace, TRACE_FAILED, &q);
	stmt_bind_coin(&q, 1, d->coin);
	stmt_bind_i64(&q, 2, d->height);
	stmt_bind_text(&q, 3, d->hash);
	stmt_bind_u64(&q, 4, d->tries);
	stmt_bind_text(&q, 5, d->why);
	return stmt_run(&q, NULL, err);
}

int store_trace_drop(struct store *s, enum coin coin, int64_t from, int64_t to, uint64_t *ret_count,
		     struct err *err)
{
	struct stmt q;
	int dropped = 0, rc;

	stmt_use(s, &stmt_trace, TRACE_DROP, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_i64(&q, 2, from);
	stmt_bind_i64(&q, 3, to);
	rc = stmt_run(&q, &dropped, err);
	if (rc == 0)
		*ret_count = (uint64_t)dropped;
	return rc;
}

/* --- reading --------------------------------------------------------------------------------- */

static int read_debt(struct stmt *q, struct trace_debt *d, struct err *err)
{
	*d = (struct trace_debt){ .coin = stmt_coin(q, 0),
				  .height = stmt_i64(q, 1),
				  .since = stmt_i64(q, 3),
				  .tries = stmt_u32(q, 4) };
	stmt_text(q, 2, d->hash, sizeof(d->hash));
	stmt_text(q, 5, d->why, sizeof(d->why));
	return stmt_row_check(q, err);
}

int store_trace_next(struct store *s, enum coin coin, struct trace_debt *ret, struct err *err)
{
	struct trace_debt d;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_trace, TRACE_NEXT, &q);
	stmt_bind_coin(&q, 1, coin);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		rc = read_debt(&q, &d, err);
		if (rc == 0)
			*ret = d;
	} else if (rc == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "no %s block waits to be traced", coin_name(coin));
	}
	stmt_done(&q);
	return rc;
}

int store_trace_is_owed(struct store *s, const struct trace_debt *d, bool *ret, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_trace, TRACE_IS_OWED, &q);
	stmt_bind_coin(&q, 1, d->coin);
	stmt_bind_i64(&q, 2, d->height);
	stmt_bind_text(&q, 3, d->hash);
	return stmt_read_exists(&q, ret, err);
}

int store_trace_owed_between(struct store *s, enum coin coin, int64_t above, int64_t to, bool *ret,
			     struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_trace, TRACE_OWED_BETWEEN, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_i64(&q, 2, above);
	stmt_bind_i64(&q, 3, to);
	return stmt_read_exists(&q, ret, err);
}

int store_trace_sum(struct store *s, enum coin coin, struct trace_debts_sum *ret, struct err *err)
{
	struct trace_debts_sum sum = { .count = 0 };
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_trace, TRACE_SUM, &q);
	stmt_bind_coin(&q, 1, coin);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		sum = (struct trace_debts_sum){ stmt_u64(&q, 0), stmt_i64(&q, 1), stmt_i64(&q, 2),
						stmt_i64(&q, 3) };
		rc = stmt_row_check(&q, err);
	}
	stmt_done(&q);
	if (rc == 0)
		*ret = sum;
	return rc;
}

int store_trace_each(struct store *s, store_trace_fn fn, void *arg, struct err *err)
{
	struct trace_debt d;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_trace, TRACE_EACH, &q);
	while ((rc = stmt_step(&q, err)) == 1) {
		rc = read_debt(&q, &d, err);
		if (rc == 0)
			rc = fn(arg, &d, err);
		if (rc != 0)
			break;
	}
	stmt_done(&q);
	return rc;
}
