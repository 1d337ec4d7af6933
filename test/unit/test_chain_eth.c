/* Ethereum nodes as they answer: the real HTTP client against a peer that expects each request and
 * gives the bytes of a row.  Blocks and receipts are recorded ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scannerd/chain_eth.h"
#include "test/support/http_peer.h"
#include "test/support/test.h"

#define ANVIL		     VECTORS "ethereum/anvil/"
#define HASH_5		     "d9b7e1b5924859880ad444a30ae486b46fe364d36f9cb349e366b3f807aa2c1e"
#define TX_0		     "0xddf5de6a2268f03709c9583c64d23bc4c96c1c7af26729b4ecf50a1d5527defd"
#define TX_5		     "0x7bb75cf88c0cae377f446ab58005bbf53f0af29a73daabb091c10b0136893a40"
#define ANSWERS		     6
#define ANSWERS_MAX	     20
#define FINE		     (-1)
#define RESULT(s)	     "\"result\":" s
#define TEXT(s)		     RESULT("\"" s "\"")
#define ERROR(code, message) "\"error\":{\"code\":" #code ",\"message\":\"" message "\"}"
#define FILE_OF(s)	     "@" s
#define ASK_CHAIN	     "\"eth_chainId\",\"params\":[]}"
#define ASK_SYNC	     "\"eth_syncing\",\"params\":[]}"
#define ASK_HEIGHT	     "\"eth_blockNumber\",\"params\":[]}"
#define ASK_HEAD	     "\"eth_getBlockByNumber\",\"params\":[\"0x5\",false]}"
#define ASK_BLOCK	     "\"eth_getBlockByNumber\",\"params\":[\"0x5\",true]}"
#define ASK_FINAL	     "\"eth_getBlockByNumber\",\"params\":[\"finalized\",false]}"
#define ASK_RECEIPTS	     "\"eth_getBlockReceipts\",\"params\":[\"0x" HASH_5 "\"]}"
#define ASK_RECEIPT(tx)	     "\"eth_getTransactionReceipt\",\"params\":[\"" tx "\"]}"
#define OUR_CHAIN                                                                                  \
	{                                                                                          \
		ASK_CHAIN, 200, TEXT("0x7a69")                                                     \
	}
#define IN_STEP                                                                                    \
	{                                                                                          \
		ASK_SYNC, 200, RESULT("false")                                                     \
	}
#define BLOCK_5                                                                                    \
	{                                                                                          \
		ASK_BLOCK, 200, FILE_OF("11-block-mixed-full")                                     \
	}
#define RECEIPTS_5                                                                                 \
	{                                                                                          \
		ASK_RECEIPTS, 200, FILE_OF("15-block-mixed-receipts-byhash")                       \
	}

enum question_kind { TIP, HASH, FINAL, BLOCK };
enum watching { NOBODY, DEPOSIT_0, ALL };

struct answer {
	const char *asked; /* expected in the request; NULL: no more requests */
	int status;	   /* 0: the connection is closed without an answer */
	/* Members of the answer's object beside its id; "@name": the result of a recording; "text
	 * ...": no JSON at all. */
	const char *answer;
};

struct row {
	const char *why;
	enum question_kind kind;
	enum watching watching;
	struct answer answers[ANSWERS];
	int trouble; /* or FINE */
};

