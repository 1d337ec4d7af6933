/* The node's blocks come proven (common/node/sky_block.c): each is what its hash says, as far as
 * the node tells all of its header.  What is decided here is whether the node may be asked at all:
 * its first block must be the one that the scan is pinned to, because nothing else keeps a node of
 * another network from looking like a reorganisation of the whole chain.
 *
 * A node that is behind its peers, or has none, is scanned as far as it goes: what it shows is
 * true, only late, and the health says so.
 *
 * Blocks that are asked for in one turn of the loop and follow each other are one request. */
#include "scannerd/chain_sky.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/node/sky_standing.h"
#include "scannerd/chain_question.h"

#define RANGE_MAX     64 /* blocks of one request: 64 full ones are some 20 MB of JSON */
#define SLIGHT_BLOCKS 2	 /* a block takes its time from node to node */
#define JSON_PER_BYTE 7
#define PROBLEM	      "sky_sync"

struct chain_sky {
	struct chain base;
	struct chain_sky_options o;
	struct chain_questions questions;
	struct question *waiting; /* blocks, newest first, for the end of the turn */
	uint64_t behind_at;	  /* the head of a node that was behind; UINT64_MAX: it was not */
};

struct question {
	struct chain_question base;
	struct chain_sky *chain;
	int64_t height;
	struct question *next; /* of those waiting, or in one request */
};

static struct question *question_new(struct chain *c, enum chain_asked asked, void *arg)
{
	struct chain_sky *s = (struct chain_sky *)c;
	struct question *q = chain_question_new(&s->questions, sizeof(*q), asked, arg);

	q->chain = s;
	return q;
}

/* An answer that is disproved by itself, or nothing that could be judged. */
static enum chain_trouble trouble_of(const struct err *err)
{
	return err->code == ERR_INVALID ? CHAIN_BAD_BLOCK : CHAIN_UNREACHABLE;
}

static void fail_err(struct question *q, const struct err *err)
{
	chain_question_fail(&q->base, trouble_of(err), "no block from the Skycoin node: %s",
			    err->text);
}

static void hash_text(const struct sha256 *h, char ret[BLOCK_HASH_TEXT_MAX])
{
	hex_from_bytes(h->b, sizeof(h->b), ret);
}

/* --- tip ---------------------------------------------------------------------------------------
 */

/* Told when it does not pass: a lag of a block or two may be over at the next look. */
static bool is_behind(struct chain_sky *s, const struct sky_health *h)
{
	bool lasting = h->standing == SKY_BEHIND && (s->behind_at == h->head_seq ||
						     h->head_seq + SLIGHT_BLOCKS < h->highest_seq);

	s->behind_at = h->standing == SKY_BEHIND ? h->head_seq : UINT64_MAX;
	return lasting;
}

static void watch_standing(struct chain_sky *s, const struct sky_health *h)
{
	bool behind = is_behind(s, h);

	if (h->standing == SKY_NO_PEERS)
		health_raise(
			s->o.health, PROBLEM,
			"Skycoin node %s has no peers and learns of no block; SKY deposits made "
			"since are not seen: check its network",
			h->address);
	else if (behind)
		health_raise(s->o.health, PROBLEM,
			     "Skycoin node %s is behind the chain; SKY deposits in blocks that it "
			     "has not got are seen when it has caught up",
			     h->address);
	else if (h->standing != SKY_BEHIND)
		health_clear(s->o.health, PROBLEM);
}

static void tip_other_chain(struct question *q, const struct sky_health *h)
{
	const char *pinned = q->chain->o.pinned(q->chain->o.arg);

	if (h->coin[0] != '\0' && strcmp(h->coin, "skycoin") != 0)
		chain_question_fail(&q->base, CHAIN_WRONG_NETWORK,
				    "node %.100s is one of the coin '%s', not of Skycoin",
				    h->address, h->coin);
	else if (pinned[0] == '\0')
		chain_question_fail(&q->base, CHAIN_WRONG_NETWORK,
				    "the Skycoin nodes are not of one chain: their first blocks "
				    "differ");
	else
		chain_question_fail(&q->base, CHAIN_WRONG_NETWORK,
				    "node %.100s is on another Skycoin chain: its first block is "
				    "%.16s..., that of what was scanned %.16s...",
				    h->address, h->genesis, pinned);
}

static void hold_on(struct chain_sky *s, const struct sky_health *h)
{
	if (h->genesis[0] == '\0' || s->o.pinned(s->o.arg)[0] != '\0')
		return;
	s->o.node->ops->pin(s->o.node, h->genesis);
	s->o.pin(s->o.arg, h->genesis);
}

