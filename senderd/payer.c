/* One node operation at a time, and one function, payer_step(), that holds their order.
 *
 * A full round first asks who the node is, then looks after the open transactions, oldest first,
 * and now and then after those that are confirmed or dead but not final; every round fetches the
 * spendable outputs and builds new transactions until nothing more can be paid:
 *
 *   IDLE -> ROUND -> ASK_NODE -> NEXT -+-> INJECT -> INJECTED -+-> (taken) marked sent
 *            |                    ^    |     ^                 |
 *            |                    |    |     | not known       +-> (else) STATUS
 *            |                    |    +-> STATUS -> JUDGE -> confirmed, pending, or PROVE
 *            |                    |                             |
 *            |                    +-- PROVED: dead, or held <---+
 *            |                    none left
 *            |                    v
 *            |                  FOLLOW ... (payer_follow.c)
 *            |                    v
 *            +-----------------> FETCH -> BUILD -> (made) INJECT ... -> FETCH
 *                                              |
 *                                              +-> (nothing) END -> IDLE
 *
 * ASK_NODE is two questions: who it is, and (ASK_KNOWN) whether it has what the chain confirmed to
 * us; what it may be used for after that is in payer_node.c.
 *
 * Whatever a node answers to an injection other than "taken", it may have the transaction all the
 * same (old nodes keep what they answer an error to): so it is asked about the transaction next,
 * and if it does not know it the same bytes go out again later.
 *
 * Trouble with the node or the database ends the round; the next one comes after a back-off. */
#include "senderd/payer.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "senderd/payer_inside.h"

#define RETRY_MIN_MS 250
#define RETRY_MAX_MS 30000
#define HOLD_MAX_MS  300000

static void payer_step(struct payer *p);

void payer_answered(struct payer *p, enum payer_state next)
{
	p->state = next;
	payer_step(p);
}

/* --- the round ----------------------------------------------------------------------------- */
/* At the start, and when it is time, those that are followed are looked at, too. */
static bool follow_is_due(const struct payer *p, int64_t now)
{
	return p->followed > 0 && now >= p->follow_at;
}

static enum payer_state round_begin(struct payer *p)
{
	int64_t now = clock_mono_ms();

	loop_timer_stop(p->timer);
	p->again = p->recheck = p->retrying = p->trouble = p->cannot_build = false;
	p->trusted = false; /* until it is asked in this very round */
	p->follow = follow_is_due(p, now);
	p->full = p->follow || now >= p->poll_at;
	p->trusted = false; /* until asked */
	if (!p->full)
		return PAYER_FETCH;
	p->open_seq = 0;
	p->open = p->held = 0;
	p->slow[0] = '\0';
	p->coming = droplets_of(0);
	p->coming_hours = hours_of(0);
	p->coming_outputs = 0;
	return PAYER_ASK_NODE;
}

static void clear_problems(struct payer *p)
{
	if (!p->cannot_build) {
		p->node_error[0] = '\0';
		if (!p->lags)
			health_clear(p->is.health, "sky_node");
	}
	health_clear(p->is.health, "payments");
}

static enum payer_state idle_for(struct payer *p, uint64_t ms)
{
	loop_timer_start(p->timer, ms);
	return PAYER_IDLE;
}

/* How long until the open ones are asked about again: when every one of them is refused, longer
 * and longer. */