// clang-format off
static const struct row rows[] = {
	{ "the height of a node on our chain", TIP, NOBODY,
	  { OUR_CHAIN, IN_STEP, { ASK_HEIGHT, 200, TEXT("0x5") } }, FINE },
	{ "leading zeros and capitals are read", TIP, NOBODY,
	  { { ASK_CHAIN, 200, TEXT("0X007A69") }, IN_STEP, { ASK_HEIGHT, 200, TEXT("0x05") } }, FINE },
	{ "another chain", TIP, NOBODY, { { ASK_CHAIN, 200, TEXT("0x1") } }, CHAIN_WRONG_NETWORK },
	{ "a chain id of more than 64 bits", TIP, NOBODY,
	  { { ASK_CHAIN, 200, TEXT("0x10000000000007a69") } }, CHAIN_WRONG_NETWORK },
	{ "a chain id that is a number", TIP, NOBODY,
	  { { ASK_CHAIN, 200, RESULT("31337") } }, CHAIN_UNREACHABLE },
	{ "the node is catching up", TIP, NOBODY,
	  { OUR_CHAIN, { ASK_SYNC, 200, RESULT("{\"startingBlock\":\"0x0\",\"currentBlock\":\"0x4\",\"highestBlock\":\"0x9\"}") } },
	  CHAIN_WARMING_UP },
	{ "hosted: it is not said whether the node is in step", TIP, NOBODY,
	  { OUR_CHAIN, { ASK_SYNC, 200, ERROR(-32601, "Method not found") }, { ASK_HEIGHT, 200, TEXT("0x5") } },
	  FINE },
	{ "it cannot say whether it is in step", TIP, NOBODY,
	  { OUR_CHAIN, { ASK_SYNC, 200, ERROR(-32603, "internal error") } }, CHAIN_REFUSED },
	{ "neither in step nor catching up", TIP, NOBODY,
	  { OUR_CHAIN, { ASK_SYNC, 200, RESULT("null") } }, CHAIN_UNREACHABLE },
	{ "a height that is a number", TIP, NOBODY,
	  { OUR_CHAIN, IN_STEP, { ASK_HEIGHT, 200, RESULT("5") } }, CHAIN_UNREACHABLE },
	{ "a height that none has", TIP, NOBODY,
	  { OUR_CHAIN, IN_STEP, { ASK_HEIGHT, 200, TEXT("0x100000000") } }, CHAIN_UNREACHABLE },
	{ "the node does not know us", TIP, NOBODY, { { ASK_CHAIN, 401, "text " } }, CHAIN_UNAUTHORIZED },
	{ "a hosted node: the token is no good", TIP, NOBODY,
	  { { ASK_CHAIN, 403, "text forbidden" } }, CHAIN_UNAUTHORIZED },
	{ "too many requests, in a status", TIP, NOBODY,
	  { { ASK_CHAIN, 429, "text slow down" } }, CHAIN_BUSY },
	{ "too many requests, in a code", TIP, NOBODY,
	  { { ASK_CHAIN, 200, ERROR(-32005, "daily request count exceeded") } }, CHAIN_UNREACHABLE },
	{ "a web server that is no node", TIP, NOBODY,
	  { { ASK_CHAIN, 200, "text <html>hello</html>" } }, CHAIN_UNREACHABLE },
	{ "closed without an answer", TIP, NOBODY, { { ASK_CHAIN, 0, NULL } }, CHAIN_UNREACHABLE },
	{ "a namespace that is switched off", TIP, NOBODY,
	  { { ASK_CHAIN, 200, ERROR(-32601, "the method eth_chainId does not exist/is not available") } },
	  CHAIN_REFUSED },

	{ "a hash", HASH, NOBODY, { { ASK_HEAD, 200, FILE_OF("12-block-mixed-hashes") } }, FINE },
	{ "the hash of a block to come", HASH, NOBODY,
	  { { ASK_HEAD, 200, FILE_OF("27-block-future") } }, CHAIN_NOT_YET },
	{ "the hash of another block", HASH, NOBODY,
	  { { ASK_HEAD, 200, FILE_OF("05-block-0") } }, CHAIN_BAD_BLOCK },
	{ "geth: a block that is not there", HASH, NOBODY,
	  { { ASK_HEAD, 200, ERROR(-32000, "header not found") } }, CHAIN_NOT_YET },
	{ "newer nodes: the same", HASH, NOBODY,
	  { { ASK_HEAD, 200, ERROR(-39001, "Unknown block") } }, CHAIN_NOT_YET },

	{ "a final block", FINAL, NOBODY, { { ASK_FINAL, 200, FILE_OF("37-tag-finalized") } }, FINE },
	{ "no final block yet, said with null", FINAL, NOBODY, { { ASK_FINAL, 200, RESULT("null") } }, CHAIN_NOT_YET },
	{ "the same: geth", FINAL, NOBODY,
	  { { ASK_FINAL, 200, ERROR(-39001, "finalized block not found") } }, CHAIN_NOT_YET },
	{ "the same: a chain without finality", FINAL, NOBODY,
	  { { ASK_FINAL, 200, ERROR(-32602, "hex string without 0x prefix") } }, CHAIN_NOT_YET },
	{ "too many requests are no answer", FINAL, NOBODY,
	  { { ASK_FINAL, 200, ERROR(-32005, "slow down") } }, CHAIN_UNREACHABLE },

	{ "a block that pays nobody: no receipts are asked for", BLOCK, NOBODY, { BLOCK_5 }, FINE },
	{ "a block that pays somebody", BLOCK, ALL, { BLOCK_5, RECEIPTS_5 }, FINE },
	{ "a block to come", BLOCK, ALL,
	  { { ASK_BLOCK, 200, FILE_OF("27-block-future") } }, CHAIN_NOT_YET },
	{ "another block than asked for", BLOCK, ALL,
	  { { ASK_BLOCK, 200, FILE_OF("05-block-0") } }, CHAIN_BAD_BLOCK },
	{ "a block without its transactions", BLOCK, ALL,
	  { { ASK_BLOCK, 200, FILE_OF("12-block-mixed-hashes") } }, CHAIN_BAD_BLOCK },
	{ "a pending block", BLOCK, ALL,
	  { { ASK_BLOCK, 200, FILE_OF("08-pending-block-not-mined") } }, CHAIN_BAD_BLOCK },
	{ "pruned", BLOCK, ALL,
	  { { ASK_BLOCK, 200, ERROR(-32000, "missing trie node 0123") } }, CHAIN_REFUSED },
	{ "an error of no particular kind", BLOCK, ALL,
	  { { ASK_BLOCK, 200, ERROR(-32603, "disk on fire") } }, CHAIN_REFUSED },
	{ "the block left the chain before its receipts", BLOCK, ALL,
	  { BLOCK_5, { ASK_RECEIPTS, 200, FILE_OF("45-reorg-old-hash") },
	    { ASK_RECEIPT(TX_0), 200, RESULT("null") } }, CHAIN_STALE },
	{ "EthereumJS: a hash is no name of receipts, and said to be unknown", BLOCK, DEPOSIT_0,
	  { BLOCK_5, { ASK_RECEIPTS, 200, RESULT("null") },
	    { ASK_RECEIPT(TX_0), 200, FILE_OF("16-receipt-success") },
	    { ASK_RECEIPT(TX_5), 200, "@15-block-mixed-receipts-byhash[5]" } }, FINE },
	{ "the same, said to be no parameter", BLOCK, DEPOSIT_0,
	  { BLOCK_5, { ASK_RECEIPTS, 200, ERROR(-32602, "invalid argument 0: hex number > 64 bits") },
	    { ASK_RECEIPT(TX_0), 200, FILE_OF("16-receipt-success") },
	    { ASK_RECEIPT(TX_5), 200, "@15-block-mixed-receipts-byhash[5]" } }, FINE },
	{ "receipts of nothing", BLOCK, ALL, { BLOCK_5, { ASK_RECEIPTS, 200, RESULT("[]") } }, CHAIN_BAD_BLOCK },
	{ "receipts of a whole block are too large for the node: singly", BLOCK, DEPOSIT_0,
	  { BLOCK_5, { ASK_RECEIPTS, 200, ERROR(-32000, "response too large") },
	    { ASK_RECEIPT(TX_0), 200, FILE_OF("16-receipt-success") },
	    { ASK_RECEIPT(TX_5), 200, "@15-block-mixed-receipts-byhash[5]" } }, FINE },
	{ "receipts are refused in any form", BLOCK, DEPOSIT_0,
	  { BLOCK_5, { ASK_RECEIPTS, 200, ERROR(-32603, "disk on fire") },
	    { ASK_RECEIPT(TX_0), 200, ERROR(-32603, "disk on fire") } }, CHAIN_REFUSED },
	{ "too many requests: receipts are asked for later", BLOCK, DEPOSIT_0,
	  { BLOCK_5, { ASK_RECEIPTS, 200, ERROR(-32005, "slow down") } }, CHAIN_UNREACHABLE },
	{ "single receipts, of what pays us alone", BLOCK, DEPOSIT_0,
	  { BLOCK_5, { ASK_RECEIPTS, 200, ERROR(-32601, "Method not found") },
	    { ASK_RECEIPT(TX_0), 200, FILE_OF("16-receipt-success") },
	    { ASK_RECEIPT(TX_5), 200, "@15-block-mixed-receipts-byhash[5]" } }, FINE },
	{ "the same: Hardhat 2.29", BLOCK, DEPOSIT_0,
	  { BLOCK_5, { ASK_RECEIPTS, 200, ERROR(-32004, "Method eth_getBlockReceipts is not supported") },
	    { ASK_RECEIPT(TX_0), 200, FILE_OF("16-receipt-success") },
	    { ASK_RECEIPT(TX_5), 200, "@15-block-mixed-receipts-byhash[5]" } }, FINE },
	{ "the same: ganache 6", BLOCK, DEPOSIT_0,
	  { BLOCK_5, { ASK_RECEIPTS, 200, ERROR(-32000, "Method eth_getBlockReceipts not supported.") },
	    { ASK_RECEIPT(TX_0), 200, FILE_OF("16-receipt-success") },
	    { ASK_RECEIPT(TX_5), 200, "@15-block-mixed-receipts-byhash[5]" } }, FINE },
	{ "the same: ganache 7", BLOCK, DEPOSIT_0,
	  { BLOCK_5, { ASK_RECEIPTS, 200, ERROR(-32700, "The method eth_getBlockReceipts does not exist/is not available") },
	    { ASK_RECEIPT(TX_0), 200, FILE_OF("16-receipt-success") },
	    { ASK_RECEIPT(TX_5), 200, "@15-block-mixed-receipts-byhash[5]" } }, FINE },
	{ "the same: Besu", BLOCK, DEPOSIT_0,
	  { BLOCK_5, { ASK_RECEIPTS, 200, ERROR(-32604, "Method not enabled") },
	    { ASK_RECEIPT(TX_0), 200, FILE_OF("16-receipt-success") },
	    { ASK_RECEIPT(TX_5), 200, "@15-block-mixed-receipts-byhash[5]" } }, FINE },
	{ "the same: a hosted node", BLOCK, DEPOSIT_0,
	  { BLOCK_5, { ASK_RECEIPTS, 200, ERROR(-32600, "Unsupported method: eth_getBlockReceipts") },
	    { ASK_RECEIPT(TX_0), 200, FILE_OF("16-receipt-success") },
	    { ASK_RECEIPT(TX_5), 200, "@15-block-mixed-receipts-byhash[5]" } }, FINE },
	{ "a single receipt that is not there yet", BLOCK, DEPOSIT_0,
	  { BLOCK_5, { ASK_RECEIPTS, 200, ERROR(-32601, "Method not found") },
	    { ASK_RECEIPT(TX_0), 200, RESULT("null") } }, CHAIN_STALE },
	{ "a single receipt of another transaction", BLOCK, DEPOSIT_0,
	  { BLOCK_5, { ASK_RECEIPTS, 200, ERROR(-32601, "Method not found") },
	    { ASK_RECEIPT(TX_0), 200, FILE_OF("17-receipt-failed") } }, CHAIN_BAD_BLOCK },
};
// clang-format on

