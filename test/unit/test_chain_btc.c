/* Bitcoin nodes as they answer: the real HTTP client against a peer that expects each request and
 * gives the bytes of a row.  What the three nodes say in the same situation must mean the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "scannerd/chain_btc.h"
#include "test/support/http_peer.h"
#include "test/support/test.h"

#define BLOCKS	  VECTORS "bitcoin/regtest-blocks/"
#define GENESIS	  "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
#define HASH_441  "74961c9a6290514624b4a5db1919e1d551835e7c98c247eb3407379e4b318776"
#define ANSWERS	  4
#define FINE	  (-1)
#define TEXT(s)	  "\"" s "\""
#define RESULT(s) "\"result\":" s ",\"error\":null"
#define ERROR(code, message)                                                                       \
	"\"result\":null,\"error\":{\"code\":" #code ",\"message\":\"" message "\"}"
#define ASK_GENESIS  "\"getblockhash\",\"params\":[0]}"
#define ASK_HASH_441 "\"getblockhash\",\"params\":[441]}"
#define ASK_RAW_0    "\"getblock\",\"params\":[\"" HASH_441 "\", 0]}"
#define ASK_RAW_BOOL "\"getblock\",\"params\":[\"" HASH_441 "\", false]}"
#define ASK_INFO     "\"getblockchaininfo\",\"params\":[]}"

enum question_kind { TIP, HASH, BLOCK };

struct answer {
	const char *asked; /* expected in the request; NULL: no more requests */
	int status;	   /* 0: the connection is closed without an answer */
	/* Members of the answer's object beside its id; "441": the raw block, "441-": one digit
	 * less of it; "text ...": no JSON at all. */
	const char *answer;
};

struct row {
	const char *why;
	enum question_kind kind;
	struct answer answers[ANSWERS];
	int trouble; /* or FINE */
};

