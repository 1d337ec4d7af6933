/* Several nodes behind the operations of one.
 *
 *   health:  ask all -> [somebody is a block behind: rest, ask all once more] -> judge -> tell
 *
 * A round ends when all have answered.  One that has let a round wait for it is not waited for
 * again, beyond the time that the others take, until it answers in time.  As long as nobody has
 * answered there is nothing to tell, and the round goes on until somebody does, or all have failed.
 *
 * Who is asked changes in health() only: between two of them all answers are one node's. */
#include "common/node/sky_node_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/node/sky_pool_judge.h"
#include "common/node/sky_standing.h"

#define PATIENCE_MS 5000 /* with one node that does not answer while others did */
#define REST_MS	    1000 /* a block has reached some of them and not yet the others */

struct pool;

struct member {
	struct pool *pool;
	struct sky_node *node;
	bool asking;	  /* its health() is under way, in this round or since an earlier one */
	int64_t asked_at; /* clock_mono_ms() */
	bool pending;	  /* this round has not heard of it */
	bool late;
};

/* Who waits for health; told at the end of the turn. */
struct waiter {
	struct pool *pool;
	LIST_ENTRY(waiter) entry;
	sky_health_fn fn;
	void *arg;
	bool ready;
	bool well;
	struct sky_health health;
	struct err err;
};

/* An operation that the chosen node does. */
struct call {
	struct pool *pool;
	LIST_ENTRY(call) entry;
	size_t member;
	void *arg;
	union {
		sky_outputs_fn outputs;
		sky_inject_fn inject;
		sky_status_fn status;
		sky_spent_fn spent;
		sky_blocks_fn blocks;
	} fn;
};

enum pool_state { POOL_IDLE, POOL_ASKING, POOL_RESTING };

struct pool {
	struct sky_node base;
	struct loop *loop;
	struct loop_timer *timer;
	enum pool_state state;
	bool again; /* asked a second time */
	size_t count, current;
	struct member members[SKY_NODES_MAX];
	struct sky_report reports[SKY_NODES_MAX];
	char genesis[65]; /* "": not known yet */
	bool told;	  /* in the log: who is asked, as what */
	size_t told_node;
	enum sky_standing told_standing;
	char told_api[16];
	LIST_HEAD(waiter_list, waiter) waiters;
	LIST_HEAD(call_list, call) calls;
};

static struct pool *pool_of(struct sky_node *n)
{
	return (struct pool *)n;
}

static void *must(void *p)
{
	if (p == NULL)
		abort(); /* as the loop does: without memory for this there is no daemon */
	return p;
}

/* --- a round of health --------------------------------------------------------------------------
 */

static void round_check(struct pool *p);
static void on_member_health(void *arg, const struct sky_health *h, const struct err *err);

static void round_begin(struct pool *p)
{
	struct member *m;

	p->state = POOL_ASKING;
	loop_timer_start(p->timer, PATIENCE_MS);
	for (size_t i = 0; i < p->count; i++) {
		m = &p->members[i];
		m->pending = true;
		p->reports[i].answered = false;
		(void)snprintf(p->reports[i].error, sizeof(p->reports[i].error),
			       "does not answer in time");
		if (m->asking)
			continue;
		m->asking = true;
		m->asked_at = clock_mono_ms();
		m->node->ops->health(m->node, on_member_health, m);
	}
}

static void fill_report(struct sky_report *r, const struct sky_health *h, const struct err *err)
{
	r->answered = err == NULL;
	if (err == NULL)
		r->health = *h;
	else
		(void)snprintf(r->error, sizeof(r->error), "%s", err->text);
}

/* What comes after its round only says whether the next one may wait for it. */
static void on_member_health(void *arg, const struct sky_health *h, const struct err *err)
{
	struct member *m = arg;
	struct pool *p = m->pool;

	m->asking = false;
	m->late = clock_mono_ms() - m->asked_at > PATIENCE_MS;
	if (p->state != POOL_ASKING || !m->pending)
		return;
	m->pending = false;
	fill_report(&p->reports[m - p->members], h, err);
	round_check(p);
}

static void waiter_tell(void *arg)
{
	struct waiter *w = arg, told = *w;

	LIST_REMOVE(w, entry);
	free(w);
	told.fn(told.arg, told.well ? &told.health : NULL, told.well ? NULL : &told.err);
}

static void set_error(const struct pool *p, struct err *err)
{
	char all[SKY_PROBLEMS_MAX];

	if (p->count == 1) {
		(void)err_set(err, ERR_IO, "%s", p->reports[0].error);
		return;
	}
	sky_pool_problems(p->reports, p->count, p->count, all, sizeof(all));
	(void)err_set(err, ERR_IO, "no Skycoin node answers: %s", all);
}