/* --- a peer that plays a row ---------------------------------------------------------------- */

/* "name" or "name[5]": the result of a recording, or an element of it. */
static char *recorded_result(const char *what)
{
	char path[256], *text;
	const char *bracket = strchr(what, '[');
	int len = bracket != NULL ? (int)(bracket - what) : (int)strlen(what);
	const cJSON *result;
	cJSON *answer;

	(void)snprintf(path, sizeof(path), ANVIL "%.*s.response.json", len, what);
	answer = test_read_json(path);
	result = cJSON_GetObjectItem(answer, "result");
	if (bracket != NULL)
		result = cJSON_GetArrayItem(result, atoi(bracket + 1));
	text = cJSON_PrintUnformatted(result);
	cJSON_Delete(answer);
	assert_non_null(text);
	return text;
}

static char *answer_body(const char *answer, unsigned id)
{
	char *body = NULL, *result = NULL;

	if (strncmp(answer, "text ", 5) == 0)
		return strdup(answer + 5);
	if (answer[0] == '@') {
		result = recorded_result(answer + 1);
		assert_true(asprintf(&body, "{\"jsonrpc\":\"2.0\",\"id\":%u,\"result\":%s}", id,
				     result) > 0);
	} else {
		assert_true(asprintf(&body, "{\"jsonrpc\":\"2.0\",\"id\":%u,%s}", id, answer) > 0);
	}
	free(result);
	return body;
}

static struct peer *start_peer(const struct answer *answers, unsigned count)
{
	struct peer_exchange list[ANSWERS_MAX] = { 0 };
	unsigned n = 0;
	struct peer *p;

