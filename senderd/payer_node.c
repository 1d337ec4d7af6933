/* Who answers, and whether it may be believed. */
#include "senderd/payer_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"

enum payer_state payer_node_is_behind(struct payer *p, uint64_t seq)
{
	char text[160];

	(void)snprintf(text, sizeof(text),
		       "Skycoin node is behind: at block %" PRIu64 ", was at %" PRIu64, seq,
		       p->head_seq);
	return payer_node_trouble(p, text);
}

static enum payer_state node_judge(struct payer *p, const struct sky_health *h)
{
	char text[160];

	if (h->coin[0] != '\0' && strcmp(h->coin, "skycoin") != 0) {
		(void)snprintf(text, sizeof(text),
			       "node serves the coin '%s', not skycoin: check sky_rpc.address",
			       h->coin);
		return payer_node_trouble(p, text);
	}
	if (h->head_seq < p->head_seq)
		return payer_node_is_behind(p, h->head_seq);
	p->head_seq = h->head_seq;
	(void)snprintf(p->node_version, sizeof(p->node_version), "%s", h->version);
	p->node_known = true;
	p->node_asked_at = clock_mono_ms();
	if (h->open_connections == 0)
		payer_node_is_cut_off(p, "Skycoin node has no peers and cannot broadcast");
	return PAYER_ASK_KNOWN;
}

static void on_health(void *arg, const struct sky_health *h, const struct err *err)
{
	struct payer *p = arg;

	payer_answered(p, err != NULL ? payer_node_trouble(p, err->text) : node_judge(p, h));
}

enum payer_state payer_ask_node(struct payer *p)
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
		payer_answered(p, payer_node_trouble(p, err->text));
		return;
	}
	if (status != SKY_TX_CONFIRMED)
		payer_node_is_cut_off(
			p, "Skycoin node does not have our last confirmed transaction: it "
			   "is behind, or on another network");
	payer_answered(p, PAYER_NEXT);
}

enum payer_state payer_ask_known(struct payer *p)
{
	char txid[TXID_TEXT_MAX];
	struct err err;
	int rc = store_payout_tx_last_confirmed(p->is.store, txid, &err);

	if (rc == ERR_NOT_FOUND)
		return PAYER_NEXT;
	if (rc < 0)
		return payer_store_trouble(p, &err);
	p->is.node->ops->status(p->is.node, txid, on_known, p);
	return PAYER_ASKED;
}
