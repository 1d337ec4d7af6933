/* One node operation at a time, and one function, payer_step(), that holds their order.
 *
 * A round first looks after the open transactions, oldest first, then fetches the spendable
 * outputs and builds new ones until nothing more can be paid:
 *
 *   IDLE -> ROUND -> ASK_NODE -> NEXT -+-> INJECT -> INJECTED -+-> (taken) marked sent
 *            |                    ^    |     ^                 |
 *            |                    |    |     | not known       +-> (else) STATUS
 *            |                    |    +-> STATUS -> JUDGE -> confirmed, pending, or held
 *            |                    |                             |
 *            |                    +-----------------------------+
 *            |                    none left
 *            +--------------------> FETCH -> BUILD -> (made) INJECT ... -> FETCH
 *                                              |
 *                                              +-> (nothing) END -> IDLE
 *
 * ASK_NODE is two questions: who it is, and (ASK_KNOWN) whether it has what the chain confirmed to
 * us.  A node that is behind or elsewhere is asked about what is open; nothing is built from it.
 *
 * Whatever a node answers to an injection other than "taken", it may have the transaction all the
 * same (old nodes keep what they answer an error to): so it is asked about the transaction next,
 * and if it does not know it the same bytes go out again later.  Refused and unknown means held:
 * a person is told, the asking goes on, and the payouts stay in that transaction.
 *
 * Trouble with the node or the database ends the round; the next one comes after a back-off. */
#include "senderd/payer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/loop/backoff.h"
#include "common/store/payout_tx_store.h"
#include "senderd/batch.h"
#include "senderd/payment.h"

#define RETRY_MIN_MS  250
#define RETRY_MAX_MS  30000
#define HOLD_MAX_MS   300000
#define NODE_AGAIN_MS 60000 /* who the node is, is asked this often */
#define BARREN_MS     250   /* a wallet that could pay nothing is not looked at sooner */
#define HELD_MAX      3	    /* refused in a row: no accident of one payment, so build no more */
#define WATCHED_MAX   32
#define SLOW_S	      600 /* a block comes every few seconds */

enum payer_state {
	PAYER_IDLE,
	PAYER_ASKED, /* the node owes an answer; its callback sets the next state */
	PAYER_ROUND,
	PAYER_ASK_NODE,
	PAYER_ASK_KNOWN,
	PAYER_NEXT,
	PAYER_STATUS,
	PAYER_JUDGE,
	PAYER_INJECT,
	PAYER_INJECTED,
	PAYER_FETCH,
	PAYER_BUILD,
	PAYER_END,
};

/* The transaction in hand. */
struct tx_in_hand {
	bool found;
	bool is_new;   /* made in this round: behind it comes FETCH, not NEXT */
	bool injected; /* in this round */
	uint64_t seq;
	char txid[TXID_TEXT_MAX];
	enum payout_tx_state state;
	int64_t created_at;
	struct buf raw;
	enum sky_inject_result result;
	char text[ERR_TEXT_MAX]; /* why it was not taken */
	enum sky_tx_status status;
};

struct payer {
	struct payer_setup is;
	enum payer_state state;
	struct loop_timer *timer;
	struct backoff retry, hold;

	/* the round */
	bool full;	   /* looks at the open transactions too */
	bool again;	   /* woken meanwhile */
	bool retrying;	   /* the last round ended in trouble; the timer decides */
	bool trouble;	   /* ends the round */
	bool cannot_build; /* the node cannot broadcast */
	int64_t poll_at;   /* when the next full round is due */
	int64_t barren_until;
	struct tx_in_hand tx;

	/* the node */
	bool node_known;
	int64_t node_asked_at;
	uint64_t head_seq;
	char node_version[48];
	struct sky_policy policy;
	struct uxout_set spendable;
	int64_t fetched_at;
	bool fetched;

	/* what is told */
	unsigned open, held;
	char slow[TXID_TEXT_MAX]; /* the oldest that is long pending, or "" */
	uint64_t waiting;
	struct droplets waiting_sum, coming; /* change of open transactions */
	char node_error[ERR_TEXT_MAX], wallet_error[ERR_TEXT_MAX];
	char watched[WATCHED_MAX][TXID_TEXT_MAX]; /* held ones a person was told about */
	unsigned watched_next;
};

static void payer_step(struct payer *p);

static void answered(struct payer *p, enum payer_state next)
{
	p->state = next;
	payer_step(p);
}