	for (; n < count && answers[n].asked != NULL; n++) {
		const struct answer *a = &answers[n];

		list[n] = (struct peer_exchange){ .method = "POST",
						  .path = "/v1/token",
						  .head_has = "Authorization: Basic dTpw",
						  .body_has = a->asked,
						  .status = a->status };
		if (a->status == 0)
			list[n].then = PEER_DROP;
		else
			list[n].body = answer_body(a->answer, n + 1);
	}
	p = peer_start(list, n);
	while (n-- > 0)
		free((char *)list[n].body);
	return p;
}

/* --- who asks -------------------------------------------------------------------------------- */

struct rig {
	struct loop *loop;
	struct health *health;
	struct chain *chain;
	struct watchlist *watched; /* as the scanner would say while a block is asked for */
	struct watchlist *matched; /* as it is when the block is here */
	unsigned count;
	int trouble;
	char text[256];
	unsigned found;
	struct chain_output outputs[16];
	bool judged;
	bool traced, owed; /* as the block says */
};

static const struct watchlist *on_watched(void *arg)
{
	return ((struct rig *)arg)->watched;
}

static void watch(struct rig *r, struct watchlist *w, const char *address)
{
	uint8_t key[WATCHLIST_KEY_MAX];
	struct err err;
	size_t len;

	if (r->chain->ops->key(r->chain, address, key, &len, &err) < 0 ||
	    watchlist_add(w, key, len, &err) < 0)
		fail_msg("%s: %s", address, err.text);
}

static struct watchlist *make_watch(struct rig *r, enum watching watching)
{
	cJSON *index = test_read_json(ANVIL "index.json");
	const cJSON *address = cJSON_GetObjectItem(index, "deposit_addresses")->child;
	struct watchlist *w = watchlist_new();

	assert_non_null(w);
	for (unsigned i = 0; address != NULL; address = address->next, i++)
		if (watching == ALL || (watching == DEPOSIT_0 && i == 0))
			watch(r, w, address->valuestring);
	cJSON_Delete(index);
	return w;
}

static void rig_open_as(struct rig *r, const char *url, enum watching watched,
			enum watching matched, bool trace)
{
	struct chain_eth_options o = { .url = url,
				       .user = "u",
				       .pass = "p",
				       .chain_id = 31337,
				       .trace = trace,
				       .trace_rests = trace };
	struct err err;

	*r = (struct rig){ .trouble = -2 };
	r->health = o.health = health_new();
	assert_int_equal(loop_new(&r->loop, &err), 0);
	if (chain_eth_new(r->loop, &o, &r->chain, &err) < 0)
		fail_msg("%s", err.text);
	r->chain->watched = on_watched;
	r->chain->watched_arg = r;
	r->watched = make_watch(r, watched);
	r->matched = make_watch(r, matched);
}

static void rig_open(struct rig *r, const char *url, enum watching watched, enum watching matched)
{
	rig_open_as(r, url, watched, matched, false);
}

static void rig_close(struct rig *r)
{
	r->chain->ops->free(r->chain);
	watchlist_free(r->watched);
	watchlist_free(r->matched);
	health_free(r->health);
	loop_free(r->loop);
}

static void take(struct rig *r, const struct chain_error *e)
{
	r->count++;
	r->trouble = e != NULL ? (int)e->trouble : FINE;
	(void)snprintf(r->text, sizeof(r->text), "%s", e != NULL ? e->text : "");
	loop_stop(r->loop);
}

static void on_tip(void *arg, const struct chain_error *e, int64_t height)
{
	take(arg, e);
	if (e == NULL)
		assert_int_equal(height, 5);
}

static void on_hash(void *arg, const struct chain_error *e, const char *hash)
{
	take(arg, e);
	if (e == NULL)
		assert_string_equal(hash, HASH_5);
}

static void on_final(void *arg, const struct chain_error *e, int64_t height, const char *hash)
{
	take(arg, e);
	if (e != NULL)
		return;
	assert_int_equal(height, 7);
	assert_string_equal(hash,
			    "95036b0d6749f3f430a206e56296d24cdcfb49570cbceeb9dd96a92e0be402bf");
}

static void on_output(void *arg, const struct chain_output *o)
{
	struct rig *r = arg;

	assert_true(r->found < 16);
	r->outputs[r->found++] = *o;
}

static void on_block(void *arg, const struct chain_error *e, const struct chain_block *b)
{
	struct rig *r = arg;

	take(r, e);
	if (e != NULL)
		return;
	assert_int_equal(b->height, 5);
	assert_string_equal(b->hash, HASH_5);
	assert_int_equal(strlen(b->prev_hash), 64);
	r->traced = b->traced;
	r->owed = b->owed != NULL;
	r->judged = r->chain->ops->match(r->chain, b, r->matched, on_output, r);
}

static void ask(struct rig *r, enum question_kind kind)
{
	const struct chain_ops *ops = r->chain->ops;

	switch (kind) {
	case TIP: ops->tip(r->chain, on_tip, r); break;
	case HASH: ops->hash_at(r->chain, 5, on_hash, r); break;
	case FINAL: ops->final_block(r->chain, on_final, r); break;
	case BLOCK: ops->block_at(r->chain, 5, on_block, r); break;
	}
}

static void url_of(const struct peer *p, char ret[128])
{
	(void)snprintf(ret, 128, "%s/v1/token", peer_url(p));
}

static void check_row(const struct row *row)
{
	struct peer *p = start_peer(row->answers, ANSWERS);
	char url[128];
	struct rig r;

	url_of(p, url);
	rig_open(&r, url, row->watching, row->watching);
	ask(&r, row->kind);
	assert_int_equal(r.count, 0); /* never from inside the call */
	loop_run(r.loop);
	if (r.count != 1 || r.trouble != row->trouble)
		fail_msg("%s: got %d (%s), expected %d", row->why, r.trouble, r.text, row->trouble);
	assert_null(strstr(r.text, "token"));
	if (row->kind == BLOCK && row->trouble == FINE)
		assert_true(r.judged);
	rig_close(&r);
	peer_finish(p);
}

