#include "test/support/scripted_chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "test/support/test.h"

struct script_question {
	struct script_question *next;
	struct scripted_chain *chain;
	struct loop_timer *timer;
	enum script_kind kind;
	int64_t height;
	uint64_t asked_at; /* clock_mono_ms() */
	bool dropped, answered;
	union {
		chain_tip_fn tip;
		chain_hash_fn hash;
		chain_final_fn final;
		chain_block_fn block;
	} fn;
	void *arg;
};

/* --- the blocks ----------------------------------------------------------------------------- */

void script_hash(char ret[BLOCK_HASH_TEXT_MAX], int64_t height, unsigned branch)
{
	(void)snprintf(ret, BLOCK_HASH_TEXT_MAX, "%064" PRIx64,
		       (uint64_t)(height + 1) * 65536 + branch);
}

void script_mine(struct scripted_chain *c)
{
	struct scripted_block *b = &c->blocks[++c->tip];

	assert_true(c->tip < SCRIPT_BLOCKS_MAX);
	memset(b, 0, sizeof(*b));
	b->branch = c->branch;
	b->prev_branch = c->tip > 0 ? c->blocks[c->tip - 1].branch : 0;
}

void script_mine_many(struct scripted_chain *c, unsigned count)
{
	while (count-- > 0)
		script_mine(c);
}

struct chain_output *script_pay(struct scripted_chain *c, const char *txid, uint32_t n,
				const char *address, uint64_t value)
{
	struct scripted_block *b = &c->blocks[c->tip];
	struct chain_output *o = &b->outputs[b->output_count++];

	assert_true(b->output_count <= SCRIPT_OUTPUTS_MAX);
	(void)snprintf(o->txid, sizeof(o->txid), "%s", txid);
	(void)snprintf(o->address, sizeof(o->address), "%s", address);
	o->n = n;
	o->value = units_of(value);
	return o;
}

void script_drop(struct scripted_chain *c, int64_t depth)
{
	assert_true(depth <= c->tip);
	c->tip -= depth;
	c->branch = ++c->last_branch;
}

struct scripted_branch script_save(const struct scripted_chain *c)
{
	struct scripted_branch b = { .tip = c->tip };
	size_t count = (size_t)c->tip + 1;

	b.blocks = reallocarray(NULL, count, sizeof(*b.blocks));
	assert_non_null(b.blocks);
	memcpy(b.blocks, c->blocks, count * sizeof(*b.blocks));
	return b;
}

void script_return(struct scripted_chain *c, const struct scripted_branch *b)
{
	memcpy(c->blocks, b->blocks, ((size_t)b->tip + 1) * sizeof(*b->blocks));
	c->tip = b->tip;
	c->branch = ++c->last_branch; /* what is mined next is new all the same */
}

void scripted_branch_release(struct scripted_branch *b)
{
	free(b->blocks);
	b->blocks = NULL;
}

/* --- answering ------------------------------------------------------------------------------ */

/* Those that were answered are freed when the next one is asked. */
static void questions_prune(struct scripted_chain *c, bool all)
{
	struct script_question **link = &c->questions, *q;

	while ((q = *link) != NULL) {
		if (!all && !q->answered) {
			link = &q->next;
			continue;
		}
		*link = q->next;
		loop_timer_free(q->timer);
		free(q);
	}
}

static bool fails(struct scripted_chain *c, const struct script_question *q,
		  struct chain_error *ret)
{
	bool beyond = (q->kind == ASK_HASH || q->kind == ASK_BLOCK) && q->height > c->tip;

	if (c->fail_times != 0 || (q->kind == ASK_BLOCK && q->height == c->fail_block)) {
		*ret = c->fail_with;
		c->fail_times -= c->fail_times > 0 ? 1 : 0;
		return true;
	}
	*ret = (struct chain_error){ .trouble = CHAIN_NOT_YET, .text = "no such block" };
	return beyond || (q->kind == ASK_FINAL && c->final < 0);
}

