/* One node operation at a time, and one function, payer_step(), that holds their order.
 *
 * A round first looks after the open transactions, oldest first, then fetches the spendable
 * outputs and builds new ones until nothing more can be paid:
 *
 *   IDLE -> ROUND -> ASK_NODE -> NEXT -+-> INJECT -> INJECTED -+-> (taken) marked sent
 *            |                    ^    |     ^                 |
 *            |                    |    |     | not known       +-> (else) STATUS
 *            |                    |    +-> STATUS -> JUDGE -> confirmed, pending, or held
 *            |                    |                             |
 *            |                    +-----------------------------+
 *            |                    none left
 *            +--------------------> FETCH -> BUILD -> (made) INJECT ... -> FETCH
 *                                              |
 *                                              +-> (nothing) END -> IDLE
 *
 * ASK_NODE is two questions: who it is, and (ASK_KNOWN) whether it has what the chain confirmed to
 * us.  A node that is behind or elsewhere is asked about what is open; nothing is built from it.
 *
 * Whatever a node answers to an injection other than "taken", it may have the transaction all the
 * same (old nodes keep what they answer an error to): so it is asked about the transaction next,
 * and if it does not know it the same bytes go out again later.  Refused and unknown means held:
 * a person is told, the asking goes on, and the payouts stay in that transaction.
 *
 * Trouble with the node or the database ends the round; the next one comes after a back-off. */
#include "senderd/payer.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "senderd/payer_inside.h"

#define RETRY_MIN_MS  250
#define RETRY_MAX_MS  30000
#define HOLD_MAX_MS   300000
#define NODE_AGAIN_MS 60000 /* who the node is, is asked this often */

static void payer_step(struct payer *p);

void payer_answered(struct payer *p, enum payer_state next)
{
	p->state = next;
	payer_step(p);
}

/* --- the round ----------------------------------------------------------------------------- */
static enum payer_state round_begin(struct payer *p)
{
	int64_t now = clock_mono_ms();

	loop_timer_stop(p->timer);
	p->again = p->retrying = p->trouble = p->cannot_build = false;
	p->full = now >= p->poll_at;
	if (!p->full)
		return PAYER_FETCH;
	p->tx.seq = 0;
	p->open = p->held = 0;
	p->slow[0] = '\0';
	p->coming = droplets_of(0);
	p->coming_hours = hours_of(0);
	p->coming_outputs = 0;
	if (p->node_known && now - p->node_asked_at < NODE_AGAIN_MS)
		return PAYER_NEXT;
	return PAYER_ASK_NODE;
}

static void clear_problems(struct payer *p)
{
	if (!p->cannot_build) {
		p->node_error[0] = '\0';
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

static enum payer_state round_end(struct payer *p)
{
	int64_t now = clock_mono_ms();

	if (p->trouble || p->cannot_build) {
		p->retrying = true;
		p->poll_at = now;
		if (!p->trouble)
			clear_problems(p);
		return idle_for(p, backoff_next(&p->retry));
	}
	clear_problems(p);
	backoff_reset(&p->retry);
	if (p->full)
		p->poll_at = now + (int64_t)poll_wait(p);
	if (p->again)
		return now >= p->barren_until ? PAYER_ROUND
					      : idle_for(p, (uint64_t)(p->barren_until - now));
	if (p->open == 0 && p->waiting == 0)
		return PAYER_IDLE;
	return idle_for(p, p->poll_at > now ? (uint64_t)(p->poll_at - now) : 0);
}

static void on_timer(void *arg)
{
	struct payer *p = arg;

	if (p->state == PAYER_IDLE)
		payer_answered(p, PAYER_ROUND);
}

/* --- the order of events -------------------------------------------------------------------- */
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
	p->poll_at = clock_mono_ms();
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
	p->poll_at = clock_mono_ms();
	p->barren_until = 0;
	p->again = true;
	if (p->state == PAYER_IDLE)
		payer_answered(p, PAYER_ROUND);
}

const char *payer_error(const struct payer *p)
{
	return p->node_error[0] != '\0' ? p->node_error : p->wallet_error;
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
		.head_seq = p->head_seq,
	};
	(void)snprintf(ret->node_version, sizeof(ret->node_version), "%s", p->node_version);
	if (!p->fetched || clock_mono_ms() - p->fetched_at >= (int64_t)p->is.check_wait_ms)
		payer_wake(p);
}
