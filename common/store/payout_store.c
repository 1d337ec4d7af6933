/* What senderd owes and has signed.
 *
 * A payout gets into a transaction only when it waits and its deposit, read in the same write
 * transaction, is in waiting_send: so a deposit that exchangerd voids and a payment of it exclude
 * each other.  An output is reserved by one transaction only: the schema holds that. */
#include "common/store/payout_store.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/base/text.h"
#include "common/store/stmt.h"

enum {
	PAYOUT_ADD,
	PAYOUT_GET,
	PAYOUT_PAYABLE,
	PAYOUT_FEED,
	PAYOUT_REFUSE,
	PAYOUT_RENEW,
	PAYOUT_WAITING_SUM,
	PAYOUT_TAKE,
	PAYOUT_NEXT_SENT,
	PAYOUT_NEXT_CONFIRMED,
	TX_ADD,
	TX_STATE,
	TX_SENT,
	TX_CONFIRMED,
	TX_EACH_OPEN,
	TX_EACH,
	TX_LAST_CONFIRMED,
	UXOUT_RESERVE,
	UXOUT_RELEASE,
	UXOUT_RESERVED,
};

#define UXID_LEN      32
#define UXID_TEXT_MAX (2 * UXID_LEN + 1)
#define PAYOUT_COLUMNS                                                                             \
	"p.deposit_id, p.feed_seq, p.sky_address, p.amount, p.state, p.txid, p.error,"             \
	" p.created_at, p.updated_at"
#define TX_COLUMNS "seq, txid, raw, state, created_at, updated_at"
#define NEXT_FEED_SEQ                                                                              \
	"(SELECT COALESCE(MAX(feed_seq), 0) + 1 FROM payout WHERE feed_seq IS NOT NULL)"
#define DEPOSIT_WAITS                                                                              \
	"EXISTS (SELECT 1 FROM deposit d WHERE d.id = p.deposit_id AND d.state = 'waiting_send')"
/* Move the next payout of a transaction: one at a time, each gets its own place in the feed. */
#define PAYOUT_NEXT(from, to)                                                                      \
	"UPDATE payout SET state = '" to "', feed_seq = " NEXT_FEED_SEQ ", updated_at = ?2"        \
	" WHERE deposit_id = (SELECT MIN(deposit_id) FROM payout"                                  \
	" WHERE txid = ?1 AND state IN (" from "))"

