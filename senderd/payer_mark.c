/* One transaction of the database for each thing that became of a transaction of ours, between
 * fault points; the reader of the payout feed is told after it.
 *
 * What is told of a transaction may be old: an operator can have released it meanwhile.  The rules
 * of the store (common/model/payout_rules) decide, in that transaction, what it still means. */
#include "senderd/payer_inside.h"

#include <inttypes.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/node/sky_tx.h"

typedef int (*mark_fn)(struct payer *p, int64_t now, struct err *err);

static int mark(struct payer *p, mark_fn fn, struct err *err)
{
	int rc;

	if (p->is.commits != NULL)
		commit_group_flush(p->is.commits);
	rc = store_begin(p->is.store, err);
	if (rc < 0)
		return rc;
	rc = fn(p, clock_unix(), err);
	if (rc < 0) {
		store_rollback(p->is.store);
		return rc;
	}
	return store_commit(p->is.store, err);
}

/* --- sent ----------------------------------------------------------------------------------- */
static int write_sent(struct payer *p, int64_t now, struct err *err)
{
	return store_payout_tx_sent(p->is.store, p->tx.txid, now, err);
}

int payer_mark_sent(struct payer *p, struct err *err)
{
	int rc;

	if (p->tx.state != PAYOUT_TX_SAVED && !p->tx.held)
		return 0;
	FAULT("payer.sent.before");
	rc = mark(p, write_sent, err);
	FAULT("payer.sent.after");
	if (rc < 0)
		return rc;
	p->tx.state = PAYOUT_TX_SENT;
	p->tx.held = false;
	log_info("payout_tx_sent", "txid=%s", p->tx.txid);
	p->is.on_feed(p->is.arg);
	return 0;
}

/* --- held ----------------------------------------------------------------------------------- */
static int write_held(struct payer *p, int64_t now, struct err *err)
{
	return store_payout_tx_hold(p->is.store, p->tx.txid, p->tx.text, now, &p->tx.newly_held,
				    err);
}

int payer_mark_held(struct payer *p, struct err *err)
{
	int rc;

	if (p->tx.held)
		return 0;
	FAULT("payer.hold.before");
	rc = mark(p, write_held, err);
	FAULT("payer.hold.after");
	if (rc < 0)
		return rc;
	p->tx.held = true;
	if (p->tx.newly_held)
		log_watch("payout_tx_refused", "txid=%s why=\"%s\"", p->tx.txid, p->tx.text);
	return 0;
}

/* --- confirmed ------------------------------------------------------------------------------ */
/* What it spends is spent now, and may be unspent again tomorrow: it keeps that reserved.  A dead
 * one had let it go, also when it was released while the node was asked, and the one that replaced
 * it may have it and die. */
static int reserve(struct payer *p, struct err *err)
{
	struct sky_tx t;
	int rc = sky_tx_decode((const uint8_t *)p->tx.raw.data, p->tx.raw.len, &t, err);

	if (rc < 0)
		return rc;
	rc = store_uxout_reserve(p->is.store, p->tx.txid,
				 (const uint8_t(*)[32])(const void *)t.inputs, t.input_count, err);
	sky_tx_release(&t);
	return rc;
}

static int write_confirmed(struct payer *p, int64_t now, struct err *err)
{
	int rc = store_payout_tx_confirmed(p->is.store, p->tx.txid, p->tx.block_seq, now,
					   &p->tx.twice, err);

	return rc < 0 ? rc : reserve(p, err);
}

static void log_confirmed(const struct payer *p)
{
	if (p->tx.state == PAYOUT_TX_DEAD)
		log_watch("payout_tx_revived", "txid=%s block_seq=%" PRIu64, p->tx.txid,
			  p->tx.block_seq);
	else
		log_info("payout_tx_confirmed", "txid=%s block_seq=%" PRIu64, p->tx.txid,
			 p->tx.block_seq);
	if (p->tx.twice > 0)
		log_watch("paid_twice", "txid=%s payouts=%u", p->tx.txid, p->tx.twice);
}

