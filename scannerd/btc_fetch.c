/* A block is asked for in two steps: its hash, then its bytes, so that what comes can be held
 * against what was asked for.  What is wanted within one turn of the loop goes together: hashes in
 * one batch, blocks a few at a time, as many as their size allows (the node and we both hold a
 * whole answer in memory). */
#include "scannerd/chain_btc_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASHES_TOGETHER	   50
#define BLOCKS_TOGETHER	   8
#define TOGETHER_HEX	   (4U << 20) /* wanted length of an answer: a large block, or small ones */
#define BLOCK_HEX_AT_FIRST (TOGETHER_HEX / 5)

static void flush(void *arg);

static void flush_soon(struct chain_btc *b)
{
	if (!b->flush_waits)
		loop_at_turn_end(b->loop, flush, b);
	b->flush_waits = true;
}

static void want_block(struct question *q)
{
	STAILQ_INSERT_TAIL(&q->chain->want_block, q, entry);
	flush_soon(q->chain);
}

/* Blocks are alike in size for a while: the last ones say how many fit into an answer. */
static void note_size(struct chain_btc *b, size_t hex_len)
{
	b->block_hex =
		hex_len > b->block_hex ? hex_len : b->block_hex - (b->block_hex - hex_len) / 8;
}

static unsigned blocks_together(const struct chain_btc *b)
{
	size_t n = TOGETHER_HEX / (b->block_hex + 1);

	return n < 1 ? 1 : n > BLOCKS_TOGETHER ? BLOCKS_TOGETHER : (unsigned)n;
}

static void on_block(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;

	if (!q->base.dropped && !q->asked_again && btc_wants_other_flag(r)) {
		q->chain->flag_is_bool = !q->flag_is_bool; /* for those that follow, too */
		q->asked_again = true;
		want_block(q);
		return;
	}
	if (r->kind == JSONRPC_RESULT)
		note_size(q->chain, r->hex_len);
	btc_block_arrived(q, r);
}

static void on_block_hash(void *arg, const struct jsonrpc_reply *r)
{
	struct question *q = arg;

	if (btc_reply_hash(q, r))
		want_block(q);
}

static struct jsonrpc_call_of call_for_hash(struct question *q)
{
	struct jsonrpc_call_of c = { btc_method_name(GETBLOCKHASH), NULL, on_block_hash, q };

	if (asprintf(&c.params, "[%" PRId64 "]", q->height) < 0)
		abort(); /* as the loop does */
	return c;
}

static struct jsonrpc_call_of call_for_block(struct question *q)
{
	struct jsonrpc_call_of c = { btc_method_name(GETBLOCK), NULL, on_block, q };

	q->flag_is_bool = q->chain->flag_is_bool;
	if (asprintf(&c.params, "[\"%s\", %s]", q->hash, q->flag_is_bool ? "false" : "0") < 0)
		abort(); /* as the loop does */
	return c;
}

/* The next that somebody still waits for; NULL: none. */
static struct question *list_take(struct question_list *list)
{
	struct question *q;

	while ((q = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, entry);
		if (!q->base.dropped)
			return q;
		chain_question_free(&q->base);
	}
	return NULL;
}

static void flush_list(struct chain_btc *b, struct question_list *list, unsigned together,
		       enum jsonrpc_form form,
		       struct jsonrpc_call_of (*call_for)(struct question *q))
{
	struct jsonrpc_call_of calls[HASHES_TOGETHER];
	struct question *q;
	unsigned n;

	do {
		for (n = 0; n < together && (q = list_take(list)) != NULL; n++)
			calls[n] = call_for(q);
		if (n > 0)
			jsonrpc_calls(b->rpc, form, calls, n);
	} while (n == together);
}

/* The turn has ended: all that is wanted goes out. */
static void flush(void *arg)
{
	struct chain_btc *b = arg;

	b->flush_waits = false;
	flush_list(b, &b->want_hash, HASHES_TOGETHER, JSONRPC_TREE, call_for_hash);
	flush_list(b, &b->want_block, blocks_together(b), JSONRPC_HEX, call_for_block);
}

void btc_fetch_block_at(struct chain *c, int64_t height, chain_block_fn fn, void *arg)
{
	struct question *q = btc_question_new(c, CHAIN_ASKED_BLOCK, arg);

	q->base.fn.block = fn;
	q->height = height;
	STAILQ_INSERT_TAIL(&q->chain->want_hash, q, entry);
	flush_soon(q->chain);
}

void btc_fetch_init(struct chain_btc *b)
{
	STAILQ_INIT(&b->want_hash);
	STAILQ_INIT(&b->want_block);
	STAILQ_INIT(&b->arrivals);
	b->block_hex = BLOCK_HEX_AT_FIRST;
}

void btc_fetch_free(struct chain_btc *b)
{
	loop_cancel_turn_end(b->loop, b);
}
