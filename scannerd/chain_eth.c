/* What counts as a deposit: a transaction of the block that names a watched address in `to`, has a
 * value, and whose receipt says that it came to something.  Its kind does not matter, and its id is
 * its hash with its place in the block, as the original program has it.
 *
 * A transaction in a block may have failed and moved nothing, so the receipts decide; they are
 * asked for by the block's hash, and only for a block that pays somebody: they are larger than the
 * block.  A node that cannot give those of a whole block is asked for single ones.
 *
 * The hash of a block is not computed here (each fork of the chain adds members to what is hashed);
 * what is held against each other is what a node says in several places: the number asked for,
 * the hash in block, transactions and receipts, the parent's hash in the next block (scanner.c). */
#include "scannerd/chain_eth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/coin/address_eth.h"
#include "common/rpc/jsonrpc.h"
#include "scannerd/chain_question.h"
#include "scannerd/eth_block.h"

#define TIMEOUT_MS	   60000 /* megabytes from a hosted node */
#define CONNECT_TIMEOUT_MS 10000
#define BODY_MAX	   (64U << 20)
#define CONNECTIONS	   4

struct chain_eth {
	struct chain base;
	struct jsonrpc *rpc;
	char server[256]; /* for texts: host and port alone */
	uint64_t chain_id;
	bool single_receipts; /* the node does not know eth_getBlockReceipts */
	struct chain_questions questions;
};

struct question {
	struct chain_question base;
	struct chain_eth *chain;
	int64_t height;
	struct eth_block block;
	size_t receipt_at; /* the transaction whose receipt is asked for, when singly */
};

static void question_release(struct chain_question *q)
{
	eth_block_release(&((struct question *)q)->block);
}

static struct question *question_new(struct chain *c, enum chain_asked asked, void *arg)
{
	struct chain_eth *e = (struct chain_eth *)c;
	struct question *q = chain_question_new(&e->questions, sizeof(*q), asked, arg);

	q->base.release = question_release;
	q->chain = e;
	return q;
}

/* --- how nodes say no ---------------------------------------------------------------------- */

/* The first row that fits decides; code 0 fits any, `part` NULL any text. */
static const struct {
	long code;
	const char *part;
	enum chain_trouble trouble;
} refusals[] = {
	{ -39001, NULL, CHAIN_NOT_YET },	   /* newer nodes: unknown block */
	{ -32005, NULL, CHAIN_UNREACHABLE },	   /* hosted nodes: too many requests */
	{ 429, NULL, CHAIN_UNREACHABLE },	   /* the same */
	{ 0, "header not found", CHAIN_NOT_YET },  /* geth */
	{ 0, "block not found", CHAIN_NOT_YET },   /* geth's tags, Nethermind */
	{ 0, "unknown block", CHAIN_NOT_YET },	   /* Erigon, Besu */
	{ 0, "not yet available", CHAIN_NOT_YET }, /* tags of a node that has just started */
};

static enum chain_trouble refusal_of(const struct jsonrpc_reply *r)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if ((refusals[i].code == 0 || refusals[i].code == r->code) &&
		    (refusals[i].part == NULL || strcasestr(r->text, refusals[i].part) != NULL))
			return refusals[i].trouble;
	return CHAIN_REFUSED;
}

static void question_nonsense(struct question *q, const char *what)
{
	chain_question_fail(&q->base, CHAIN_UNREACHABLE, "node %s answers nonsense: %s",
			    q->chain->server, what);
}

/* True: there is a result.  Else the question is answered and gone. */
static bool reply_ok(struct question *q, const char *method, const struct jsonrpc_reply *r)
{
	const char *server = q->chain->server;

	switch (r->kind) {
	case JSONRPC_RESULT: return true;
	case JSONRPC_ERROR:
		chain_question_fail(&q->base, refusal_of(r),
				    "node %s refused %s (height %" PRId64 "): %s (%ld)", server,
				    method, q->height, r->text, r->code);
		return false;
	case JSONRPC_UNREACHABLE:
		chain_question_fail(&q->base, CHAIN_UNREACHABLE, "no answer from the node: %s",
				    r->text);
		return false;
	case JSONRPC_UNAUTHORIZED:
		chain_question_fail(&q->base, CHAIN_UNAUTHORIZED, "node %s does not let us in: %s",
				    server, r->text);
		return false;
	case JSONRPC_GARBAGE: question_nonsense(q, r->text); return false;
	}
	return false;
}