// clang-format off
static const struct row rows[] = {
	{ "the height of a node on our network", TIP,
	  { { ASK_GENESIS, 200, RESULT(TEXT(GENESIS)) },
	    { ASK_INFO, 200, RESULT("{\"chain\":\"regtest\",\"blocks\":441}") } }, FINE },
	{ "a node too old for getblockchaininfo", TIP,
	  { { ASK_GENESIS, 200, RESULT(TEXT(GENESIS)) },
	    { ASK_INFO, 200, ERROR(-32601, "Method not found") },
	    { "\"getblockcount\"", 200, RESULT("441") } }, FINE },
	{ "Core: unknown method with status 404", TIP,
	  { { ASK_GENESIS, 200, RESULT(TEXT(GENESIS)) },
	    { ASK_INFO, 404, ERROR(-32601, "Method not found") },
	    { "\"getblockcount\"", 200, RESULT("441") } }, FINE },
	{ "another first block", TIP,
	  { { ASK_GENESIS, 200, RESULT(TEXT(
		"000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f")) } },
	  CHAIN_WRONG_NETWORK },
	{ "our first block, but another name", TIP,
	  { { ASK_GENESIS, 200, RESULT(TEXT(GENESIS)) },
	    { ASK_INFO, 200, RESULT("{\"chain\":\"main\",\"blocks\":441}") } },
	  CHAIN_WRONG_NETWORK },
	{ "a height that is none", TIP,
	  { { ASK_GENESIS, 200, RESULT(TEXT(GENESIS)) },
	    { ASK_INFO, 200, RESULT("{\"chain\":\"regtest\",\"blocks\":-1}") } },
	  CHAIN_UNREACHABLE },
	{ "Core is loading its index", TIP,
	  { { ASK_GENESIS, 500, ERROR(-28, "Loading block index...") } }, CHAIN_WARMING_UP },
	{ "wrong password: bcoin and Core send an empty body", TIP,
	  { { ASK_GENESIS, 401, "text " } }, CHAIN_UNAUTHORIZED },
	{ "wrong password: btcd sends text", TIP,
	  { { ASK_GENESIS, 401, "text 401 Unauthorized.\n" } }, CHAIN_UNAUTHORIZED },
	{ "Core: our address is not let in", TIP,
	  { { ASK_GENESIS, 403, "text " } }, CHAIN_UNAUTHORIZED },
	{ "Core: too many requests at once", TIP,
	  { { ASK_GENESIS, 503, "text Work queue depth exceeded" } }, CHAIN_BUSY },
	{ "a web server that is no node", TIP,
	  { { ASK_GENESIS, 200, "text <html>hello</html>" } }, CHAIN_UNREACHABLE },
	{ "closed without an answer", TIP,
	  { { ASK_GENESIS, 0, NULL } }, CHAIN_UNREACHABLE },

	{ "a hash", HASH,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) } }, FINE },
	{ "Core: above the tip", HASH,
	  { { ASK_HASH_441, 500, ERROR(-8, "Block height out of range") } }, CHAIN_NOT_YET },
	{ "bcoin: above the tip", HASH,
	  { { ASK_HASH_441, 200, ERROR(-8, "Block height out of range.") } }, CHAIN_NOT_YET },
	{ "btcd: above the tip", HASH,
	  { { ASK_HASH_441, 200, ERROR(-1, "Block number out of range") } }, CHAIN_NOT_YET },
	{ "a hash that is too short", HASH,
	  { { ASK_HASH_441, 200, RESULT(TEXT("74961c9a")) } }, CHAIN_UNREACHABLE },
	{ "a hash that is a number", HASH,
	  { { ASK_HASH_441, 200, RESULT("441") } }, CHAIN_UNREACHABLE },

	{ "a block", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
	    { ASK_RAW_0, 200, "441" } }, FINE },
	{ "btcd before 0.21 wants a bool", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
	    { ASK_RAW_0, 200, ERROR(-32602, "parameter #2 'verbose' must be type bool") },
	    { ASK_RAW_BOOL, 200, "441" } }, FINE },
	{ "Core before 0.15 wants a bool", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
	    { ASK_RAW_0, 500, ERROR(-1, "JSON value is not a boolean as expected") },
	    { ASK_RAW_BOOL, 200, "441" } }, FINE },
	{ "Core of the 2.0 form", BLOCK,
	  { { ASK_HASH_441, 200, "\"jsonrpc\":\"2.0\",\"result\":" TEXT(HASH_441) },
	    { ASK_RAW_0, 200, "441" } }, FINE },
	{ "Core of the 2.0 form: an error with status 200", BLOCK,
	  { { ASK_HASH_441, 200, "\"jsonrpc\":\"2.0\",\"error\":{\"code\":-8,\"message\":\"Block "
				 "height out of range\"}" } }, CHAIN_NOT_YET },
	{ "Core: the block is lost on its disk", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
	    { ASK_RAW_0, 500, ERROR(-1, "Block not found on disk") } }, CHAIN_REFUSED },
	{ "Core: starting, while blocks are asked for", BLOCK,
	  { { ASK_HASH_441, 500, ERROR(-28, "Verifying blocks...") } }, CHAIN_WARMING_UP },
	{ "btcd: a stale block", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
	    { ASK_RAW_0, 200, ERROR(-32603, "block 7496 is not in the main chain") } }, CHAIN_STALE },
	{ "bcoin: an error without a code", HASH,
	  { { ASK_HASH_441, 500, "\"error\":{\"message\":\"Bad request\"}" } }, CHAIN_REFUSED },
	{ "a method that is not there", HASH,
	  { { ASK_HASH_441, 404, ERROR(-32601, "Method not found") } }, CHAIN_REFUSED },
	{ "a path that is not there: no body", HASH,
	  { { ASK_HASH_441, 404, "text " } }, CHAIN_UNREACHABLE },
	{ "a limited user of btcd", HASH,
	  { { ASK_HASH_441, 200, ERROR(-32602, "limited user not authorized for this method") } },
	  CHAIN_REFUSED },
	{ "neither form is taken", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
	    { ASK_RAW_0, 200, ERROR(-32602, "no") },
	    { ASK_RAW_BOOL, 200, ERROR(-32602, "no") } }, CHAIN_REFUSED },
	{ "Core, btcd: the block is not known any more", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
	    { ASK_RAW_0, 200, ERROR(-5, "Block not found") } }, CHAIN_STALE },
	{ "bcoin: the block is not known any more", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
	    { ASK_RAW_0, 200, ERROR(-1, "Block not found") } }, CHAIN_STALE },
	{ "Core: pruned", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
	    { ASK_RAW_0, 500, ERROR(-1, "Block not available (pruned data)") } }, CHAIN_PRUNED },
	{ "Core: header known, block still coming", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
	    { ASK_RAW_0, 500, ERROR(-1, "Block not available (not fully downloaded)") } },
	  CHAIN_NOT_YET },
	{ "another block than asked for", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(GENESIS)) },
	    { "\"getblock\",\"params\":[\"" GENESIS "\", 0]}", 200, "441" } }, CHAIN_BAD_BLOCK },
	{ "an odd number of digits", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
	    { ASK_RAW_0, 200, "441-" } }, CHAIN_BAD_BLOCK },
	{ "no hex", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
	    { ASK_RAW_0, 200, RESULT(TEXT("zz")) } }, CHAIN_BAD_BLOCK },
	{ "an empty block", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
	    { ASK_RAW_0, 200, RESULT(TEXT("")) } }, CHAIN_BAD_BLOCK },
	{ "an error of no particular kind", BLOCK,
	  { { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
	    { ASK_RAW_0, 200, ERROR(-32603, "disk on fire") } }, CHAIN_REFUSED },
};
// clang-format on

