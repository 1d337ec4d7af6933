/* One condition of a filter leads the walk: the one whose index has the fewest deposits, as a rule.
 * A call first looks where the next entries of that index end, and then at the deposits up to
 * there.  The other conditions are written so that no index is used for them: SQLite would pick one
 * by guessing, and of an index that does not lead nobody knows how much of it lies in between. */
#include "common/store/deposit_pager.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/store/deposit_sql.h"

#define STRETCH	   DEPOSIT_PAGER_STRETCH
#define SQL_MAX	   1200
#define ID_LARGEST INT64_MAX

enum lead { BY_ID, BY_STATE, BY_ERROR, BY_SKY_ADDRESS, BY_ADDRESS, BY_TXID };

/* No transaction pays so many deposits that there would be an end to look for. */
#define OF_TXID                                                                                    \
	" AND id IN (SELECT id FROM deposit WHERE coin IN ('BTC', 'ETH', 'SKY') AND txid = ?4"     \
	" UNION SELECT id FROM deposit WHERE payout_txid = ?4 AND payout_txid <> '')"

static const struct {
	const char *leading, *other;
} conditions[] = {
	[BY_ID] = { "", "" },
	[BY_STATE] = { " AND state = ?1", " AND COALESCE(state, '') = ?1" },
	[BY_ERROR] = { " AND error <> ''", " AND COALESCE(error, '') <> ''" },
	[BY_SKY_ADDRESS] = { " AND sky_address = ?2", " AND COALESCE(sky_address, '') = ?2" },
	[BY_ADDRESS] = { " AND address = ?3", " AND COALESCE(address, '') = ?3" },
	[BY_TXID] = { OF_TXID, OF_TXID },
};

static bool asks_for(const struct deposit_filter *f, enum lead lead)
{
	switch (lead) {
	case BY_ID: return true;
	case BY_STATE: return f->state != NULL;
	case BY_ERROR: return f->errored;
	case BY_SKY_ADDRESS: return f->sky_address != NULL;
	case BY_ADDRESS: return f->address != NULL;
	case BY_TXID: return f->txid != NULL;
	}
	return false;
}

static enum lead lead_of(const struct deposit_filter *f)
{
	enum lead lead = BY_TXID;

	while (!asks_for(f, lead))
		lead--;
	return lead;
}

/* The stored state that a public name means. */
static const char *stored_state(const char *public_name)
{
	const char *shown = deposit_state_public_name(DEPOSIT_VOID);

	return strcmp(public_name, shown) == 0 ? deposit_state_name(DEPOSIT_VOID) : public_name;
}

/* --- statements ---------------------------------------------------------------------------- */

/* What a call looks at: behind `from`, up to `end`, which is included; `last`: that is all. */
struct stretch {
	enum lead lead;
	uint64_t from, end;
	bool last;
};

static const char *order_of(const struct deposit_pager *p)
{
	return p->newest_first ? " ORDER BY id DESC" : " ORDER BY id";
}

static const char *behind(const struct deposit_pager *p)
{
	return p->newest_first ? " WHERE id < ?7" : " WHERE id > ?7";
}

/* The values are bound by bind_filter() and by number. */
static void walk_sql(const struct deposit_pager *p, enum lead lead, const char *columns,
		     struct buf *out)
{
	const struct deposit_filter *f = &p->filter;

	(void)buf_printf(out, "SELECT %s FROM deposit%s%s", columns, behind(p),
			 p->newest_first ? " AND id >= ?8" : " AND id <= ?8");
	for (enum lead l = BY_STATE; l <= BY_TXID; l++)
		if (asks_for(f, l))
			(void)buf_puts(out,
				       l == lead ? conditions[l].leading : conditions[l].other);
	(void)buf_printf(out, "%s%s%s LIMIT ?9", f->since != 0 ? " AND updated_at >= ?5" : "",
			 f->until != 0 ? " AND updated_at <= ?6" : "", order_of(p));
}

static void end_sql(const struct deposit_pager *p, enum lead lead, struct buf *out)
{
	(void)buf_printf(out, "SELECT id FROM deposit%s%s%s LIMIT 1 OFFSET ?8", behind(p),
			 conditions[lead].leading, order_of(p));
}

static void bind_leading(struct stmt *q, const struct deposit_filter *f)
{
	if (f->state != NULL)
		stmt_bind_text(q, 1, stored_state(f->state));
	if (f->sky_address != NULL)
		stmt_bind_text(q, 2, f->sky_address);
	if (f->address != NULL)
		stmt_bind_text(q, 3, f->address);
	if (f->txid != NULL)
		stmt_bind_text(q, 4, f->txid);
}

static void bind_filter(struct stmt *q, const struct deposit_filter *f)
{
	bind_leading(q, f);
	if (f->since != 0)
		stmt_bind_i64(q, 5, f->since);
	if (f->until != 0)
		stmt_bind_i64(q, 6, f->until);
}

