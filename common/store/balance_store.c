/* Rows that were never written read as zeros: most addresses never have anything. */
#include "common/store/balance_store.h"

#include <string.h>

#include "common/store/stmt.h"

enum {
	BALANCE_GET,
	BALANCE_PUT,
	BALANCE_SEEN,
	ROUND_GET,
	ROUND_PUT,
};

// clang-format off
static const char *const sql[] = {
	[BALANCE_GET] = "SELECT balance, seen, height, surpluses FROM balance"
			" WHERE coin = ?1 AND address = ?2",
	[BALANCE_PUT] = "INSERT INTO balance (coin, address, balance, seen, height, surpluses)"
			" VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
			" ON CONFLICT (coin, address) DO UPDATE SET balance = excluded.balance,"
			" seen = excluded.seen, height = excluded.height,"
			" surpluses = excluded.surpluses",
	/* no SUM(): an amount may have 128 bits */
	[BALANCE_SEEN] = "SELECT value FROM sighting WHERE coin = ?1 AND address = ?2"
			 " AND height <= ?3 AND state <> 'orphaned' AND surplus = 0",
	[ROUND_GET] = "SELECT pool_seq, started_at FROM balance_round WHERE coin = ?1",
	[ROUND_PUT] = "INSERT INTO balance_round (coin, pool_seq, started_at) VALUES (?1, ?2, ?3)"
		      " ON CONFLICT (coin) DO UPDATE SET pool_seq = excluded.pool_seq,"
		      " started_at = excluded.started_at",
};
// clang-format on
const struct stmt_table stmt_balance = { STMT_BALANCE, sizeof(sql) / sizeof(sql[0]), sql };

int store_balance_get(struct store *s, enum coin coin, const char *address,
		      struct balance_base *ret, struct err *err)
{
	struct balance_base b;
	struct stmt q;
	int rc;

	memset(&b, 0, sizeof(b));
	stmt_use(s, &stmt_balance, BALANCE_GET, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_text(&q, 2, address);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		b.balance = stmt_units(&q, 0);
		b.seen = stmt_units(&q, 1);
		b.height = stmt_i64(&q, 2);
		b.surpluses = stmt_u32(&q, 3);
		rc = stmt_row_check(&q, err);
	}
	stmt_done(&q);
	if (rc == 0)
		*ret = b;
	return rc;
}

int store_balance_put(struct store *s, enum coin coin, const char *address,
		      const struct balance_base *b, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_balance, BALANCE_PUT, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_text(&q, 2, address);
	stmt_bind_units(&q, 3, b->balance);
	stmt_bind_units(&q, 4, b->seen);
	stmt_bind_i64(&q, 5, b->height);
	stmt_bind_u64(&q, 6, b->surpluses);
	return stmt_run(&q, NULL, err);
}

int store_balance_seen(struct store *s, enum coin coin, const char *address, int64_t height,
		       struct units *ret, struct err *err)
{
	struct units sum = units_of(0), value;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_balance, BALANCE_SEEN, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_text(&q, 2, address);
	stmt_bind_i64(&q, 3, height);
	while ((rc = stmt_step(&q, err)) == 1) {
		value = stmt_units(&q, 0);
		rc = stmt_row_check(&q, err);
		if (rc == 0 && !units_add(sum, value, &sum))
			rc = err_set(err, ERR_INVALID, "sightings of '%s' pass all bounds",
				     address);
		if (rc < 0)
			break;
	}
	stmt_done(&q);
	if (rc == 0)
		*ret = sum;
	return rc;
}

int store_balance_round_get(struct store *s, enum coin coin, struct balance_round *ret,
			    struct err *err)
{
	struct balance_round r = { .pool_seq = 0 };
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_balance, ROUND_GET, &q);
	stmt_bind_coin(&q, 1, coin);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		r.pool_seq = stmt_u64(&q, 0);
		r.started_at = stmt_i64(&q, 1);
		rc = stmt_row_check(&q, err);
	}
	stmt_done(&q);
	if (rc == 0)
		*ret = r;
	return rc;
}

int store_balance_round_put(struct store *s, enum coin coin, const struct balance_round *r,
			    struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_balance, ROUND_PUT, &q);
	stmt_bind_coin(&q, 1, coin);
	stmt_bind_u64(&q, 2, r->pool_seq);
	stmt_bind_i64(&q, 3, r->started_at);
	return stmt_run(&q, NULL, err);
}