static void test_what_nodes_say(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
}

/* --- matching -------------------------------------------------------------------------------- */

static void expect_credits(const struct rig *r)
{
	cJSON *index = test_read_json(ANVIL "index.json");
	const cJSON *row = cJSON_GetObjectItem(cJSON_GetObjectItem(index, "mixed_block"),
					       "expected_top_level_credits")
				   ->child;

	for (unsigned i = 0; i < r->found; i++, row = row->next) {
		const struct chain_output *o = &r->outputs[i];
		char id[TXID_TEXT_MAX + 16], wei[UNITS_TEXT_MAX];

		assert_non_null(row);
		(void)snprintf(id, sizeof(id), "%s:%u", o->txid, o->n);
		units_to_text(o->value, wei);
		assert_string_equal(id, cJSON_GetObjectItem(row, "deposit_id")->valuestring);
		assert_string_equal(wei, cJSON_GetObjectItem(row, "wei")->valuestring);
		assert_int_equal(
			strcasecmp(o->address, cJSON_GetObjectItem(row, "address")->valuestring),
			0);
		assert_true(o->n_moves);
		assert_false(o->coinbase);
	}
	assert_null(row);
	cJSON_Delete(index);
}

static void test_the_expected_deposits_are_found(void **state)
{
	static const struct answer answers[] = { BLOCK_5, RECEIPTS_5 };
	struct peer *p = start_peer(answers, 2);
	char url[128];
	struct rig r;

	(void)state;
	url_of(p, url);
	rig_open(&r, url, ALL, ALL);
	ask(&r, BLOCK);
	loop_run(r.loop);
	assert_int_equal(r.trouble, FINE);
	assert_true(r.judged);
	expect_credits(&r);
	/* as the pool writes it, or nobody would know whose it is */
	assert_string_equal(r.outputs[0].address, "0xd1384ddeBF52fDFf74cd4529913a1bE6aB50D587");
	rig_close(&r);
	peer_finish(p);
}

/* An address that came in between was not asked about: the block is asked for again. */
static void test_an_address_that_came_in_meanwhile(void **state)
{
	static const struct answer answers[] = { BLOCK_5 };
	struct peer *p = start_peer(answers, 1);
	char url[128];
	struct rig r;

	(void)state;
	url_of(p, url);
	rig_open(&r, url, NOBODY, DEPOSIT_0);
	ask(&r, BLOCK);
	loop_run(r.loop);
	assert_int_equal(r.trouble, FINE);
	assert_false(r.judged);
	rig_close(&r);
	peer_finish(p);
}

/* The watch list cannot be read: everything that may pay somebody is asked about. */
static void test_without_a_watch_list(void **state)
{
	static const struct answer answers[] = { BLOCK_5, RECEIPTS_5 };
	struct peer *p = start_peer(answers, 2);
	struct watchlist *real;
	char url[128];
	struct rig r;

	(void)state;
	url_of(p, url);
	rig_open(&r, url, NOBODY, ALL);
	real = r.watched;
	r.watched = NULL;
	ask(&r, BLOCK);
	loop_run(r.loop);
	assert_true(r.judged);
	expect_credits(&r);
	r.watched = real;
	rig_close(&r);
	peer_finish(p);
}

/* --- transfers made by contracts -------------------------------------------------------------- */

#define ASK_CALLS                                                                                  \
	"\"debug_traceBlockByHash\",\"params\":[\"0x" HASH_5 "\",{\"tracer\":\"callTracer\"}]}"
#define ASK_FLAT  "\"trace_block\",\"params\":[\"0x5\"]}"
#define NO_METHOD ERROR(-32601, "the method does not exist/is not available")
#define CALLS_5                                                                                    \
	{                                                                                          \
		ASK_CALLS, 200, FILE_OF("18-trace-block-calltracer")                               \
	}
#define FLAT_5                                                                                     \
	{                                                                                          \
		ASK_FLAT, 200, FILE_OF("19-trace-block-flat")                                      \
	}
#define NO_CALLS                                                                                   \
	{                                                                                          \
		ASK_CALLS, 200, NO_METHOD                                                          \
	}
#define NO_FLAT                                                                                    \
	{                                                                                          \
		ASK_FLAT, 200, NO_METHOD                                                           \
	}

static const struct {
	const char *why;
	struct answer answers[ANSWERS];
	int trouble; /* or FINE */
	unsigned found;
	bool told; /* in health */
	bool owed;
} traces[] = {
	{ "calls", { BLOCK_5, RECEIPTS_5, CALLS_5 }, FINE, 8, false, false },
	{ "the flat form", { BLOCK_5, RECEIPTS_5, NO_CALLS, FLAT_5 }, FINE, 8, false, false },
	{ "neither: it never will",
	  { BLOCK_5, RECEIPTS_5, NO_CALLS, NO_FLAT },
	  FINE,
	  6,
	  true,
	  false },
	{ "the state is gone",
	  { BLOCK_5, RECEIPTS_5, { ASK_CALLS, 200, ERROR(-32000, "missing trie node") } },
	  FINE,
	  6,
	  true,
	  true },
	{ "it does not say why",
	  { BLOCK_5, RECEIPTS_5, { ASK_CALLS, 200, ERROR(-32000, "") } },
	  FINE,
	  6,
	  true,
	  true },
	{ "too long for the node",
	  { BLOCK_5,
	    RECEIPTS_5,
	    { ASK_CALLS, 200, RESULT("[{\"error\":\"execution timeout\"}]") } },
	  FINE,
	  6,
	  true,
	  true },
	{ "a hosted node that does not let us trace",
	  { BLOCK_5, RECEIPTS_5, { ASK_CALLS, 403, "text not in your plan" } },
	  FINE,
	  6,
	  true,
	  false },
	{ "too many requests: not now",
	  { BLOCK_5, RECEIPTS_5, { ASK_CALLS, 200, ERROR(-32005, "slow down") } },
	  CHAIN_UNREACHABLE,
	  0,
	  false,
	  false },
	{ "the block left the chain",
	  { BLOCK_5, RECEIPTS_5, { ASK_CALLS, 200, ERROR(-32000, "block not found") } },
	  CHAIN_NOT_YET,
	  0,
	  false,
	  false },
	{ "the same, said with null",
	  { BLOCK_5, RECEIPTS_5, { ASK_CALLS, 200, RESULT("null") } },
	  CHAIN_STALE,
	  0,
	  false,
	  false },
	{ "no answer",
	  { BLOCK_5, RECEIPTS_5, { ASK_CALLS, 502, "text bad gateway" } },
	  CHAIN_UNREACHABLE,
	  0,
	  false,
	  false },
};