// clang-format off
static const char *const sql[] = {
	[PAYOUT_ADD] = "INSERT INTO payout (deposit_id, sky_address, amount, state, created_at,"
		       " updated_at) VALUES (?1, ?2, ?3, 'waiting', ?4, ?4)"
		       " ON CONFLICT (deposit_id) DO NOTHING",
	[PAYOUT_GET] = "SELECT " PAYOUT_COLUMNS " FROM payout p WHERE p.deposit_id = ?1",
	[PAYOUT_PAYABLE] = "SELECT " PAYOUT_COLUMNS " FROM payout p"
			   " WHERE p.state = 'waiting' AND p.deposit_id > ?1 AND " DEPOSIT_WAITS
			   " ORDER BY p.deposit_id LIMIT ?2",
	[PAYOUT_FEED] = "SELECT " PAYOUT_COLUMNS " FROM payout p"
			" WHERE p.feed_seq > ?1 ORDER BY p.feed_seq LIMIT ?2",
	[PAYOUT_REFUSE] = "UPDATE payout SET state = 'refused', error = ?2, updated_at = ?3,"
			  " feed_seq = " NEXT_FEED_SEQ
			  " WHERE deposit_id = ?1 AND state = 'waiting'",
	[PAYOUT_RENEW] = "UPDATE payout SET state = 'waiting', error = '', updated_at = ?2"
			 " WHERE deposit_id = ?1 AND state = 'refused'",
	[PAYOUT_WAITING_SUM] = "SELECT p.amount FROM payout p"
			       " WHERE p.state = 'waiting' AND " DEPOSIT_WAITS,
	[PAYOUT_TAKE] = "UPDATE payout SET state = 'in_tx', txid = ?2, updated_at = ?3"
			" WHERE deposit_id = ?1 AND state = 'waiting' AND EXISTS"
			" (SELECT 1 FROM deposit WHERE id = ?1 AND state = 'waiting_send')",
	[PAYOUT_NEXT_SENT] = PAYOUT_NEXT("'in_tx'", "sent"),
	[PAYOUT_NEXT_CONFIRMED] = PAYOUT_NEXT("'in_tx', 'sent'", "confirmed"),
	[TX_ADD] = "INSERT INTO payout_tx (" TX_COLUMNS ") VALUES"
		   " ((SELECT COALESCE(MAX(seq), 0) + 1 FROM payout_tx), ?1, ?2, 'saved', ?3, ?4)"
		   " ON CONFLICT (txid) DO NOTHING",
	[TX_STATE] = "SELECT 1 FROM payout_tx WHERE txid = ?1",
	[TX_SENT] = "UPDATE payout_tx SET state = 'sent', updated_at = ?2"
		    " WHERE txid = ?1 AND state = 'saved'",
	[TX_CONFIRMED] = "UPDATE payout_tx SET state = 'confirmed', updated_at = ?2"
			 " WHERE txid = ?1 AND state IN ('saved', 'sent')",
	[TX_EACH_OPEN] = "SELECT " TX_COLUMNS " FROM payout_tx"
			 " WHERE seq > ?1 AND state IN ('saved', 'sent') ORDER BY seq",
	[TX_EACH] = "SELECT " TX_COLUMNS " FROM payout_tx WHERE seq > ?1 ORDER BY seq",
	[TX_LAST_CONFIRMED] = "SELECT txid FROM payout_tx WHERE seq > 0 AND state = 'confirmed'"
			      " ORDER BY seq DESC LIMIT 1",
	[UXOUT_RESERVE] = "INSERT INTO uxout_reserved (uxid, txid) VALUES (?1, ?2)"
			  " ON CONFLICT (uxid) DO NOTHING",
	[UXOUT_RELEASE] = "DELETE FROM uxout_reserved WHERE txid = ?1",
	[UXOUT_RESERVED] = "SELECT 1 FROM uxout_reserved WHERE uxid = ?1",
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

static int read_payout(struct stmt *q, struct payout *p, struct err *err)
{
	char state[16];

	*p = (struct payout){
		.deposit_id = stmt_u64(q, 0),
		.feed_seq = stmt_u64(q, 1),
		.amount = stmt_droplets(q, 3),
		.created_at = stmt_i64(q, 7),
		.updated_at = stmt_i64(q, 8),
	};
	stmt_text(q, 2, p->sky_address, sizeof(p->sky_address));
	stmt_text(q, 4, state, sizeof(state));
	stmt_text(q, 5, p->txid, sizeof(p->txid));
	stmt_text(q, 6, p->error, sizeof(p->error));
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
		rc = read_payout(&q, &p, err);
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
		rc = read_payout(&q, &p, err);
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

/* --- transactions ------------------------------------------------------------------------- */

static int add_tx(struct store *s, const struct payout_tx *tx, struct err *err)
{
	struct stmt q;
	int added, rc;

	stmt_use(s, &stmt_payout, TX_ADD, &q);
	stmt_bind_text(&q, 1, tx->txid);
	stmt_bind_blob(&q, 2, tx->raw, tx->raw_len);
	stmt_bind_i64(&q, 3, tx->created_at);
	stmt_bind_i64(&q, 4, tx->updated_at);
	rc = stmt_run(&q, &added, err);
	if (rc < 0 || added == 1)
		return rc;
	return err_set(err, ERR_EXISTS, "transaction %s is saved already", tx->txid);
}

static int take_payout(struct store *s, const struct payout_tx *tx, uint64_t deposit_id,
		       struct err *err)
{
	struct stmt q;
	int changed, rc;

	stmt_use(s, &stmt_payout, PAYOUT_TAKE, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	stmt_bind_text(&q, 2, tx->txid);
	stmt_bind_i64(&q, 3, tx->updated_at);
	rc = stmt_run(&q, &changed, err);
	if (rc < 0 || changed == 1)
		return rc;
	return err_set(err, ERR_INVALID,
		       "the payout of deposit %" PRIu64 " or the deposit itself does not wait",
		       deposit_id);
}

static int reserve(struct store *s, const struct payout_tx *tx, const uint8_t uxid[UXID_LEN],
		   struct err *err)
{
	char hex[UXID_TEXT_MAX];
	struct stmt q;
	int added, rc;

	hex_from_bytes(uxid, UXID_LEN, hex);
	stmt_use(s, &stmt_payout, UXOUT_RESERVE, &q);
	stmt_bind_text(&q, 1, hex);
	stmt_bind_text(&q, 2, tx->txid);
	rc = stmt_run(&q, &added, err);
	if (rc < 0 || added == 1)
		return rc;
	return err_set(err, ERR_EXISTS, "output %s is reserved by another transaction", hex);
}

static int save_parts(struct store *s, const struct payout_tx *tx, const uint64_t *deposit_ids,
		      size_t deposits, const uint8_t (*uxids)[UXID_LEN], size_t inputs,
		      struct err *err)
{
	int rc = add_tx(s, tx, err);

	for (size_t i = 0; rc == 0 && i < deposits; i++)
		rc = take_payout(s, tx, deposit_ids[i], err);
	for (size_t i = 0; rc == 0 && i < inputs; i++)
		rc = reserve(s, tx, uxids[i], err);
	return rc;
}

/* All of it or nothing, also when the caller commits after an error. */
int store_payout_tx_save(struct store *s, const struct payout_tx *tx, const uint64_t *deposit_ids,
			 size_t deposits, const uint8_t (*uxids)[UXID_LEN], size_t inputs,
			 struct err *err)
{
	int rc = store_mark(s, err);

	if (rc < 0)
		return rc;
	rc = save_parts(s, tx, deposit_ids, deposits, uxids, inputs, err);
	return store_settle(s, rc, err);
}

/* Statements that want a txid and a time. */
static int run_for_tx(struct store *s, size_t which, const char *txid, int64_t now,
		      int *ret_changed, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_payout, which, &q);
	stmt_bind_text(&q, 1, txid);
	stmt_bind_i64(&q, 2, now);
	return stmt_run(&q, ret_changed, err);
}

/* Nothing was moved: because it was moved before, or because there is no such transaction? */
static int check_tx_exists(struct store *s, const char *txid, struct err *err)
{
	bool exists;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_payout, TX_STATE, &q);
	stmt_bind_text(&q, 1, txid);
	rc = stmt_read_exists(&q, &exists, err);
	if (rc < 0 || exists)
		return rc;
	return err_set(err, ERR_NOT_FOUND, "transaction %s was never saved", txid);
}

/* Move a transaction, then its payouts. */
static int move_tx(struct store *s, size_t move, size_t next_payout, const char *txid, int64_t now,
		   struct err *err)
{
	int changed, rc = run_for_tx(s, move, txid, now, &changed, err);

	if (rc == 0 && changed == 0)
		return check_tx_exists(s, txid, err);
	while (rc == 0 && changed > 0)
		rc = run_for_tx(s, next_payout, txid, now, &changed, err);
	return rc;
}

int store_payout_tx_sent(struct store *s, const char *txid, int64_t now, struct err *err)
{
	return move_tx(s, TX_SENT, PAYOUT_NEXT_SENT, txid, now, err);
}

int store_payout_tx_confirmed(struct store *s, const char *txid, int64_t now, struct err *err)
{
	struct stmt q;
	int rc = move_tx(s, TX_CONFIRMED, PAYOUT_NEXT_CONFIRMED, txid, now, err);

	if (rc < 0)
		return rc;
	stmt_use(s, &stmt_payout, UXOUT_RELEASE, &q);
	stmt_bind_text(&q, 1, txid);
	return stmt_run(&q, NULL, err);
}

static int read_tx(struct stmt *q, struct payout_tx *tx, struct err *err)
{
	char state[16];

	*tx = (struct payout_tx){
		.seq = stmt_u64(q, 0),
		.created_at = stmt_i64(q, 4),
		.updated_at = stmt_i64(q, 5),
	};
	stmt_text(q, 1, tx->txid, sizeof(tx->txid));
	stmt_text(q, 3, state, sizeof(state));
	if (!payout_tx_state_parse(state, &tx->state))
		stmt_damaged(q, 3);
	tx->raw = stmt_blob(q, 2, &tx->raw_len);
	return stmt_row_check(q, err);
}

int store_payout_tx_each(struct store *s, uint64_t after, bool open_only, store_payout_tx_fn fn,
			 void *arg, struct err *err)
{
	struct payout_tx tx;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_payout, open_only ? TX_EACH_OPEN : TX_EACH, &q);
	stmt_bind_u64(&q, 1, after);
	while ((rc = stmt_step(&q, err)) == 1) {
		rc = read_tx(&q, &tx, err);
		if (rc == 0)
			rc = fn(arg, &tx, err);
		if (rc != 0)
			break;
	}
	stmt_done(&q);
	return rc;
}

int store_payout_tx_last_confirmed(struct store *s, char ret[TXID_TEXT_MAX], struct err *err)
{
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_payout, TX_LAST_CONFIRMED, &q);
	rc = stmt_step(&q, err);
	if (rc == 1) {
		stmt_text(&q, 0, ret, TXID_TEXT_MAX);
		rc = stmt_row_check(&q, err);
	} else if (rc == 0) {
		rc = err_set(err, ERR_NOT_FOUND, "no transaction was confirmed yet");
	}
	stmt_done(&q);
	return rc;
}

int store_uxout_reserved(struct store *s, const uint8_t uxid[UXID_LEN], bool *ret, struct err *err)
{
	char hex[UXID_TEXT_MAX];
	struct stmt q;

	hex_from_bytes(uxid, UXID_LEN, hex);
	stmt_use(s, &stmt_payout, UXOUT_RESERVED, &q);
	stmt_bind_text(&q, 1, hex);
	return stmt_read_exists(&q, ret, err);
}