static char *raw_block(const char *name, size_t cut)
{
	char path[256];
	size_t len;
	char *raw, *hex;

	(void)snprintf(path, sizeof(path), BLOCKS "regtest-%s.bin", name);
	raw = test_read_file(path, &len);
	hex = malloc(2 * len + 1);
	assert_non_null(hex);
	hex_from_bytes((const uint8_t *)raw, len, hex);
	hex[2 * len - cut] = '\0';
	free(raw);
	return hex;
}

/* Bytes of an answer; `id` as the client counts its requests. */
static char *answer_body(const char *answer, unsigned id)
{
	char *body = NULL, *hex = NULL;

	if (strncmp(answer, "text ", 5) == 0)
		return strdup(answer + 5);
	if (strncmp(answer, "441", 3) == 0) {
		hex = raw_block("441", answer[3] == '-');
		assert_true(asprintf(&body, "{\"result\":\"%s\",\"error\":null,\"id\":%u}\n", hex,
				     id) > 0);
	} else {
		assert_true(asprintf(&body, "{%s,\"id\":%u}\n", answer, id) > 0);
	}
	free(hex);
	return body;
}

static struct peer *start_peer(const struct row *r)
{
	struct peer_exchange list[ANSWERS] = { 0 };
	unsigned n = 0;
	struct peer *p;

