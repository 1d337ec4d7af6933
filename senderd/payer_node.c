/* Who answers, and what it may be used for.
 *
 *   standing      | same bytes offered | new ones built | says what is gone or dead (trusted)
 *   good          | yes                | yes            | yes
 *   unproven      | yes                | yes            | no
 *   no peers      | yes                | no             | no
 *   behind        | yes                | see below      | no
 *   another chain | no                 | no             | no
 *
 * That a node is behind is what its peers say, and one peer that lies is enough.  So when it has
 * the last transaction that the chain confirmed to us, payments go on: nobody else spends our
 * outputs.
 *
 * Which chain is ours is pinned at the first answer of a good node, and anew at each start until
 * something was paid there: the first node may have been one of a test network.  Beside what the
 * node's own peers say we know two things better: where its head was, which only a reorganisation
 * moves back, and never deeper than final_depth; and the last transaction that the chain confirmed
 * to us. */
#include "senderd/payer_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/node/sky_standing.h"

static void text_behind(const struct payer *p, uint64_t seq, char *ret, size_t size)
{
	(void)snprintf(ret, size, "Skycoin node is behind: at block %" PRIu64 ", was at %" PRIu64,
		       seq, p->head_seq);
}

enum payer_state payer_node_is_behind(struct payer *p, uint64_t seq)
{
	char text[160];

	text_behind(p, seq, text, sizeof(text));
	return payer_node_trouble(p, text);
}

/* --- which chain ------------------------------------------------------------------------------ */
static bool is_other_chain(const struct payer *p, const struct sky_health *h)
{
	if (h->standing == SKY_OTHER_CHAIN)
		return true;
	if (h->coin[0] != '\0' && strcmp(h->coin, "skycoin") != 0)
		return true;
	return p->genesis[0] != '\0' && h->genesis[0] != '\0' &&
	       strcmp(p->genesis, h->genesis) != 0;
}

static enum payer_state other_chain(struct payer *p, const struct sky_health *h)
{
	char text[ERR_TEXT_MAX];

	(void)snprintf(text, sizeof(text),
		       "Skycoin node %.100s is on another chain (coin '%s', first block %.16s): "
		       "check sky_rpc.address",
		       h->address, h->coin, h->genesis);
	return payer_node_trouble(p, text);
}

/* 0 also when there is nothing to pin. */
static int pin(struct payer *p, const struct sky_health *h, struct err *err)
{
	int rc;

	if (p->genesis[0] != '\0' || h->genesis[0] == '\0' || h->standing != SKY_GOOD)
		return 0;
	(void)snprintf(p->genesis, sizeof(p->genesis), "%s", h->genesis);
	rc = payer_mark_genesis(p, err);
	if (rc < 0)
		p->genesis[0] = '\0';
	else
		p->is.node->ops->pin(p->is.node, p->genesis);
	return rc;
}

/* What was pinned before anything was paid counts for nothing. */
static int unpin_unpaid(struct payer *p, struct err *err)
{
	int64_t paid_at;
	int rc = store_payout_tx_latest(p->is.store, &paid_at, err);

	return rc == 0 && paid_at == 0 ? payer_mark_unpinned(p, err) : rc;
}

static int read_genesis(struct payer *p, struct err *err)
{
	int rc;

	if (p->genesis_read)
		return 0;
	rc = unpin_unpaid(p, err);
	if (rc == 0)
		rc = store_sky_genesis(p->is.store, p->genesis, err);
	if (rc < 0 && rc != ERR_NOT_FOUND)
		return rc;
	if (rc == 0)
		p->is.node->ops->pin(p->is.node, p->genesis);
	p->genesis_read = true;
	return 0;
}

/* --- its standing -------------------------------------------------------------------------------
 */
static void text_standing(const struct sky_health *h, char *ret, size_t size)
{
	(void)snprintf(ret, size, "Skycoin node %.100s %s", h->address,
		       sky_standing_text(h->standing));
}

static void not_usable(struct payer *p, const struct sky_health *h)
{
	char text[ERR_TEXT_MAX];

	text_standing(h, text, sizeof(text));
	payer_node_is_cut_off(p, text);
}

/* What that means is known when it was asked for what the chain confirmed to us. */
static void lags(struct payer *p, const struct sky_health *h)
{
	p->lags = true;
	text_standing(h, p->lag_text, sizeof(p->lag_text));
}