/* The same for a reply to a question that may have been dropped meanwhile. */
static bool reply_take(struct question *q, const char *method, const struct jsonrpc_reply *r)
{
	if (!q->base.dropped)
		return reply_ok(q, method, r);
	chain_question_free(&q->base);
	return false;
}

static bool lacks_method(const struct jsonrpc_reply *r)
{
	return r->kind == JSONRPC_ERROR && r->code == -32601;
}

/* --- tip: the right chain, in step, its height --------------------------------------------- */

static const char CHAIN_ID[] = "eth_chainId", SYNCING[] = "eth_syncing";
static const char BLOCK_NUMBER[] = "eth_blockNumber";

static bool reply_u64(const struct jsonrpc_reply *r, uint64_t max, uint64_t *ret)
{
	const char *text = json_string(r->result);
	struct json_slice s;

	if (text == NULL)
		return false;
	s = eth_slice(text);
	return eth_u64(&s, max, ret);
}

static void on_block_number(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	uint64_t height = 0;

	if (!reply_take(q, BLOCK_NUMBER, r))
		return;
	if (!reply_u64(r, ETH_HEIGHT_MAX, &height)) {
		question_nonsense(q, "no height");
		return;
	}
	q->base.fn.tip(q->base.arg, NULL, (int64_t)height);
	chain_question_free(&q->base);
}

static void fail_syncing(struct question *q, const struct json *sync)
{
	const char *at = json_string(json_get(sync, "currentBlock"));
	const char *of = json_string(json_get(sync, "highestBlock"));
	struct json_slice at_slice = eth_slice(at != NULL ? at : "");
	struct json_slice of_slice = eth_slice(of != NULL ? of : "");
	uint64_t current = 0, highest = 0;

	(void)eth_u64(&at_slice, UINT64_MAX, &current);
	(void)eth_u64(&of_slice, UINT64_MAX, &highest);
	chain_question_fail(&q->base, CHAIN_WARMING_UP,
			    "node %s is catching up with its network (block %" PRIu64 " of %" PRIu64
			    ")",
			    q->chain->server, current, highest);
}

static void on_syncing(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;

	if (!reply_take(q, SYNCING, r))
		return;
	if (json_type(r->result) == JSON_OBJECT)
		fail_syncing(q, r->result);
	else if (json_type(r->result) != JSON_BOOL || json_is_true(r->result))
		question_nonsense(q, "neither in step nor catching up");
	else
		jsonrpc_call(q->chain->rpc, BLOCK_NUMBER, "[]", on_block_number, q);
}

static void on_chain_id(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	const char *text;
	uint64_t id;

	if (!reply_take(q, CHAIN_ID, r))
		return;
	text = json_string(r->result);
	if (text == NULL) {
		question_nonsense(q, "no chain id");
	} else if (!reply_u64(r, UINT64_MAX, &id) || id != q->chain->chain_id) {
		chain_question_fail(&q->base, CHAIN_WRONG_NETWORK,
				    "node %s is on chain %.32s, not 0x%" PRIx64
				    " (eth_rpc.chain_id = %" PRIu64 ")",
				    q->chain->server, text, q->chain->chain_id, q->chain->chain_id);
	} else {
		jsonrpc_call(q->chain->rpc, SYNCING, "[]", on_syncing, q);
	}
}

static void chain_eth_tip(struct chain *c, chain_tip_fn fn, void *arg)
{
	struct question *q = question_new(c, CHAIN_ASKED_TIP, arg);

	q->base.fn.tip = fn;
	jsonrpc_call(q->chain->rpc, CHAIN_ID, "[]", on_chain_id, q);
}

/* --- what both ask of a block --------------------------------------------------------------- */

static const char GET_BLOCK[] = "eth_getBlockByNumber";

