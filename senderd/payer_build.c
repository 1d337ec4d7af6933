/* What may be spent, and the payments that are made from it. */
#include "senderd/payer_inside.h"

#include "common/base/clock.h"
#include "senderd/batch.h"
#include "senderd/payment.h"
#include "senderd/replaced.h"

#define BARREN_MS      250     /* a wallet that could pay nothing is not looked at sooner */
#define HELD_MAX       3       /* refused in a row: no accident of one payment, so build no more */
#define SPLIT_AGAIN_MS 3600000 /* a split costs hours: no more than one in this time */

/* --- outputs ------------------------------------------------------------------------------- */
/* Ours, not promised to an open transaction, and of an amount that the node lets us spend: an
 * output with more decimals than the policy allows could only become change with as many. */
static int is_spendable(const struct payer *p, const struct uxout *u, bool *ret, struct err *err)
{
	bool reserved;
	int rc;

	*ret = false;
	if (!wallet_owns(p->is.wallet, &u->owner) || !policy_allows(&p->policy, u->coins))
		return 0;
	rc = store_uxout_reserved(p->is.store, u->id.b, &reserved, err);
	*ret = rc == 0 && !reserved;
	return rc;
}

static int take_outputs(struct payer *p, const struct sky_outputs *o, struct err *err)
{
	bool ok;
	int rc = 0;

	uxout_set_release(&p->spendable);
	p->policy = pay_rules_policy(&p->is.rules, &o->policy);
	p->head_seq = o->head_seq;
	for (size_t i = 0; rc == 0 && i < o->count; i++) {
		rc = is_spendable(p, &o->spendable[i], &ok, err);
		if (rc == 0 && ok && !uxout_set_add(&p->spendable, &o->spendable[i]))
			rc = err_set(err, ERR_INVALID,
				     "the node's outputs do not add up, or memory is short");
	}
	if (rc < 0)
		uxout_set_release(&p->spendable);
	return rc;
}

static void on_outputs(void *arg, const struct sky_outputs *o, const struct err *err)
{
	struct payer *p = arg;
	struct err own;

	if (err != NULL)
		payer_answered(p, payer_node_trouble(p, err->text));
	else if (o->head_seq < p->head_seq)
		payer_answered(p, payer_node_is_behind(p, o->head_seq));
	else if (take_outputs(p, o, &own) < 0)
		payer_answered(p, payer_store_trouble(p, &own));
	else {
		p->fetched = true;
		p->fetched_at = clock_mono_ms();
		payer_answered(p, PAYER_BUILD);
	}
}

enum payer_state payer_fetch(struct payer *p)
{
	size_t count;
	const struct sky_address *addresses = wallet_addresses(p->is.wallet, &count);

	p->is.node->ops->outputs(p->is.node, addresses, count, on_outputs, p);
	return PAYER_ASKED;
}

/* --- building ------------------------------------------------------------------------------ */
/* What is ours, once what is open is confirmed. */
static struct droplets coins_at_hand(const struct payer *p)
{
	struct droplets have;

	return droplets_add(p->spendable.coins, p->coming, &have) ? have : droplets_of(UINT64_MAX);
}

static void look_ahead(struct payer *p)
{
	struct forecast_wallet w = { .coins = coins_at_hand(p),
				     .waiting = p->waiting_sum,
				     .burn_factor = p->policy.burn_factor };

	if (!hours_add(p->spendable.hours, p->coming_hours, &w.hours))
		w.hours = hours_of(UINT64_MAX);
	runout_look(&p->runout, p->is.store, p->is.health, &w);
}

/* Is what waits, and for no cap, more than we have and what is coming back?  Then customers must be
 * told; while change is on its way, waiting for it is no error. */
static void judge_balance(struct payer *p, const char *otherwise)
{
	struct droplets due;

	if (!droplets_sub(p->waiting_sum, p->capped.sum, &due))
		due = droplets_of(0);
	if (droplets_compare(due, coins_at_hand(p)) > 0)
		otherwise = PAYER_NOT_ENOUGH;
	payer_tell_wallet(p, otherwise);
}

static enum payer_state nothing_built(struct payer *p)
{
	if (p->waiting > 0)
		p->barren_until = clock_mono_ms() + BARREN_MS;
	return PAYER_END;
}

static int look_at_queue(struct payer *p, struct err *err)
{
	int rc = store_payout_waiting_sum(p->is.store, &p->waiting, &p->waiting_sum, err);

	return rc < 0 ? rc : payer_look_at_caps(p, err);
}

static enum payer_state made(struct payer *p, struct payment *m)
{
	struct payout_tx tx = { .raw = (const uint8_t *)m->raw.data,
				.raw_len = m->raw.len,
				.state = PAYOUT_TX_SAVED,
				.created_at = clock_unix() };

