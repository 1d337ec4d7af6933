#include "common/store/quota_store.h"

#include <inttypes.h>

#include "common/store/stmt.h"

enum {
	QUOTA_TAKE,
	QUOTA_COUNT,
	QUOTA_FORGET,
};

// clang-format off
static const char *const sql[] = {
	[QUOTA_TAKE] = "INSERT INTO bind_quota (client, day, count) VALUES (?1, ?2, 1)"
		       " ON CONFLICT (client) DO UPDATE SET"
		       " count = CASE day WHEN ?2 THEN count + 1 ELSE 1 END, day = ?2",
	[QUOTA_COUNT] = "SELECT count FROM bind_quota WHERE client = ?1",
	[QUOTA_FORGET] = "DELETE FROM bind_quota WHERE day < ?1",
};
// clang-format on
const struct stmt_table stmt_quota = { STMT_QUOTA, sizeof(sql) / sizeof(sql[0]), sql };

/* Nothing to do but for the first one of a day. */
static int forget_before(struct store *s, int64_t day, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_quota, QUOTA_FORGET, &q);
	stmt_bind_i64(&q, 1, day);
	return stmt_run(&q, NULL, err);
}

static int take(struct store *s, const char *client, int64_t day, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_quota, QUOTA_TAKE, &q);
	stmt_bind_text(&q, 1, client);
	stmt_bind_i64(&q, 2, day);
	return stmt_run(&q, NULL, err);
}

int store_quota_take(struct store *s, const char *client, int64_t now, uint64_t max, bool *ret_over,
		     struct err *err)
{
	int64_t day = now / QUOTA_DAY_S;
	uint64_t count = 0;
	struct stmt q;
	int rc = forget_before(s, day, err);

	*ret_over = false;
	if (rc == 0)
		rc = take(s, client, day, err);
	if (rc < 0)
		return rc;
	stmt_use(s, &stmt_quota, QUOTA_COUNT, &q);
	stmt_bind_text(&q, 1, client);
	rc = stmt_read_u64(&q, &count, err);
	if (rc < 0 || count <= max)
		return rc;
	*ret_over = true;
	return err_set(err, ERR_BUSY, "client %s has had %" PRIu64 " addresses today", client, max);
}
