/* Blocks are asked for in raw form (getblock HASH 0): it is the same on every node and version,
 * where the decoded one differs in keys, numbers and in which outputs have an address.
 *
 * Nothing that a node says is taken without a check that this side can make: its genesis block
 * and its word for the network, before each scan; that the header of a block hashes to what was
 * asked for, and the block into its header (btc_block.c).
 *
 * Nodes differ most in how they say no.  The table `refusals` reads their codes: the same situation
 * has another code from each of them, and the same code means another thing in another method. */
#include "scannerd/chain_btc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/coin/address_btc.h"
#include "common/rpc/jsonrpc.h"
#include "scannerd/btc_block.h"
#include "scannerd/btc_hex.h"
#include "scannerd/chain_question.h"

#define TIMEOUT_MS	   30000 /* for a block of 8 MB, too */
#define CONNECT_TIMEOUT_MS 10000
#define BODY_MAX	   (64U << 20) /* a raw block is at most 8 MB of hex: generous */
#define CONNECTIONS	   4	       /* btcd serves ten clients in all */
#define HEIGHT_MAX	   INT32_MAX

struct chain_btc {
	struct chain base;
	struct jsonrpc *rpc;
	char server[256]; /* for texts: without credentials */
	enum btc_network network;
	bool flag_is_bool; /* btcd up to 0.20 wants [hash, false] for a raw block */
	struct chain_questions questions;
};

struct question {
	struct chain_question base;
	struct chain_btc *chain;
	int64_t height;
	char hash[BTC_HASH_TEXT_MAX];
	bool flag_is_bool; /* getblock: the form used, */
	bool asked_again;  /* and whether it is the second try */
};

static struct question *question_new(struct chain *c, enum chain_asked asked, void *arg)
{
	struct chain_btc *b = (struct chain_btc *)c;
	struct question *q = chain_question_new(&b->questions, sizeof(*q), asked, arg);

	q->chain = b;
	return q;
}

/* --- how nodes say no ---------------------------------------------------------------------- */

enum method { GETBLOCKHASH, GETBLOCK, GETBLOCKCHAININFO, GETBLOCKCOUNT };

static const char *const method_names[] = {
	[GETBLOCKHASH] = "getblockhash",
	[GETBLOCK] = "getblock",
	[GETBLOCKCHAININFO] = "getblockchaininfo",
	[GETBLOCKCOUNT] = "getblockcount",
};

#define METHOD(m)  (1U << (m))
#define ANY_METHOD (~0U)

/* The first row that fits decides; `part` NULL fits any text. */
static const struct {
	unsigned methods;
	long code;
	const char *part;
	enum chain_trouble trouble;
} refusals[] = {
	{ ANY_METHOD, -28, NULL, CHAIN_WARMING_UP },			 /* Core: loading */
	{ METHOD(GETBLOCKHASH), -8, NULL, CHAIN_NOT_YET },		 /* Core, bcoin */
	{ METHOD(GETBLOCKHASH), -1, NULL, CHAIN_NOT_YET },		 /* btcd */
	{ METHOD(GETBLOCK), -1, "not fully downloaded", CHAIN_NOT_YET }, /* Core */
	{ METHOD(GETBLOCK), -1, "pruned", CHAIN_PRUNED },		 /* Core */
	{ METHOD(GETBLOCK), -5, NULL, CHAIN_STALE },			 /* Core, btcd */
	{ METHOD(GETBLOCK), -1, NULL, CHAIN_STALE },			 /* bcoin */
};

