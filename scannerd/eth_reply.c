/* Nodes say the same in many ways: codes old and new, texts of six clients and of those who host
 * them.  What it means for the scan is decided here. */
#include <inttypes.h>
#include <string.h>

#include "scannerd/chain_eth_inside.h"

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

enum chain_trouble eth_refusal_of(const struct jsonrpc_reply *r)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if ((refusals[i].code == 0 || refusals[i].code == r->code) &&
		    (refusals[i].part == NULL || strcasestr(r->text, refusals[i].part) != NULL))
			return refusals[i].trouble;
	return CHAIN_REFUSED;
}

void eth_nonsense(struct question *q, const char *what)
{
	chain_question_fail(&q->base, CHAIN_UNREACHABLE, "node %s answers nonsense: %s",
			    q->chain->server, what);
}

bool eth_reply_ok(struct question *q, const char *method, const struct jsonrpc_reply *r)
{
	const char *server = q->chain->server;

	switch (r->kind) {
	case JSONRPC_RESULT: return true;
	case JSONRPC_ERROR:
		chain_question_fail(&q->base, eth_refusal_of(r),
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
	case JSONRPC_GARBAGE: eth_nonsense(q, r->text); return false;
	}
	return false;
}

bool eth_reply_take(struct question *q, const char *method, const struct jsonrpc_reply *r)
{
	if (!q->base.dropped)
		return eth_reply_ok(q, method, r);
	chain_question_free(&q->base);
	return false;
}

/* The standard has one code for this, and nodes have others: those of EIP-1474 (Hardhat 2.29), of
 * namespaces that are switched off (Besu), or one for everything (ganache 6: -32000, 7: -32700).
 * Code 0 fits any. */
static const struct {
	long code;
	const char *part;
} lacks_method[] = {
	{ -32601, NULL },
	{ -32604, NULL },
	{ -32004, NULL },
	{ 0, "does not exist/is not available" },
	{ -32000, " not supported" },
	{ -32600, "unsupported method" },
};

bool eth_lacks_method(const struct jsonrpc_reply *r)
{
	if (r->kind != JSONRPC_ERROR)
		return false;
	for (size_t i = 0; i < sizeof(lacks_method) / sizeof(lacks_method[0]); i++)
		if ((lacks_method[i].code == 0 || lacks_method[i].code == r->code) &&
		    (lacks_method[i].part == NULL ||
		     strcasestr(r->text, lacks_method[i].part) != NULL))
			return true;
	return false;
}

bool eth_parsed_ok(struct question *q, int rc, const struct err *err, int64_t number)
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

void eth_hash_digits(const struct eth_hash *h, char ret[BLOCK_HASH_TEXT_MAX])
{
	char text[ETH_HASH_TEXT_MAX];

	eth_hash_text(h, text);
	memcpy(ret, text + 2, BLOCK_HASH_TEXT_MAX);
}
