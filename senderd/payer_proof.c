/* Is a transaction provably dead?  It is when one of its inputs was spent by another transaction,
 * so deep in the chain that no reorganisation takes it back, as a node tells that is in step.
 * Or when an input is an output of a transaction of ours that died so and is final: that output
 * will never be, and no block can show it. Nothing else is a proof: not that a node refuses it, not
 * that its pool or its blocks lack it.
 *
 *   PROVE (one input after another) -> PROVED, with a proof or without */
#include "senderd/payer_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/keys/ec.h"
#include "common/node/sky_tx.h"
#include "common/store/payout_tx_store.h"

enum payer_state payer_prove_begin(struct payer *p, unsigned depth)
{
	p->tx.input = 0;
	p->tx.proof = (struct proof){ .depth = depth };
	return p->trusted ? PAYER_PROVE : PAYER_PROVED;
}

/* Its own transaction is confirmed then: the status will say so. */
static bool is_own(const struct payer *p, const struct sky_spent *s)
{
	return strcmp(s->txid, p->tx.txid) == 0;
}

static bool is_proof(const struct payer *p, const struct sky_spent *s)
{
	return s->found && s->spent && !is_own(p, s) && s->head_seq >= s->spent_seq &&
	       s->head_seq - s->spent_seq + 1 >= p->tx.proof.depth;
}

static void take_proof(struct payer *p, const struct sky_spent *s)
{
	struct proof *f = &p->tx.proof;

	f->found = true;
	(void)snprintf(f->spender, sizeof(f->spender), "%s", s->txid);
	(void)snprintf(f->text, sizeof(f->text),
		       "input %zu was spent by %s in block %" PRIu64 ", %" PRIu64 " deep",
		       p->tx.input, s->txid, s->spent_seq, s->head_seq - s->spent_seq + 1);
}

static void on_spent(void *arg, const struct sky_spent *s, const struct err *err)
{
	struct payer *p = arg;

	FAULT("payer.spent.after");
	if (err != NULL) {
		payer_answered(p, payer_node_trouble(p, err->text));
		return;
	}
	if (!is_proof(p, s)) {
		p->tx.input++;
		payer_answered(p, PAYER_PROVE);
		return;
	}
	take_proof(p, s);
	payer_answered(p, PAYER_PROVED);
}

/* Whose output input `i` is, says its signature. */
static bool owner_of(const struct sky_tx *t, size_t i, struct sky_address *ret)
{
	struct sha256 digest = sky_tx_digest(t, i);
	struct signature sig;
	struct pubkey key;

	memcpy(sig.b, t->sigs[i].b, sizeof(sig.b));
	if (!ec_recover(&digest, &sig, &key))
		return false;
	*ret = sky_address_from_pubkey(key.b);
	return true;
}

/* --- an input that will never be -------------------------------------------------------------- */
struct parent {
	const struct sha256 *uxid;
	bool found;
	char txid[TXID_TEXT_MAX];
};

static bool makes(const struct payout_tx *tx, const struct sky_tx *t, const struct sha256 *uxid)
{
	const struct sha256 txid = sky_tx_id(tx->raw, tx->raw_len);

	for (size_t i = 0; i < t->output_count; i++) {
		struct sha256 id = sky_tx_uxid(&txid, &t->outputs[i]);

		if (memcmp(id.b, uxid->b, sizeof(id.b)) == 0)
			return true;
	}
	return false;
}

static int on_lost(void *arg, const struct payout_tx *tx, struct err *err)
{
	struct parent *f = arg;
	struct sky_tx t;
	int rc;

	if (f->found)
		return 0;
	rc = sky_tx_decode(tx->raw, tx->raw_len, &t, err);
	if (rc < 0)
		return err_wrap(err, "saved transaction %s", tx->txid);
	f->found = makes(tx, &t, f->uxid);
	if (f->found)
		(void)snprintf(f->txid, sizeof(f->txid), "%s", tx->txid);
	sky_tx_release(&t);
	return 0;
}

static void take_lost(struct payer *p, const struct parent *parent)
{
	struct proof *f = &p->tx.proof;

	f->found = true;
	(void)snprintf(f->spender, sizeof(f->spender), "%s", parent->txid);
	(void)snprintf(f->text, sizeof(f->text),
		       "input %zu is an output of %s, which is dead: it will never be", p->tx.input,
		       parent->txid);
}

static int look_for_lost(struct payer *p, const struct sky_tx *t, struct err *err)
{
	struct parent parent = { .uxid = &t->inputs[p->tx.input] };
	int rc = store_payout_tx_each(p->is.store, 0, PAYOUT_TX_LOST, on_lost, &parent, err);

	if (rc == 0 && parent.found)
		take_lost(p, &parent);
	return rc;
}

static enum payer_state ask_spent(struct payer *p, const struct sky_tx *t)
{
	struct sky_address owner;
	struct err err;

	if (p->tx.input >= t->input_count || !owner_of(t, p->tx.input, &owner))
		return PAYER_PROVED;
	if (look_for_lost(p, t, &err) < 0)
		return payer_store_trouble(p, &err);
	if (p->tx.proof.found)
		return PAYER_PROVED;
	FAULT("payer.spent.before");
	p->is.node->ops->spent(p->is.node, &t->inputs[p->tx.input], &owner, on_spent, p);
	return PAYER_ASKED;
}

enum payer_state payer_prove(struct payer *p)
{
	enum payer_state next;
	struct sky_tx t;
	struct err err;

	if (sky_tx_decode((const uint8_t *)p->tx.raw.data, p->tx.raw.len, &t, &err) < 0)
		return payer_store_trouble(p, &err);
	next = ask_spent(p, &t);
	sky_tx_release(&t);
	return next;
}