static void round_tell(struct pool *p, bool well)
{
	struct sky_health health = { .standing = SKY_GOOD };
	struct waiter *w;
	struct err err = { .text = "" };

	if (well) {
		health = p->reports[p->current].health;
		sky_pool_problems(p->reports, p->count, p->current, health.problems,
				  sizeof(health.problems));
	} else {
		set_error(p, &err);
	}
	for (w = LIST_FIRST(&p->waiters); w != NULL; w = LIST_NEXT(w, entry)) {
		if (w->ready)
			continue;
		w->ready = true;
		w->well = well;
		w->health = health;
		w->err = err;
		loop_at_turn_end(p->loop, waiter_tell, w);
	}
}

/* A person who looks for a payment wants to know who was asked about it. */
static void choose(struct pool *p, size_t chosen)
{
	const struct sky_health *h = &p->reports[chosen].health;

	p->current = chosen;
	if (p->told && p->told_node == chosen && p->told_standing == h->standing &&
	    strcmp(p->told_api, h->api) == 0)
		return;
	p->told = true;
	p->told_node = chosen;
	p->told_standing = h->standing;
	(void)snprintf(p->told_api, sizeof(p->told_api), "%s", h->api);
	log_info("sky_node_used", "address=%s api=%s version=%s standing=%s", h->address, h->api,
		 h->version[0] != '\0' ? h->version : "unknown", sky_standing_name(h->standing));
}

static void round_end(struct pool *p)
{
	size_t chosen = sky_pool_judge(p->reports, p->count, p->genesis, p->current);

	if (!p->again && sky_pool_in_motion(p->reports, p->count)) {
		p->again = true;
		p->state = POOL_RESTING;
		loop_timer_start(p->timer, REST_MS);
		return;
	}
	p->state = POOL_IDLE;
	loop_timer_stop(p->timer);
	if (chosen < p->count)
		choose(p, chosen);
	for (size_t i = 0; i < p->count; i++)
		p->reports[i].failed = false; /* the choice has taken it into account */
	round_tell(p, chosen < p->count);
}

static void round_check(struct pool *p)
{
	bool answered = false, waits = false, pending = false;

	for (size_t i = 0; i < p->count; i++) {
		answered = answered || p->reports[i].answered;
		pending = pending || p->members[i].pending;
		waits = waits || (p->members[i].pending && !p->members[i].late);
	}
	if (waits || (pending && !answered))
		return;
	round_end(p);
}

static void on_timer(void *arg)
{
	struct pool *p = arg;

	if (p->state == POOL_RESTING) {
		round_begin(p);
		return;
	}
	for (size_t i = 0; i < p->count; i++)
		p->members[i].late = p->members[i].late || p->members[i].pending;
	round_check(p);
}

static void pool_health(struct sky_node *n, sky_health_fn fn, void *arg)
{
	struct pool *p = pool_of(n);
	struct waiter *w = must(calloc(1, sizeof(*w)));

	w->pool = p;
	w->fn = fn;
	w->arg = arg;
	LIST_INSERT_HEAD(&p->waiters, w, entry);
	if (p->state != POOL_IDLE)
		return; /* it is told of the round under way */
	p->again = false;
	round_begin(p);
}

/* --- what the chosen node does ------------------------------------------------------------------
 */

static struct call *call_new(struct sky_node *n, void *arg)
{
	struct pool *p = pool_of(n);
	struct call *c = must(calloc(1, sizeof(*c)));

	c->pool = p;
	c->member = p->current;
	c->arg = arg;
	LIST_INSERT_HEAD(&p->calls, c, entry);
	return c;
}

static struct sky_node *node_of(const struct call *c)
{
	return c->pool->members[c->member].node;
}

/* Its user is called last: he may free the pool. */
static struct call call_end(struct call *c, bool failed)
{
	struct call ended = *c;

	if (failed)
		c->pool->reports[c->member].failed = true;
	LIST_REMOVE(c, entry);
	free(c);
	return ended;
}

static void on_outputs(void *arg, const struct sky_outputs *o, const struct err *err)
{
	struct call c = call_end(arg, err != NULL);

	c.fn.outputs(c.arg, o, err);
}

static void pool_outputs(struct sky_node *n, const struct sky_address *addresses, size_t count,
			 sky_outputs_fn fn, void *arg)
{
	struct call *c = call_new(n, arg);

	c->fn.outputs = fn;
	node_of(c)->ops->outputs(node_of(c), addresses, count, on_outputs, c);
}