/* --- trouble ------------------------------------------------------------------------------- */
static enum payer_state node_trouble(struct payer *p, const char *text)
{
	(void)snprintf(p->node_error, sizeof(p->node_error), "%s", text);
	health_raise(p->is.health, "sky_node", "%s; payouts wait, will retry", text);
	p->trouble = true;
	p->node_known = false;
	uxout_set_release(&p->spendable); /* the balance is not known any more */
	return PAYER_END;
}

/* The node answers but cannot pass transactions on: ask it what can be asked, build nothing. */
static void node_is_cut_off(struct payer *p, const char *text)
{
	(void)snprintf(p->node_error, sizeof(p->node_error), "%s", text);
	health_raise(p->is.health, "sky_node", "%s; payouts wait, will retry", text);
	p->cannot_build = true;
	p->node_known = false;
}

static enum payer_state store_trouble(struct payer *p, const struct err *err)
{
	health_raise(p->is.health, "payments", "%s; payouts wait, will retry", err->text);
	p->trouble = true;
	return PAYER_END;
}

/* Why what waits is not paid; "" when nothing stands in the way. */
static void tell_wallet(struct payer *p, const char *text)
{
	(void)snprintf(p->wallet_error, sizeof(p->wallet_error), "%s", text);
	if (text[0] != '\0')
		health_raise(p->is.health, "hot_wallet", "%s; payouts wait", text);
	else
		health_clear(p->is.health, "hot_wallet");
}

/* --- transactions of our own in the database ----------------------------------------------- */
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

static int mark_sent(struct payer *p, struct err *err)
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

static int mark_confirmed(struct payer *p, struct err *err)
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

/* --- the round ----------------------------------------------------------------------------- */
static enum payer_state round_begin(struct payer *p)
{
	int64_t now = clock_mono_ms();

	loop_timer_stop(p->timer);
	p->again = p->retrying = p->trouble = p->cannot_build = false;
	p->full = now >= p->poll_at;
	if (!p->full)
		return PAYER_FETCH;
	p->tx.seq = 0;
	p->open = p->held = 0;
	p->slow[0] = '\0';
	p->coming = droplets_of(0);
	if (p->node_known && now - p->node_asked_at < NODE_AGAIN_MS)
		return PAYER_NEXT;
	return PAYER_ASK_NODE;
}

static void clear_problems(struct payer *p)
{
	if (!p->cannot_build) {
		p->node_error[0] = '\0';
		health_clear(p->is.health, "sky_node");
	}
	health_clear(p->is.health, "payments");
}

static enum payer_state idle_for(struct payer *p, uint64_t ms)
{
	loop_timer_start(p->timer, ms);
	return PAYER_IDLE;
}

/* How long until the open ones are asked about again: when every one of them is refused, longer
 * and longer. */
static uint64_t poll_wait(struct payer *p)
{
	if (p->held > 0 && p->held == p->open)
		return backoff_next(&p->hold);
	backoff_reset(&p->hold);
	return p->is.check_wait_ms;
}

static enum payer_state round_end(struct payer *p)
{
	int64_t now = clock_mono_ms();

	if (p->trouble || p->cannot_build) {
		p->retrying = true;
		p->poll_at = now;
		if (!p->trouble)
			clear_problems(p);
		return idle_for(p, backoff_next(&p->retry));
	}
	clear_problems(p);
	backoff_reset(&p->retry);
	if (p->full)
		p->poll_at = now + (int64_t)poll_wait(p);
	if (p->again)
		return now >= p->barren_until ? PAYER_ROUND
					      : idle_for(p, (uint64_t)(p->barren_until - now));
	if (p->open == 0 && p->waiting == 0)
		return PAYER_IDLE;
	return idle_for(p, p->poll_at > now ? (uint64_t)(p->poll_at - now) : 0);
}

static void on_timer(void *arg)
{
	struct payer *p = arg;

	if (p->state == PAYER_IDLE)
		answered(p, PAYER_ROUND);
}

/* --- who is the node? ---------------------------------------------------------------------- */
static enum payer_state node_is_behind(struct payer *p, uint64_t seq)
{
	char text[160];

	(void)snprintf(text, sizeof(text),
		       "Skycoin node is behind: at block %" PRIu64 ", was at %" PRIu64, seq,
		       p->head_seq);
	return node_trouble(p, text);
}

