/* A page looks at STRETCH ids at the most, however few of them the filter lets through, unless an
 * index leads to them. */
#include "common/store/deposit_list.h"

#include <stdio.h>
#include <string.h>

#include "common/store/deposit_sql.h"

#define STRETCH	       2000
#define FILTER_SQL_MAX 1200

enum {
	LIST_NEWEST,
	LIST_ERROR_COUNT,
	LIST_LEFT_COUNT,
	LIST_COUNTS,
	LIST_ENTRIES,
};

// clang-format off
static const char *const sql[] = {
	[LIST_NEWEST] = "SELECT MAX(id) FROM deposit",
	[LIST_ERROR_COUNT] = "SELECT COUNT(*) FROM deposit WHERE error <> ''",
	/* dust is paid nothing, so nothing is lost with it */
	[LIST_LEFT_COUNT] = "SELECT COUNT(*) FROM deposit WHERE error <> '' AND left_chain = 1"
			    " AND state <> 'void' AND (state <> 'done' OR to_send > 0)"
			    " AND updated_at >= ?1",
	[LIST_COUNTS] = "SELECT coin, state, count FROM deposit_count",
	[LIST_ENTRIES] = "SELECT created_at, id, coin, state, value, sent FROM deposit"
			 " WHERE (created_at, id) > (?1, ?2) AND created_at < ?3"
			 " ORDER BY created_at, id LIMIT ?4",
};
// clang-format on
const struct stmt_table stmt_deposit_list = { STMT_DEPOSIT_LIST, sizeof(sql) / sizeof(sql[0]),
					      sql };

/* --- pages of deposits ---------------------------------------------------------------------- */

/* The stored state that a public name means. */
static const char *stored_state(const char *public_name)
{
	const char *shown = deposit_state_public_name(DEPOSIT_VOID);

	return strcmp(public_name, shown) == 0 ? deposit_state_name(DEPOSIT_VOID) : public_name;
}

/* Few deposits can agree with these, and an index finds them. */
static bool is_selective(const struct deposit_filter *f)
{
	return f->sky_address != NULL || f->address != NULL || f->txid != NULL || f->errored;
}

#define OF_TXID                                                                                    \
	" AND id IN (SELECT id FROM deposit WHERE coin IN ('BTC', 'ETH', 'SKY') AND txid = ?4"     \
	" UNION SELECT id FROM deposit WHERE payout_txid = ?4 AND payout_txid <> '')"

/* The conditions that `f` asks for; their values are bound by bind_filter(), by number. */
static void filter_sql(const struct deposit_filter *f, char *ret, size_t size)
{
	(void)snprintf(ret, size,
		       "SELECT " DEPOSIT_COLUMNS " FROM deposit WHERE id > ?7 AND id <= ?8"
		       "%s%s%s%s%s%s%s ORDER BY id LIMIT ?9",
		       f->state != NULL ? " AND state = ?1" : "",
		       f->sky_address != NULL ? " AND sky_address = ?2" : "",
		       f->address != NULL ? " AND address = ?3" : "",
		       f->txid != NULL ? OF_TXID : "", f->since != 0 ? " AND updated_at >= ?5" : "",
		       f->until != 0 ? " AND updated_at <= ?6" : "",
		       f->errored ? " AND error <> ''" : "");
}

static void bind_filter(struct stmt *q, const struct deposit_filter *f)
{
	if (f->state != NULL)
		stmt_bind_text(q, 1, stored_state(f->state));
	if (f->sky_address != NULL)
		stmt_bind_text(q, 2, f->sky_address);
	if (f->address != NULL)
		stmt_bind_text(q, 3, f->address);
	if (f->txid != NULL)
		stmt_bind_text(q, 4, f->txid);
	if (f->since != 0)
		stmt_bind_i64(q, 5, f->since);
	if (f->until != 0)
		stmt_bind_i64(q, 6, f->until);
}

/* Rows of a page pass through here to be counted. */
struct page {
	store_deposit_fn fn;
	void *arg;
	uint64_t last; /* id of the last one */
	unsigned count;
};

static int on_row(void *arg, const struct deposit *d, struct err *err)
{
	struct page *p = arg;

	p->last = d->id;
	p->count++;
	return p->fn(p->arg, d, err);
}

static int newest_id(struct store *s, uint64_t *ret, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_deposit_list, LIST_NEWEST, &q);
	return stmt_read_u64(&q, ret, err);
}

int store_deposit_page(struct store *s, const struct deposit_filter *f, uint64_t after,
		       unsigned limit, store_deposit_fn fn, void *arg, uint64_t *ret_next,
		       struct err *err)
{
	struct page page = { .fn = fn, .arg = arg };
	char text[FILTER_SQL_MAX];
	uint64_t newest, end;
	struct stmt q;
	int rc = newest_id(s, &newest, err);

	if (rc < 0)
		return rc;
	*ret_next = 0;
	if (after >= newest)
		return 0;
	end = is_selective(f) || newest - after <= STRETCH ? newest : after + STRETCH;
	filter_sql(f, text, sizeof(text));
	stmt_use_text(s, text, &q);
	bind_filter(&q, f);
	stmt_bind_u64(&q, 7, after);
	stmt_bind_u64(&q, 8, end);
	stmt_bind_u64(&q, 9, limit);
	rc = deposit_walk(&q, on_row, &page, err);
	if (rc != 0)
		return rc;
	if (page.count == limit && page.last < end)
		*ret_next = page.last;
	else if (end < newest)
		*ret_next = end;
	return 0;
}

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
		c.of[stmt_coin(&q, 0)][read_state(&q, 1)] = stmt_u64(&q, 2);
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

int store_deposit_entries(struct store *s, const struct deposit_entry *after, int64_t until,
			  unsigned limit, store_entry_fn fn, void *arg, struct err *err)
{
	struct deposit_entry e;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_deposit_list, LIST_ENTRIES, &q);
	stmt_bind_i64(&q, 1, after->created_at);
	stmt_bind_u64(&q, 2, after->id);
	stmt_bind_i64(&q, 3, until);
	stmt_bind_u64(&q, 4, limit);
	while ((rc = stmt_step(&q, err)) == 1) {
		rc = read_entry(&q, &e, err);
		if (rc == 0)
			rc = fn(arg, &e, err);
		if (rc != 0)
			break;
	}
	stmt_done(&q);
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