static void on_inject(void *arg, enum sky_inject_result result, const char *text)
{
	struct call c = call_end(arg, result == SKY_INJECT_UNKNOWN);

	c.fn.inject(c.arg, result, text);
}

static void pool_inject(struct sky_node *n, const uint8_t *raw, size_t len, sky_inject_fn fn,
			void *arg)
{
	struct call *c = call_new(n, arg);

	c->fn.inject = fn;
	node_of(c)->ops->inject(node_of(c), raw, len, on_inject, c);
}

static void on_status(void *arg, enum sky_tx_status status, uint64_t height, uint64_t block_seq,
		      const struct err *err)
{
	struct call c = call_end(arg, err != NULL);

	c.fn.status(c.arg, status, height, block_seq, err);
}

static void pool_status(struct sky_node *n, const char *txid, sky_status_fn fn, void *arg)
{
	struct call *c = call_new(n, arg);

	c->fn.status = fn;
	node_of(c)->ops->status(node_of(c), txid, on_status, c);
}

static void on_spent(void *arg, const struct sky_spent *s, const struct err *err)
{
	struct call c = call_end(arg, err != NULL);

	c.fn.spent(c.arg, s, err);
}

static void pool_spent(struct sky_node *n, const struct sha256 *uxid,
		       const struct sky_address *owner, sky_spent_fn fn, void *arg)
{
	struct call *c = call_new(n, arg);

	c->fn.spent = fn;
	node_of(c)->ops->spent(node_of(c), uxid, owner, on_spent, c);
}

static void on_blocks(void *arg, const struct sky_blocks *b, const struct err *err)
{
	struct call c = call_end(arg, err != NULL);
	struct err named;

	if (err != NULL && c.pool->count > 1) { /* a person must know which of them it was */
		named = *err;
		(void)err_wrap(&named, "%s", c.pool->reports[c.member].address);
		err = &named;
	}
	c.fn.blocks(c.arg, b, err);
}

static void pool_blocks(struct sky_node *n, uint64_t first, uint64_t last, sky_blocks_fn fn,
			void *arg)
{
	struct call *c = call_new(n, arg);

	c->fn.blocks = fn;
	node_of(c)->ops->blocks(node_of(c), first, last, on_blocks, c);
}

static void pool_pin(struct sky_node *n, const char *genesis)
{
	struct pool *p = pool_of(n);

	(void)snprintf(p->genesis, sizeof(p->genesis), "%s", genesis);
}

/* --- the pool -----------------------------------------------------------------------------------
 */

static void pool_free(struct sky_node *n)
{
	struct pool *p = pool_of(n);
	struct waiter *w, *next_waiter;
	struct call *c, *next_call;

	for (size_t i = 0; i < p->count; i++)
		p->members[i].node->ops->free(p->members[i].node); /* drops what is under way */
	for (w = LIST_FIRST(&p->waiters); w != NULL; w = next_waiter) {
		next_waiter = LIST_NEXT(w, entry);
		loop_cancel_turn_end(p->loop, w);
		free(w);
	}
	for (c = LIST_FIRST(&p->calls); c != NULL; c = next_call) {
		next_call = LIST_NEXT(c, entry);
		free(c);
	}
	loop_timer_free(p->timer);
	free(p);
}

static const struct sky_node_ops pool_ops = {
	.free = pool_free,
	.outputs = pool_outputs,
	.inject = pool_inject,
	.status = pool_status,
	.spent = pool_spent,
	.blocks = pool_blocks,
	.health = pool_health,
	.pin = pool_pin,
};

static void add_member(struct pool *p, const struct sky_pool_member *m)
{
	p->members[p->count] = (struct member){ .pool = p, .node = m->node };
	(void)snprintf(p->reports[p->count].address, sizeof(p->reports[0].address), "%s",
		       m->address);
	p->count++;
}

int sky_node_pool_new(struct loop *l, const struct sky_pool_member *members, size_t count,
		      struct sky_node **ret, struct err *err)
{
	struct pool *p = must(calloc(1, sizeof(*p)));

	p->base.ops = &pool_ops;
	p->loop = l;
	for (size_t i = 0; i < count && i < SKY_NODES_MAX; i++)
		add_member(p, &members[i]);
	p->timer = loop_timer_new(l, on_timer, p);
	if (p->timer == NULL) {
		pool_free(&p->base);
		return err_set(err, ERR_BUSY, "out of memory");
	}
	*ret = &p->base;
	return 0;
}
