/* Transactions that are saved or sent: their bytes go out, their status is asked.
 *
 * What a node refuses and does not know is tried for a proof that it is dead; without one it is
 * held: a person is told, once, and the same bytes are offered again.  A pool may keep what can
 * never be confirmed any more, so what is pending for very long is tried, too. */
#include "senderd/payer_inside.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/node/sky_tx.h"

#define SLOW_S 600 /* a block comes every few seconds */

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

/* Not open any more, and looked after as long as it is not final. */
static void count_closed(struct payer *p)
{
	struct coming c = change_coming(p);

	p->open--;
	p->coming_outputs -= c.outputs < p->coming_outputs ? c.outputs : p->coming_outputs;
	if (!droplets_sub(p->coming, c.coins, &p->coming))
		p->coming = droplets_of(0);
	if (!hours_sub(p->coming_hours, c.hours, &p->coming_hours))
		p->coming_hours = hours_of(0);
	if (p->followed++ == 0)
		p->follow_at = clock_mono_ms() + payer_follow_ms(p);
	p->barren_until = 0;
}

/* --- the walk -------------------------------------------------------------------------------- */
static enum payer_state none_left(struct payer *p)
{
	if (p->held == 0)
		health_clear(p->is.health, "payout_tx");
	if (p->slow[0] != '\0')
		health_raise(p->is.health, "payout_tx_slow",
			     "transaction %s is older than %d minutes, nodes take it, and it is in "
			     "no block: check that the node is connected and in step",
			     p->slow, SLOW_S / 60);
	else
		health_clear(p->is.health, "payout_tx_slow");
	return p->follow ? payer_follow_begin(p) : PAYER_FETCH;
}

enum payer_state payer_next_open(struct payer *p)
{
	struct err err;
	int rc = payer_take_next(p, PAYOUT_TX_OPEN, &p->open_seq, &err);

	if (rc < 0)
		return payer_store_trouble(p, &err);
	if (!p->tx.found)
		return none_left(p);
	p->tx.from = TX_FROM_OPEN;
	payer_count_open(p);
	return p->tx.state == PAYOUT_TX_SAVED ? PAYER_INJECT : PAYER_STATUS;
}

/* --- the bytes ------------------------------------------------------------------------------- */
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

static bool is_slow(const struct payer *p)
{
	return clock_unix() - p->tx.created_at > SLOW_S;
}

/* The oldest is named. */
static void note_slow(struct payer *p)
{
	if (p->slow[0] == '\0')
		memcpy(p->slow, p->tx.txid, sizeof(p->slow));
}

/* A node may take it each time, and drop it each time: that is told like one that it keeps. */
static enum payer_state has_it(struct payer *p)
{
	struct err err;

	if (payer_mark_sent(p, &err) < 0)
		return payer_store_trouble(p, &err);
	if (is_slow(p))
		note_slow(p);
	return payer_after_tx(p);
}

enum payer_state payer_injected(struct payer *p)
{
	if (p->tx.result != SKY_INJECT_OK)
		return PAYER_STATUS; /* it may have it all the same */
	return has_it(p);
}

/* --- what its status says ----------------------------------------------------------------------
 */
static enum payer_state hold(struct payer *p)
{
	struct err err;

	if (payer_mark_held(p, &err) < 0)
		return payer_store_trouble(p, &err);
	p->held++;
	health_raise(p->is.health, "payout_tx",
		     "the node refuses transaction %s (%s); its payouts wait in it, the same "
		     "bytes are offered again: see `tellerctl tx show`",
		     p->tx.txid, p->tx.text);
	return payer_after_tx(p);
}

static enum payer_state settled(struct payer *p)
{
	struct err err;

	if (payer_mark_confirmed(p, &err) < 0)
		return payer_store_trouble(p, &err);
	count_closed(p);
	return payer_after_tx(p);
}

static enum payer_state pending(struct payer *p)
{
	struct err err;

	if (payer_mark_sent(p, &err) < 0)
		return payer_store_trouble(p, &err);
	if (!is_slow(p))
		return payer_after_tx(p);
	note_slow(p);
	return payer_prove_begin(p, p->is.dead_depth);
}

static enum payer_state unknown(struct payer *p)
{
	if (!p->tx.injected)
		return PAYER_INJECT; /* the same bytes again */
	if (p->tx.result == SKY_INJECT_REFUSED)
		return payer_prove_begin(p, p->is.dead_depth);
	payer_node_is_cut_off(p, p->tx.text[0] != '\0' ? p->tx.text
						       : "Skycoin node took no transaction");
	return payer_after_tx(p);
}

enum payer_state payer_judge_status(struct payer *p)
{
	switch (p->tx.status) {
	case SKY_TX_CONFIRMED: return settled(p);
	case SKY_TX_PENDING: return pending(p);
	case SKY_TX_UNKNOWN: return unknown(p);
	}
	return PAYER_END;
}

enum payer_state payer_open_proved(struct payer *p)
{
	struct err err;

	if (!p->tx.proof.found)
		return p->tx.status == SKY_TX_PENDING ? payer_after_tx(p) : hold(p);
	if (payer_mark_dead(p, &err) < 0)
		return payer_store_trouble(p, &err);
	count_closed(p);
	return payer_after_tx(p);
}