static void ask_block(struct question *q, bool whole, jsonrpc_fn fn)
{
	char params[48];

	(void)snprintf(params, sizeof(params), "[\"0x%" PRIx64 "\",%s]", (uint64_t)q->height,
		       whole ? "true" : "false");
	jsonrpc_call_raw(q->chain->rpc, GET_BLOCK, params, fn, q);
}

/* rc is of a parser; true: go on.  Else the question is answered and gone. */
static bool parsed_ok(struct question *q, int rc, const struct err *err, int64_t number)
{
	const char *server = q->chain->server;

	if (rc == ERR_NOT_FOUND) /* behind a load balancer another node may be further */
		chain_question_fail(&q->base, CHAIN_NOT_YET, "node %s has no block %" PRId64 " yet",
				    server, q->height);
	else if (rc < 0)
		chain_question_fail(&q->base, CHAIN_BAD_BLOCK, "node %s, height %" PRId64 ": %s",
				    server, q->height, err->text);
	else if (number != q->height)
		chain_question_fail(&q->base, CHAIN_BAD_BLOCK,
				    "node %s sent block %" PRId64 " when asked for %" PRId64,
				    server, number, q->height);
	else
		return true;
	return false;
}

/* As the scanner keeps it: digits alone. */
static void hash_digits(const struct eth_hash *h, char ret[BLOCK_HASH_TEXT_MAX])
{
	char text[ETH_HASH_TEXT_MAX];

	eth_hash_text(h, text);
	memcpy(ret, text + 2, BLOCK_HASH_TEXT_MAX);
}

/* --- hash_at ------------------------------------------------------------------------------- */

static void on_head(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	char hash[BLOCK_HASH_TEXT_MAX];
	struct eth_head head = { .number = -1 };
	struct err err;
	int rc;

	if (!reply_take(q, GET_BLOCK, r))
		return;
	rc = eth_head_parse(r->raw, r->raw_len, &head, &err);
	if (!parsed_ok(q, rc, &err, head.number))
		return;
	hash_digits(&head.hash, hash);
	q->base.fn.hash(q->base.arg, NULL, hash);
	chain_question_free(&q->base);
}

static void chain_eth_hash_at(struct chain *c, int64_t height, chain_hash_fn fn, void *arg)
{
	struct question *q = question_new(c, CHAIN_ASKED_HASH, arg);

	q->base.fn.hash = fn;
	q->height = height;
	ask_block(q, false, on_head);
}

/* --- block_at: the block, then receipts where they matter ------------------------------------ */

static const char GET_RECEIPTS[] = "eth_getBlockReceipts";
static const char GET_RECEIPT[] = "eth_getTransactionReceipt";

static void block_answer(struct question *q)
{
	struct chain_block b = { .height = q->height, .raw = q };

	hash_digits(&q->block.head.hash, b.hash);
	hash_digits(&q->block.head.parent, b.prev_hash);
	q->base.fn.block(q->base.arg, NULL, &b);
	chain_question_free(&q->base);
}

/* Does the transaction pay a watched address?  `w` NULL: not known, so it may. */
static bool may_pay(const struct eth_tx *tx, const struct watchlist *w)
{
	return tx->has_to && !units_is_zero(tx->value) &&
	       (w == NULL || watchlist_has(w, tx->to, sizeof(tx->to)));
}