static void use(struct store *s, struct buf *text, struct stmt *ret)
{
	stmt_use_text(s, buf_text(text), ret);
	buf_release(text);
}

/* --- stretches ------------------------------------------------------------------------------ */

static int newest_id(struct store *s, uint64_t *ret, struct err *err)
{
	struct stmt q;

	stmt_use_text(s, "SELECT MAX(id) FROM deposit", &q);
	return stmt_read_u64(&q, ret, err);
}

/* Ids have hardly a gap. */
static void find_end_by_id(const struct deposit_pager *p, uint64_t newest, struct stretch *t)
{
	if (p->newest_first) {
		t->last = t->from <= STRETCH;
		t->end = t->last ? 0 : t->from - STRETCH;
	} else {
		t->last = newest <= STRETCH || t->from >= newest - STRETCH;
		t->end = t->last ? ID_LARGEST : t->from + STRETCH;
	}
}

/* Where the next entries of the leading index end. */
static int find_end(struct store *s, const struct deposit_pager *p, struct stretch *t,
		    struct err *err)
{
	struct buf text = BUF_INIT(SQL_MAX);
	uint64_t end = 0;
	struct stmt q;
	int rc;

	end_sql(p, t->lead, &text);
	use(s, &text, &q);
	bind_leading(&q, &p->filter);
	stmt_bind_u64(&q, 7, t->from);
	stmt_bind_u64(&q, 8, STRETCH - 1);
	rc = stmt_read_u64(&q, &end, err);
	if (rc < 0)
		return rc;
	t->last = end == 0;
	t->end = end;
	if (t->last)
		t->end = p->newest_first ? 0 : ID_LARGEST;
	return 0;
}

static int find_stretch(struct store *s, const struct deposit_pager *p, struct stretch *t,
			struct err *err)
{
	uint64_t newest;
	int rc = newest_id(s, &newest, err);

	if (rc < 0)
		return rc;
	*t = (struct stretch){ .lead = lead_of(&p->filter), .from = p->after };
	if (p->newest_first && (p->after == 0 || p->after > newest))
		t->from = newest + 1;
	if (t->lead == BY_TXID) {
		t->last = true;
		t->end = p->newest_first ? 0 : ID_LARGEST;
		return 0;
	}
	if (t->lead != BY_ID)
		return find_end(s, p, t, err);
	find_end_by_id(p, newest, t);
	return 0;
}

static void begin_walk(struct store *s, const struct deposit_pager *p, const struct stretch *t,
		       const char *columns, uint64_t limit, struct stmt *q)
{
	struct buf text = BUF_INIT(SQL_MAX);

	walk_sql(p, t->lead, columns, &text);
	use(s, &text, q);
	bind_filter(q, &p->filter);
	stmt_bind_u64(q, 7, t->from);
	stmt_bind_u64(q, 8, t->end);
	stmt_bind_u64(q, 9, limit);
}

/* `count` were found, `last` is the id of the last of them. */
static void end_walk(struct deposit_pager *p, const struct stretch *t, uint64_t count,
		     uint64_t last, uint64_t limit)
{
	bool full = count == limit && last != t->end;

	p->after = full ? last : t->end;
	p->over = !full && t->last;
}

/* --- walking ---------------------------------------------------------------------------------- */

/* Rows of a page pass through here to be counted. */
struct page {
	store_deposit_fn fn;
	void *arg;
	uint64_t last; /* id of the last one */
	unsigned count;
};

static int on_row(void *arg, const struct deposit *d, struct err *err)
{
	struct page *page = arg;

	page->last = d->id;
	page->count++;
	return page->fn(page->arg, d, err);
}

int store_deposit_page(struct store *s, struct deposit_pager *p, unsigned limit,
		       store_deposit_fn fn, void *arg, struct err *err)
{
	struct page page = { .fn = fn, .arg = arg };
	struct stretch t;
	struct stmt q;
	int rc = p->over ? 0 : find_stretch(s, p, &t, err);

	if (rc < 0 || p->over)
		return rc;
	begin_walk(s, p, &t, DEPOSIT_COLUMNS, limit, &q);
	rc = deposit_walk(&q, on_row, &page, err);
	if (rc == 0)
		end_walk(p, &t, page.count, page.last, limit);
	return rc;
}

int store_deposit_skip(struct store *s, struct deposit_pager *p, uint64_t most,
		       uint64_t *ret_skipped, struct err *err)
{
	uint64_t count = 0, last = 0;
	struct stretch t;
	struct stmt q;
	int rc = p->over ? 0 : find_stretch(s, p, &t, err);

	*ret_skipped = 0;
	if (rc < 0 || p->over)
		return rc;
	begin_walk(s, p, &t, "id", most, &q);
	for (; (rc = stmt_step(&q, err)) == 1; count++)
		last = stmt_u64(&q, 0);
	stmt_done(&q);
	if (rc < 0)
		return rc;
	end_walk(p, &t, count, last, most);
	*ret_skipped = count;
	return 0;
}