static enum payer_state node_judge(struct payer *p, const struct sky_health *h)
{
	char text[160];

	if (h->coin[0] != '\0' && strcmp(h->coin, "skycoin") != 0) {
		(void)snprintf(text, sizeof(text),
			       "node serves the coin '%s', not skycoin: check sky_rpc.address",
			       h->coin);
		return node_trouble(p, text);
	}
	if (h->head_seq < p->head_seq)
		return node_is_behind(p, h->head_seq);
	p->head_seq = h->head_seq;
	(void)snprintf(p->node_version, sizeof(p->node_version), "%s", h->version);
	p->node_known = true;
	p->node_asked_at = clock_mono_ms();
	if (h->open_connections == 0)
		node_is_cut_off(p, "Skycoin node has no peers and cannot broadcast");
	return PAYER_ASK_KNOWN;
}

static void on_health(void *arg, const struct sky_health *h, const struct err *err)
{
	struct payer *p = arg;

	answered(p, err != NULL ? node_trouble(p, err->text) : node_judge(p, h));
}

static enum payer_state ask_node(struct payer *p)
{
	p->is.node->ops->health(p->is.node, on_health, p);
	return PAYER_ASKED;
}

/* A node that is still loading its chain, or is on another one, has outputs for us that were spent
 * long ago: a payment from them could never be confirmed.  It gives itself away by not knowing what
 * the chain confirmed to us. */
static void on_known(void *arg, enum sky_tx_status status, uint64_t height, uint64_t block_seq,
		     const struct err *err)
{
	struct payer *p = arg;

	(void)height;
	(void)block_seq;
	if (err != NULL) {
		answered(p, node_trouble(p, err->text));
		return;
	}
	if (status != SKY_TX_CONFIRMED)
		node_is_cut_off(p, "Skycoin node does not have our last confirmed transaction: it "
				   "is behind, or on another network");
	answered(p, PAYER_NEXT);
}

static enum payer_state ask_known(struct payer *p)
{
	char txid[TXID_TEXT_MAX];
	struct err err;
	int rc = store_payout_tx_last_confirmed(p->is.store, txid, &err);

	if (rc == ERR_NOT_FOUND)
		return PAYER_NEXT;
	if (rc < 0)
		return store_trouble(p, &err);
	p->is.node->ops->status(p->is.node, txid, on_known, p);
	return PAYER_ASKED;
}

/* --- the open transactions ----------------------------------------------------------------- */
static void tx_take(struct tx_in_hand *t, const char *txid, enum payout_tx_state state,
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

	tx_take(t, tx->txid, tx->state, tx->raw, tx->raw_len);
	t->created_at = tx->created_at;
	t->is_new = false;
	t->seq = tx->seq;
	return err_set(err, ERR_EXISTS, "one is enough");
}

/* What will come back to us when the transaction in hand is confirmed. */
static struct droplets change_coming(const struct payer *p)
{
	struct droplets sum = droplets_of(0);
	struct sky_tx t;

	if (sky_tx_decode((const uint8_t *)p->tx.raw.data, p->tx.raw.len, &t, NULL) < 0)
		return sum;
	for (size_t i = 0; i < t.output_count; i++)
		if (sky_address_equal(&t.outputs[i].to, wallet_change(p->is.wallet)) &&
		    !droplets_add(sum, t.outputs[i].coins, &sum))
			break;
	sky_tx_release(&t);
	return sum;
}

static void count_open(struct payer *p)
{
	p->open++;
	if (!droplets_add(p->coming, change_coming(p), &p->coming))
		p->coming = droplets_of(UINT64_MAX);
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

static enum payer_state next_open(struct payer *p)
{
	struct err err;
	int rc;

	p->tx.found = false;
	rc = store_payout_tx_each(p->is.store, p->tx.seq, PAYOUT_TX_OPEN, on_open, &p->tx, &err);
	if (!p->tx.found)
		return rc < 0 ? store_trouble(p, &err) : none_left(p);
	if (p->tx.raw.failed) {
		(void)err_set(&err, ERR_FATAL, "no memory for transaction %s", p->tx.txid);
		return store_trouble(p, &err);
	}
	count_open(p);
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
	answered(p, err != NULL ? node_trouble(p, err->text) : PAYER_JUDGE);
}

static enum payer_state ask_status(struct payer *p)
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
	answered(p, PAYER_INJECTED);
}