static bool shows_no_chain(const struct question *q, const struct sky_health *h)
{
	return h->genesis[0] == '\0' && q->chain->o.pinned(q->chain->o.arg)[0] != '\0';
}

static void tip_answer(struct question *q, const struct sky_health *h)
{
	watch_standing(q->chain, h);
	if (h->standing == SKY_OTHER_CHAIN) {
		tip_other_chain(q, h);
		return;
	}
	if (shows_no_chain(q, h)) {
		chain_question_fail(&q->base, CHAIN_UNREACHABLE,
				    "node %.100s does not show its first block, by which the chain "
				    "that was scanned is told from others",
				    h->address);
		return;
	}
	if (h->head_seq > INT64_MAX) {
		chain_question_fail(&q->base, CHAIN_UNREACHABLE,
				    "node %.100s answers nonsense: no height", h->address);
		return;
	}
	hold_on(q->chain, h);
	q->base.fn.tip(q->base.arg, NULL, (int64_t)h->head_seq);
	chain_question_free(&q->base);
}

static void on_health(void *arg, const struct sky_health *h, const struct err *err)
{
	struct question *q = arg;

	if (q->base.dropped)
		chain_question_free(&q->base);
	else if (err != NULL)
		chain_question_fail(&q->base, CHAIN_UNREACHABLE,
				    "no answer from the Skycoin node: %s", err->text);
	else
		tip_answer(q, h);
}

static void chain_sky_tip(struct chain *c, chain_tip_fn fn, void *arg)
{
	struct question *q = question_new(c, CHAIN_ASKED_TIP, arg);
	struct sky_node *node = q->chain->o.node;
	const char *pinned = q->chain->o.pinned(q->chain->o.arg);

	q->base.fn.tip = fn;
	if (pinned[0] != '\0')
		node->ops->pin(node, pinned);
	node->ops->health(node, on_health, q);
}

/* --- hash_at -----------------------------------------------------------------------------------
 */

static void not_yet(struct question *q)
{
	chain_question_fail(&q->base, CHAIN_NOT_YET, "the Skycoin node has no block %" PRId64,
			    q->height);
}

static void hash_answer(struct question *q, const struct sky_blocks *b)
{
	char hash[BLOCK_HASH_TEXT_MAX];

	if (b->count == 0) {
		not_yet(q);
		return;
	}
	hash_text(&b->list[0].hash, hash);
	q->base.fn.hash(q->base.arg, NULL, hash);
	chain_question_free(&q->base);
}

static void on_hash_block(void *arg, const struct sky_blocks *b, const struct err *err)
{
	struct question *q = arg;

	if (q->base.dropped)
		chain_question_free(&q->base);
	else if (err != NULL)
		fail_err(q, err);
	else
		hash_answer(q, b);
}

static void chain_sky_hash_at(struct chain *c, int64_t height, chain_hash_fn fn, void *arg)
{
	struct question *q = question_new(c, CHAIN_ASKED_HASH, arg);
	struct sky_node *node = q->chain->o.node;

	q->base.fn.hash = fn;
	q->height = height;
	node->ops->blocks(node, (uint64_t)height, (uint64_t)height, on_hash_block, q);
}

/* --- block_at ----------------------------------------------------------------------------------
 */

/* What it took as JSON, about. */
static size_t size_of(const struct sky_block *b)
{
	size_t bytes = 0;

	for (size_t i = 0; i < b->tx_count; i++)
		bytes += b->txs[i].tx.length;
	return JSON_PER_BYTE * bytes;
}

static void block_answer(struct question *q, const struct sky_block *block)
{
	struct chain_block b = { .height = q->height, .size = size_of(block), .raw = block };

	hash_text(&block->hash, b.hash);
	hash_text(&block->prev_hash, b.prev_hash);
	b.time = (int64_t)block->time;
	q->base.fn.block(q->base.arg, NULL, &b);
	chain_question_free(&q->base);
}

/* An answer may make the scan drop the questions that follow. */
static void on_blocks(void *arg, const struct sky_blocks *b, const struct err *err)
{
	struct question *q = arg, *next;
	int64_t first = q->height;

	for (; q != NULL; q = next) {
		next = q->next;
		if (q->base.dropped)
			chain_question_free(&q->base);
		else if (err != NULL)
			fail_err(q, err);
		else if ((uint64_t)(q->height - first) < b->count)
			block_answer(q, &b->list[q->height - first]);
		else
			not_yet(q);
	}
}

