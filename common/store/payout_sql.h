/* Inside common/store only: what the two files of payouts share. */
#ifndef TELLER_COMMON_STORE_PAYOUT_SQL_H
#define TELLER_COMMON_STORE_PAYOUT_SQL_H

#include "common/model/payout.h"
#include "common/store/stmt.h"

#define PAYOUT_COLUMNS                                                                             \
	"p.deposit_id, p.feed_seq, p.sky_address, p.amount, p.state, p.txid, p.replaces, p.error," \
	" p.created_at, p.updated_at"
#define NEXT_PAYOUT_FEED_SEQ                                                                       \
	"(SELECT COALESCE(MAX(feed_seq), 0) + 1 FROM payout WHERE feed_seq IS NOT NULL)"

/* The row of a SELECT of PAYOUT_COLUMNS. */
int payout_read(struct stmt *q, struct payout *ret, struct err *err);

#endif
