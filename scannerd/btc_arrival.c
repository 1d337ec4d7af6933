/* What becomes of an answer to getblock: hex becomes bytes here, the bytes are read by another
 * thread (each transaction is hashed: that takes as long as all else of a scan together), and the
 * question is answered in the order in which the answers came, refusals among them: what the node
 * sent before it failed counts.
 *
 * Why nothing can race: what the other thread sees is the bytes of a block and the place for what
 * comes of them.  It gets them with loop_beside(), nobody else looks at them until on_read(), and
 * reading a block is a function of its bytes alone.  Everything else here is the loop's.
 *
 * Nothing of a block is believed that this side can check: its header hashes to the hash asked
 * for, and the block into its header (btc_block.c). */
#include "scannerd/chain_btc_inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scannerd/btc_hex.h"

struct arrival {
	/* The loop's: */
	STAILQ_ENTRY(arrival) entry;
	struct question *question;  /* NULL: the chain is gone */
	struct jsonrpc_reply reply; /* without what it points to */
	bool ready;
	/* Whoever's turn it is: */
	uint8_t *bytes; /* NULL: no block came */
	size_t len;
	int rc;
	struct btc_block block; /* when `rc` is 0 */
	struct err err;		/* when it is not */
};

static void arrival_free(struct arrival *a)
{
	if (a->bytes != NULL && a->rc == 0)
		btc_block_release(&a->block);
	free(a->bytes);
	free(a);
}

/* --- answering -------------------------------------------------------------------------------- */

static void answer_block(struct question *q, const struct btc_block *parsed)
{
	struct chain_block b = {
		.height = q->height, .size = parsed->len, .time = parsed->time, .raw = parsed
	};

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

static void answer(struct question *q, const struct arrival *a)
{
	if (!btc_reply_take(q, GETBLOCK, &a->reply))
		return;
	if (a->bytes == NULL)
		chain_question_fail(&q->base, CHAIN_BAD_BLOCK,
				    "node %s, height %" PRId64 ": no hex of a block",
				    q->chain->server, q->height);
	else if (a->rc < 0)
		chain_question_fail(&q->base, CHAIN_BAD_BLOCK, "node %s, height %" PRId64 ": %s",
				    q->chain->server, q->height, a->err.text);
	else
		answer_block(q, &a->block);
}

static void answer_first(void *arg);

static void answer_soon(struct chain_btc *b)
{
	struct arrival *first = STAILQ_FIRST(&b->arrivals);

	if (first != NULL && first->ready && !b->answer_waits) {
		b->answer_waits = true;
		loop_at_turn_end(b->loop, answer_first, b);
	}
}

/* Who is answered may ask and drop, but not free the chain (chain.h). */
static void answer_first(void *arg)
{
	struct chain_btc *b = arg;
	struct arrival *a = STAILQ_FIRST(&b->arrivals);

	b->answer_waits = false;
	STAILQ_REMOVE_HEAD(&b->arrivals, entry);
	a->question->arrival = NULL;
	a->question->base.release = NULL;
	answer_soon(b);
	answer(a->question, a);
	arrival_free(a);
}

/* --- arriving --------------------------------------------------------------------------------- */

/* The chain is freed, and with it the queue. */
static void on_question_gone(struct chain_question *q)
{
	struct arrival *a = ((struct question *)q)->arrival;

	if (a->ready)
		arrival_free(a);
	else
		a->question = NULL;
}

static struct arrival *arrival_new(struct question *q, const struct jsonrpc_reply *r)
{
	struct arrival *a = calloc(1, sizeof(*a));

	if (a == NULL)
		abort(); /* as the loop does */
	a->question = q;
	a->reply = *r;
	a->reply.result = NULL;
	a->reply.hex = a->reply.raw = NULL;
	q->arrival = a;
	q->base.release = on_question_gone;
	STAILQ_INSERT_TAIL(&q->chain->arrivals, a, entry);
	return a;
}

static void take_bytes(struct arrival *a, const struct jsonrpc_reply *r)
{
	uint8_t *bytes = malloc(r->hex_len / 2 + 1);

	if (bytes != NULL && btc_hex_decode(r->hex, r->hex_len, bytes)) {
		a->bytes = bytes;
		a->len = r->hex_len / 2;
	} else {
		free(bytes);
	}
}

/* On another thread. */
static void read_block(void *arg)
{
	struct arrival *a = arg;

	a->rc = btc_block_parse(a->bytes, a->len, &a->block, &a->err);
}

static void on_read(void *arg)
{
	struct arrival *a = arg;

	a->ready = true;
	if (a->question != NULL)
		answer_soon(a->question->chain);
	else
		arrival_free(a);
}

void btc_block_arrived(struct question *q, const struct jsonrpc_reply *r)
{
	struct arrival *a;

	if (q->base.dropped) {
		chain_question_free(&q->base);
		return;
	}
	a = arrival_new(q, r);
	if (r->kind == JSONRPC_RESULT)
		take_bytes(a, r);
	if (a->bytes != NULL)
		loop_beside(q->chain->loop, read_block, on_read, a);
	else
		on_read(a);
}