	(void)text_copy(tx.txid, sizeof(tx.txid), m->txid); /* same size */
	payer_tx_take(&p->tx, &tx);
	p->tx.from = TX_MADE;
	payment_release(m);
	if (p->tx.raw.failed) { /* it is saved: the next round finds it in the database */
		p->poll_at = 0;
		p->again = true;
		return PAYER_END;
	}
	payer_count_open(p);
	return PAYER_INJECT;
}

static struct payment_need need_of(const struct payer *p, const struct choice *c,
				   const struct replaced *replaced)
{
	return (struct payment_need){
		.store = p->is.store,
		.wallet = p->is.wallet,
		.policy = &p->policy,
		.choice = c,
		.rules = p->is.rules,
		.caps = &p->is.caps,
		.coming = p->coming_outputs,
		.replaced = replaced,
	};
}

static enum payer_state pay(struct payer *p, const struct choice *c,
			    const struct replaced *replaced)
{
	const struct payment_need need = need_of(p, c, replaced);
	struct payment m;
	struct err err;

	if (p->is.commits != NULL)
		commit_group_flush(p->is.commits);
	if (payment_make(&need, &m, &err) < 0)
		return payer_store_trouble(p, &err);
	if (m.refused > 0)
		p->is.on_feed(p->is.arg);
	if (m.made)
		return made(p, &m);
	if (payer_look_at_caps(p, &err) < 0) {
		payment_release(&m);
		return payer_store_trouble(p, &err);
	}
	judge_balance(p, m.waits != NULL ? m.waits : "");
	payment_release(&m);
	return nothing_built(p);
}

static enum payer_state choose_and_pay(struct payer *p, const struct replaced *replaced)
{
	const struct choice_first first = { replaced->ids, replaced->id_count };
	enum payer_state next;
	struct choice c;
	struct err err;

	if (choice_init(&c, &p->spendable, &first, p->policy.burn_factor, &err) < 0) {
		/* "no unspents to spend" and the like, unless change is on its way */
		if (p->open > 0)
			judge_balance(p, "");
		else
			payer_tell_wallet(p, err.text);
		return nothing_built(p);
	}
	next = pay(p, &c, replaced);
	choice_release(&c);
	return next;
}

static enum payer_state replace_and_pay(struct payer *p)
{
	struct replaced replaced;
	struct err err;

	if (replaced_find(p->is.store, &p->spendable, &replaced, &err) < 0)
		return payer_store_trouble(p, &err);
	return choose_and_pay(p, &replaced);
}

static enum payer_state split(struct payer *p, const struct choice *c)
{
	static const struct replaced nothing;
	const struct payment_need need = need_of(p, c, &nothing);
	struct payment m;
	struct err err;

	if (p->is.commits != NULL)
		commit_group_flush(p->is.commits);
	if (payment_split(&need, &m, &err) < 0)
		return payer_store_trouble(p, &err);
	if (m.made) {
		p->split_after = clock_mono_ms() + SPLIT_AGAIN_MS;
		return made(p, &m);
	}
	payment_release(&m);
	return PAYER_END;
}

/* Nothing waits: may the wallet be made ready for when something does?  Only when nothing is under
 * way, so there is one split at a time and it is counted when the next is thought of. */
static enum payer_state choose_and_split(struct payer *p)
{
	enum payer_state next;
	struct choice c;

	if (p->is.rules.split_outputs == 0 || p->open > 0 || p->cannot_build ||
	    clock_mono_ms() < p->split_after ||
	    choice_init(&c, &p->spendable, NULL, p->policy.burn_factor, NULL) < 0)
		return PAYER_END;
	next = split(p, &c);
	choice_release(&c);
	return next;
}

static void tell_disabled(struct payer *p)
{
	payer_tell_wallet(p, "");
	health_raise(p->is.health, "send_disabled",
		     "sending is switched off (sky_exchanger.send_enabled); payouts are recorded "
		     "and wait");
}

enum payer_state payer_build(struct payer *p)
{
	struct err err;
	bool held;

	if (look_at_queue(p, &err) < 0 || payer_look_at_hold(p, &held, &err) < 0)
		return payer_store_trouble(p, &err);
	look_ahead(p);
	if (held) { /* senderd/controls has told it */
		payer_tell_wallet(p, "");
		return PAYER_END;
	}
	if (!p->is.send_enabled) {
		tell_disabled(p);
		return PAYER_END;
	}
	if (p->waiting == 0) {
		payer_tell_wallet(p, "");
		return choose_and_split(p);
	}
	if (p->held >= HELD_MAX)
		payer_tell_wallet(p, "Skycoin node refuses our transactions");
	if (p->cannot_build || p->held >= HELD_MAX)
		return nothing_built(p);
	return replace_and_pay(p);
}
