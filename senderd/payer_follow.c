/* Transactions that are not open and not final: a confirmed one until it is final_depth deep; a
 * dead one until what spent its input is.
 *
 *   FOLLOW -> FOLLOW_STATUS -> FOLLOWED -+-> (confirmed) final, or later
 *     ^                                  +-> (in no block, was confirmed) gone: open again
 *     |                                  +-> (in no block, dead) PROVE -> PROVED
 *     +----------------------------------+
 *
 * Chains stand still when nobody pays, so these are asked about slowly. */
#include "senderd/payer_inside.h"

#include <stdio.h>

#define ROUNDS_BETWEEN 12 /* a minute, where a round is five seconds */

int64_t payer_follow_ms(const struct payer *p)
{
	return ROUNDS_BETWEEN * (int64_t)p->is.check_wait_ms;
}

enum payer_state payer_follow_begin(struct payer *p)
{
	p->followed = 0;
	p->follow_seq = 0;
	return PAYER_FOLLOW;
}

enum payer_state payer_follow(struct payer *p)
{
	struct err err;
	int rc = payer_take_next(p, PAYOUT_TX_FOLLOWED, &p->follow_seq, &err);

	if (rc < 0)
		return payer_store_trouble(p, &err);
	if (!p->tx.found)
		return PAYER_FETCH;
	p->tx.from = TX_FROM_FOLLOWED;
	p->followed++;
	return PAYER_FOLLOW_STATUS;
}

static enum payer_state done(struct payer *p, int rc, const struct err *err)
{
	return rc < 0 ? payer_store_trouble(p, err) : PAYER_FOLLOW;
}

static enum payer_state make_final(struct payer *p)
{
	struct err err;
	int rc = payer_mark_final(p, &err);

	if (rc == 0)
		p->followed--;
	return done(p, rc, &err);
}

/* Final is for ever, and a good node that lacks what is final is not believed any more: so it takes
 * more than the word of one that is behind, or has nobody to agree with. */
static bool is_final(const struct payer *p)
{
	return p->tx.height >= p->is.final_depth && !p->cannot_build && !p->lags;
}

/* In a block, perhaps in another one than when it was seen last, or after it was called dead. */
static enum payer_state is_in_block(struct payer *p)
{
	struct err err;
	int rc = 0;

	if (p->tx.state != PAYOUT_TX_CONFIRMED || p->tx.block_seq != p->tx.known_block_seq)
		rc = payer_mark_confirmed(p, &err);
	if (rc == 0 && is_final(p))
		return make_final(p);
	return done(p, rc, &err);
}

/* The same bytes go out again in the next round. */
static enum payer_state is_gone(struct payer *p)
{
	struct err err;
	int rc = payer_mark_gone(p, &err);

	if (rc == 0) {
		p->followed--;
		p->recheck = true;
	}
	return done(p, rc, &err);
}

/* Its block may have disappeared, or the node is on another way: this one cannot tell which. */
static void tell_missing(struct payer *p)
{
	char text[ERR_TEXT_MAX];

	(void)snprintf(text, sizeof(text),
		       "Skycoin node does not have the confirmed transaction %s, and cannot show "
		       "that it is in step: configure one that can",
		       p->tx.txid);
	payer_node_is_cut_off(p, text);
}

static enum payer_state not_believed(struct payer *p)
{
	bool missing = p->tx.state == PAYOUT_TX_CONFIRMED && p->tx.status == SKY_TX_UNKNOWN;

	if (missing && !p->cannot_build)
		tell_missing(p);
	return PAYER_FOLLOW;
}

enum payer_state payer_judge_followed(struct payer *p)
{
	if (p->tx.status == SKY_TX_CONFIRMED)
		return is_in_block(p);
	if (!p->trusted)
		return not_believed(p);
	if (p->tx.state == PAYOUT_TX_CONFIRMED)
		return is_gone(p);
	return payer_prove_begin(p, p->tx.proven ? p->is.final_depth : p->is.dead_depth);
}

/* Of a dead one: proven now, or final, or asked again later. */
enum payer_state payer_followed_proved(struct payer *p)
{
	struct err err;
	int rc;

	if (!p->tx.proof.found)
		return PAYER_FOLLOW;
	if (p->tx.proven)
		return make_final(p);
	rc = payer_mark_dead(p, &err);
	return done(p, rc, &err);
}