	for (; n < ANSWERS && r->answers[n].asked != NULL; n++) {
		const struct answer *a = &r->answers[n];

		list[n] = (struct peer_exchange){ .method = "POST",
						  .path = "/",
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

struct outcome {
	struct loop *loop;
	unsigned count;
	int trouble;
	char text[256];
};

static void take(struct outcome *o, const struct chain_error *e)
{
	o->count++;
	o->trouble = e != NULL ? (int)e->trouble : FINE;
	(void)snprintf(o->text, sizeof(o->text), "%s", e != NULL ? e->text : "");
	loop_stop(o->loop);
}

static void on_tip(void *arg, const struct chain_error *e, int64_t height)
{
	take(arg, e);
	if (e == NULL)
		assert_int_equal(height, 441);
}

static void on_hash(void *arg, const struct chain_error *e, const char *hash)
{
	take(arg, e);
	if (e == NULL)
		assert_string_equal(hash, HASH_441);
}

static void on_block(void *arg, const struct chain_error *e, const struct chain_block *b)
{
	take(arg, e);
	if (e != NULL)
		return;
	assert_int_equal(b->height, 441);
	assert_string_equal(b->hash, HASH_441);
	assert_string_equal(b->prev_hash,
			    "65c47508687c3c236285828694d41b225bb22df7f3baadc3596338fcfba9de13");
}

static void ask(struct chain *c, enum question_kind kind, struct outcome *o)
{
	switch (kind) {
	case TIP: c->ops->tip(c, on_tip, o); break;
	case HASH: c->ops->hash_at(c, 441, on_hash, o); break;
	case BLOCK: c->ops->block_at(c, 441, on_block, o); break;
	}
}

static struct chain *make_chain(struct loop *l, const char *server)
{
	struct chain_btc_options o = {
		.server = server, .user = "u", .pass = "p", .cert = "", .network = BTC_REGTEST
	};
	struct chain *c;
	struct err err;

	if (chain_btc_new(l, &o, &c, &err) < 0)
		fail_msg("%s", err.text);
	return c;
}

static void check_row(const struct row *r)
{
	struct outcome o = { .trouble = -2 };
	struct peer *p = start_peer(r);
	struct chain *c;
	struct err err;

	assert_int_equal(loop_new(&o.loop, &err), 0);
	c = make_chain(o.loop, peer_address(p));
	ask(c, r->kind, &o);
	assert_int_equal(o.count, 0); /* never from inside the call */
	loop_run(o.loop);
	if (o.count != 1 || o.trouble != r->trouble)
		fail_msg("%s: got %d (%s), expected %d", r->why, o.trouble, o.text, r->trouble);
	c->ops->free(c);
	loop_free(o.loop);
	peer_finish(p);
}

static void test_what_nodes_say(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
}

/* --- a node that is behind ------------------------------------------------------------------- */

#define INFO(more) RESULT("{\"blocks\":441" more "}")
#define IBD(is)	   ",\"initialblockdownload\":" is
static const struct {
	const char *why;
	enum btc_network network;
	const char *info;
	const char *told; /* part of the text; NULL: nothing is */
} syncs[] = {
	{ "in step", BTC_REGTEST, INFO(",\"headers\":441" IBD("false")), NULL },
	{ "a header came before its block", BTC_REGTEST, INFO(",\"headers\":443"), NULL },
	{ "headers far ahead", BTC_REGTEST, INFO(",\"headers\":850000"), "block 441 of 850000" },
	{ "an old chain of one's own", BTC_REGTEST, INFO(",\"headers\":441" IBD("true")), NULL },
	{ "an old chain of others", BTC_TEST, INFO(",\"headers\":441" IBD("true")), "catching up" },
	{ "a node that says nothing of it", BTC_TEST, INFO(""), NULL },
	{ "headers that are none", BTC_TEST, INFO(",\"headers\":-1"), NULL },
};

static void expect_sync(enum btc_network network, const char *info, struct health *h)
{
	const struct row row = {
		"sync",
		TIP,
		{ { ASK_GENESIS, 200,
		    network == BTC_REGTEST ? RESULT(TEXT(GENESIS)) : RESULT(TEXT(HASH_441)) },
		  { ASK_INFO, 200, info } },
		FINE,
	};
	struct outcome o = { .trouble = -2 };
	struct peer *p = start_peer(&row);
	struct chain_btc_options of = { .server = peer_address(p),
					.user = "u",
					.pass = "p",
					.cert = "",
					.network = network,
					.health = h };
	struct chain *c;
	struct err err;

	assert_int_equal(loop_new(&o.loop, &err), 0);
	assert_int_equal(chain_btc_new(o.loop, &of, &c, &err), 0);
	ask(c, TIP, &o);
	loop_run(o.loop);
	assert_int_equal(o.trouble, FINE); /* the scan goes on in any case */
	c->ops->free(c);
	loop_free(o.loop);
	peer_finish(p);
}

static void test_a_node_that_is_behind_is_told(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(syncs) / sizeof(syncs[0]); i++) {
		struct health *h = health_new();
		const char *text;

		expect_sync(syncs[i].network, syncs[i].info, h);
		text = health_text(h, BTC_SYNC_PROBLEM);
		if (syncs[i].told == NULL ? *text != '\0' : strstr(text, syncs[i].told) == NULL)
			fail_msg("%s: '%s'", syncs[i].why, text);
		expect_sync(BTC_TEST, INFO(",\"headers\":441" IBD("false")), h);
		assert_string_equal(health_text(h, BTC_SYNC_PROBLEM), "");
		health_free(h);
	}
}

/* The form that worked is used from then on. */
static void test_form_of_getblock_is_remembered(void **state)
{
	static const struct row row = {
		"remembered",
		BLOCK,
		{ { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
		  { ASK_RAW_0, 200, ERROR(-3, "Verbosity must be a boolean") },
		  { ASK_RAW_BOOL, 200, ERROR(-5, "Block not found") } },
		CHAIN_STALE,
	};
	struct peer_exchange list[5];
	struct outcome o = { .trouble = -2 };
	struct peer *p;
	struct chain *c;
	struct err err;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		const struct answer *a = &row.answers[i < 3 ? i : i == 3 ? 0 : 2];

		list[i] = (struct peer_exchange){ .body_has = a->asked,
						  .status = a->status,
						  .body = answer_body(a->answer, i + 1) };
	}
	p = peer_start(list, 5);
	assert_int_equal(loop_new(&o.loop, &err), 0);
	c = make_chain(o.loop, peer_url(p));
	for (unsigned i = 0; i < 2; i++) {
		ask(c, BLOCK, &o);
		loop_run(o.loop);
		assert_int_equal(o.trouble, CHAIN_STALE);
	}
	c->ops->free(c);
	loop_free(o.loop);
	peer_finish(p);
	for (unsigned i = 0; i < 5; i++)
		free((char *)list[i].body);
}

/* A dropped question is not answered; the next one is. */
static void test_dropped_questions_stay_silent(void **state)
{
	static const struct row row = {
		"dropped",
		HASH,
		{ { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) },
		  { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) } },
		FINE,
	};
	struct outcome dropped = { .trouble = -2 }, o = { .trouble = -2 };
	struct peer *p = start_peer(&row);
	struct chain *c;
	struct err err;

