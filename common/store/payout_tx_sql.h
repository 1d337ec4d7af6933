/* Inside common/store only: what the files of payouts' transactions share. */
#ifndef TELLER_COMMON_STORE_PAYOUT_TX_SQL_H
#define TELLER_COMMON_STORE_PAYOUT_TX_SQL_H

#include "common/store/payout_sql.h"
#include "common/store/payout_store.h"

#define UXID_LEN    32
#define WHO_SENDERD "senderd"
#define TX_HEAD_COLUMNS                                                                            \
	"t.seq, t.txid, t.state, t.block_seq, t.final, t.proven, t.held_at, t.held_why,"           \
	" t.released_by, t.created_at, t.updated_at"
#define SELECT_MEMBERS                                                                             \
	"SELECT " PAYOUT_COLUMNS " FROM payout_tx_member m"                                        \
	" JOIN payout p ON p.deposit_id = m.deposit_id WHERE m.txid = ?1 ORDER BY m.deposit_id"

/* The row of a SELECT of TX_HEAD_COLUMNS. */
int payout_tx_read_head(struct stmt *q, struct payout_tx *ret, struct err *err);
int payout_tx_never_saved(const char *txid, struct err *err);
/* The rows of a SELECT_MEMBERS; `q` is done afterwards. */
int payout_tx_walk_members(struct stmt *q, const char *txid, store_payout_fn fn, void *arg,
			   struct err *err);
int payout_tx_history_add(struct store *s, const struct payout_tx_history *h, struct err *err);

#endif