static enum payer_state inject(struct payer *p)
{
	FAULT("payer.inject.before");
	p->is.node->ops->inject(p->is.node, (const uint8_t *)p->tx.raw.data, p->tx.raw.len,
				on_inject, p);
	return PAYER_ASKED;
}

static enum payer_state injected(struct payer *p)
{
	struct err err;

	if (p->tx.result != SKY_INJECT_OK)
		return PAYER_STATUS; /* it may have it all the same */
	return mark_sent(p, &err) < 0 ? store_trouble(p, &err) : after_tx(p);
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
		node_is_cut_off(p, p->tx.text[0] != '\0' ? p->tx.text
							 : "Skycoin node took no transaction");
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

	if (mark_confirmed(p, &err) < 0)
		return store_trouble(p, &err);
	p->open--;
	if (!droplets_sub(p->coming, change_coming(p), &p->coming))
		p->coming = droplets_of(0);
	p->barren_until = 0;
	return after_tx(p);
}

static enum payer_state pending(struct payer *p)
{
	struct err err;

	if (p->slow[0] == '\0' && clock_unix() - p->tx.created_at > SLOW_S)
		memcpy(p->slow, p->tx.txid, sizeof(p->slow));
	return mark_sent(p, &err) < 0 ? store_trouble(p, &err) : after_tx(p);
}

static enum payer_state judge_status(struct payer *p)
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
	p->policy = o->policy;
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
		answered(p, node_trouble(p, err->text));
	else if (o->head_seq < p->head_seq)
		answered(p, node_is_behind(p, o->head_seq));
	else if (take_outputs(p, o, &own) < 0)
		answered(p, store_trouble(p, &own));
	else {
		p->fetched = true;
		p->fetched_at = clock_mono_ms();
		answered(p, PAYER_BUILD);
	}
}

static enum payer_state fetch(struct payer *p)
{
	size_t count;
	const struct sky_address *addresses = wallet_addresses(p->is.wallet, &count);

	p->is.node->ops->outputs(p->is.node, addresses, count, on_outputs, p);
	return PAYER_ASKED;
}

/* --- building ------------------------------------------------------------------------------ */
/* Is what waits more than we have and what is coming back?  Then customers must be told; while
 * change is on its way, waiting for it is no error. */
static void judge_balance(struct payer *p, const char *otherwise)
{
	struct droplets have;

	if (!droplets_add(p->spendable.coins, p->coming, &have))
		have = droplets_of(UINT64_MAX);
	if (droplets_compare(p->waiting_sum, have) > 0)
		otherwise = PAYER_NOT_ENOUGH;
	tell_wallet(p, otherwise);
}

static enum payer_state nothing_built(struct payer *p)
{
	if (p->waiting > 0)
		p->barren_until = clock_mono_ms() + BARREN_MS;
	return PAYER_END;
}

static int look_at_queue(struct payer *p, struct err *err)
{
	return store_payout_waiting_sum(p->is.store, &p->waiting, &p->waiting_sum, err);
}

static enum payer_state made(struct payer *p, struct payment *m)
{
	tx_take(&p->tx, m->txid, PAYOUT_TX_SAVED, (const uint8_t *)m->raw.data, m->raw.len);
	p->tx.created_at = clock_unix();
	p->tx.is_new = true;
	payment_release(m);
	if (p->tx.raw.failed) { /* it is saved: the next round finds it in the database */
		p->poll_at = 0;
		p->again = true;
		return PAYER_END;
	}
	count_open(p);
	return PAYER_INJECT;
}

static enum payer_state pay(struct payer *p, const struct choice *c)
{
	const struct payment_need need = {
		.store = p->is.store, .wallet = p->is.wallet, .policy = &p->policy, .choice = c
	};
	struct payment m;
	struct err err;

	if (p->is.commits != NULL)
		commit_group_flush(p->is.commits);
	if (payment_make(&need, &m, &err) < 0)
		return store_trouble(p, &err);
	if (m.refused > 0)
		p->is.on_feed(p->is.arg);
	if (m.made)
		return made(p, &m);
	judge_balance(p, m.waits != NULL ? m.waits : "");
	payment_release(&m);
	return nothing_built(p);
}

static enum payer_state choose_and_pay(struct payer *p)
{
	enum payer_state next;
	struct choice c;
	struct err err;