static enum chain_trouble refusal_of(enum method m, const struct jsonrpc_reply *r)
{
	for (unsigned i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if ((refusals[i].methods & METHOD(m)) != 0 && refusals[i].code == r->code &&
		    (refusals[i].part == NULL || strstr(r->text, refusals[i].part) != NULL))
			return refusals[i].trouble;
	return CHAIN_REFUSED;
}

/* True: there is a result.  Else the question is answered and gone. */
static bool reply_ok(struct question *q, enum method m, const struct jsonrpc_reply *r)
{
	const char *server = q->chain->server;

	switch (r->kind) {
	case JSONRPC_RESULT: return true;
	case JSONRPC_ERROR:
		chain_question_fail(&q->base, refusal_of(m, r),
				    "node %s refused %s (height %" PRId64 "): %s (%ld)", server,
				    method_names[m], q->height, r->text, r->code);
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
	case JSONRPC_GARBAGE:
		chain_question_fail(&q->base, CHAIN_UNREACHABLE, "node %s answers nonsense: %s",
				    server, r->text);
		return false;
	}
	return false;
}

/* The same for a reply to a question that may have been dropped meanwhile. */
static bool reply_take(struct question *q, enum method m, const struct jsonrpc_reply *r)
{
	if (!q->base.dropped)
		return reply_ok(q, m, r);
	chain_question_free(&q->base);
	return false;
}

static void question_call(struct question *q, enum method m, const char *params, jsonrpc_fn fn)
{
	jsonrpc_call(q->chain->rpc, method_names[m], params, fn, q);
}

static void ask_hash_at(struct question *q, int64_t height, jsonrpc_fn fn)
{
	char params[32];

	(void)snprintf(params, sizeof(params), "[%" PRId64 "]", height);
	question_call(q, GETBLOCKHASH, params, fn);
}

/* A hash as nodes write it: 64 digits in lower case; *ret is untouched when it is none. */
static bool reply_hash(const struct jsonrpc_reply *r, char ret[BTC_HASH_TEXT_MAX])
{
	const char *text = json_string(r->result);

	if (text == NULL || strlen(text) != BTC_HASH_TEXT_MAX - 1 ||
	    strspn(text, "0123456789abcdef") != BTC_HASH_TEXT_MAX - 1)
		return false;
	memcpy(ret, text, BTC_HASH_TEXT_MAX);
	return true;
}

static bool reply_hash_ok(struct question *q, const struct jsonrpc_reply *r)
{
	if (!reply_take(q, GETBLOCKHASH, r))
		return false;
	if (reply_hash(r, q->hash))
		return true;
	chain_question_fail(&q->base, CHAIN_UNREACHABLE, "node %s answers nonsense: no block hash",
			    q->chain->server);
	return false;
}

/* --- tip: genesis block, network, height ---------------------------------------------------- */

/* What the nodes call the networks. */
static const struct {
	enum btc_network network;
	const char *name;
} network_names[] = {
	{ BTC_MAIN, "main" },	  { BTC_MAIN, "mainnet" },    { BTC_TEST, "test" },
	{ BTC_TEST, "testnet" },  { BTC_TEST, "testnet3" },   { BTC_TEST, "testnet4" },
	{ BTC_SIGNET, "signet" }, { BTC_REGTEST, "regtest" },
};

static bool network_is(enum btc_network network, const char *name)
{
	for (unsigned i = 0; i < sizeof(network_names) / sizeof(network_names[0]); i++)
		if (network_names[i].network == network && strcmp(network_names[i].name, name) == 0)
			return true;
	return false;
}

static void tip_answer(struct question *q, bool known, uint64_t height)
{
	if (!known) {
		chain_question_fail(&q->base, CHAIN_UNREACHABLE,
				    "node %s answers nonsense: no height", q->chain->server);
		return;
	}
	q->base.fn.tip(q->base.arg, NULL, (int64_t)height);
	chain_question_free(&q->base);
}

static void on_tip_count(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	uint64_t height = 0;
	bool known;

	if (!reply_take(q, GETBLOCKCOUNT, r))
		return;
	known = json_value_u64(r->result, &height) && height <= HEIGHT_MAX;
	tip_answer(q, known, height);
}

static bool lacks_method(const struct jsonrpc_reply *r)
{
	return r->kind == JSONRPC_ERROR && (r->code == -32601 || r->code == -1);
}

static void on_tip_info(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	const char *name = NULL;
	uint64_t height = 0;
	bool known;

	if (!q->base.dropped && lacks_method(r)) {
		question_call(q, GETBLOCKCOUNT, "[]", on_tip_count);
		return;
	}
	if (!reply_take(q, GETBLOCKCHAININFO, r))
		return;
	name = json_string(json_get(r->result, "chain"));
	if (name != NULL && !network_is(q->chain->network, name)) {
		chain_question_fail(&q->base, CHAIN_WRONG_NETWORK,
				    "node %s is on network \"%.32s\", not %s", q->chain->server,
				    name, btc_network_name(q->chain->network));
		return;
	}
	known = json_get_u64(r->result, "blocks", HEIGHT_MAX, &height, NULL) == 0;
	tip_answer(q, known, height);
}

static void on_tip_genesis(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	const char *genesis;

	if (!reply_hash_ok(q, r))
		return;
	genesis = btc_network_genesis(q->chain->network);
	if (genesis != NULL && strcmp(q->hash, genesis) != 0) {
		chain_question_fail(&q->base, CHAIN_WRONG_NETWORK,
				    "node %s is not on network %s: its first block is %s",
				    q->chain->server, btc_network_name(q->chain->network), q->hash);
		return;
	}
	question_call(q, GETBLOCKCHAININFO, "[]", on_tip_info);
}

static void chain_btc_tip(struct chain *c, chain_tip_fn fn, void *arg)
{
	struct question *q = question_new(c, CHAIN_ASKED_TIP, arg);

	q->base.fn.tip = fn;
	ask_hash_at(q, 0, on_tip_genesis);
}

/* --- hash_at ------------------------------------------------------------------------------- */

static void on_hash(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;

	if (!reply_hash_ok(q, r))
		return;
	q->base.fn.hash(q->base.arg, NULL, q->hash);
	chain_question_free(&q->base);
}

static void chain_btc_hash_at(struct chain *c, int64_t height, chain_hash_fn fn, void *arg)
{
	struct question *q = question_new(c, CHAIN_ASKED_HASH, arg);

	q->base.fn.hash = fn;
	q->height = height;
	ask_hash_at(q, height, on_hash);
}

/* --- block_at: its hash, then its bytes ------------------------------------------------------ */

static void block_answer(struct question *q, const struct btc_block *parsed, size_t size)
{
	struct chain_block b = { .height = q->height, .size = size, .raw = parsed };

	btc_hash_text(&parsed->hash, b.hash);
	btc_hash_text(&parsed->prev_hash, b.prev_hash);
	if (strcmp(b.hash, q->hash) != 0) {
		chain_question_fail(&q->base, CHAIN_BAD_BLOCK,
				    "node %s sent block %s at height %" PRId64 " when asked for %s",
				    q->chain->server, b.hash, q->height, q->hash);
		return;
	}
	q->base.fn.block(q->base.arg, NULL, &b);
	chain_question_free(&q->base);
}

static void block_from_bytes(struct question *q, const uint8_t *bytes, size_t len)
{
	struct btc_block parsed;
	struct err err;

	if (btc_block_parse(bytes, len, &parsed, &err) < 0) {
		chain_question_fail(&q->base, CHAIN_BAD_BLOCK, "node %s, height %" PRId64 ": %s",
				    q->chain->server, q->height, err.text);
		return;
	}
	block_answer(q, &parsed, len);
	btc_block_release(&parsed);
}

static void block_from_hex(struct question *q, const char *hex, size_t hex_len)
{
	uint8_t *bytes = malloc(hex_len / 2 + 1);

	if (bytes != NULL && btc_hex_decode(hex, hex_len, bytes))
		block_from_bytes(q, bytes, hex_len / 2);
	else
		chain_question_fail(&q->base, CHAIN_BAD_BLOCK,
				    "node %s, height %" PRId64 ": no hex of a block",
				    q->chain->server, q->height);
	free(bytes);
}

static void ask_block(struct question *q);

/* A parameter error: the node is of the other persuasion about 0 and false. */
static bool wants_other_form(const struct question *q, const struct jsonrpc_reply *r)
{
	return r->kind == JSONRPC_ERROR && (r->code == -32602 || r->code == -3) && !q->asked_again;
}

static void on_block_raw(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;

	if (!q->base.dropped && wants_other_form(q, r)) {
		q->chain->flag_is_bool = !q->flag_is_bool; /* for those that follow, too */
		q->asked_again = true;
		ask_block(q);
		return;
	}
	if (reply_take(q, GETBLOCK, r))
		block_from_hex(q, r->hex, r->hex_len);
}

static void ask_block(struct question *q)
{
	char params[BTC_HASH_TEXT_MAX + 16];

	q->flag_is_bool = q->chain->flag_is_bool;
	(void)snprintf(params, sizeof(params), "[\"%s\", %s]", q->hash,
		       q->flag_is_bool ? "false" : "0");
	jsonrpc_call_hex(q->chain->rpc, method_names[GETBLOCK], params, on_block_raw, q);
}

static void on_block_hash(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;

	if (reply_hash_ok(q, r))
		ask_block(q);
}

static void chain_btc_block_at(struct chain *c, int64_t height, chain_block_fn fn, void *arg)
{
	struct question *q = question_new(c, CHAIN_ASKED_BLOCK, arg);

	q->base.fn.block = fn;
	q->height = height;
	ask_hash_at(q, height, on_block_hash);
}

/* --- matching ------------------------------------------------------------------------------ */

struct match {
	enum btc_network network;
	const struct watchlist *watch;
	chain_output_fn fn;
	void *arg;
};

static void match_output(void *arg, const struct btc_output *o)
{
	struct match *m = arg;
	struct chain_output out = { .n = o->n,
				    .value = units_of(o->value),
				    .coinbase = o->tx == 0 };

	if (!watchlist_has(m->watch, o->script, o->script_len) ||
	    !btc_address_from_script(m->network, o->script, o->script_len, out.address))
		return;
	btc_hash_text(o->txid, out.txid);
	m->fn(m->arg, &out);
}

static bool chain_btc_match(struct chain *c, const struct chain_block *b, const struct watchlist *w,
			    chain_output_fn fn, void *arg)
{
	struct match m = {
		.network = ((struct chain_btc *)c)->network, .watch = w, .fn = fn, .arg = arg
	};

	btc_block_each_output(b->raw, match_output, &m);
	return true;
}

/* Bitcoin's key is the output script: compared byte for byte, no address is made in a scan. */
static int chain_btc_key(struct chain *c, const char *address, uint8_t ret[WATCHLIST_KEY_MAX],
			 size_t *ret_len, struct err *err)
{
	struct btc_script script;
	int rc = btc_address_parse(((struct chain_btc *)c)->network, address, &script, err);

	if (rc < 0)
		return rc;
	memcpy(ret, script.b, script.len);
	*ret_len = script.len;
	return 0;
}

/* --- life ---------------------------------------------------------------------------------- */

static void chain_btc_drop(struct chain *c)
{
	chain_questions_drop(&((struct chain_btc *)c)->questions);
}

static void chain_btc_free(struct chain *c)
{
	struct chain_btc *b = (struct chain_btc *)c;

	jsonrpc_free(b->rpc); /* so that none of them is answered any more */
	chain_questions_free(&b->questions);
	free(b);
}

static const struct chain_ops chain_btc_ops = {
	.tip = chain_btc_tip,
	.hash_at = chain_btc_hash_at,
	.block_at = chain_btc_block_at,
	.drop = chain_btc_drop,
	.match = chain_btc_match,
	.key = chain_btc_key,
	.free = chain_btc_free,
};

/* A URL says itself how it wants to be spoken to. */
static void server_url(const struct chain_btc_options *o, char *ret, size_t size)
{
	bool has_cert = o->cert != NULL && o->cert[0] != '\0';

	if (strstr(o->server, "://") != NULL)
		(void)snprintf(ret, size, "%s", o->server);
	else
		(void)snprintf(ret, size, "%s://%s", has_cert ? "https" : "http", o->server);
	if (has_cert && strncmp(ret, "http://", 7) == 0)
		log_warn("cert_not_used", "why=\"the URL of the bitcoin node says http\"");
}

int chain_btc_new(struct loop *l, const struct chain_btc_options *o, struct chain **ret,
		  struct err *err)
{
	char url[640];
	struct http_options http = {
		.url = url,
		.user = o->user,
		.pass = o->pass,
		.ca_file = o->cert,
		.timeout_ms = TIMEOUT_MS,
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
		.max_body = BODY_MAX,
		.max_connections = CONNECTIONS,
	};
	struct chain_btc *b = calloc(1, sizeof(*b));
	int rc;

	if (b == NULL)
		return err_set(err, ERR_BUSY, "no memory for the bitcoin chain");
	server_url(o, url, sizeof(url));
	b->base.ops = &chain_btc_ops;
	b->network = o->network;
	chain_server_name(o->server, b->server, sizeof(b->server));
	rc = jsonrpc_new(l, &http, &b->rpc, err);
	if (rc < 0) {
		free(b);
		return err_wrap(err, "bitcoin node");
	}
	*ret = &b->base;
	return 0;
}