static void receipt_fail(struct question *q, const char *method, int rc, const struct err *err)
{
	if (rc == ERR_NOT_FOUND)
		chain_question_fail(&q->base, CHAIN_STALE,
				    "node %s has no receipts of block %" PRId64 " any more, or not "
				    "yet",
				    q->chain->server, q->height);
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

	if (!reply_take(q, GET_RECEIPT, r))
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

	while (q->receipt_at < q->block.tx_count && !may_pay(&q->block.txs[q->receipt_at], w))
		q->receipt_at++;
	if (q->receipt_at == q->block.tx_count) {
		block_answer(q);
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

	if (!q->base.dropped && lacks_method(r)) {
		q->chain->single_receipts = true; /* for those that follow, too */
		ask_next_receipt(q);
		return;
	}
	if (!reply_take(q, GET_RECEIPTS, r))
		return;
	rc = eth_receipts_parse(r->raw, r->raw_len, &q->block, &err);
	if (rc < 0)
		receipt_fail(q, GET_RECEIPTS, rc, &err);
	else
		block_answer(q);
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
		if (may_pay(&q->block.txs[i], w))
			return true;
	return false;
}

static void on_block(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	struct err err;
	int rc;

	if (!reply_take(q, GET_BLOCK, r))
		return;
	rc = eth_block_parse(r->raw, r->raw_len, &q->block, &err);
	if (!parsed_ok(q, rc, &err, q->block.head.number))
		return;
	if (!pays_somebody(q))
		block_answer(q);
	else if (q->chain->single_receipts)
		ask_next_receipt(q);
	else
		ask_receipts(q);
}

static void chain_eth_block_at(struct chain *c, int64_t height, chain_block_fn fn, void *arg)
{
	struct question *q = question_new(c, CHAIN_ASKED_BLOCK, arg);

	q->base.fn.block = fn;
	q->height = height;
	ask_block(q, true, on_block);
}

/* --- matching ------------------------------------------------------------------------------ */

static void match_tx(const struct eth_tx *tx, uint32_t at, chain_output_fn fn, void *arg)
{
	struct chain_output out = { .n = at, .n_moves = true, .value = tx->value };
	struct eth_address to;

	memcpy(to.b, tx->to, sizeof(to.b));
	eth_address_to_text(&to, out.address);
	eth_hash_text(&tx->hash, out.txid);
	fn(arg, &out);
}

static bool chain_eth_match(struct chain *c, const struct chain_block *b, const struct watchlist *w,
			    chain_output_fn fn, void *arg)
{
	const struct eth_block *block = &((const struct question *)b->raw)->block;

	(void)c;
	for (size_t i = 0; i < block->tx_count; i++) {
		const struct eth_tx *tx = &block->txs[i];

		if (!may_pay(tx, w))
			continue;
		if (tx->outcome == ETH_NOT_TOLD)
			return false;
		if (tx->outcome == ETH_SUCCESS)
			match_tx(tx, (uint32_t)i, fn, arg);
	}
	return true;
}

static int chain_eth_key(struct chain *c, const char *address, uint8_t ret[WATCHLIST_KEY_MAX],
			 size_t *ret_len, struct err *err)
{
	struct eth_address a;
	int rc = eth_address_parse(address, &a, err);

	(void)c;
	if (rc < 0)
		return rc;
	memcpy(ret, a.b, sizeof(a.b));
	*ret_len = sizeof(a.b);
	return 0;
}

/* --- life ---------------------------------------------------------------------------------- */

static void chain_eth_drop(struct chain *c)
{
	chain_questions_drop(&((struct chain_eth *)c)->questions);
}

static void chain_eth_free(struct chain *c)
{
	struct chain_eth *e = (struct chain_eth *)c;

	jsonrpc_free(e->rpc); /* so that no question is answered any more */
	chain_questions_free(&e->questions);
	free(e);
}

static const struct chain_ops chain_eth_ops = {
	.tip = chain_eth_tip,
	.hash_at = chain_eth_hash_at,
	.block_at = chain_eth_block_at,
	.drop = chain_eth_drop,
	.match = chain_eth_match,
	.key = chain_eth_key,
	.free = chain_eth_free,
};

int chain_eth_new(struct loop *l, const struct chain_eth_options *o, struct chain **ret,
		  struct err *err)
{
	struct http_options http = {
		.url = o->url,
		.user = o->user,
		.pass = o->pass,
		.timeout_ms = TIMEOUT_MS,
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
		.max_body = BODY_MAX,
		.max_connections = CONNECTIONS,
	};
	struct chain_eth *e = calloc(1, sizeof(*e));
	int rc;

	if (e == NULL)
		return err_set(err, ERR_BUSY, "no memory for the ethereum chain");
	e->base.ops = &chain_eth_ops;
	e->chain_id = o->chain_id;
	chain_server_name(o->url, e->server, sizeof(e->server));
	rc = jsonrpc_new(l, &http, &e->rpc, err);
	if (rc < 0) {
		free(e);
		return err_wrap(err, "ethereum node");
	}
	*ret = &e->base;
	return 0;
}