int payer_mark_confirmed(struct payer *p, struct err *err)
{
	int rc;

	FAULT("payer.confirm.before");
	rc = mark(p, write_confirmed, err);
	FAULT("payer.confirm.after");
	if (rc < 0)
		return rc;
	log_confirmed(p);
	p->tx.state = PAYOUT_TX_CONFIRMED;
	p->is.on_feed(p->is.arg);
	return 0;
}

/* --- gone from its block --------------------------------------------------------------------- */
static int write_gone(struct payer *p, int64_t now, struct err *err)
{
	return store_payout_tx_gone(p->is.store, p->tx.txid, "the node has it in no block any more",
				    now, err);
}

int payer_mark_gone(struct payer *p, struct err *err)
{
	int rc;

	FAULT("payer.unconfirm.before");
	rc = mark(p, write_gone, err);
	FAULT("payer.unconfirm.after");
	if (rc < 0)
		return rc;
	p->tx.state = PAYOUT_TX_SENT;
	log_watch("payout_tx_unconfirmed", "txid=%s block_seq=%" PRIu64, p->tx.txid,
		  p->tx.known_block_seq);
	p->is.on_feed(p->is.arg);
	return 0;
}

/* --- dead ----------------------------------------------------------------------------------- */
static int found_it(void *arg, const struct payout_tx *tx, struct err *err)
{
	(void)arg, (void)tx, (void)err;
	return 0;
}

/* One of ours took its place: that is how a released transaction ends.  Anybody else who spends the
 * wallet's outputs has its keys. */
static int write_dead(struct payer *p, int64_t now, struct err *err)
{
	int rc = store_payout_tx_get(p->is.store, p->tx.proof.spender, found_it, NULL, err);

	p->tx.proof.is_ours = rc == 0;
	if (rc < 0 && rc != ERR_NOT_FOUND)
		return rc;
	return store_payout_tx_dead(p->is.store, p->tx.txid, p->tx.proof.text, now, err);
}

static void log_dead(const struct payer *p)
{
	void (*log)(const char *, const char *, ...) = p->tx.proof.is_ours ? log_info : log_watch;

	log("payout_tx_dead", "txid=%s spender=%s why=\"%s\"", p->tx.txid, p->tx.proof.spender,
	    p->tx.proof.text);
}

int payer_mark_dead(struct payer *p, struct err *err)
{
	int rc;

	FAULT("payer.dead.before");
	rc = mark(p, write_dead, err);
	FAULT("payer.dead.after");
	if (rc < 0)
		return rc;
	p->tx.state = PAYOUT_TX_DEAD;
	log_dead(p);
	p->is.on_feed(p->is.arg);
	return 0;
}

/* --- final ---------------------------------------------------------------------------------- */
static int write_final(struct payer *p, int64_t now, struct err *err)
{
	return store_payout_tx_final(p->is.store, p->tx.txid, now, err);
}

int payer_mark_final(struct payer *p, struct err *err)
{
	int rc;

	FAULT("payer.final.before");
	rc = mark(p, write_final, err);
	FAULT("payer.final.after");
	if (rc == 0)
		log_info("payout_tx_final", "txid=%s", p->tx.txid);
	return rc;
}

/* --- the chain ------------------------------------------------------------------------------- */
static int write_genesis(struct payer *p, int64_t now, struct err *err)
{
	return store_sky_genesis_pin(p->is.store, p->genesis, now, err);
}

int payer_mark_genesis(struct payer *p, struct err *err)
{
	int rc;

	FAULT("payer.pin.before");
	rc = mark(p, write_genesis, err);
	FAULT("payer.pin.after");
	if (rc == 0)
		log_info("sky_chain_pinned", "genesis=%s", p->genesis);
	return rc;
}

static int write_unpinned(struct payer *p, int64_t now, struct err *err)
{
	(void)now;
	return store_sky_genesis_unpin(p->is.store, err);
}

int payer_mark_unpinned(struct payer *p, struct err *err)
{
	return mark(p, write_unpinned, err);
}
