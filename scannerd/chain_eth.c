/* Where a node stands, what it has at a height, and what it calls final; blocks are eth_fetch.c's,
 * what addresses hold eth_balances.c's.
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
#include "scannerd/chain_eth_inside.h"

#define TIMEOUT_MS	   60000 /* megabytes from a hosted node */
#define CONNECT_TIMEOUT_MS 10000
#define BODY_MAX	   (64U << 20)
#define CONNECTIONS	   4

static void question_release(struct chain_question *base)
{
	struct question *q = (struct question *)base;

	free(q->call.params);
	eth_block_release(&q->block);
	eth_moves_release(&q->moves);
	free(q->balances);
}

struct question *eth_question_new(struct chain *c, enum chain_asked asked, void *arg)
{
	struct chain_eth *e = (struct chain_eth *)c;
	bool standing = asked == CHAIN_ASKED_BALANCES;
	struct question *q =
		chain_question_new(standing ? &e->standing : &e->questions, sizeof(*q), asked, arg);

	q->base.release = question_release;
	q->chain = e;
	return q;
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

	if (!eth_reply_take(q, BLOCK_NUMBER, r))
		return;
	if (!reply_u64(r, ETH_HEIGHT_MAX, &height)) {
		eth_nonsense(q, "no height");
		return;
	}
	q->base.fn.tip(q->base.arg, NULL, (int64_t)height);
	chain_question_free(&q->base);
}

static void ask_height(struct question *q)
{
	jsonrpc_call(q->chain->rpc, BLOCK_NUMBER, "[]", on_block_number, q);
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

	if (!q->base.dropped && eth_lacks_method(r)) { /* hosted: who hosts it keeps it in step */
		ask_height(q);
		return;
	}
	if (!eth_reply_take(q, SYNCING, r))
		return;
	if (json_type(r->result) == JSON_OBJECT)
		fail_syncing(q, r->result);
	else if (json_type(r->result) != JSON_BOOL || json_is_true(r->result))
		eth_nonsense(q, "neither in step nor catching up");
	else
		ask_height(q);
}

static void on_chain_id(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	const char *text;
	uint64_t id;

	if (!eth_reply_take(q, CHAIN_ID, r))
		return;
	text = json_string(r->result);
	if (text == NULL) {
		eth_nonsense(q, "no chain id");
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
	struct question *q = eth_question_new(c, CHAIN_ASKED_TIP, arg);

	q->base.fn.tip = fn;
	jsonrpc_call(q->chain->rpc, CHAIN_ID, "[]", on_chain_id, q);
}

/* --- hash_at ------------------------------------------------------------------------------- */

static void on_head(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	char hash[BLOCK_HASH_TEXT_MAX];
	struct eth_head head = { .number = -1 };
	struct err err;
	int rc;

	if (!eth_reply_take(q, eth_get_block, r))
		return;
	rc = eth_head_parse(r->raw, r->raw_len, &head, &err);
	if (!eth_parsed_ok(q, rc, &err, head.number))
		return;
	eth_hash_digits(&head.hash, hash);
	q->base.fn.hash(q->base.arg, NULL, hash);
	chain_question_free(&q->base);
}

static void chain_eth_hash_at(struct chain *c, int64_t height, chain_hash_fn fn, void *arg)
{
	struct question *q = eth_question_new(c, CHAIN_ASKED_HASH, arg);
	char params[48];

	q->base.fn.hash = fn;
	q->height = height;
	(void)snprintf(params, sizeof(params), "[\"0x%" PRIx64 "\",false]", (uint64_t)height);
	jsonrpc_call_raw(q->chain->rpc, eth_get_block, params, on_head, q);
}

/* --- the final block ------------------------------------------------------------------------ */

/* Nodes say in many ways that they do not know: null, codes old and new, an unknown tag. */
static bool knows_no_final(const struct jsonrpc_reply *r)
{
	enum chain_trouble trouble =
		r->kind == JSONRPC_ERROR ? eth_refusal_of(r) : CHAIN_UNREACHABLE;

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
	if (!eth_reply_take(q, eth_get_block, r))
		return;
	rc = eth_head_parse(r->raw, r->raw_len, &head, &err);
	if (rc < 0) {
		chain_question_fail(&q->base, rc == ERR_NOT_FOUND ? CHAIN_NOT_YET : CHAIN_BAD_BLOCK,
				    "node %s, finalized block: %s", q->chain->server, err.text);
		return;
	}
	eth_hash_digits(&head.hash, hash);
	q->base.fn.final(q->base.arg, NULL, head.number, hash);
	chain_question_free(&q->base);
}

static void chain_eth_final_block(struct chain *c, chain_final_fn fn, void *arg)
{
	struct question *q = eth_question_new(c, CHAIN_ASKED_FINAL, arg);

	q->base.fn.final = fn;
	jsonrpc_call_raw(q->chain->rpc, eth_get_block, "[\"finalized\",false]", on_final, q);
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

	eth_fetch_free(e);
	jsonrpc_free(e->rpc); /* so that no question is answered any more */
	chain_questions_free(&e->questions);
	chain_questions_free(&e->standing);
	free(e);
}

static const struct chain_ops chain_eth_ops = {
	.tip = chain_eth_tip,
	.hash_at = chain_eth_hash_at,
	.final_block = chain_eth_final_block,
	.block_at = eth_fetch_block_at,
	.balances = eth_balances,
	.drop = chain_eth_drop,
	.match = eth_match,
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
		.ca_file = o->cert,
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
	e->loop = l;
	eth_fetch_init(e);
	e->chain_id = o->chain_id;
	e->tracing = o->trace ? TRACE_CALLS : TRACE_OFF;
	e->trace_rests = o->trace_rests;
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
