/* A signed transaction is saved: its row, its members, their payouts, the outputs that it spends.
 */
#include <inttypes.h>
#include <stdio.h>

#include "common/base/text.h"
#include "common/store/payout_tx_sql.h"
#include "common/store/payout_tx_store.h"

enum {
	TX_ADD,
	MEMBER_ADD,
	PAYOUT_TAKE,
	UXOUT_RESERVE,
	UXOUT_TAKE_OVER,
};

// clang-format off
static const char *const sql[] = {
	[TX_ADD] = "INSERT INTO payout_tx (seq, txid, raw, state, created_at, updated_at) VALUES"
		   " ((SELECT COALESCE(MAX(seq), 0) + 1 FROM payout_tx), ?1, ?2, 'saved', ?3, ?4)"
		   " ON CONFLICT (txid) DO NOTHING",
	[MEMBER_ADD] = "INSERT INTO payout_tx_member (txid, deposit_id) VALUES (?1, ?2)",
	[PAYOUT_TAKE] = "UPDATE payout SET state = 'in_tx', txid = ?2, updated_at = ?3"
			" WHERE deposit_id = ?1 AND state = 'waiting' AND EXISTS"
			" (SELECT 1 FROM deposit WHERE id = ?1 AND state = 'waiting_send'"
			" AND left_chain = 0)",
	[UXOUT_RESERVE] = "INSERT INTO uxout_reserved (uxid, txid) VALUES (?1, ?2)"
			  " ON CONFLICT (uxid) DO NOTHING",
	[UXOUT_TAKE_OVER] = "INSERT INTO uxout_reserved (uxid, txid) VALUES (?1, ?2)"
			    " ON CONFLICT (uxid) DO UPDATE SET txid = excluded.txid",
};
// clang-format on
const struct stmt_table stmt_payout_tx_save = { STMT_PAYOUT_TX_SAVE, sizeof(sql) / sizeof(sql[0]),
						sql };

static int add_tx(struct store *s, const struct payout_tx *tx, struct err *err)
{
	struct stmt q;
	int added, rc;

	stmt_use(s, &stmt_payout_tx_save, TX_ADD, &q);
	stmt_bind_text(&q, 1, tx->txid);
	stmt_bind_blob(&q, 2, tx->raw, tx->raw_len);
	stmt_bind_i64(&q, 3, tx->created_at);
	stmt_bind_i64(&q, 4, tx->updated_at);
	rc = stmt_run(&q, &added, err);
	if (rc < 0 || added == 1)
		return rc;
	return err_set(err, ERR_EXISTS, "transaction %s is saved already", tx->txid);
}

static int add_first_history(struct store *s, const struct payout_tx *tx, size_t deposits,
			     struct err *err)
{
	struct payout_tx_history h = { .to = "saved", .who = WHO_SENDERD, .at = tx->created_at };

	(void)snprintf(h.txid, sizeof(h.txid), "%s", tx->txid);
	(void)snprintf(h.why, sizeof(h.why), "signed for %zu payouts", deposits);
	return payout_tx_history_add(s, &h, err);
}

static int add_member(struct store *s, const char *txid, uint64_t deposit_id, struct err *err)
{
	struct stmt q;

	stmt_use(s, &stmt_payout_tx_save, MEMBER_ADD, &q);
	stmt_bind_text(&q, 1, txid);
	stmt_bind_u64(&q, 2, deposit_id);
	return stmt_run(&q, NULL, err);
}

static int take_payout(struct store *s, const struct payout_tx *tx, uint64_t deposit_id,
		       struct err *err)
{
	struct stmt q;
	int changed, rc;

	stmt_use(s, &stmt_payout_tx_save, PAYOUT_TAKE, &q);
	stmt_bind_u64(&q, 1, deposit_id);
	stmt_bind_text(&q, 2, tx->txid);
	stmt_bind_i64(&q, 3, tx->updated_at);
	rc = stmt_run(&q, &changed, err);
	if (rc < 0)
		return rc;
	if (changed == 1)
		return add_member(s, tx->txid, deposit_id, err);
	return err_set(err, ERR_INVALID,
		       "the payout of deposit %" PRIu64 " or the deposit itself does not wait",
		       deposit_id);
}

/* *ret_added (may be NULL) false: another transaction has it. */
static int reserve(struct store *s, size_t how, const char *txid, const uint8_t uxid[UXID_LEN],
		   bool *ret_added, struct err *err)
{
	char hex[2 * UXID_LEN + 1];
	struct stmt q;
	int added, rc;

	hex_from_bytes(uxid, UXID_LEN, hex);
	stmt_use(s, &stmt_payout_tx_save, how, &q);
	stmt_bind_text(&q, 1, hex);
	stmt_bind_text(&q, 2, txid);
	rc = stmt_run(&q, &added, err);
	if (ret_added != NULL)
		*ret_added = rc == 0 && added == 1;
	return rc;
}

static int reserve_free(struct store *s, const struct payout_tx *tx, const uint8_t uxid[UXID_LEN],
			struct err *err)
{
	char hex[2 * UXID_LEN + 1];
	bool added;
	int rc = reserve(s, UXOUT_RESERVE, tx->txid, uxid, &added, err);

	if (rc < 0 || added)
		return rc;
	hex_from_bytes(uxid, UXID_LEN, hex);
	return err_set(err, ERR_EXISTS, "output %s is reserved by another transaction", hex);
}

static int save_parts(struct store *s, const struct payout_tx *tx, const uint64_t *deposit_ids,
		      size_t deposits, const uint8_t (*uxids)[UXID_LEN], size_t inputs,
		      struct err *err)
{
	int rc = add_tx(s, tx, err);

	if (rc == 0)
		rc = add_first_history(s, tx, deposits, err);
	for (size_t i = 0; rc == 0 && i < deposits; i++)
		rc = take_payout(s, tx, deposit_ids[i], err);
	for (size_t i = 0; rc == 0 && i < inputs; i++)
		rc = reserve_free(s, tx, uxids[i], err);
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

int store_uxout_reserve(struct store *s, const char *txid, const uint8_t (*uxids)[UXID_LEN],
			size_t inputs, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < inputs; i++)
		rc = reserve(s, UXOUT_TAKE_OVER, txid, uxids[i], NULL, err);
	return rc;
}