/* `ret` NULL: nobody looks at what was found. */
static void check_trace(const struct answer *answers, const char *why, int trouble, unsigned found,
			bool told, bool owed, struct rig *ret)
{
	struct peer *p = start_peer(answers, ANSWERS);
	char url[128];
	struct rig r;

	url_of(p, url);
	rig_open_as(&r, url, ALL, ALL, true);
	ask(&r, BLOCK);
	loop_run(r.loop);
	if (r.trouble != trouble || r.found != found)
		fail_msg("%s: got %d (%s), %u deposits", why, r.trouble, r.text, r.found);
	assert_int_equal(health_text(r.health, "eth_trace")[0] != '\0', told);
	assert_int_equal(r.traced, found == 8);
	if (r.owed != owed)
		fail_msg("%s: owed: %d", why, r.owed);
	rig_close(&r);
	peer_finish(p);
	if (ret != NULL)
		*ret = r;
}

static void test_how_nodes_trace(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(traces) / sizeof(traces[0]); i++)
		check_trace(traces[i].answers, traces[i].why, traces[i].trouble, traces[i].found,
			    traces[i].told, traces[i].owed, NULL);
}

/* The name of such a deposit does not depend on how the node tells of it, or nobody could change
 * the node; it differs from all others, and begins with the transaction. */
static void test_names_of_inner_transfers(void **state)
{
	static const struct answer calls[ANSWERS] = { BLOCK_5, RECEIPTS_5, CALLS_5 };
	static const struct answer flat[ANSWERS] = { BLOCK_5, RECEIPTS_5, NO_CALLS, FLAT_5 };
	struct rig a, b;

	(void)state;
	check_trace(calls, "calls", FINE, 8, false, false, &a);
	check_trace(flat, "flat", FINE, 8, false, false, &b);
	for (unsigned i = 0; i < 8; i++) {
		assert_string_equal(a.outputs[i].txid, b.outputs[i].txid);
		assert_int_equal(a.outputs[i].n, b.outputs[i].n);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(a.outputs[i].txid, a.outputs[k].txid);
	}
	assert_memory_equal(a.outputs[6].txid,
			    "0xef40fe3b7b4ecdec535a4c74d104187894c7a117d44f0aa4d6a08433942da3ff/",
			    67);
	assert_int_equal(strlen(a.outputs[6].txid), 66 + 1 + 32);
	assert_int_equal(a.outputs[6].n, 7);
	assert_true(a.outputs[6].n_moves);
	assert_string_equal(a.outputs[6].address, "0x9FcdE40B3f734aD91936955b4d70Ec24bB0122e7");
	assert_int_equal(units_compare(a.outputs[6].value, units_of(600000000000000000)), 0);
	assert_int_equal(a.outputs[7].n, 9);
	assert_int_equal(units_compare(a.outputs[7].value, units_of(300000000000000000)), 0);
}

/* A node that answers everything but that must not hold up the scan: after three failures blocks go
 * without their trace for a while, which is not even asked for. */
static void test_silence_about_traces_is_not_waited_for(void **state)
{
	static const struct answer answers[] = {
		BLOCK_5, { ASK_CALLS, 502, "text bad gateway" },
		BLOCK_5, { ASK_CALLS, 200, ERROR(-32005, "slow down") },
		BLOCK_5, { ASK_CALLS, 502, "text bad gateway" },
		BLOCK_5,
	};
	struct peer *p = start_peer(answers, 7);
	char url[128];
	struct rig r;

	(void)state;
	url_of(p, url);
	rig_open_as(&r, url, NOBODY, NOBODY, true);
	for (unsigned i = 1; i <= 4; i++) {
		ask(&r, BLOCK);
		loop_run(r.loop);
		assert_int_equal(r.trouble, i < 3 ? CHAIN_UNREACHABLE : FINE);
		assert_int_equal(r.owed, i >= 3);
		assert_false(r.traced);
	}
	assert_non_null(strstr(health_text(r.health, "eth_trace"), "block 5"));
	rig_close(&r);
	peer_finish(p);
}

/* Nor must those who trace and do not know a block that all others know. */
static void test_a_block_unknown_to_who_traces(void **state)
{
	static const struct answer answers[] = {
		BLOCK_5,
		{ ASK_CALLS, 200, RESULT("null") },
		BLOCK_5,
		{ ASK_CALLS, 200, ERROR(-32000, "block not found") },
	};
	struct answer all[20];
	struct peer *p;
	char url[128];
	struct rig r;

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		all[i] = answers[i % 4];
	p = start_peer(all, 20);
	url_of(p, url);
	rig_open_as(&r, url, NOBODY, NOBODY, true);
	for (unsigned i = 1; i <= 10; i++) {
		ask(&r, BLOCK);
		loop_run(r.loop);
		assert_int_equal(r.trouble, i == 10	 ? FINE
					    : i % 2 == 1 ? CHAIN_STALE
							 : CHAIN_NOT_YET);
	}
	assert_true(r.owed);
	assert_false(r.traced);
	rig_close(&r);
	peer_finish(p);
}

