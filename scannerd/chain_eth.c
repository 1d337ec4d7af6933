/* What counts as a deposit: a transaction of the block that names a watched address in `to`, has a
 * value, and whose receipt says that it came to something.  Its kind does not matter, and its id is
 * its hash with its place in the block, as the original program has it.
 *
 * A transaction in a block may have failed and moved nothing, so the receipts decide; they are
 * asked for by the block's hash, and only for a block that pays somebody: they are larger than the
 * block.  A node that cannot give those of a whole block is asked for single ones.
 *
 * Transfers made by contracts are in no transaction's `to`.  Where the node can trace, and is asked
 * to, they count as well.  Such a transfer has no id of its own: where it stands among the calls
 * depends on who counts them, and when a transaction is executed anew in another block it may pay
 * something else.  So it is named by what it is: the transaction, the address, the amount, and
 * which of several equal ones.  A block that cannot be traced is scanned without: waiting would
 * hold up all other deposits, and the money shows in the balance (balance_check.c).
 *
 * The hash of a block is not computed here (each fork of the chain adds members to what is hashed);
 * what is held against each other is what a node says in several places: the number asked for,
 * the hash in block, transactions and receipts, the parent's hash in the next block (scanner.c). */
#include "scannerd/chain_eth.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/coin/address_eth.h"
#include "common/crypto/hash.h"
#include "common/rpc/jsonrpc.h"
#include "scannerd/chain_question.h"
#include "scannerd/eth_trace.h"

#define TIMEOUT_MS	   60000 /* megabytes from a hosted node */
#define CONNECT_TIMEOUT_MS 10000
#define BODY_MAX	   (64U << 20)
#define CONNECTIONS	   4
#define MOVE_NAME_MAX	   34 /* a slash, 32 digits, NUL */
#define TRACE_TRIES	   3  /* of a block, before it is scanned without */

/* How the node traces. */
enum tracing {
	TRACE_OFF,
	TRACE_CALLS, /* debug_traceBlockByHash with callTracer; tried first */
	TRACE_FLAT,  /* trace_block */
};

struct chain_eth {
	struct chain base;
	struct jsonrpc *rpc;
	char server[256]; /* for texts: host and port alone */
	uint64_t chain_id;
	bool single_receipts; /* the node does not know eth_getBlockReceipts */
	enum tracing tracing;
	unsigned trace_failures; /* in a row: no answer at all */
	struct health *health;
	struct chain_questions questions;
	struct chain_questions standing; /* those that drop() does not forget */
};

struct question {
	struct chain_question base;
	struct chain_eth *chain;
	int64_t height;
	struct eth_block block;
	size_t receipt_at;	/* the transaction whose receipt is asked for, when singly */
	enum tracing traced_as; /* the form that was asked for: others may find out meanwhile */
	struct eth_moves moves;
};

static void question_release(struct chain_question *base)
{
	struct question *q = (struct question *)base;

	eth_block_release(&q->block);
	eth_moves_release(&q->moves);
}