/* Cut from `list` those that follow each other: *ret_rest begins with the first that does not. */
static struct question *range_end(struct question *list, struct question **ret_rest)
{
	struct question *last = list;

	for (unsigned n = 1; n < RANGE_MAX && last->next != NULL; n++) {
		if (last->next->height != last->height + 1)
			break;
		last = last->next;
	}
	*ret_rest = last->next;
	last->next = NULL;
	return last;
}

static void insert_by_height(struct question **list, struct question *q)
{
	while (*list != NULL && (*list)->height < q->height)
		list = &(*list)->next;
	q->next = *list;
	*list = q;
}

/* From the lowest up, without those that nobody wants any more: a rescan asks from the top down. */
static struct question *take_waiting(struct chain_sky *s)
{
	struct question *list = NULL, *q, *next;

	for (q = s->waiting; q != NULL; q = next) {
		next = q->next;
		if (q->base.dropped)
			chain_question_free(&q->base);
		else
			insert_by_height(&list, q);
	}
	s->waiting = NULL;
	return list;
}

static void ask_waiting(void *arg)
{
	struct chain_sky *s = arg;
	struct question *list = take_waiting(s), *last, *rest;

	for (; list != NULL; list = rest) {
		last = range_end(list, &rest);
		s->o.node->ops->blocks(s->o.node, (uint64_t)list->height, (uint64_t)last->height,
				       on_blocks, list);
	}
}

static void chain_sky_block_at(struct chain *c, int64_t height, chain_block_fn fn, void *arg)
{
	struct question *q = question_new(c, CHAIN_ASKED_BLOCK, arg);
	struct chain_sky *s = q->chain;

	q->base.fn.block = fn;
	q->height = height;
	if (s->waiting == NULL)
		loop_at_turn_end(s->o.loop, ask_waiting, s);
	q->next = s->waiting;
	s->waiting = q;
}

/* --- matching ----------------------------------------------------------------------------------
 */

#define KEY_LEN (1 + sizeof(struct hash160))

static void address_key(const struct sky_address *a, uint8_t ret[KEY_LEN])
{
	ret[0] = a->version;
	memcpy(ret + 1, a->key_hash.b, sizeof(a->key_hash.b));
}

static void match_tx(const struct sky_block_tx *t, const struct watchlist *w, chain_output_fn fn,
		     void *arg)
{
	uint8_t key[KEY_LEN];

	for (size_t i = 0; i < t->tx.output_count; i++) {
		const struct sky_tx_output *o = &t->tx.outputs[i];
		struct chain_output out = { .n = (uint32_t)i,
					    .value = units_of_droplets(o->coins) };

		address_key(&o->to, key);
		if (!watchlist_has(w, key, sizeof(key)))
			continue;
		hash_text(&t->txid, out.txid);
		sky_address_to_text(&o->to, out.address);
		fn(arg, &out);
	}
}

static bool chain_sky_match(struct chain *c, const struct chain_block *b, const struct watchlist *w,
			    chain_output_fn fn, void *arg)
{
	const struct sky_block *block = b->raw;

	(void)c;
	for (size_t i = 0; i < block->tx_count; i++)
		match_tx(&block->txs[i], w, fn, arg);
	return true;
}

static int chain_sky_key(struct chain *c, const char *address, uint8_t ret[WATCHLIST_KEY_MAX],
			 size_t *ret_len, struct err *err)
{
	struct sky_address a;
	int rc = sky_address_parse(address, &a, err);

	(void)c;
	if (rc < 0)
		return rc;
	address_key(&a, ret);
	*ret_len = KEY_LEN;
	return 0;
}

/* --- life --------------------------------------------------------------------------------------
 */

static void chain_sky_drop(struct chain *c)
{
	chain_questions_drop(&((struct chain_sky *)c)->questions);
}

static void chain_sky_free(struct chain *c)
{
	struct chain_sky *s = (struct chain_sky *)c;

	s->o.node->ops->free(s->o.node); /* so that none of them is answered any more */
	loop_cancel_turn_end(s->o.loop, s);
	chain_questions_free(&s->questions);
	free(s);
}

static const struct chain_ops chain_sky_ops = {
	.tip = chain_sky_tip,
	.hash_at = chain_sky_hash_at,
	.block_at = chain_sky_block_at,
	.drop = chain_sky_drop,
	.match = chain_sky_match,
	.key = chain_sky_key,
	.free = chain_sky_free,
};

struct chain *chain_sky_new(const struct chain_sky_options *o)
{
	struct chain_sky *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->base.ops = &chain_sky_ops;
	s->o = *o;
	s->behind_at = UINT64_MAX;
	return &s->base;
}
