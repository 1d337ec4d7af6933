/* What senderd owes.  Whether a payout may be paid is asked together with its deposit's state: what
 * exchangerd voids is not payable from that commit on. */
#include "common/store/payout_store.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/store/payout_sql.h"

enum {
	PAYOUT_ADD,
	PAYOUT_GET,
	PAYOUT_PAYABLE,
	PAYOUT_EACH,
	PAYOUT_FEED,
	PAYOUT_REFUSE,
	PAYOUT_RENEW,
	PAYOUT_WAITING_SUM,
	PAYOUT_REFUSED_COUNT,
};

#define DEPOSIT_WAITS                                                                              \
	"EXISTS (SELECT 1 FROM deposit d WHERE d.id = p.deposit_id"                                \
	" AND d.state = 'waiting_send' AND d.left_chain = 0)"

// clang-format off
static const char *const sql[] = {
	[PAYOUT_ADD] = "INSERT INTO payout (deposit_id, sky_address, amount, state, created_at,"
		       " updated_at) VALUES (?1, ?2, ?3, 'waiting', ?4, ?4)"
		       " ON CONFLICT (deposit_id) DO NOTHING",
	[PAYOUT_GET] = "SELECT " PAYOUT_COLUMNS " FROM payout p WHERE p.deposit_id = ?1",
	[PAYOUT_PAYABLE] = "SELECT " PAYOUT_COLUMNS " FROM payout p"
			   " WHERE p.state = 'waiting' AND p.deposit_id > ?1 AND " DEPOSIT_WAITS
			   " ORDER BY p.deposit_id LIMIT ?2",
	[PAYOUT_EACH] = "SELECT ALL " PAYOUT_COLUMNS " FROM payout p WHERE p.deposit_id > ?1"
			" ORDER BY p.deposit_id LIMIT ?2",
	[PAYOUT_FEED] = "SELECT " PAYOUT_COLUMNS " FROM payout p"
			" WHERE p.feed_seq > ?1 ORDER BY p.feed_seq LIMIT ?2",
	[PAYOUT_REFUSE] = "UPDATE payout SET state = 'refused', error = ?2, updated_at = ?3,"
			  " feed_seq = " NEXT_PAYOUT_FEED_SEQ
			  " WHERE deposit_id = ?1 AND state = 'waiting'",
	[PAYOUT_RENEW] = "UPDATE payout SET state = 'waiting', error = '', updated_at = ?2"
			 " WHERE deposit_id = ?1 AND state = 'refused'",
	[PAYOUT_WAITING_SUM] = "SELECT p.amount FROM payout p"
			       " WHERE p.state = 'waiting' AND " DEPOSIT_WAITS,
	[PAYOUT_REFUSED_COUNT] = "SELECT COUNT(*) FROM payout WHERE state = 'refused'",
};
// clang-format on
const struct stmt_table stmt_payout = { STMT_PAYOUT, sizeof(sql) / sizeof(sql[0]), sql };

/* --- payouts ------------------------------------------------------------------------------ */

int store_payout_add(struct store *s, uint64_t deposit_id, const char *sky_address,
		     struct droplets amount, int64_t now, struct err *err)
{
	struct stmt q;
	int added, rc;

	stmt_use(s, &stmt_payout, PAYOUT_ADD, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	stmt_bind_text(&q, 2, sky_address);
	stmt_bind_droplets(&q, 3, amount);
	stmt_bind_i64(&q, 4, now);
	rc = stmt_run(&q, &added, err);
	if (rc < 0 || added == 1)
		return rc;
	return err_set(err, ERR_EXISTS, "the payout of deposit %" PRIu64 " is recorded already",
		       deposit_id);
}

int payout_read(struct stmt *q, struct payout *p, struct err *err)
{
	char state[16];

	*p = (struct payout){
		.deposit_id = stmt_u64(q, 0),
		.feed_seq = stmt_u64(q, 1),
		.amount = stmt_droplets(q, 3),
		.created_at = stmt_i64(q, 8),
		.updated_at = stmt_i64(q, 9),
	};
	stmt_text(q, 2, p->sky_address, sizeof(p->sky_address));
	stmt_text(q, 4, state, sizeof(state));
	stmt_text(q, 5, p->txid, sizeof(p->txid));
	stmt_text(q, 6, p->replaces, sizeof(p->replaces));
	stmt_text(q, 7, p->error, sizeof(p->error));
	if (!payout_state_parse(state, &p->state))
		stmt_damaged(q, 4);
	return stmt_row_check(q, err);
}

int store_payout_get(struct store *s, uint64_t deposit_id, struct payout *ret, struct err *err)
{
	struct payout p;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_payout, PAYOUT_GET, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		rc = payout_read(&q, &p, err);
		if (rc == 0)
			*ret = p;
	} else if (rc == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "deposit %" PRIu64 " has no payout", deposit_id);
	}
	stmt_done(&q);
	return rc;
}