	(void)state;
	assert_int_equal(loop_new(&o.loop, &err), 0);
	c = make_chain(o.loop, peer_address(p));
	ask(c, HASH, &dropped);
	c->ops->drop(c);
	ask(c, HASH, &o);
	loop_run(o.loop);
	assert_int_equal(o.trouble, FINE);
	assert_int_equal(dropped.count, 0);
	c->ops->free(c);
	loop_free(o.loop);
	peer_kill(p);
}

static void test_nobody_listens(void **state)
{
	struct outcome o = { .trouble = -2 };
	struct chain *c;
	struct err err;

	(void)state;
	assert_int_equal(loop_new(&o.loop, &err), 0);
	c = make_chain(o.loop, "http://name:secret@127.0.0.1:1/");
	ask(c, TIP, &o);
	loop_run(o.loop);
	assert_int_equal(o.trouble, CHAIN_UNREACHABLE);
	assert_non_null(strstr(o.text, "127.0.0.1:1"));
	assert_null(strstr(o.text, "secret"));
	c->ops->free(c);
	loop_free(o.loop);
}

/* --- matching ------------------------------------------------------------------------------- */

struct found {
	unsigned count;
	struct chain_output last[16];
	struct chain *chain;
	const struct watchlist *watch;
	struct loop *loop;
};

static void on_found(void *arg, const struct chain_output *o)
{
	struct found *f = arg;

	assert_true(f->count < 16);
	f->last[f->count++] = *o;
}

