/* A payout transaction as operators see it: what the database knows of it, and what its bytes say.
 */
#ifndef TELLER_TELLERCTL_TX_VIEW_H
#define TELLER_TELLERCTL_TX_VIEW_H

#include "common/json/json.h"
#include "common/node/sky_tx.h"
#include "common/store/payout_tx_store.h"

struct tx_view {
	const struct payout_tx *tx; /* the caller's */
	struct sky_tx decoded;
	struct payout *payouts; /* that are or were in it; heap */
	size_t payout_count;
	struct droplets sum;		   /* of the payouts */
	struct payout_tx_history *history; /* heap */
	size_t history_count;
};

bool tx_is_held(const struct payout_tx *tx);
bool tx_is_released(const struct payout_tx *tx);
/* 64 lower case hex digits?  Else ERR_INVALID. */
int tx_check_id(const char *txid, struct err *err);

/* On success tx_view_release(v) is due. */
int tx_view_load(struct tx_view *v, struct store *s, const struct payout_tx *tx, struct err *err);
void tx_view_release(struct tx_view *v);

/* `now` in Unix seconds. */
void tx_view_line(const struct tx_view *v, int64_t now, struct buf *out);
void tx_view_text(const struct tx_view *v, int64_t now, struct buf *out);
void tx_view_json_short(const struct tx_view *v, struct json_writer *w);
void tx_view_json(const struct tx_view *v, struct json_writer *w);

#endif
