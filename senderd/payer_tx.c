/* The transaction in hand: taken from the database, asked about at the node. */
#include "senderd/payer_inside.h"

#include <stdio.h>

void payer_tx_take(struct tx_in_hand *t, const struct payout_tx *tx)
{
	t->found = true;
	t->injected = false;
	t->seq = tx->seq;
	t->state = tx->state;
	t->held = tx->held_at != 0;
	t->proven = tx->proven;
	t->known_block_seq = tx->block_seq;
	t->created_at = tx->created_at;
	t->text[0] = '\0';
	t->twice = 0;
	(void)snprintf(t->txid, sizeof(t->txid), "%s", tx->txid);
	buf_clear(&t->raw);
	(void)buf_append(&t->raw, tx->raw, tx->raw_len); /* who uses it looks at raw.failed */
}

/* Take the first one; the walk ends with an error of our own. */
static int on_tx(void *arg, const struct payout_tx *tx, struct err *err)
{
	payer_tx_take(arg, tx);
	return err_set(err, ERR_EXISTS, "one is enough");
}

int payer_take_next(struct payer *p, enum payout_tx_which which, uint64_t *seq, struct err *err)
{
	int rc;

	p->tx.found = false;
	rc = store_payout_tx_each(p->is.store, *seq, which, on_tx, &p->tx, err);
	if (!p->tx.found)
		return rc;
	if (p->tx.raw.failed)
		return err_set(err, ERR_FATAL, "no memory for transaction %s", p->tx.txid);
	*seq = p->tx.seq;
	return 0;
}

static void on_status(struct payer *p, enum payer_state judge, enum sky_tx_status status,
		      uint64_t height, uint64_t block_seq, const struct err *err)
{
	p->tx.status = status;
	p->tx.height = height;
	p->tx.block_seq = block_seq;
	payer_answered(p, err != NULL ? payer_node_trouble(p, err->text) : judge);
}

static void on_open_status(void *arg, enum sky_tx_status status, uint64_t height,
			   uint64_t block_seq, const struct err *err)
{
	on_status(arg, PAYER_JUDGE, status, height, block_seq, err);
}

static void on_followed_status(void *arg, enum sky_tx_status status, uint64_t height,
			       uint64_t block_seq, const struct err *err)
{
	on_status(arg, PAYER_FOLLOWED, status, height, block_seq, err);
}

enum payer_state payer_ask_status(struct payer *p)
{
	p->is.node->ops->status(
		p->is.node, p->tx.txid,
		p->tx.from == TX_FROM_FOLLOWED ? on_followed_status : on_open_status, p);
	return PAYER_ASKED;
}

enum payer_state payer_after_tx(const struct payer *p)
{
	switch (p->tx.from) {
	case TX_FROM_OPEN: return PAYER_NEXT;
	case TX_FROM_FOLLOWED: return PAYER_FOLLOW;
	case TX_MADE: return PAYER_FETCH;
	}
	return PAYER_END;
}
