/* What is known of the transactions that pay payouts. */
#include "common/base/text.h"
#include "common/store/payout_tx_sql.h"
#include "common/store/payout_tx_store.h"

enum {
	TX_GET,
	TX_EACH,
	TX_EACH_OPEN,
	TX_EACH_HELD,
	TX_EACH_FOLLOWED,
	TX_EACH_REPLACED,
	TX_EACH_LOST,
	TX_EACH_OF,
	TX_LAST_CONFIRMED,
	TX_COUNT,
	MEMBERS,
	HISTORY_EACH,
	UXOUT_RESERVED,
};

#define TX_COLUMNS TX_HEAD_COLUMNS ", t.raw"
#define TX_WALK(condition)                                                                         \
	"SELECT " TX_COLUMNS " FROM payout_tx t WHERE t.seq > ?1 AND " condition " ORDER BY t.seq"
// clang-format off
static const char *const sql[] = {
	[TX_GET] = "SELECT " TX_COLUMNS " FROM payout_tx t WHERE t.txid = ?1",
	[TX_EACH] = "SELECT " TX_COLUMNS " FROM payout_tx t WHERE t.seq > ?1 ORDER BY t.seq",
	[TX_EACH_OPEN] = TX_WALK("t.state IN ('saved', 'sent')"),
	[TX_EACH_HELD] = TX_WALK("t.held_at > 0"),
	[TX_EACH_FOLLOWED] = TX_WALK("t.final = 0 AND t.state IN ('confirmed', 'dead')"),
	[TX_EACH_REPLACED] = TX_WALK("t.state = 'dead' AND EXISTS (SELECT 1 FROM payout_tx_member m"
				     " JOIN payout p ON p.deposit_id = m.deposit_id"
				     " WHERE m.txid = t.txid AND p.state = 'waiting')"),
	[TX_EACH_LOST] = TX_WALK("t.state = 'dead' AND t.proven = 1 AND t.final = 1"),
	[TX_EACH_OF] = "SELECT " TX_COLUMNS " FROM payout_tx_member m"
		       " JOIN payout_tx t ON t.txid = m.txid WHERE m.deposit_id = ?1",
	[TX_LAST_CONFIRMED] = "SELECT txid FROM payout_tx WHERE seq > 0 AND state = 'confirmed'"
			      " ORDER BY seq DESC LIMIT 1",
	[TX_COUNT] = "SELECT COUNT(*) FROM payout_tx"
		     " WHERE created_at > ?1 AND state <> 'dead'",
	[MEMBERS] = SELECT_MEMBERS,
	[HISTORY_EACH] = "SELECT txid, step, from_state, to_state, why, who, at"
			 " FROM payout_tx_history WHERE txid = ?1 ORDER BY step",
	[UXOUT_RESERVED] = "SELECT 1 FROM uxout_reserved WHERE uxid = ?1",
};
// clang-format on
const struct stmt_table stmt_payout_tx_read = { STMT_PAYOUT_TX_READ, sizeof(sql) / sizeof(sql[0]),
						sql };

int payout_tx_read_head(struct stmt *q, struct payout_tx *tx, struct err *err)
{
	char state[16];

	*tx = (struct payout_tx){
		.seq = stmt_u64(q, 0),
		.block_seq = stmt_u64(q, 3),
		.final = stmt_bool(q, 4),
		.proven = stmt_bool(q, 5),
		.held_at = stmt_i64(q, 6),
		.created_at = stmt_i64(q, 9),
		.updated_at = stmt_i64(q, 10),
	};
	stmt_text(q, 1, tx->txid, sizeof(tx->txid));
	stmt_text(q, 2, state, sizeof(state));
	stmt_text(q, 7, tx->held_why, sizeof(tx->held_why));
	stmt_text(q, 8, tx->released_by, sizeof(tx->released_by));
	if (!payout_tx_state_parse(state, &tx->state))
		stmt_damaged(q, 2);
	return stmt_row_check(q, err);
}

static int read_tx(struct stmt *q, struct payout_tx *tx, struct err *err)
{
	int rc = payout_tx_read_head(q, tx, err);

	if (rc < 0)
		return rc;
	tx->raw = stmt_blob(q, 11, &tx->raw_len);
	return stmt_row_check(q, err);
}

int payout_tx_never_saved(const char *txid, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "transaction %s was never saved", txid);
}

static int walk_txs(struct stmt *q, unsigned *ret_count, store_payout_tx_fn fn, void *arg,
		    struct err *err)
{
	struct payout_tx tx;
	int rc;

	*ret_count = 0;
	while ((rc = stmt_step(q, err)) == 1) {
		(*ret_count)++;
		rc = read_tx(q, &tx, err);
		if (rc == 0)
			rc = fn(arg, &tx, err);
		if (rc != 0)
			break;
	}
	stmt_done(q);
	return rc;
}

