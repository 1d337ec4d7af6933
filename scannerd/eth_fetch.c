/* A transaction in a block may have failed and moved nothing, so the receipts decide; they are
 * asked for by the block's hash, and only for a block that pays somebody: they are larger than the
 * block.  A node that cannot give those of a whole block is asked for single ones. */
#include <inttypes.h>
#include <stdio.h>

#include "scannerd/chain_eth_inside.h"

const char eth_get_block[] = "eth_getBlockByNumber";

void eth_ask_block(struct question *q, bool whole, jsonrpc_fn fn)
{
	char params[48];

	(void)snprintf(params, sizeof(params), "[\"0x%" PRIx64 "\",%s]", (uint64_t)q->height,
		       whole ? "true" : "false");
	jsonrpc_call_raw(q->chain->rpc, eth_get_block, params, fn, q);
}

static const char GET_RECEIPTS[] = "eth_getBlockReceipts";
static const char GET_RECEIPT[] = "eth_getTransactionReceipt";

void eth_fetch_answer(struct question *q)
{
	struct chain_block b = { .height = q->height, .raw = q };

	eth_hash_digits(&q->block.head.hash, b.hash);
	eth_hash_digits(&q->block.head.parent, b.prev_hash);
	q->base.fn.block(q->base.arg, NULL, &b);
	chain_question_free(&q->base);
}

void eth_fail_stale(struct question *q, const char *method)
{
	chain_question_fail(&q->base, CHAIN_STALE,
			    "node %s has nothing for %s of block %" PRId64 " any more, or not yet",
			    q->chain->server, method, q->height);
}

/* --- receipts ------------------------------------------------------------------------------- */

static void receipt_fail(struct question *q, const char *method, int rc, const struct err *err)
{
	if (rc == ERR_NOT_FOUND)
		eth_fail_stale(q, method);
	else
		chain_question_fail(&q->base, CHAIN_BAD_BLOCK,
				    "node %s, %s of height %" PRId64 ": %s", q->chain->server,
				    method, q->height, err->text);
}

static void ask_next_receipt(struct question *q);

static void on_receipt(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	struct err err;
	int rc;

	if (!eth_reply_take(q, GET_RECEIPT, r))
		return;
	rc = eth_receipt_parse(r->raw, r->raw_len, &q->block, q->receipt_at, &err);
	if (rc < 0) {
		receipt_fail(q, GET_RECEIPT, rc, &err);
		return;
	}
	q->receipt_at++;
	ask_next_receipt(q);
}

static void ask_next_receipt(struct question *q)
{
	const struct watchlist *w = q->chain->base.watched(q->chain->base.watched_arg);
	char hash[ETH_HASH_TEXT_MAX], params[80];

	while (q->receipt_at < q->block.tx_count && !eth_may_pay(&q->block.txs[q->receipt_at], w))
		q->receipt_at++;
	if (q->receipt_at == q->block.tx_count) {
		eth_trace_or_answer(q);
		return;
	}
	eth_hash_text(&q->block.txs[q->receipt_at].hash, hash);
	(void)snprintf(params, sizeof(params), "[\"%s\"]", hash);
	jsonrpc_call_raw(q->chain->rpc, GET_RECEIPT, params, on_receipt, q);
}

static void on_receipts(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	struct err err;
	int rc;

	if (!q->base.dropped && eth_lacks_method(r)) {
		q->chain->single_receipts = true; /* for those that follow, too */
		ask_next_receipt(q);
		return;
	}
	if (!eth_reply_take(q, GET_RECEIPTS, r))
		return;
	rc = eth_receipts_parse(r->raw, r->raw_len, &q->block, &err);
	if (rc < 0)
		receipt_fail(q, GET_RECEIPTS, rc, &err);
	else
		eth_trace_or_answer(q);
}

static void ask_receipts(struct question *q)
{
	char hash[ETH_HASH_TEXT_MAX], params[80];

	eth_hash_text(&q->block.head.hash, hash);
	(void)snprintf(params, sizeof(params), "[\"%s\"]", hash);
	jsonrpc_call_raw(q->chain->rpc, GET_RECEIPTS, params, on_receipts, q);
}

static bool pays_somebody(const struct question *q)
{
	const struct watchlist *w = q->chain->base.watched(q->chain->base.watched_arg);

	for (size_t i = 0; i < q->block.tx_count; i++)
		if (eth_may_pay(&q->block.txs[i], w))
			return true;
	return false;
}

static void on_block(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	struct err err;
	int rc;

	if (!eth_reply_take(q, eth_get_block, r))
		return;
	rc = eth_block_parse(r->raw, r->raw_len, &q->block, &err);
	if (!eth_parsed_ok(q, rc, &err, q->block.head.number))
		return;
	if (!pays_somebody(q))
		eth_trace_or_answer(q);
	else if (q->chain->single_receipts)
		ask_next_receipt(q);
	else
		ask_receipts(q);
}

void eth_fetch_block_at(struct chain *c, int64_t height, chain_block_fn fn, void *arg)
{
	struct question *q = eth_question_new(c, CHAIN_ASKED_BLOCK, arg);

	q->base.fn.block = fn;
	q->height = height;
	eth_ask_block(q, true, on_block);
}