static void on_block_to_match(void *arg, const struct chain_error *e, const struct chain_block *b)
{
	struct found *f = arg;

	assert_null(e);
	f->chain->ops->match(f->chain, b, f->watch, on_found, f);
	loop_stop(f->loop);
}

static void watch(struct chain *c, struct watchlist *w, const char *address)
{
	uint8_t key[WATCHLIST_KEY_MAX];
	struct err err;
	size_t len;

	if (c->ops->key(c, address, key, &len, &err) < 0 || watchlist_add(w, key, len, &err) < 0)
		fail_msg("%s: %s", address, err.text);
}

/* Block 441 has every kind of output: the five address types are found, with their own index;
 * bare multisig and public key of watched keys are not. */
static void test_every_address_type_is_found(void **state)
{
	static const struct {
		const char *address;
		uint32_t n;
		uint64_t value;
	} expected[] = {
		{ "mu6LUsyxHenVy8ZbneTGg8CXrbU6n9PPiX", 0, 100000000 },
		{ "2Mzy5YoL3djeSEkQy6De5xomQBVhEppLvdx", 1, 5000000 },
		{ "bcrt1q5jvuxh5qhz2x5pwm9uljepp2kzfq4qavcslw9s", 2, 7000001 },
		{ "bcrt1qm6e3ntms90w34gqet0s57thsfzmmaa3q3vgnhdudkktjv7llej7q9lq4ug", 3, 123456 },
		{ "bcrt1pz578mpfvpcrvcvezg8kqtys8kh453uu9fwdu4edezvj5a70uqyqq0259r5", 4, 777777 },
	};
	static const struct row row = {
		"match",
		BLOCK,
		{ { ASK_HASH_441, 200, RESULT(TEXT(HASH_441)) }, { ASK_RAW_0, 200, "441" } },
		FINE,
	};
	struct watchlist *w = watchlist_new();
	struct found f = { .watch = w };
	struct peer *p = start_peer(&row);
	struct err err;

	(void)state;
	assert_non_null(w);
	assert_int_equal(loop_new(&f.loop, &err), 0);
	f.chain = make_chain(f.loop, peer_address(p));
	for (unsigned i = 0; i < 5; i++)
		watch(f.chain, w, expected[i].address);
	watch(f.chain, w, "mj15zDhQyyNBPatiEFN3huiH5o3KePwtRY"); /* a key of the multisigs */
	f.chain->ops->block_at(f.chain, 441, on_block_to_match, &f);
	loop_run(f.loop);
	assert_int_equal(f.count, 5);
	for (unsigned i = 0; i < 5; i++) {
		assert_string_equal(f.last[i].txid,
				    "144b64bd5817254d2a5549c9d31a67a4e61da2e4c79ec29"
				    "7e1a684340e6387aa");
		assert_string_equal(f.last[i].address, expected[i].address);
		assert_int_equal(f.last[i].n, expected[i].n);
		assert_int_equal(units_compare(f.last[i].value, units_of(expected[i].value)), 0);
		assert_false(f.last[i].coinbase);
	}
	f.chain->ops->free(f.chain);
	loop_free(f.loop);
	watchlist_free(w);
	peer_finish(p);
}

static void test_address_of_another_network_is_refused(void **state)
{
	struct loop *l;
	struct chain *c;
	uint8_t key[WATCHLIST_KEY_MAX];
	struct err err;
	size_t len;

	(void)state;
	assert_int_equal(loop_new(&l, &err), 0);
	c = make_chain(l, "127.0.0.1:1");
	assert_int_equal(c->ops->key(c, "1PSSGeFHDnKNxiEyFrD1wcEaHr9hrQDDWc", key, &len, &err),
			 ERR_INVALID);
	c->ops->free(c);
	loop_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_nodes_say),
		cmocka_unit_test(test_a_node_that_is_behind_is_told),
		cmocka_unit_test(test_form_of_getblock_is_remembered),
		cmocka_unit_test(test_dropped_questions_stay_silent),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_every_address_type_is_found),
		cmocka_unit_test(test_address_of_another_network_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
