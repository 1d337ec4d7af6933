/* Is a transaction provably dead?  It is when one of its inputs was spent by another transaction,
 * so deep in the chain that no reorganisation takes it back, as a node tells that is in step.
 * Nothing else is a proof: not that a node refuses it, not that its pool or its blocks lack it.
 *
 *   PROVE (one input after another) -> PROVED, with a proof or without */
#include "senderd/payer_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/keys/ec.h"
#include "common/node/sky_tx.h"

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

static enum payer_state ask_spent(struct payer *p, const struct sky_tx *t)
{
	struct sky_address owner;

	if (p->tx.input >= t->input_count || !owner_of(t, p->tx.input, &owner))
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