/* Behind an address there may be several nodes. */
static void test_one_that_has_traced_is_not_believed_that_it_cannot(void **state)
{
	static const struct answer answers[] = {
		BLOCK_5, RECEIPTS_5, CALLS_5,
		BLOCK_5, RECEIPTS_5, NO_CALLS,
		BLOCK_5, RECEIPTS_5, { ASK_CALLS, 403, "text not in your plan" },
		BLOCK_5, RECEIPTS_5, CALLS_5,
	};
	static const bool owed[] = { false, true, true, false };
	struct peer *p = start_peer(answers, sizeof(answers) / sizeof(answers[0]));
	char url[128];
	struct rig r;

	(void)state;
	url_of(p, url);
	rig_open_as(&r, url, ALL, ALL, true);
	for (unsigned i = 0; i < 4; i++) {
		r.found = 0;
		ask(&r, BLOCK);
		loop_run(r.loop);
		assert_int_equal(r.trouble, FINE);
		assert_int_equal(r.owed, owed[i]);
		assert_int_equal(r.traced, !owed[i]);
		assert_int_equal(health_text(r.health, "eth_trace")[0] != '\0', owed[i]);
	}
	rig_close(&r);
	peer_finish(p);
}

/* --- balances -------------------------------------------------------------------------------- */

#define A1 "0xd1384ddeBF52fDFf74cd4529913a1bE6aB50D587"
#define A2 "0x9FcdE40B3f734aD91936955b4d70Ec24bB0122e7"
#define ASK_BALANCES                                                                               \
	"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBalance\",\"params\":[\"" A1           \
	"\",\"0x5\"]},{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"eth_getBalance\",\"params\":["    \
	"\"" A2 "\",\"0x5\"]}]"

static const struct {
	const char *why;
	int status;
	const char *body, *second; /* balance of the second address, or NULL */
	int trouble;
} balances[] = {
	{ "over 64 bits, in another order", 200,
	  "[{\"id\":2,\"result\":\"0x4000000002bdc545d6b4b87\"},{\"id\":1,\"result\":\"0x0\"}]",
	  "1237940039297725953800358791", FINE },
	{ "one is refused", 200,
	  "[{\"id\":1,\"result\":\"0x0\"},{\"id\":2,\"error\":{\"code\":-32000,\"message\":"
	  "\"missing trie node\"}}]",
	  NULL, CHAIN_REFUSED },
	{ "one is left out", 200, "[{\"id\":1,\"result\":\"0x0\"}]", NULL, CHAIN_UNREACHABLE },
	{ "one is none", 200, "[{\"id\":1,\"result\":\"0x0\"},{\"id\":2,\"result\":null}]", NULL,
	  CHAIN_UNREACHABLE },
	{ "no such call", 200, "{\"id\":null,\"error\":{\"code\":-32000,\"message\":\"no\"}}", NULL,
	  CHAIN_REFUSED },
	{ "not in", 401, "", NULL, CHAIN_UNAUTHORIZED },
};

static void on_balances(void *arg, const struct chain_error *e, const struct units *values)
{
	struct rig *r = arg;

	take(r, e);
	if (e == NULL)
		units_to_text(values[1], r->text);
}

static void test_balances(void **state)
{
	static const char *const addresses[] = { A1, A2 };

	(void)state;
	for (unsigned i = 0; i < sizeof(balances) / sizeof(balances[0]); i++) {
		struct peer_exchange x = { .body_has = ASK_BALANCES,
					   .status = balances[i].status,
					   .body = balances[i].body };
		struct peer *p = peer_start(&x, 1);
		struct rig r;

		rig_open(&r, peer_url(p), NOBODY, NOBODY);
		r.chain->ops->balances(r.chain, 5, addresses, 2, on_balances, &r);
		r.chain->ops->drop(r.chain); /* the scan's questions, not this one */
		loop_run(r.loop);
		if (r.count != 1 || r.trouble != balances[i].trouble)
			fail_msg("%s: got %d (%s)", balances[i].why, r.trouble, r.text);
		if (balances[i].second != NULL)
			assert_string_equal(r.text, balances[i].second);
		rig_close(&r);
		peer_finish(p);
	}
}

#define ASK_BALANCE(id, address)                                                                   \
	"{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"method\":\"eth_getBalance\",\"params\":[\"" address \
	"\",\"0x5\"]}"

static void test_balances_of_a_node_that_takes_no_arrays(void **state)
{
	static const struct peer_exchange list[] = {
		{ .body_has = ASK_BALANCES,
		  .status = 400,
		  .body = "{\"id\":null,\"error\":{\"code\":-32600,\"message\":\"no\"}}" },
		{ .body_has = ASK_BALANCE(3, A1),
		  .status = 200,
		  .body = "{\"id\":3,\"result\":\"0x1\"}" },
		{ .body_has = ASK_BALANCE(4, A2),
		  .status = 200,
		  .body = "{\"id\":4,\"result\":\"0x2\"}" },
	};
	static const char *const addresses[] = { A1, A2 };
	struct peer *p = peer_start(list, 3);
	struct rig r;

	(void)state;
	rig_open(&r, peer_url(p), NOBODY, NOBODY);
	r.chain->ops->balances(r.chain, 5, addresses, 2, on_balances, &r);
	loop_run(r.loop);
	assert_int_equal(r.count, 1);
	assert_int_equal(r.trouble, FINE);
	assert_string_equal(r.text, "2");
	rig_close(&r);
	peer_finish(p);
}