static uint64_t poll_wait(struct payer *p)
{
	if (p->held > 0 && p->held == p->open)
		return backoff_next(&p->hold);
	backoff_reset(&p->hold);
	return p->is.check_wait_ms;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Until something is due; for ever when nothing is open, waits or is followed. */
static enum payer_state rest(struct payer *p, int64_t now)
{
	int64_t due = INT64_MAX;

	if (p->open > 0 || p->waiting > 0)
		due = p->poll_at;
	if (p->followed > 0)
		due = earlier(due, p->follow_at);
	if (due == INT64_MAX)
		return PAYER_IDLE;
	return idle_for(p, due > now ? (uint64_t)(due - now) : 0);
}

static enum payer_state round_end(struct payer *p)
{
	int64_t now = clock_mono_ms();

	if (p->trouble || p->cannot_build) {
		p->retrying = true;
		p->poll_at = now;
		if (p->follow) { /* the walk may have come to an early end */
			p->follow_at = now;
			p->followed += p->followed == 0;
		}
		if (!p->trouble)
			clear_problems(p);
		return idle_for(p, backoff_next(&p->retry));
	}
	clear_problems(p);
	backoff_reset(&p->retry);
	if (p->full)
		p->poll_at = now + (int64_t)poll_wait(p);
	if (p->follow)
		p->follow_at = now + payer_follow_ms(p);
	if (p->recheck)
		p->poll_at = p->follow_at = now;
	if (p->again)
		return now >= p->barren_until ? PAYER_ROUND
					      : idle_for(p, (uint64_t)(p->barren_until - now));
	return p->recheck ? PAYER_ROUND : rest(p, now);
}

static void on_timer(void *arg)
{
	struct payer *p = arg;

	if (p->state == PAYER_IDLE)
		payer_answered(p, PAYER_ROUND);
}

/* --- the order of events -------------------------------------------------------------------- */
static enum payer_state proved(struct payer *p)
{
	return p->tx.from == TX_FROM_FOLLOWED ? payer_followed_proved(p) : payer_open_proved(p);
}

static void payer_step(struct payer *p)
{
	for (;;) {
		switch (p->state) {
		case PAYER_IDLE:
		case PAYER_ASKED: return;
		case PAYER_ROUND: p->state = round_begin(p); break;
		case PAYER_ASK_NODE: p->state = payer_ask_node(p); break;
		case PAYER_ASK_KNOWN: p->state = payer_ask_known(p); break;
		case PAYER_NEXT: p->state = payer_next_open(p); break;
		case PAYER_STATUS: p->state = payer_ask_status(p); break;
		case PAYER_JUDGE: p->state = payer_judge_status(p); break;
		case PAYER_INJECT: p->state = payer_inject(p); break;
		case PAYER_INJECTED: p->state = payer_injected(p); break;
		case PAYER_FOLLOW: p->state = payer_follow(p); break;
		case PAYER_FOLLOW_STATUS: p->state = payer_ask_status(p); break;
		case PAYER_FOLLOWED: p->state = payer_judge_followed(p); break;
		case PAYER_PROVE: p->state = payer_prove(p); break;
		case PAYER_PROVED: p->state = proved(p); break;
		case PAYER_FETCH: p->state = payer_fetch(p); break;
		case PAYER_BUILD: p->state = payer_build(p); break;
		case PAYER_END: p->state = round_end(p); break;
		}
	}
}

/* --- from outside --------------------------------------------------------------------------- */
struct payer *payer_new(const struct payer_setup *setup)
{
	struct payer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->is = *setup;
	p->tx.raw = (struct buf)BUF_INIT(PAYOUT_TX_RAW_MAX);
	backoff_init(&p->retry, RETRY_MIN_MS, RETRY_MAX_MS);
	backoff_init(&p->hold, setup->check_wait_ms, HOLD_MAX_MS);
	uxout_set_init(&p->spendable);
	p->runout.within_s = setup->runout_s;
	p->poll_at = p->follow_at = clock_mono_ms();
	p->followed = 1; /* perhaps: the first round looks */
	p->timer = loop_timer_new(setup->loop, on_timer, p);
	if (p->timer == NULL) {
		payer_free(p);
		return NULL;
	}
	payer_answered(p, PAYER_ROUND);
	return p;
}

void payer_free(struct payer *p)
{
	if (p == NULL)
		return;
	loop_timer_free(p->timer);
	uxout_set_release(&p->spendable);
	buf_release(&p->tx.raw);
	free(p);
}

void payer_wake(struct payer *p)
{
	int64_t now = clock_mono_ms();

	if (p->state != PAYER_IDLE)
		p->again = true;
	else if (p->retrying)
		return; /* the timer runs */
	else if (now < p->barren_until)
		loop_timer_start(p->timer, (uint64_t)(p->barren_until - now));
	else
		payer_answered(p, PAYER_ROUND);
}

void payer_check(struct payer *p)
{
	p->poll_at = p->follow_at = clock_mono_ms();
	p->followed += p->followed == 0; /* an operator may have released one */
	p->barren_until = 0;
	p->recheck = true;
	if (p->state == PAYER_IDLE)
		payer_answered(p, PAYER_ROUND);
}

const char *payer_error(const struct payer *p)
{
	if (p->node_error[0] != '\0')
		return p->node_error;
	return p->wallet_error[0] != '\0' ? p->wallet_error : p->cap_error;
}

void payer_figures(struct payer *p, struct payer_figures *ret)
{
	*ret = (struct payer_figures){
		.balance = p->spendable.coins,
		.hours = p->spendable.hours,
		.waiting = p->waiting,
		.waiting_sum = p->waiting_sum,
		.open = p->open,
		.held = p->held,
		.capped = p->capped.count,
		.head_seq = p->head_seq,
	};
	(void)snprintf(ret->node_version, sizeof(ret->node_version), "%s", p->node_version);
	if (!p->fetched || clock_mono_ms() - p->fetched_at >= (int64_t)p->is.check_wait_ms)
		payer_wake(p);
}