/* Walk a statement that wants (after, limit). */
static int walk_payouts(struct store *s, size_t which, uint64_t after, unsigned limit,
			store_payout_fn fn, void *arg, struct err *err)
{
	struct payout p;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_payout, which, &q);
	stmt_bind_u64(&q, 1, after);
	stmt_bind_u64(&q, 2, limit);
	while ((rc = stmt_step(&q, err)) == 1) {
		rc = payout_read(&q, &p, err);
		if (rc == 0)
			rc = fn(arg, &p, err);
		if (rc != 0)
			break;
	}
	stmt_done(&q);
	return rc;
}

int store_payout_waiting(struct store *s, uint64_t after, unsigned limit, store_payout_fn fn,
			 void *arg, struct err *err)
{
	return walk_payouts(s, PAYOUT_PAYABLE, after, limit, fn, arg, err);
}

int store_payout_each(struct store *s, uint64_t after, unsigned limit, store_payout_fn fn,
		      void *arg, struct err *err)
{
	return walk_payouts(s, PAYOUT_EACH, after, limit, fn, arg, err);
}

int store_payout_feed(struct store *s, uint64_t after, unsigned limit, store_payout_fn fn,
		      void *arg, struct err *err)
{
	return walk_payouts(s, PAYOUT_FEED, after, limit, fn, arg, err);
}

int store_payout_refuse(struct store *s, uint64_t deposit_id, const char *why, int64_t now,
			struct err *err)
{
	char cut[sizeof(((struct payout *)NULL)->error)];
	struct stmt q;
	int changed, rc;

	(void)snprintf(cut, sizeof(cut), "%s", why);
	stmt_use(s, &stmt_payout, PAYOUT_REFUSE, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	stmt_bind_text(&q, 2, cut);
	stmt_bind_i64(&q, 3, now);
	rc = stmt_run(&q, &changed, err);
	if (rc < 0 || changed == 1)
		return rc;
	return err_set(err, ERR_INVALID, "the payout of deposit %" PRIu64 " does not wait",
		       deposit_id);
}

/* Its place in the feed stays: without the newest one, the next number would be given twice. */
int store_payout_renew(struct store *s, uint64_t deposit_id, int64_t now, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_payout, PAYOUT_RENEW, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	stmt_bind_i64(&q, 2, now);
	return stmt_run(&q, NULL, err);
}

int store_payout_waiting_sum(struct store *s, uint64_t *ret_count, struct droplets *ret_sum,
			     struct err *err)
{
	struct droplets sum = droplets_of(0);
	uint64_t count = 0;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_payout, PAYOUT_WAITING_SUM, &q);
	while ((rc = stmt_step(&q, err)) == 1) {
		/* each is in bounds, their sum need not be: then "too much" is all there is to say
		 */
		if (!droplets_add(sum, stmt_droplets(&q, 0), &sum))
			sum = droplets_of(UINT64_MAX);
		rc = stmt_row_check(&q, err);
		if (rc < 0)
			break;
		count++;
	}
	stmt_done(&q);
	if (rc == 0) {
		*ret_count = count;
		*ret_sum = sum;
	}
	return rc;
}

int store_payout_refused_count(struct store *s, uint64_t *ret, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_payout, PAYOUT_REFUSED_COUNT, &q);
	return stmt_read_u64(&q, ret, err);
}
