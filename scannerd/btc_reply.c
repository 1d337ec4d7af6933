/* What Bitcoin nodes say.  They differ most in how they say no: the same situation has another code
 * from each of them, and the same code means another thing in another method.  The table
 * `refusals` reads them. */
#include "scannerd/chain_btc_inside.h"

#include <inttypes.h>
#include <string.h>

static const char *const method_names[] = {
	[GETBLOCKHASH] = "getblockhash",
	[GETBLOCK] = "getblock",
	[GETBLOCKCHAININFO] = "getblockchaininfo",
	[GETBLOCKCOUNT] = "getblockcount",
};

const char *btc_method_name(enum btc_method m)
{
	return method_names[m];
}

#define METHOD(m)  (1U << (m))
#define ANY_METHOD (~0U)

/* The first row that fits decides; `part` NULL fits any text. */
static const struct {
	unsigned methods;
	long code;
	const char *part;
	enum chain_trouble trouble;
} refusals[] = {
	{ ANY_METHOD, -28, NULL, CHAIN_WARMING_UP },			    /* Core: loading */
	{ METHOD(GETBLOCKHASH), -8, NULL, CHAIN_NOT_YET },		    /* Core, bcoin */
	{ METHOD(GETBLOCKHASH), -1, "out of range", CHAIN_NOT_YET },	    /* btcd */
	{ METHOD(GETBLOCK), -1, "not fully downloaded", CHAIN_NOT_YET },    /* Core */
	{ METHOD(GETBLOCK), -1, "pruned", CHAIN_PRUNED },		    /* Core */
	{ METHOD(GETBLOCK), -1, "not found on disk", CHAIN_REFUSED },	    /* Core: a broken one */
	{ METHOD(GETBLOCK), -1, "not found", CHAIN_STALE },		    /* bcoin */
	{ METHOD(GETBLOCK), -5, NULL, CHAIN_STALE },			    /* Core, btcd */
	{ METHOD(GETBLOCK), -32603, "not in the main chain", CHAIN_STALE }, /* btcd */
};

static enum chain_trouble refusal_of(enum btc_method m, const struct jsonrpc_reply *r)
{
	for (unsigned i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if ((refusals[i].methods & METHOD(m)) != 0 && refusals[i].code == r->code &&
		    (refusals[i].part == NULL || strcasestr(r->text, refusals[i].part) != NULL))
			return refusals[i].trouble;
	return CHAIN_REFUSED;
}

/* True: there is a result.  Else the question is answered and gone. */
static bool reply_ok(struct question *q, enum btc_method m, const struct jsonrpc_reply *r)
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
bool btc_reply_take(struct question *q, enum btc_method m, const struct jsonrpc_reply *r)
{
	if (!q->base.dropped)
		return reply_ok(q, m, r);
	chain_question_free(&q->base);
	return false;
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

bool btc_reply_hash(struct question *q, const struct jsonrpc_reply *r)
{
	if (!btc_reply_take(q, GETBLOCKHASH, r))
		return false;
	if (reply_hash(r, q->hash))
		return true;
	chain_question_fail(&q->base, CHAIN_UNREACHABLE, "node %s answers nonsense: no block hash",
			    q->chain->server);
	return false;
}

bool btc_lacks_method(const struct jsonrpc_reply *r)
{
	return r->kind == JSONRPC_ERROR && (r->code == -32601 || r->code == -1);
}

/* btcd says -32602, bcoin -3; Core before 0.15, which knew no numbers here, says -1. */
bool btc_wants_other_flag(const struct jsonrpc_reply *r)
{
	return r->kind == JSONRPC_ERROR &&
	       (r->code == -32602 || r->code == -3 ||
		(r->code == -1 && strstr(r->text, "JSON value") != NULL));
}
