/* Transfers made by contracts are in no transaction's `to`.  Where the node can trace, and is asked
 * to, they count as well.  A block that cannot be traced is scanned without: waiting would hold up
 * all other deposits, and the money shows in the balance (balance_check.c). */
#include <inttypes.h>
#include <stdio.h>

#include "common/base/log.h"
#include "scannerd/chain_eth_inside.h"

#define TRACE_TRIES 3 /* of a block, before it is scanned without */

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
	if (health_text(h, ETH_TRACE_PROBLEM)[0] == '\0')
		health_raise(h, ETH_TRACE_PROBLEM,
			     "the node cannot trace block %" PRId64 " (%s); transfers that "
			     "contracts make are not seen as deposits then: they show up in the "
			     "balances, as unassigned",
			     q->height, why);
	eth_fetch_answer(q);
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
	bool refused = r->kind == JSONRPC_ERROR && eth_refusal_of(r) == CHAIN_REFUSED;
	bool later = r->kind == JSONRPC_UNREACHABLE || r->kind == JSONRPC_GARBAGE ||
		     r->kind == JSONRPC_BUSY ||
		     (r->kind == JSONRPC_ERROR && eth_refusal_of(r) == CHAIN_UNREACHABLE);

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
		eth_fail_stale(q, trace_method(q));
	} else if (rc < 0) {
		go_on_untraced(q, err.text);
	} else {
		health_clear(q->chain->health, ETH_TRACE_PROBLEM);
		eth_fetch_answer(q);
	}
}

static void on_trace(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;

	if (q->base.dropped)
		chain_question_free(&q->base);
	else if (eth_lacks_method(r))
		trace_missing(q);
	else if (trace_is_hopeless(q, r))
		go_on_untraced(q, r->text);
	else if (eth_reply_ok(q, trace_method(q), r))
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

void eth_trace_or_answer(struct question *q)
{
	if (q->chain->tracing == TRACE_OFF || q->block.tx_count == 0)
		eth_fetch_answer(q);
	else
		ask_trace(q);
}