/* --- the rest -------------------------------------------------------------------------------- */

static void test_lack_of_block_receipts_is_remembered(void **state)
{
	static const struct answer answers[] = {
		BLOCK_5,
		{ ASK_RECEIPTS, 200, ERROR(-32601, "Method not found") },
		{ ASK_RECEIPT(TX_0), 200, RESULT("null") },
		BLOCK_5,
		{ ASK_RECEIPT(TX_0), 200, RESULT("null") },
	};
	struct peer *p = start_peer(answers, 5);
	char url[128];
	struct rig r;

	(void)state;
	url_of(p, url);
	rig_open(&r, url, DEPOSIT_0, DEPOSIT_0);
	for (unsigned i = 0; i < 2; i++) {
		ask(&r, BLOCK);
		loop_run(r.loop);
		assert_int_equal(r.trouble, CHAIN_STALE);
	}
	rig_close(&r);
	peer_finish(p);
}

static void expect_blocks(const struct peer_exchange *list, size_t count)
{
	struct peer *p = peer_start(list, count);
	char url[128];
	struct rig r;

	url_of(p, url);
	rig_open(&r, url, NOBODY, NOBODY);
	ask(&r, BLOCK);
	ask(&r, BLOCK);
	while (r.count < 2) {
		loop_run(r.loop);
		assert_int_equal(r.trouble, FINE);
	}
	rig_close(&r);
	peer_finish(p);
}

/* What is wanted in one turn goes together. */
static void test_blocks_of_a_turn_are_one_request(void **state)
{
	char *one = answer_body("@11-block-mixed-full", 1);
	char *two = answer_body("@11-block-mixed-full", 2), *both;
	struct peer_exchange list[] = { { .body_has = ASK_BLOCK ",{", .status = 200 } };

	(void)state;
	assert_true(asprintf(&both, "[%s,%s]", two, one) > 0);
	list[0].body = both;
	expect_blocks(list, 1);
	free(one);
	free(two);
	free(both);
}

/* Asked singly by a node that takes no arrays; test_jsonrpc_calls.c: that is remembered. */
static void test_a_node_that_takes_no_arrays(void **state)
{
	char *three = answer_body("@11-block-mixed-full", 3);
	char *four = answer_body("@11-block-mixed-full", 4);
	const struct peer_exchange list[] = {
		{ .body_has = ASK_BLOCK ",{",
		  .connection = 1,
		  .status = 200,
		  .body = "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,"
			  "\"message\":\"no batches\"}}" },
		{ .body_has = ASK_BLOCK, .connection = 1, .status = 200, .body = three },
		{ .body_has = ASK_BLOCK, .connection = 2, .status = 200, .body = four },
	};

	(void)state;
	expect_blocks(list, 3);
	free(three);
	free(four);
}

static void test_dropped_questions_stay_silent(void **state)
{
	static const struct answer answers[] = { BLOCK_5, BLOCK_5 };
	struct peer *p = start_peer(answers, 2);
	char url[128];
	struct rig r;

	(void)state;
	url_of(p, url);
	rig_open(&r, url, NOBODY, NOBODY);
	ask(&r, BLOCK);
	r.chain->ops->drop(r.chain);
	ask(&r, BLOCK);
	loop_run(r.loop);
	assert_int_equal(r.count, 1);
	assert_int_equal(r.trouble, FINE);
	rig_close(&r);
	peer_kill(p);
}

static void test_secrets_of_the_url_are_not_shown(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "http://name:secret@127.0.0.1:1/v3/token?key=token", NOBODY, NOBODY);
	ask(&r, TIP);
	loop_run(r.loop);
	assert_int_equal(r.trouble, CHAIN_UNREACHABLE);
	assert_non_null(strstr(r.text, "127.0.0.1:1"));
	assert_null(strstr(r.text, "secret"));
	assert_null(strstr(r.text, "token"));
	rig_close(&r);
}

static void test_addresses(void **state)
{
	uint8_t key[WATCHLIST_KEY_MAX];
	struct err err;
	size_t len;
	struct rig r;

	(void)state;
	rig_open(&r, "http://127.0.0.1:1", NOBODY, NOBODY);
	assert_int_equal(r.chain->ops->key(r.chain, "0xd1384ddeBF52fDFf74cd4529913a1bE6aB50D587",
					   key, &len, &err),
			 0);
	assert_int_equal(len, 20);
	assert_int_equal(key[0], 0xd1);
	assert_int_equal(r.chain->ops->key(r.chain, "0xD1384ddeBF52fDFf74cd4529913a1bE6aB50D587",
					   key, &len, &err),
			 ERR_INVALID);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_nodes_say),
		cmocka_unit_test(test_the_expected_deposits_are_found),
		cmocka_unit_test(test_an_address_that_came_in_meanwhile),
		cmocka_unit_test(test_without_a_watch_list),
		cmocka_unit_test(test_how_nodes_trace),
		cmocka_unit_test(test_names_of_inner_transfers),
		cmocka_unit_test(test_silence_about_traces_is_not_waited_for),
		cmocka_unit_test(test_a_block_unknown_to_who_traces),
		cmocka_unit_test(test_one_that_has_traced_is_not_believed_that_it_cannot),
		cmocka_unit_test(test_balances),
		cmocka_unit_test(test_balances_of_a_node_that_takes_no_arrays),
		cmocka_unit_test(test_lack_of_block_receipts_is_remembered),
		cmocka_unit_test(test_blocks_of_a_turn_are_one_request),
		cmocka_unit_test(test_a_node_that_takes_no_arrays),
		cmocka_unit_test(test_dropped_questions_stay_silent),
		cmocka_unit_test(test_secrets_of_the_url_are_not_shown),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
