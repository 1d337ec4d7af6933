/* Transactions that are saved or sent: their bytes go out, their status is asked. */
#include "senderd/payer_inside.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/node/sky_tx.h"

#define SLOW_S 600 /* a block comes every few seconds */

void payer_tx_take(struct tx_in_hand *t, const char *txid, enum payout_tx_state state,
		   const uint8_t *raw, size_t len)
{
	t->found = true;
	t->injected = false;
	t->state = state;
	t->text[0] = '\0';
	(void)snprintf(t->txid, sizeof(t->txid), "%s", txid);
	buf_clear(&t->raw);
	(void)buf_append(&t->raw, raw, len); /* checked by who uses it: raw.failed */
}

/* Take the first one; the walk ends with an error of our own. */
static int on_open(void *arg, const struct payout_tx *tx, struct err *err)
{
	struct tx_in_hand *t = arg;

	payer_tx_take(t, tx->txid, tx->state, tx->raw, tx->raw_len);
	t->created_at = tx->created_at;
	t->is_new = false;
	t->seq = tx->seq;
	return err_set(err, ERR_EXISTS, "one is enough");
}

/* What will come back to us when the transaction in hand is confirmed. */
struct coming {
	struct droplets coins;
	struct hours hours;
	size_t outputs;
};

static struct coming change_coming(const struct payer *p)
{
	struct coming c = { .coins = droplets_of(0) };
	struct sky_tx t;

	if (sky_tx_decode((const uint8_t *)p->tx.raw.data, p->tx.raw.len, &t, NULL) < 0)
		return c;
	for (size_t i = 0; i < t.output_count; i++) {
		if (!sky_address_equal(&t.outputs[i].to, wallet_change(p->is.wallet)) ||
		    !droplets_add(c.coins, t.outputs[i].coins, &c.coins) ||
		    !hours_add(c.hours, t.outputs[i].hours, &c.hours))
			continue;
		c.outputs += pay_rules_counts(&p->is.rules, t.outputs[i].coins) ? 1 : 0;
	}
	sky_tx_release(&t);
	return c;
}

void payer_count_open(struct payer *p)
{
	struct coming c = change_coming(p);

	p->open++;
	p->coming_outputs += c.outputs;
	if (!droplets_add(p->coming, c.coins, &p->coming))
		p->coming = droplets_of(UINT64_MAX);
	if (!hours_add(p->coming_hours, c.hours, &p->coming_hours))
		p->coming_hours = hours_of(UINT64_MAX);
}

static void count_closed(struct payer *p)
{
	struct coming c = change_coming(p);

	p->open--;
	p->coming_outputs -= c.outputs < p->coming_outputs ? c.outputs : p->coming_outputs;
	if (!droplets_sub(p->coming, c.coins, &p->coming))
		p->coming = droplets_of(0);
	if (!hours_sub(p->coming_hours, c.hours, &p->coming_hours))
		p->coming_hours = hours_of(0);
}

static enum payer_state none_left(struct payer *p)
{
	if (p->held == 0)
		health_clear(p->is.health, "payout_tx");
	if (p->slow[0] != '\0')
		health_raise(p->is.health, "payout_tx_slow",
			     "transaction %s has been in the node's pool for more than %d minutes "
			     "without getting into a block: check that the node is connected and "
			     "in step",
			     p->slow, SLOW_S / 60);
	else
		health_clear(p->is.health, "payout_tx_slow");
	return PAYER_FETCH;
}

enum payer_state payer_next_open(struct payer *p)
{
	struct err err;
	int rc;

	p->tx.found = false;
	rc = store_payout_tx_each(p->is.store, p->tx.seq, PAYOUT_TX_OPEN, on_open, &p->tx, &err);
	if (!p->tx.found)
		return rc < 0 ? payer_store_trouble(p, &err) : none_left(p);
	if (p->tx.raw.failed) {
		(void)err_set(&err, ERR_FATAL, "no memory for transaction %s", p->tx.txid);
		return payer_store_trouble(p, &err);
	}
	payer_count_open(p);
	return p->tx.state == PAYOUT_TX_SAVED ? PAYER_INJECT : PAYER_STATUS;
}

