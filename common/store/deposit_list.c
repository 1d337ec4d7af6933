#include "common/store/deposit_list.h"

#include <stdio.h>
#include <string.h>

#include "common/store/deposit_sql.h"

enum {
	LIST_ERROR_COUNT,
	LIST_LEFT_COUNT,
	LIST_COUNTS,
	LIST_ENTRIES_OF_SECOND,
	LIST_ENTRIES_LATER,
};

#define ENTRY_COLUMNS "created_at, id, coin, state, value, sent"

// clang-format off
static const char *const sql[] = {
	[LIST_ERROR_COUNT] = "SELECT SUM(errored) FROM deposit_count",
	/* dust is paid nothing, so nothing is lost with it */
	[LIST_LEFT_COUNT] = "SELECT COUNT(*) FROM deposit WHERE left_chain = 1"
			    " AND updated_at >= ?1 AND error <> '' AND state <> 'void' AND (state <> 'done' OR to_send > 0)",
	[LIST_COUNTS] = "SELECT coin, state, count, errored FROM deposit_count",
	/* one statement for both would read the second anew for each page of it */
	[LIST_ENTRIES_OF_SECOND] = "SELECT " ENTRY_COLUMNS " FROM deposit"
				   " WHERE created_at = ?1 AND id > ?2 AND created_at < ?3"
				   " ORDER BY id LIMIT ?4",
	[LIST_ENTRIES_LATER] = "SELECT " ENTRY_COLUMNS " FROM deposit"
			       " WHERE created_at > ?1 AND created_at < ?3"
			       " ORDER BY created_at, id LIMIT ?4",
};
// clang-format on
const struct stmt_table stmt_deposit_list = { STMT_DEPOSIT_LIST, sizeof(sql) / sizeof(sql[0]),
					      sql };

/* --- figures ------------------------------------------------------------------------------- */

int store_deposit_error_count(struct store *s, uint64_t *ret, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_deposit_list, LIST_ERROR_COUNT, &q);
	return stmt_read_u64(&q, ret, err);
}

int store_deposit_left_count(struct store *s, int64_t since, uint64_t *ret, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_deposit_list, LIST_LEFT_COUNT, &q);
	stmt_bind_i64(&q, 1, since);
	return stmt_read_u64(&q, ret, err);
}

static enum deposit_state read_state(struct stmt *q, int column)
{
	enum deposit_state state = DEPOSIT_VOID;
	char name[48];

	stmt_text(q, column, name, sizeof(name));
	if (!deposit_state_parse(name, &state))
		stmt_damaged(q, column);
	return state;
}

int store_deposit_counts(struct store *s, struct deposit_counts *ret, struct err *err)
{
	struct deposit_counts c = { .of = { { 0 } } };
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_deposit_list, LIST_COUNTS, &q);
	while ((rc = stmt_step(&q, err)) == 1) {
		enum coin coin = stmt_coin(&q, 0);
		enum deposit_state state = read_state(&q, 1);

		c.of[coin][state] = stmt_u64(&q, 2);
		c.errored[coin][state] = stmt_u64(&q, 3);
		rc = stmt_row_check(&q, err);
		if (rc < 0)
			break;
	}
	stmt_done(&q);
	if (rc == 0)
		*ret = c;
	return rc;
}

/* --- accounts ------------------------------------------------------------------------------ */

static int read_entry(struct stmt *q, struct deposit_entry *e, struct err *err)
{
	*e = (struct deposit_entry){
		.created_at = stmt_i64(q, 0),
		.id = stmt_u64(q, 1),
		.coin = stmt_coin(q, 2),
		.state = read_state(q, 3),
		.value = stmt_units(q, 4),
		.sent = stmt_droplets(q, 5),
	};
	return stmt_row_check(q, err);
}

static int walk_entries(struct store *s, size_t which, const struct deposit_entry *after,
			int64_t until, unsigned *limit, store_entry_fn fn, void *arg,
			struct err *err)
{
	struct deposit_entry e;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_deposit_list, which, &q);
	stmt_bind_i64(&q, 1, after->created_at);
	if (which == LIST_ENTRIES_OF_SECOND)
		stmt_bind_u64(&q, 2, after->id);
	stmt_bind_i64(&q, 3, until);
	stmt_bind_u64(&q, 4, *limit);
	while ((rc = stmt_step(&q, err)) == 1) {
		rc = read_entry(&q, &e, err);
		if (rc == 0)
			rc = fn(arg, &e, err);
		if (rc != 0)
			break;
		(*limit)--;
	}
	stmt_done(&q);
	return rc;
}

int store_deposit_entries(struct store *s, const struct deposit_entry *after, int64_t until,
			  unsigned limit, store_entry_fn fn, void *arg, struct err *err)
{
	int rc = walk_entries(s, LIST_ENTRIES_OF_SECOND, after, until, &limit, fn, arg, err);

	if (rc == 0 && limit > 0)
		rc = walk_entries(s, LIST_ENTRIES_LATER, after, until, &limit, fn, arg, err);
	return rc;
}

/* SQL's SUM ends at 63 bits: wei do not fit. */
int deposit_totals_add(struct deposit_totals *t, const struct deposit_entry *e, struct err *err)
{
	if (e->state == DEPOSIT_VOID)
		return 0;
	if (!units_add(t->received[e->coin], e->value, &t->received[e->coin]) ||
	    !droplets_add(t->sent, e->sent, &t->sent))
		return err_set(err, ERR_FATAL, "the sum of all deposits is beyond all bounds");
	t->count++;
	return 0;
}
