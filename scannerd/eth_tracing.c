/* Transfers made by contracts are in no transaction's `to`.  Where the node can trace, and is asked
 * to, they count as well.  A block that cannot be traced is scanned without: waiting would hold up
 * all other deposits.  What is owed for it then is recorded with it, and done by trace_debts.c.
 *
 * A node that has neither method, or does not let us use them, never traces, and nothing is owed:
 * the money shows in the balances (balance_check.c).  Of one that has traced since the start it is
 * not believed: behind an address there may be several nodes, and they are restarted. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "scannerd/chain_eth_inside.h"

#define TRACE_TRIES   3	     /* of a block, before it is scanned without */
#define UNKNOWN_TRIES 10     /* when it is said not to be there: it may have left the chain */
#define TRACE_REST_MS 120000 /* before the next block is tried: each failure may take a minute */

static const char TRACE_BY_HASH[] = "debug_traceBlockByHash", TRACE_BLOCK[] = "trace_block";

static const char *trace_method(const struct question *q)
{
	return q->traced_as == TRACE_CALLS ? TRACE_BY_HASH : TRACE_BLOCK;
}

static void ask_trace(struct question *q);

/* --- without ---------------------------------------------------------------------------------- */

/* The text stays the same while it lasts: each change would be a line in the log. */
static void tell_untraced(const struct question *q, const char *why)
{
	struct health *h = q->chain->health;
	bool owed = q->owed[0] != '\0';

	log_info("block_not_traced", "coin=ETH height=%" PRId64 " owed=%s why=\"%s\"", q->height,
		 owed ? "yes" : "no", why);
	if (health_text(h, ETH_TRACE_PROBLEM)[0] != '\0')
		return;
	health_raise(h, ETH_TRACE_PROBLEM,
		     "the node cannot trace block %" PRId64
		     " (%s); transfers that contracts make are not seen as deposits then: they %s",
		     q->height, why,
		     owed ? "are found when it can" : "show up in the balances, as unassigned");
}

static void go_on_untraced(struct question *q, bool owed, const char *why)
{
	if (owed)
		(void)snprintf(q->owed, sizeof(q->owed), "%.*s", TRACE_WHY_MAX - 1,
			       why[0] != '\0' ? why : "the node does not say why");
	tell_untraced(q, why);
	eth_fetch_answer(q);
}

/* Nothing is asked of the node: the scan would wait for its next failure, too. */
static void rest(struct question *q)
{
	(void)snprintf(q->owed, sizeof(q->owed), "the node did not trace the blocks before");
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
		go_on_untraced(q, false,
			       "it has neither debug_traceBlockByHash nor trace_block; "
			       "eth_rpc.trace = auto is read as off until the next start");
}

/* --- how it went ------------------------------------------------------------------------------ */

/* No answer, or not now. */
static bool is_passing(const struct jsonrpc_reply *r)
{
	return r->kind == JSONRPC_UNREACHABLE || r->kind == JSONRPC_GARBAGE ||
	       r->kind == JSONRPC_BUSY ||
	       (r->kind == JSONRPC_ERROR && eth_refusal_of(r) == CHAIN_UNREACHABLE);
}

/* A block that left the chain is another one when it is asked for again; where only those who trace
 * do not know it, the scan must not wait for them. */
static bool is_unknown(const struct jsonrpc_reply *r)
{
	return (r->kind == JSONRPC_ERROR && eth_refusal_of(r) == CHAIN_NOT_YET) ||
	       (r->kind == JSONRPC_RESULT && r->raw_len == 4 && memcmp(r->raw, "null", 4) == 0);
}

/* The block is asked for again from its start; but not for ever. */
static bool was_tried_enough(struct chain_eth *e, unsigned tries)
{
	if (++e->trace_failures < tries)
		return false;
	e->trace_failures = tries - 1; /* until it has traced again, one failure is enough */
	if (e->trace_rests)
		e->rests_until = clock_mono_ms() + TRACE_REST_MS;
	return true;
}

static bool is_refused(const struct jsonrpc_reply *r)
{
	return (r->kind == JSONRPC_ERROR && eth_refusal_of(r) == CHAIN_REFUSED) ||
	       r->kind == JSONRPC_UNAUTHORIZED;
}

static void trace_take(struct question *q, const struct jsonrpc_reply *r)
{
	struct chain_eth *e = q->chain;
	bool calls = q->traced_as == TRACE_CALLS;
	struct err err;
	int rc = calls ? eth_trace_calls(r->raw, r->raw_len, &q->block, &q->moves, &err)
		       : eth_trace_flat(r->raw, r->raw_len, &q->block, &q->moves, &err);

	if (rc == ERR_NOT_FOUND) {
		eth_fail_stale(q, trace_method(q));
		return;
	}
	if (rc < 0) {
		go_on_untraced(q, true, err.text);
		return;
	}
	e->trace_failures = 0;
	e->rests_until = 0;
	e->has_traced = q->traced = true;
	health_clear(e->health, ETH_TRACE_PROBLEM);
	eth_fetch_answer(q);
}

static void on_trace(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;
	struct chain_eth *e = q->chain;

	if (q->base.dropped)
		chain_question_free(&q->base);
	else if (eth_lacks_method(r) && !e->has_traced)
		trace_missing(q);
	else if (is_refused(r))
		go_on_untraced(q, r->kind == JSONRPC_ERROR || e->has_traced, r->text);
	else if (is_passing(r) && was_tried_enough(e, TRACE_TRIES))
		go_on_untraced(q, true, r->text);
	else if (is_unknown(r) && was_tried_enough(e, UNKNOWN_TRIES))
		go_on_untraced(q, true, "the block is unknown to who traces");
	else if (eth_reply_ok(q, trace_method(q), r))
		trace_take(q, r);
}

/* --- asking ----------------------------------------------------------------------------------- */

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
	struct chain_eth *e = q->chain;

	q->traced = e->tracing != TRACE_OFF && q->block.tx_count == 0;
	if (e->tracing == TRACE_OFF || q->traced)
		eth_fetch_answer(q);
	else if (clock_mono_ms() < e->rests_until)
		rest(q);
	else
		ask_trace(q);
}