static size_t walk_of(enum payout_tx_which which)
{
	switch (which) {
	case PAYOUT_TX_ALL: return TX_EACH;
	case PAYOUT_TX_OPEN: return TX_EACH_OPEN;
	case PAYOUT_TX_HELD: return TX_EACH_HELD;
	case PAYOUT_TX_FOLLOWED: return TX_EACH_FOLLOWED;
	case PAYOUT_TX_REPLACED: return TX_EACH_REPLACED;
	case PAYOUT_TX_LOST: return TX_EACH_LOST;
	}
	return TX_EACH;
}

int store_payout_tx_each(struct store *s, uint64_t after, enum payout_tx_which which,
			 store_payout_tx_fn fn, void *arg, struct err *err)
{
	unsigned count;
	struct stmt q;

	stmt_use(s, &stmt_payout_tx_read, walk_of(which), &q);
	stmt_bind_u64(&q, 1, after);
	return walk_txs(&q, &count, fn, arg, err);
}

int store_payout_tx_get(struct store *s, const char *txid, store_payout_tx_fn fn, void *arg,
			struct err *err)
{
	unsigned count;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_payout_tx_read, TX_GET, &q);
	stmt_bind_text(&q, 1, txid);
	rc = walk_txs(&q, &count, fn, arg, err);
	return rc == 0 && count == 0 ? payout_tx_never_saved(txid, err) : rc;
}

int store_payout_tx_each_of(struct store *s, uint64_t deposit_id, store_payout_tx_fn fn, void *arg,
			    struct err *err)
{
	unsigned count;
	struct stmt q;

	stmt_use(s, &stmt_payout_tx_read, TX_EACH_OF, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	return walk_txs(&q, &count, fn, arg, err);
}

int store_payout_tx_last_confirmed(struct store *s, char ret[TXID_TEXT_MAX], struct err *err)
{
	struct stmt q;
	bool found;
	int rc;

	stmt_use(s, &stmt_payout_tx_read, TX_LAST_CONFIRMED, &q);
	rc = stmt_read_text(&q, ret, TXID_TEXT_MAX, &found, err);
	if (rc == 0 && !found)
		rc = err_set(err, ERR_NOT_FOUND, "no transaction was confirmed yet");
	return rc;
}

int store_payout_tx_count(struct store *s, int64_t since, uint64_t *ret, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_payout_tx_read, TX_COUNT, &q);
	stmt_bind_i64(&q, 1, since);
	return stmt_read_u64(&q, ret, err);
}

int payout_tx_walk_members(struct stmt *q, const char *txid, store_payout_fn fn, void *arg,
			   struct err *err)
{
	struct payout p;
	int rc;

	stmt_bind_text(q, 1, txid);
	while ((rc = stmt_step(q, err)) == 1) {
		rc = payout_read(q, &p, err);
		if (rc == 0)
			rc = fn(arg, &p, err);
		if (rc != 0)
			break;
	}
	stmt_done(q);
	return rc;
}

int store_payout_tx_members(struct store *s, const char *txid, store_payout_fn fn, void *arg,
			    struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_payout_tx_read, MEMBERS, &q);
	return payout_tx_walk_members(&q, txid, fn, arg, err);
}

int store_payout_tx_history(struct store *s, const char *txid, store_payout_tx_history_fn fn,
			    void *arg, struct err *err)
{
	struct payout_tx_history h;
	struct stmt q;
	int rc;

	stmt_use(s, &stmt_payout_tx_read, HISTORY_EACH, &q);
	stmt_bind_text(&q, 1, txid);
	while ((rc = stmt_step(&q, err)) == 1) {
		stmt_text(&q, 0, h.txid, sizeof(h.txid));
		h.step = stmt_u32(&q, 1);
		stmt_text(&q, 2, h.from, sizeof(h.from));
		stmt_text(&q, 3, h.to, sizeof(h.to));
		stmt_text(&q, 4, h.why, sizeof(h.why));
		stmt_text(&q, 5, h.who, sizeof(h.who));
		h.at = stmt_i64(&q, 6);
		rc = stmt_row_check(&q, err);
		if (rc == 0)
			rc = fn(arg, &h, err);
		if (rc != 0)
			break;
	}
	stmt_done(&q);
	return rc;
}

int store_uxout_reserved(struct store *s, const uint8_t uxid[UXID_LEN], bool *ret, struct err *err)
{
	char hex[2 * UXID_LEN + 1];
	struct stmt q;

	hex_from_bytes(uxid, UXID_LEN, hex);
	stmt_use(s, &stmt_payout_tx_read, UXOUT_RESERVED, &q);
	stmt_bind_text(&q, 1, hex);
	return stmt_read_exists(&q, ret, err);
}
