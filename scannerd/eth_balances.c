/* What addresses hold at a block: one call for each, a few in a request, and singly to a node that
 * takes no arrays.  All must be answered; the first that is not says what is wrong. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "scannerd/chain_eth_inside.h"

#define TOGETHER 10 /* hosted nodes take no more calls in one request */

static const char GET_BALANCE[] = "eth_getBalance";

struct balance_call {
	struct question *q;
	size_t at;
};

struct eth_balances {
	struct balance_call calls[CHAIN_BALANCES_MAX];
	struct units values[CHAIN_BALANCES_MAX];
	size_t count, left;
	struct jsonrpc_reply no; /* JSONRPC_RESULT: nothing has gone wrong yet */
};

static bool read_balance(const struct jsonrpc_reply *r, struct units *ret)
{
	const char *text = json_string(r->result);
	struct json_slice s = eth_slice(text != NULL ? text : "");

	return eth_units(&s, ret);
}

static void take_reply(struct eth_balances *b, size_t at, const struct jsonrpc_reply *r)
{
	static const struct jsonrpc_reply none = { .kind = JSONRPC_GARBAGE, .text = "no balance" };

	if (b->no.kind != JSONRPC_RESULT)
		return;
	if (r->kind != JSONRPC_RESULT)
		b->no = *r;
	else if (!read_balance(r, &b->values[at]))
		b->no = none;
}

static void on_balance(void *arg, const struct jsonrpc_reply *r)
{
	const struct balance_call *call = arg;
	struct question *q = call->q;
	struct eth_balances *b = q->balances;

	take_reply(b, call->at, r);
	if (--b->left > 0 || !eth_reply_take(q, GET_BALANCE, &b->no))
		return;
	q->base.fn.balances(q->base.arg, NULL, b->values);
	chain_question_free(&q->base);
}

static struct jsonrpc_call_of call_for(struct question *q, size_t at, const char *address)
{
	struct balance_call *call = &q->balances->calls[at];
	struct jsonrpc_call_of of = { GET_BALANCE, NULL, on_balance, call };

	*call = (struct balance_call){ q, at };
	if (asprintf(&of.params, "[\"%s\",\"0x%" PRIx64 "\"]", address, (uint64_t)q->height) < 0)
		abort(); /* as the loop does */
	return of;
}

static void ask_some(struct question *q, size_t from, const char *const *addresses, size_t count)
{
	struct jsonrpc_call_of calls[TOGETHER];

	for (size_t i = 0; i < count; i++)
		calls[i] = call_for(q, from + i, addresses[from + i]);
	jsonrpc_calls(q->chain->rpc, JSONRPC_TREE, calls, count);
}

void eth_balances(struct chain *c, int64_t height, const char *const *addresses, size_t count,
		  chain_balances_fn fn, void *arg)
{
	struct question *q = eth_question_new(c, CHAIN_ASKED_BALANCES, arg);

	assert(count > 0 && count <= CHAIN_BALANCES_MAX);
	q->base.fn.balances = fn;
	q->height = height;
	q->balances = calloc(1, sizeof(*q->balances));
	if (q->balances == NULL)
		abort(); /* as for a question */
	q->balances->left = count;
	for (size_t from = 0; from < count; from += TOGETHER)
		ask_some(q, from, addresses, count - from < TOGETHER ? count - from : TOGETHER);
}
