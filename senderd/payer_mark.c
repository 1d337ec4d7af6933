/* One transaction of the database for each thing that became of a transaction of ours, between
 * fault points; the reader of the payout feed is told after it. */
#include "senderd/payer_inside.h"

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"

typedef int (*mark_fn)(struct store *s, const char *txid, int64_t now, struct err *err);

static int mark(struct payer *p, mark_fn fn, struct err *err)
{
	int rc;

	if (p->is.commits != NULL)
		commit_group_flush(p->is.commits);
	rc = store_begin(p->is.store, err);
	if (rc < 0)
		return rc;
	rc = fn(p->is.store, p->tx.txid, clock_unix(), err);
	if (rc < 0) {
		store_rollback(p->is.store);
		return rc;
	}
	return store_commit(p->is.store, err);
}

int payer_mark_sent(struct payer *p, struct err *err)
{
	int rc;

	if (p->tx.state != PAYOUT_TX_SAVED)
		return 0;
	FAULT("payer.sent.before");
	rc = mark(p, store_payout_tx_sent, err);
	FAULT("payer.sent.after");
	if (rc < 0)
		return rc;
	p->tx.state = PAYOUT_TX_SENT;
	log_info("payout_tx_sent", "txid=%s", p->tx.txid);
	p->is.on_feed(p->is.arg);
	return 0;
}

static int confirmed(struct store *s, const char *txid, int64_t now, struct err *err)
{
	return store_payout_tx_confirmed(s, txid, 0, now, NULL, err);
}

int payer_mark_confirmed(struct payer *p, struct err *err)
{
	int rc;

	FAULT("payer.confirm.before");
	rc = mark(p, confirmed, err);
	FAULT("payer.confirm.after");
	if (rc < 0)
		return rc;
	p->tx.state = PAYOUT_TX_CONFIRMED;
	log_info("payout_tx_confirmed", "txid=%s", p->tx.txid);
	p->is.on_feed(p->is.arg);
	return 0;
}