static enum payer_state after_tx(const struct payer *p)
{
	return p->tx.is_new ? PAYER_FETCH : PAYER_NEXT;
}

static void on_status(void *arg, enum sky_tx_status status, uint64_t height, uint64_t block_seq,
		      const struct err *err)
{
	struct payer *p = arg;

	(void)height; /* one confirmation is final on this chain */
	(void)block_seq;
	p->tx.status = status;
	payer_answered(p, err != NULL ? payer_node_trouble(p, err->text) : PAYER_JUDGE);
}

enum payer_state payer_ask_status(struct payer *p)
{
	p->is.node->ops->status(p->is.node, p->tx.txid, on_status, p);
	return PAYER_ASKED;
}

static void on_inject(void *arg, enum sky_inject_result result, const char *text)
{
	struct payer *p = arg;

	FAULT("payer.inject.after");
	p->tx.injected = true;
	p->tx.result = result;
	(void)snprintf(p->tx.text, sizeof(p->tx.text), "%s", text != NULL ? text : "");
	payer_answered(p, PAYER_INJECTED);
}

enum payer_state payer_inject(struct payer *p)
{
	FAULT("payer.inject.before");
	p->is.node->ops->inject(p->is.node, (const uint8_t *)p->tx.raw.data, p->tx.raw.len,
				on_inject, p);
	return PAYER_ASKED;
}

enum payer_state payer_injected(struct payer *p)
{
	struct err err;

	if (p->tx.result != SKY_INJECT_OK)
		return PAYER_STATUS; /* it may have it all the same */
	return payer_mark_sent(p, &err) < 0 ? payer_store_trouble(p, &err) : after_tx(p);
}

/* A person is told once of each. */
static void watch_held(struct payer *p)
{
	for (unsigned i = 0; i < WATCHED_MAX; i++)
		if (strcmp(p->watched[i], p->tx.txid) == 0)
			return;
	(void)snprintf(p->watched[p->watched_next], sizeof(p->watched[0]), "%s", p->tx.txid);
	p->watched_next = (p->watched_next + 1) % WATCHED_MAX;
	log_watch("payout_tx_refused", "txid=%s why=\"%s\"", p->tx.txid, p->tx.text);
}

static void hold(struct payer *p)
{
	if (p->tx.result == SKY_INJECT_UNKNOWN) {
		payer_node_is_cut_off(
			p, p->tx.text[0] != '\0' ? p->tx.text : "Skycoin node took no transaction");
		return;
	}
	p->held++;
	watch_held(p);
	health_raise(p->is.health, "payout_tx",
		     "the node refuses transaction %s (%s); its payouts wait in it, the same "
		     "bytes are offered again",
		     p->tx.txid, p->tx.text);
}

static enum payer_state settled(struct payer *p)
{
	struct err err;

	if (payer_mark_confirmed(p, &err) < 0)
		return payer_store_trouble(p, &err);
	count_closed(p);
	p->barren_until = 0;
	return after_tx(p);
}

static enum payer_state pending(struct payer *p)
{
	struct err err;

	if (p->slow[0] == '\0' && clock_unix() - p->tx.created_at > SLOW_S)
		memcpy(p->slow, p->tx.txid, sizeof(p->slow));
	return payer_mark_sent(p, &err) < 0 ? payer_store_trouble(p, &err) : after_tx(p);
}

enum payer_state payer_judge_status(struct payer *p)
{
	switch (p->tx.status) {
	case SKY_TX_CONFIRMED: return settled(p);
	case SKY_TX_PENDING: return pending(p);
	case SKY_TX_UNKNOWN: break;
	}
	if (!p->tx.injected)
		return PAYER_INJECT; /* the same bytes again */
	hold(p);
	return after_tx(p);
}