static void answer_failed(const struct script_question *q, const struct chain_error *e)
{
	switch (q->kind) {
	case ASK_TIP: q->fn.tip(q->arg, e, -1); break;
	case ASK_HASH: q->fn.hash(q->arg, e, NULL); break;
	case ASK_FINAL: q->fn.final(q->arg, e, -1, NULL); break;
	case ASK_BLOCK: q->fn.block(q->arg, e, NULL); break;
	}
}

void script_block(const struct scripted_chain *c, int64_t height, struct scripted_block *raw,
		  struct chain_block *ret)
{
	*raw = c->blocks[height];
	*ret = (struct chain_block){ .height = height,
				     .size = c->block_size,
				     .traced = c->tracing == SCRIPT_TRACES,
				     .owed = c->tracing == SCRIPT_TRACES_LATER ? "not now" : NULL,
				     .raw = raw };
	script_hash(ret->hash, height, raw->branch);
	script_hash(ret->prev_hash, height - 1, raw->prev_branch);
}

static void answer_block(const struct script_question *q)
{
	struct scripted_block raw; /* as it was when it was sent */
	struct chain_block b;

	script_block(q->chain, q->height, &raw, &b);
	q->fn.block(q->arg, NULL, &b);
}

static void answer(const struct script_question *q)
{
	const struct scripted_chain *c = q->chain;
	char hash[BLOCK_HASH_TEXT_MAX];
	int64_t height = q->kind == ASK_FINAL ? c->final : q->height;

	script_hash(hash, height, c->blocks[height].branch);
	switch (q->kind) {
	case ASK_TIP: q->fn.tip(q->arg, NULL, c->tip); break;
	case ASK_HASH: q->fn.hash(q->arg, NULL, hash); break;
	case ASK_FINAL: q->fn.final(q->arg, NULL, height, hash); break;
	case ASK_BLOCK: answer_block(q); break;
	}
}

static void answer_once(struct script_question *q)
{
	struct scripted_chain *c = q->chain;
	struct chain_error e;

	c->under_way--;
	q->answered = true;
	if (!q->dropped && c->before_answer != NULL)
		c->before_answer(c->hook_arg, q->kind, q->height);
	if (!q->dropped && fails(c, q, &e))
		answer_failed(q, &e);
	else if (!q->dropped)
		answer(q);
}

/* The oldest of those that were asked at this moment, or NULL. */
static struct script_question *oldest_asked_at(const struct scripted_chain *c, uint64_t asked_at)
{
	struct script_question *oldest = NULL;

	for (struct script_question *q = c->questions; q != NULL; q = q->next)
		if (q->kind == ASK_BLOCK && q->asked_at == asked_at && q->timer != NULL &&
		    !q->answered)
			oldest = q;
	return oldest;
}

static void on_due(void *arg)
{
	struct script_question *q = arg;
	struct scripted_chain *c = q->chain;
	uint64_t asked_at = q->asked_at;
	unsigned answered = 0;

	if (q->answered)
		return; /* with others of its batch */
	if (!c->batches || q->kind != ASK_BLOCK) {
		answer_once(q);
		return;
	}
	while ((q = oldest_asked_at(c, asked_at)) != NULL) {
		answer_once(q);
		answered++;
	}
	if (answered > c->most_answered_in_a_turn)
		c->most_answered_in_a_turn = answered;
}

/* --- asking --------------------------------------------------------------------------------- */

static struct script_question *ask(struct chain *chain, enum script_kind kind, int64_t height,
				   void *arg)
{
	struct scripted_chain *c = (struct scripted_chain *)chain;
	struct script_question *q = calloc(1, sizeof(*q));

	assert_non_null(q);
	questions_prune(c, false);
	*q = (struct script_question){ .next = c->questions,
				       .chain = c,
				       .kind = kind,
				       .height = height,
				       .asked_at = clock_mono_ms(),
				       .arg = arg };
	c->questions = q;
	c->asked[kind]++;
	if (++c->under_way > c->most_under_way)
		c->most_under_way = c->under_way;
	if (c->on_ask != NULL)
		c->on_ask(c->hook_arg, kind, height);
	if (c->hangs)
		return q;
	q->timer = loop_timer_new(c->loop, on_due, q);
	loop_timer_start(q->timer, c->answer_ms + (kind == ASK_BLOCK ? c->block_ms : 0));
	return q;
}

