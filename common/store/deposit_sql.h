/* Inside common/store only: what the files of deposits share. */
#ifndef TELLER_COMMON_STORE_DEPOSIT_SQL_H
#define TELLER_COMMON_STORE_DEPOSIT_SQL_H

#include "common/store/deposit_store.h"
#include "common/store/stmt.h"

#define DEPOSIT_COLUMNS                                                                            \
	"id, feed_seq, coin, txid, n, address, sky_address, binding_seq, buy_method, value,"       \
	" height, rate, to_send, state, payout_txid, sent, error, left_chain, created_at,"         \
	" updated_at"

/* `fn` for each row of a statement over DEPOSIT_COLUMNS; the statement is done after it. */
int deposit_walk(struct stmt *q, store_deposit_fn fn, void *arg, struct err *err);

#endif