static void judge_standing(struct payer *p, const struct sky_health *h)
{
	p->trusted = p->lags = false;
	switch (h->standing) {
	case SKY_GOOD: p->trusted = true; break;
	case SKY_UNPROVEN: break;
	case SKY_BEHIND: lags(p, h); break;
	case SKY_NO_PEERS:
	case SKY_OTHER_CHAIN: not_usable(p, h); break;
	}
}

/* A head that moved back. */
static void judge_head(struct payer *p, const struct sky_health *h)
{
	char text[160];

	if (h->head_seq < p->head_seq) {
		if (!p->trusted || p->head_seq - h->head_seq > p->is.final_depth) {
			text_behind(p, h->head_seq, text, sizeof(text));
			p->trusted = p->lags = false;
			payer_node_is_cut_off(p, text);
			return;
		}
		log_warn("sky_chain_reorganised", "head_seq=%" PRIu64 " was=%" PRIu64, h->head_seq,
			 p->head_seq);
	}
	p->head_seq = h->head_seq;
}

/* Of several nodes, what is wrong with those that are not needed now. */
static void tell_others(struct payer *p, const struct sky_health *h)
{
	if (h->problems[0] != '\0')
		health_raise(p->is.health, "sky_nodes", "%s", h->problems);
	else
		health_clear(p->is.health, "sky_nodes");
}

static enum payer_state node_judge(struct payer *p, const struct sky_health *h)
{
	struct err err;

	tell_others(p, h);
	if (is_other_chain(p, h))
		return other_chain(p, h);
	if (pin(p, h, &err) < 0)
		return payer_store_trouble(p, &err);
	judge_standing(p, h);
	judge_head(p, h);
	(void)snprintf(p->node_version, sizeof(p->node_version), "%s", h->version);
	return PAYER_ASK_KNOWN;
}

static void on_health(void *arg, const struct sky_health *h, const struct err *err)
{
	struct payer *p = arg;

	payer_answered(p, err != NULL ? payer_node_trouble(p, err->text) : node_judge(p, h));
}

enum payer_state payer_ask_node(struct payer *p)
{
	struct err err;

	if (read_genesis(p, &err) < 0)
		return payer_store_trouble(p, &err);
	p->is.node->ops->health(p->is.node, on_health, p);
	return PAYER_ASKED;
}

/* --- does it have what the chain confirmed to us? ------------------------------------------------
 */
static int keep_final(void *arg, const struct payout_tx *tx, struct err *err)
{
	(void)err;
	*(bool *)arg = tx->final;
	return 0;
}

/* A node that is still loading its chain, or is on another one, has outputs for us that were spent
 * long ago: a payment from them could never be confirmed.  Only what is not final may be missing,
 * and only at a node that is in step: then its block has disappeared. */
static enum payer_state is_missing(struct payer *p)
{
	bool is_final = false;
	struct err err;

	if (store_payout_tx_get(p->is.store, p->tx.txid, keep_final, &is_final, &err) < 0)
		return payer_store_trouble(p, &err);
	if (p->trusted && !is_final) {
		p->follow = true;
		return PAYER_NEXT;
	}
	p->trusted = p->lags = false;
	payer_node_is_cut_off(p, "Skycoin node does not have our last confirmed transaction: it "
				 "is behind, or on another network");
	return PAYER_NEXT;
}

static enum payer_state has_it(struct payer *p)
{
	if (p->lags)
		payer_node_lags(p, p->lag_text);
	return PAYER_NEXT;
}

/* Nothing was ever confirmed to us: there is nothing that it could show to have. */
static enum payer_state nothing_known(struct payer *p)
{
	if (p->lags)
		payer_node_is_cut_off(p, p->lag_text);
	p->lags = false;
	return PAYER_NEXT;
}

static void on_known(void *arg, enum sky_tx_status status, uint64_t height, uint64_t block_seq,
		     const struct err *err)
{
	struct payer *p = arg;

	(void)height, (void)block_seq;
	if (err != NULL)
		payer_answered(p, payer_node_trouble(p, err->text));
	else
		payer_answered(p, status == SKY_TX_CONFIRMED ? has_it(p) : is_missing(p));
}

enum payer_state payer_ask_known(struct payer *p)
{
	struct err err;
	int rc = store_payout_tx_last_confirmed(p->is.store, p->tx.txid, &err);

	if (rc == ERR_NOT_FOUND)
		return nothing_known(p);
	if (rc < 0)
		return payer_store_trouble(p, &err);
	p->is.node->ops->status(p->is.node, p->tx.txid, on_known, p);
	return PAYER_ASKED;
}
