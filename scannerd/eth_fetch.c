/* A transaction in a block may have failed and moved nothing, so the receipts decide; they are
 * asked for by the block's hash, and only for a block that pays somebody: they are larger than the
 * block.  A node that cannot give those of a whole block is asked for single ones.
 *
 * What is wanted within one turn of the loop goes together, a few calls in a request, as many as
 * the length of their results allows (the node and we both hold a whole answer in memory). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "scannerd/chain_eth_inside.h"

#define TOGETHER_MAX   8
#define TOGETHER_BYTES (8U << 20)
#define INVALID_PARAMS (-32602)

const char eth_get_block[] = "eth_getBlockByNumber";

static const char GET_RECEIPTS[] = "eth_getBlockReceipts";
static const char GET_RECEIPT[] = "eth_getTransactionReceipt";

void eth_fetch_answer(struct question *q)
{
	struct chain_block b = { .height = q->height,
				 .size = q->size,
				 .time = q->block.head.timestamp,
				 .traced = q->traced,
				 .owed = q->owed[0] != '\0' ? q->owed : NULL,
				 .raw = q };

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

/* --- asking ---------------------------------------------------------------------------------- */

/* Results are alike in length for a while: the last ones say how many fit into an answer. */
static void note_size(struct chain_eth *e, size_t bytes)
{
	e->result_bytes =
		bytes > e->result_bytes ? bytes : e->result_bytes - (e->result_bytes - bytes) / 8;
}

static size_t calls_together(const struct chain_eth *e)
{
	size_t n = TOGETHER_BYTES / (e->result_bytes + 1);

	return n < 1 ? 1 : n > TOGETHER_MAX ? TOGETHER_MAX : n;
}

/* The next that somebody still waits for; NULL: none. */
static struct question *take_wanted(struct chain_eth *e)
{
	struct question *q;

	while ((q = STAILQ_FIRST(&e->wanted)) != NULL) {
		STAILQ_REMOVE_HEAD(&e->wanted, entry);
		if (!q->base.dropped)
			return q;
		chain_question_free(&q->base);
	}
	return NULL;
}

static size_t gather(struct chain_eth *e, struct jsonrpc_call_of *calls, size_t max)
{
	struct question *q;
	size_t n = 0;

	while (n < max && (q = take_wanted(e)) != NULL) {
		calls[n++] = q->call;
		q->call.params = NULL; /* the call's from here on */
	}
	return n;
}

/* The turn has ended: all that is wanted goes out. */
static void flush(void *arg)
{
	struct chain_eth *e = arg;
	struct jsonrpc_call_of calls[TOGETHER_MAX];
	size_t n;

	e->flush_waits = false;
	while ((n = gather(e, calls, calls_together(e))) > 0)
		jsonrpc_calls(e->rpc, JSONRPC_RAW, calls, n);
}

/* `params` is from malloc, and taken over. */
static void want(struct question *q, const char *method, char *params, jsonrpc_fn fn)
{
	struct chain_eth *e = q->chain;

	q->call = (struct jsonrpc_call_of){ method, params, fn, q };
	STAILQ_INSERT_TAIL(&e->wanted, q, entry);
	if (!e->flush_waits)
		loop_at_turn_end(e->loop, flush, e);
	e->flush_waits = true;
}

/* One parameter, a hash. */
static void want_of_hash(struct question *q, const char *method, const struct eth_hash *h,
			 jsonrpc_fn fn)
{
	char hash[ETH_HASH_TEXT_MAX], *params;

	eth_hash_text(h, hash);
	if (asprintf(&params, "[\"%s\"]", hash) < 0)
		abort(); /* as the loop does */
	want(q, method, params, fn);
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

	while (q->receipt_at < q->block.tx_count && !eth_may_pay(&q->block.txs[q->receipt_at], w))
		q->receipt_at++;
	if (q->receipt_at == q->block.tx_count) {
		eth_trace_or_answer(q);
		return;
	}
	want_of_hash(q, GET_RECEIPT, &q->block.txs[q->receipt_at].hash, on_receipt);
}

/* No receipts of the block as a whole; those of its transactions decide.  It may have left the
 * chain; or the node looks up receipts by number only, and says of the hash that there is no such
 * block (EthereumJS 0.10) or that it is no parameter; or they are more than it sends at once.  A
 * block must not be held up by what it can be asked otherwise. */
static bool must_ask_singly(struct question *q, const struct jsonrpc_reply *r)
{
	if (eth_lacks_method(r))
		q->chain->single_receipts = true; /* for those that follow, too */
	return eth_lacks_method(r) ||
	       (r->kind == JSONRPC_ERROR &&
		(r->code == INVALID_PARAMS || eth_refusal_of(r) == CHAIN_REFUSED));
}

static void take_receipts(struct question *q, const struct jsonrpc_reply *r)
{
	struct err err;
	int rc = eth_receipts_parse(r->raw, r->raw_len, &q->block, &err);

	note_size(q->chain, r->raw_len);
	if (rc == ERR_NOT_FOUND)
		ask_next_receipt(q);
	else if (rc < 0)
		receipt_fail(q, GET_RECEIPTS, rc, &err);
	else
		eth_trace_or_answer(q);
}

static void on_receipts(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;

	if (!q->base.dropped && must_ask_singly(q, r))
		ask_next_receipt(q);
	else if (eth_reply_take(q, GET_RECEIPTS, r))
		take_receipts(q, r);
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
	q->size = r->raw_len;
	note_size(q->chain, r->raw_len);
	rc = eth_block_parse(r->raw, r->raw_len, &q->block, &err);
	if (!eth_parsed_ok(q, rc, &err, q->block.head.number))
		return;
	if (!pays_somebody(q))
		eth_trace_or_answer(q);
	else if (q->chain->single_receipts)
		ask_next_receipt(q);
	else
		want_of_hash(q, GET_RECEIPTS, &q->block.head.hash, on_receipts);
}

void eth_fetch_block_at(struct chain *c, int64_t height, chain_block_fn fn, void *arg)
{
	struct question *q = eth_question_new(c, CHAIN_ASKED_BLOCK, arg);

	char *params;

	q->base.fn.block = fn;
	q->height = height;
	if (asprintf(&params, "[\"0x%" PRIx64 "\",true]", (uint64_t)height) < 0)
		abort(); /* as the loop does */
	want(q, eth_get_block, params, on_block);
}

void eth_fetch_init(struct chain_eth *e)
{
	STAILQ_INIT(&e->wanted);
	e->result_bytes = TOGETHER_BYTES / TOGETHER_MAX;
}

void eth_fetch_free(struct chain_eth *e)
{
	loop_cancel_turn_end(e->loop, e);
}