static void chain_tip(struct chain *c, chain_tip_fn fn, void *arg)
{
	ask(c, ASK_TIP, 0, arg)->fn.tip = fn;
}

static void chain_hash_at(struct chain *c, int64_t height, chain_hash_fn fn, void *arg)
{
	assert_true(height >= 0);
	ask(c, ASK_HASH, height, arg)->fn.hash = fn;
}

static void chain_final_block(struct chain *c, chain_final_fn fn, void *arg)
{
	ask(c, ASK_FINAL, 0, arg)->fn.final = fn;
}

static void chain_block_at(struct chain *chain, int64_t height, chain_block_fn fn, void *arg)
{
	struct scripted_chain *c = (struct scripted_chain *)chain;

	if (height < c->lowest_block_asked)
		c->lowest_block_asked = height;
	ask(chain, ASK_BLOCK, height, arg)->fn.block = fn;
}

static void chain_drop(struct chain *c)
{
	for (struct script_question *q = ((struct scripted_chain *)c)->questions; q != NULL;
	     q = q->next)
		q->dropped = true;
}

static void match_crowd(const struct chain_block *b, unsigned crowd, chain_output_fn fn, void *arg)
{
	struct chain_output o = { .address = "ours", .value = units_of(7) };

	(void)snprintf(o.txid, sizeof(o.txid), "crowd%" PRId64, b->height);
	for (o.n = 0; o.n < crowd; o.n++)
		fn(arg, &o);
}

bool script_match(const struct chain_block *b, const struct watchlist *w, chain_output_fn fn,
		  void *arg)
{
	const struct scripted_block *raw = b->raw;

	for (unsigned i = 0; i < raw->output_count; i++) {
		const struct chain_output *o = &raw->outputs[i];

		if (watchlist_has(w, (const uint8_t *)o->address, strlen(o->address)) &&
		    (b->traced || strncmp(o->txid, "by/", 3) != 0))
			fn(arg, o);
	}
	return true;
}

static bool chain_match(struct chain *chain, const struct chain_block *b, const struct watchlist *w,
			chain_output_fn fn, void *arg)
{
	const struct scripted_block *raw = b->raw;
	struct scripted_chain *c = (struct scripted_chain *)chain;

	if (c->before_match != NULL)
		c->before_match(c->hook_arg, ASK_BLOCK, b->height);
	(void)script_match(b, w, fn, arg);
	match_crowd(b, raw->crowd, fn, arg);
	if (c->after_match != NULL)
		c->after_match(c->hook_arg, ASK_BLOCK, b->height);
	/* not before: it looks into the database */
	assert_ptr_equal(chain->watched(chain->watched_arg), w);
	return c->unjudged == 0 || c->unjudged-- == 0;
}

static int chain_key(struct chain *c, const char *address, uint8_t ret[WATCHLIST_KEY_MAX],
		     size_t *ret_len, struct err *err)
{
	(void)c;
	(void)err;
	*ret_len = strlen(address);
	memcpy(ret, address, *ret_len);
	return 0;
}

static const struct chain_ops ops = {
	.tip = chain_tip,
	.hash_at = chain_hash_at,
	.final_block = chain_final_block,
	.block_at = chain_block_at,
	.drop = chain_drop,
	.match = chain_match,
	.key = chain_key,
};

/* --- life ----------------------------------------------------------------------------------- */

struct scripted_chain *scripted_chain_new(struct loop *l)
{
	struct scripted_chain *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->base.ops = &ops;
	c->loop = l;
	c->blocks = calloc(SCRIPT_BLOCKS_MAX, sizeof(*c->blocks));
	assert_non_null(c->blocks);
	c->tip = c->fail_block = -1;
	c->answer_ms = SCRIPT_ANSWER_MS;
	c->lowest_block_asked = SCRIPT_BLOCKS_MAX;
	return c;
}

void scripted_chain_free(struct scripted_chain *c)
{
	if (c == NULL)
		return;
	questions_prune(c, true);
	free(c->blocks);
	free(c);
}
