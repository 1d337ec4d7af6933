/* Blocks are asked for in raw form (getblock HASH 0): it is the same on every node and version,
 * where the decoded one differs in keys, numbers and in which outputs have an address.
 *
 * Nothing that a node says is taken without a check that this side can make: its genesis block
 * and its word for the network before each scan, and all of a block (btc_fetch.c). */
#include "scannerd/chain_btc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "scannerd/chain_btc_inside.h"

#define TIMEOUT_MS	   30000 /* for a block of 8 MB, too */
#define CONNECT_TIMEOUT_MS 10000
#define BODY_MAX	   (64U << 20) /* a raw block is at most 8 MB of hex: generous */
#define CONNECTIONS	   4	       /* btcd serves ten clients in all */
#define HEIGHT_MAX	   INT32_MAX
#define BEHIND		   2 /* blocks whose header came first: ordinary */

struct question *btc_question_new(struct chain *c, enum chain_asked asked, void *arg)
{
	struct chain_btc *b = (struct chain_btc *)c;
	struct question *q = chain_question_new(&b->questions, sizeof(*q), asked, arg);

	q->chain = b;
	return q;
}

static void question_call(struct question *q, enum btc_method m, const char *params, jsonrpc_fn fn)
{
	jsonrpc_call(q->chain->rpc, btc_method_name(m), params, fn, q);
}

static void ask_hash_at(struct question *q, int64_t height, jsonrpc_fn fn)
{
	char params[32];

	(void)snprintf(params, sizeof(params), "[%" PRId64 "]", height);
	question_call(q, GETBLOCKHASH, params, fn);
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

	if (!btc_reply_take(q, GETBLOCKCOUNT, r))
		return;
	known = json_value_u64(r->result, &height) && height <= HEIGHT_MAX;
	tip_answer(q, known, height);
}

/* Core and btcd learn of all headers long before they have the blocks.  A test network of one's own
 * seems old to Core until somebody mines. */
static bool is_behind(const struct chain_btc *b, const struct json *info, uint64_t height,
		      uint64_t *ret_headers)
{
	*ret_headers = height;
	(void)json_get_u64(info, "headers", HEIGHT_MAX, ret_headers, NULL);
	return *ret_headers > height + BEHIND ||
	       (b->network != BTC_REGTEST && json_is_true(json_get(info, "initialblockdownload")));
}

/* The scan goes on: what the node has is good.  The text stays the same while it lasts: each change
 * would be a line in the log. */
static void tell_sync(const struct chain_btc *b, const struct json *info, uint64_t height)
{
	uint64_t headers;

	if (b->health == NULL)
		return;
	if (!is_behind(b, info, height, &headers))
		health_clear(b->health, BTC_SYNC_PROBLEM);
	else if (health_text(b->health, BTC_SYNC_PROBLEM)[0] == '\0')
		health_raise(b->health, BTC_SYNC_PROBLEM,
			     "node %s is catching up with its network (block %" PRIu64
			     " of %" PRIu64 " that it knows of); deposits in the blocks that it "
			     "has not got are seen when it has",
			     b->server, height, headers);
}

static void on_tip_info(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	const char *name = NULL;
	uint64_t height = 0;
	bool known;

	if (!q->base.dropped && btc_lacks_method(r)) {
		question_call(q, GETBLOCKCOUNT, "[]", on_tip_count);
		return;
	}
	if (!btc_reply_take(q, GETBLOCKCHAININFO, r))
		return;
	name = json_string(json_get(r->result, "chain"));
	if (name != NULL && !network_is(q->chain->network, name)) {
		chain_question_fail(&q->base, CHAIN_WRONG_NETWORK,
				    "node %s is on network \"%.32s\", not %s", q->chain->server,
				    name, btc_network_name(q->chain->network));
		return;
	}
	known = json_get_u64(r->result, "blocks", HEIGHT_MAX, &height, NULL) == 0;
	if (known)
		tell_sync(q->chain, r->result, height);
	tip_answer(q, known, height);
}

/* "test" is the name of several chains: of those, none of the others' first blocks will do. */
static bool is_our_first_block(enum btc_network ours, const char *hash)
{
	const char *genesis = btc_network_genesis(ours);

	if (genesis != NULL)
		return strcmp(hash, genesis) == 0;
	for (unsigned n = 0; n < BTC_NETWORK_COUNT; n++) {
		genesis = btc_network_genesis((enum btc_network)n);
		if (genesis != NULL && strcmp(hash, genesis) == 0)
			return false;
	}
	return true;
}

static void on_tip_genesis(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;

	if (!btc_reply_hash(q, r))
		return;
	if (!is_our_first_block(q->chain->network, q->hash)) {
		chain_question_fail(&q->base, CHAIN_WRONG_NETWORK,
				    "node %s is not on network %s: its first block is %s",
				    q->chain->server, btc_network_name(q->chain->network), q->hash);
		return;
	}
	question_call(q, GETBLOCKCHAININFO, "[]", on_tip_info);
}

static void chain_btc_tip(struct chain *c, chain_tip_fn fn, void *arg)
{
	struct question *q = btc_question_new(c, CHAIN_ASKED_TIP, arg);

	q->base.fn.tip = fn;
	ask_hash_at(q, 0, on_tip_genesis);
}

/* --- hash_at ------------------------------------------------------------------------------- */

static void on_hash(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;

	if (!btc_reply_hash(q, r))
		return;
	q->base.fn.hash(q->base.arg, NULL, q->hash);
	chain_question_free(&q->base);
}

static void chain_btc_hash_at(struct chain *c, int64_t height, chain_hash_fn fn, void *arg)
{
	struct question *q = btc_question_new(c, CHAIN_ASKED_HASH, arg);

	q->base.fn.hash = fn;
	q->height = height;
	ask_hash_at(q, height, on_hash);
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

	btc_notify_free(b->notify);
	btc_fetch_free(b);
	jsonrpc_free(b->rpc); /* so that none of them is answered any more */
	chain_questions_free(&b->questions);
	free(b);
}

static const struct chain_ops chain_btc_ops = {
	.tip = chain_btc_tip,
	.hash_at = chain_btc_hash_at,
	.block_at = btc_fetch_block_at,
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

static void on_news(void *arg, bool listening)
{
	struct chain *c = arg;

	c->tells_news = listening;
	if (c->news != NULL)
		c->news(c->news_arg);
}

static int start_notify(struct loop *l, struct chain_btc *b, const struct chain_btc_options *o,
			const char *url, struct err *err)
{
	struct btc_notify_options n = { .url = url,
					.user = o->user,
					.pass = o->pass,
					.cert = o->cert,
					.server = b->server,
					.health = o->health,
					.on_news = on_news,
					.arg = &b->base };

	return btc_notify_new(l, &n, &b->notify, err);
}

int chain_btc_new(struct loop *l, const struct chain_btc_options *o, struct chain **ret,
		  struct err *err)
{
	char url[640];
	struct http_options http = {
		.url = url,
		.user = o->user,
		.pass = o->pass,
		.cookie_file = o->cookie_file,
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
	b->loop = l;
	btc_fetch_init(b);
	b->network = o->network;
	b->health = o->health;
	chain_server_name(o->server, b->server, sizeof(b->server));
	rc = jsonrpc_new(l, &http, &b->rpc, err);
	if (rc == 0 && o->websocket)
		rc = start_notify(l, b, o, url, err);
	if (rc < 0) {
		chain_btc_free(&b->base);
		return err_wrap(err, "bitcoin node");
	}
	*ret = &b->base;
	return 0;
}