static struct question *question_new(struct chain *c, enum chain_asked asked, void *arg)
{
	struct chain_eth *e = (struct chain_eth *)c;
	bool standing = asked == CHAIN_ASKED_BALANCES;
	struct question *q =
		chain_question_new(standing ? &e->standing : &e->questions, sizeof(*q), asked, arg);

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
	case JSONRPC_UNTRUSTED:
		chain_question_fail(&q->base, CHAIN_UNTRUSTED, "the node is not trusted: %s",
				    r->text);
		return false;
	case JSONRPC_BUSY:
		chain_question_fail(&q->base, CHAIN_BUSY, "node %s has too much to do: %s", server,
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

/* --- the final block ------------------------------------------------------------------------ */

/* Nodes say in many ways that they do not know: null, codes old and new, an unknown tag. */
static bool knows_no_final(const struct jsonrpc_reply *r)
{
	enum chain_trouble trouble = r->kind == JSONRPC_ERROR ? refusal_of(r) : CHAIN_UNREACHABLE;

	return trouble == CHAIN_NOT_YET || trouble == CHAIN_REFUSED;
}

static void on_final(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	char hash[BLOCK_HASH_TEXT_MAX];
	struct eth_head head;
	struct err err;
	int rc;

	if (!q->base.dropped && knows_no_final(r)) {
		chain_question_fail(&q->base, CHAIN_NOT_YET, "node %s names no finalized block: %s",
				    q->chain->server, r->text);
		return;
	}
	if (!reply_take(q, GET_BLOCK, r))
		return;
	rc = eth_head_parse(r->raw, r->raw_len, &head, &err);
	if (rc < 0) {
		chain_question_fail(&q->base, rc == ERR_NOT_FOUND ? CHAIN_NOT_YET : CHAIN_BAD_BLOCK,
				    "node %s, finalized block: %s", q->chain->server, err.text);
		return;
	}
	hash_digits(&head.hash, hash);
	q->base.fn.final(q->base.arg, NULL, head.number, hash);
	chain_question_free(&q->base);
}

static void chain_eth_final_block(struct chain *c, chain_final_fn fn, void *arg)
{
	struct question *q = question_new(c, CHAIN_ASKED_FINAL, arg);

	q->base.fn.final = fn;
	jsonrpc_call_raw(q->chain->rpc, GET_BLOCK, "[\"finalized\",false]", on_final, q);
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

/* Asked about a block that is not on the chain any more. */
static void fail_stale(struct question *q, const char *method)
{
	chain_question_fail(&q->base, CHAIN_STALE,
			    "node %s has nothing for %s of block %" PRId64 " any more, or not yet",
			    q->chain->server, method, q->height);
}

/* --- transfers made by contracts -------------------------------------------------------------- */

static const char TRACE_BY_HASH[] = "debug_traceBlockByHash", TRACE_BLOCK[] = "trace_block";

static const char *trace_method(const struct question *q)
{
	return q->traced_as == TRACE_CALLS ? TRACE_BY_HASH : TRACE_BLOCK;
}

static void ask_trace(struct question *q);

/* The text stays the same while it lasts: each change would be a line in the log. */
static void go_on_untraced(struct question *q, const char *why)
{
	struct health *h = q->chain->health;

	log_info("block_not_traced", "coin=ETH height=%" PRId64 " why=\"%s\"", q->height, why);
	if (health_text(h, "eth_trace")[0] == '\0')
		health_raise(h, "eth_trace",
			     "the node cannot trace block %" PRId64 " (%s); transfers that "
			     "contracts make are not seen as deposits then: they show up in the "
			     "balances, as unassigned",
			     q->height, why);
	block_answer(q);
}

/* The form that was asked for is not to be had; another question may have found out already. */
static void trace_missing(struct question *q)
{
	struct chain_eth *e = q->chain;

	if (q->traced_as == TRACE_CALLS && e->tracing == TRACE_CALLS)
		e->tracing = TRACE_FLAT;
	else if (q->traced_as == TRACE_FLAT)
		e->tracing = TRACE_OFF;
	if (e->tracing != TRACE_OFF)
		ask_trace(q);
	else
		go_on_untraced(q, "it has neither debug_traceBlockByHash nor trace_block; "
				  "eth_rpc.trace = auto is read as off until the next start");
}

/* No answer, or not now: asked again from the start, but not for ever. */
static bool trace_is_hopeless(struct question *q, const struct jsonrpc_reply *r)
{
	bool refused = r->kind == JSONRPC_ERROR && refusal_of(r) == CHAIN_REFUSED;
	bool later = r->kind == JSONRPC_UNREACHABLE || r->kind == JSONRPC_GARBAGE ||
		     r->kind == JSONRPC_BUSY ||
		     (r->kind == JSONRPC_ERROR && refusal_of(r) == CHAIN_UNREACHABLE);

	if (refused || r->kind == JSONRPC_UNAUTHORIZED)
		return true;
	if (!later || ++q->chain->trace_failures < TRACE_TRIES)
		return false;
	q->chain->trace_failures = 0;
	return true;
}

static void trace_take(struct question *q, const struct jsonrpc_reply *r)
{
	bool calls = q->traced_as == TRACE_CALLS;
	struct err err;
	int rc = calls ? eth_trace_calls(r->raw, r->raw_len, &q->block, &q->moves, &err)
		       : eth_trace_flat(r->raw, r->raw_len, &q->block, &q->moves, &err);

	q->chain->trace_failures = 0;
	if (rc == ERR_NOT_FOUND) {
		fail_stale(q, trace_method(q));
	} else if (rc < 0) {
		go_on_untraced(q, err.text);
	} else {
		health_clear(q->chain->health, "eth_trace");
		block_answer(q);
	}
}

static void on_trace(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;

	if (q->base.dropped)
		chain_question_free(&q->base);
	else if (lacks_method(r))
		trace_missing(q);
	else if (trace_is_hopeless(q, r))
		go_on_untraced(q, r->text);
	else if (reply_ok(q, trace_method(q), r))
		trace_take(q, r);
}

static void ask_trace(struct question *q)
{
	struct chain_eth *e = q->chain;
	char hash[ETH_HASH_TEXT_MAX], params[128];

	q->traced_as = e->tracing;
	eth_hash_text(&q->block.head.hash, hash);
	if (e->tracing == TRACE_CALLS)
		(void)snprintf(params, sizeof(params), "[\"%s\",{\"tracer\":\"callTracer\"}]",
			       hash);
	else
		(void)snprintf(params, sizeof(params), "[\"0x%" PRIx64 "\"]", (uint64_t)q->height);
	jsonrpc_call_raw(e->rpc, trace_method(q), params, on_trace, q);
}

static void block_is_judged(struct question *q)
{
	if (q->chain->tracing == TRACE_OFF || q->block.tx_count == 0)
		block_answer(q);
	else
		ask_trace(q);
}

/* --- receipts ------------------------------------------------------------------------------- */

/* Does the transaction pay a watched address?  `w` NULL: not known, so it may. */
static bool may_pay(const struct eth_tx *tx, const struct watchlist *w)
{
	return tx->has_to && !units_is_zero(tx->value) &&
	       (w == NULL || watchlist_has(w, tx->to, sizeof(tx->to)));
}

static void receipt_fail(struct question *q, const char *method, int rc, const struct err *err)
{
	if (rc == ERR_NOT_FOUND)
		fail_stale(q, method);
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
		block_is_judged(q);
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
		block_is_judged(q);
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
		block_is_judged(q);
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

struct match {
	const struct eth_block *block;
	const struct eth_moves *moves;
	const struct watchlist *watch;
	chain_output_fn fn;
	void *arg;
};

static void match_give(const struct match *m, size_t tx, const uint8_t to[20], struct units value,
		       const char *which)
{
	struct chain_output out = { .n = (uint32_t)tx, .n_moves = true, .value = value };
	char hash[ETH_HASH_TEXT_MAX];
	struct eth_address address;

	memcpy(address.b, to, sizeof(address.b));
	eth_address_to_text(&address, out.address);
	eth_hash_text(&m->block->txs[tx].hash, hash);
	(void)snprintf(out.txid, sizeof(out.txid), "%s%s", hash, which);
	m->fn(m->arg, &out);
}

/* False: one of them pays an address that nobody asked about. */
static bool match_txs(const struct match *m)
{
	for (size_t i = 0; i < m->block->tx_count; i++) {
		const struct eth_tx *tx = &m->block->txs[i];

		if (!may_pay(tx, m->watch))
			continue;
		if (tx->outcome == ETH_NOT_TOLD)
			return false;
		if (tx->outcome == ETH_SUCCESS)
			match_give(m, i, tx->to, tx->value, "");
	}
	return true;
}

/* How many moves before this one are equal to it, in the same transaction. */
static uint32_t move_ordinal(const struct eth_moves *moves, size_t at)
{
	const struct eth_move *move = &moves->list[at];
	uint32_t n = 0;

	while (at-- > 0 && moves->list[at].tx == move->tx)
		n += memcmp(moves->list[at].to, move->to, sizeof(move->to)) == 0 &&
		     units_compare(moves->list[at].value, move->value) == 0;
	return n;
}

/* "/" and the digits of a hash over address, amount and ordinal: the same in whatever form and
 * order a node tells of it. */
static void move_name(const struct eth_moves *moves, size_t at, char ret[MOVE_NAME_MAX])
{
	char value[UNITS_TEXT_MAX], address[ADDRESS_TEXT_MAX], text[192];
	const struct eth_move *move = &moves->list[at];
	struct eth_address a;
	struct sha256 h;
	int len;

	memcpy(a.b, move->to, sizeof(a.b));
	eth_address_to_text(&a, address);
	units_to_text(move->value, value);
	len = snprintf(text, sizeof(text), "%s %s %" PRIu32, address, value,
		       move_ordinal(moves, at));
	h = keccak256(text, (size_t)len);
	ret[0] = '/';
	hex_from_bytes(h.b, (MOVE_NAME_MAX - 2) / 2, ret + 1);
}

static void match_moves(const struct match *m)
{
	char name[MOVE_NAME_MAX];

	for (size_t i = 0; i < m->moves->count; i++) {
		const struct eth_move *move = &m->moves->list[i];

		if (!watchlist_has(m->watch, move->to, sizeof(move->to)))
			continue;
		move_name(m->moves, i, name);
		match_give(m, move->tx, move->to, move->value, name);
	}
}

static bool chain_eth_match(struct chain *c, const struct chain_block *b, const struct watchlist *w,
			    chain_output_fn fn, void *arg)
{
	const struct question *q = b->raw;
	struct match m = {
		.block = &q->block, .moves = &q->moves, .watch = w, .fn = fn, .arg = arg
	};

	(void)c;
	if (!match_txs(&m))
		return false;
	match_moves(&m);
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

/* --- balances ------------------------------------------------------------------------------ */

static const char GET_BALANCE[] = "eth_getBalance";

static bool balance_of(const struct jsonrpc_reply *r, struct units *ret)
{
	const char *text = json_string(r->result);
	struct json_slice s = eth_slice(text != NULL ? text : "");

	return eth_units(&s, ret);
}

static void on_balances(void *arg, const struct jsonrpc_reply *replies, size_t count)
{
	struct units balances[CHAIN_BALANCES_MAX];
	struct question *q = arg;

	for (size_t i = 0; i < count; i++) {
		if (!reply_take(q, GET_BALANCE, &replies[i]))
			return;
		if (!balance_of(&replies[i], &balances[i])) {
			question_nonsense(q, "no balance");
			return;
		}
	}
	q->base.fn.balances(q->base.arg, NULL, balances);
	chain_question_free(&q->base);
}

static void chain_eth_balances(struct chain *c, int64_t height, const char *const *addresses,
			       size_t count, chain_balances_fn fn, void *arg)
{
	struct question *q = question_new(c, CHAIN_ASKED_BALANCES, arg);
	struct jsonrpc_request list[CHAIN_BALANCES_MAX];
	char params[CHAIN_BALANCES_MAX][ADDRESS_TEXT_MAX + 32];

	assert(count > 0 && count <= CHAIN_BALANCES_MAX);
	q->base.fn.balances = fn;
	q->height = height;
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(params[i], sizeof(params[i]), "[\"%s\",\"0x%" PRIx64 "\"]",
			       addresses[i], (uint64_t)height);
		list[i] = (struct jsonrpc_request){ .method = GET_BALANCE, .params = params[i] };
	}
	jsonrpc_batch(q->chain->rpc, list, count, on_balances, q);
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
	chain_questions_free(&e->standing);
	free(e);
}

static const struct chain_ops chain_eth_ops = {
	.tip = chain_eth_tip,
	.hash_at = chain_eth_hash_at,
	.final_block = chain_eth_final_block,
	.block_at = chain_eth_block_at,
	.balances = chain_eth_balances,
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
	e->tracing = o->trace ? TRACE_CALLS : TRACE_OFF;
	e->health = o->health;
	chain_server_name(o->url, e->server, sizeof(e->server));
	rc = jsonrpc_new(l, &http, &e->rpc, err);
	if (rc < 0) {
		free(e);
		return err_wrap(err, "ethereum node");
	}
	*ret = &e->base;
	return 0;
}