	if (choice_init(&c, &p->spendable, NULL, p->policy.burn_factor, &err) < 0) {
		/* "no unspents to spend" and the like, unless change is on its way */
		if (p->open > 0)
			judge_balance(p, "");
		else
			tell_wallet(p, err.text);
		return nothing_built(p);
	}
	next = pay(p, &c);
	choice_release(&c);
	return next;
}

static void tell_disabled(struct payer *p)
{
	tell_wallet(p, "");
	health_raise(p->is.health, "send_disabled",
		     "sending is switched off (sky_exchanger.send_enabled); payouts are recorded "
		     "and wait");
}

static enum payer_state build(struct payer *p)
{
	struct err err;

	if (look_at_queue(p, &err) < 0)
		return store_trouble(p, &err);
	if (!p->is.send_enabled) {
		tell_disabled(p);
		return PAYER_END;
	}
	if (p->waiting == 0) {
		tell_wallet(p, "");
		return PAYER_END;
	}
	if (p->held >= HELD_MAX)
		tell_wallet(p, "Skycoin node refuses our transactions");
	if (p->cannot_build || p->held >= HELD_MAX)
		return nothing_built(p);
	return choose_and_pay(p);
}

/* --- the order of events -------------------------------------------------------------------- */
static void payer_step(struct payer *p)
{
	for (;;) {
		switch (p->state) {
		case PAYER_IDLE:
		case PAYER_ASKED: return;
		case PAYER_ROUND: p->state = round_begin(p); break;
		case PAYER_ASK_NODE: p->state = ask_node(p); break;
		case PAYER_ASK_KNOWN: p->state = ask_known(p); break;
		case PAYER_NEXT: p->state = next_open(p); break;
		case PAYER_STATUS: p->state = ask_status(p); break;
		case PAYER_JUDGE: p->state = judge_status(p); break;
		case PAYER_INJECT: p->state = inject(p); break;
		case PAYER_INJECTED: p->state = injected(p); break;
		case PAYER_FETCH: p->state = fetch(p); break;
		case PAYER_BUILD: p->state = build(p); break;
		case PAYER_END: p->state = round_end(p); break;
		}
	}
}

/* --- from outside --------------------------------------------------------------------------- */
struct payer *payer_new(const struct payer_setup *setup)
{
	struct payer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->is = *setup;
	p->tx.raw = (struct buf)BUF_INIT(PAYOUT_TX_RAW_MAX);
	backoff_init(&p->retry, RETRY_MIN_MS, RETRY_MAX_MS);
	backoff_init(&p->hold, setup->check_wait_ms, HOLD_MAX_MS);
	uxout_set_init(&p->spendable);
	p->poll_at = clock_mono_ms();
	p->timer = loop_timer_new(setup->loop, on_timer, p);
	if (p->timer == NULL) {
		payer_free(p);
		return NULL;
	}
	answered(p, PAYER_ROUND);
	return p;
}

void payer_free(struct payer *p)
{
	if (p == NULL)
		return;
	loop_timer_free(p->timer);
	uxout_set_release(&p->spendable);
	buf_release(&p->tx.raw);
	free(p);
}

void payer_wake(struct payer *p)
{
	int64_t now = clock_mono_ms();

	if (p->state != PAYER_IDLE)
		p->again = true;
	else if (p->retrying)
		return; /* the timer runs */
	else if (now < p->barren_until)
		loop_timer_start(p->timer, (uint64_t)(p->barren_until - now));
	else
		answered(p, PAYER_ROUND);
}

void payer_check(struct payer *p)
{
	p->poll_at = clock_mono_ms();
	p->barren_until = 0;
	p->again = true;
	if (p->state == PAYER_IDLE)
		answered(p, PAYER_ROUND);
}

const char *payer_error(const struct payer *p)
{
	return p->node_error[0] != '\0' ? p->node_error : p->wallet_error;
}

void payer_figures(struct payer *p, struct payer_figures *ret)
{
	*ret = (struct payer_figures){
		.balance = p->spendable.coins,
		.hours = p->spendable.hours,
		.waiting = p->waiting,
		.waiting_sum = p->waiting_sum,
		.open = p->open,
		.held = p->held,
		.head_seq = p->head_seq,
	};
	(void)snprintf(ret->node_version, sizeof(ret->node_version), "%s", p->node_version);
	if (!p->fetched || clock_mono_ms() - p->fetched_at >= (int64_t)p->is.check_wait_ms)
		payer_wake(p);
}
