/* Whether a payout was signed is asked in the same write transaction that voids the deposit, and
 * senderd asks for the deposit's state, and whether it left the chain, in the same write
 * transaction that saves its signed transaction.  SQLite lets one of the two go first, so exactly
 * one of them wins: a void deposit is not paid any more.  One that left the chain when it was
 * signed is not paid by a second transaction when the first is dead: then it is void. */
#include "exchangerd/deposit_flow.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "exchangerd/quote.h"

#define DUST_ERROR   "Skycoin send amount is 0" /* the original's text: clients show it */
#define RESUME_BATCH 100

static void log_impossible(const struct deposit *d, enum deposit_event e, const char *why)
{
	log_watch("deposit_event_impossible", "deposit_id=%" PRIu64 " state=%s event=%s why=\"%s\"",
		  d->id, deposit_state_name(d->state), deposit_event_name(e), why);
}

/* Said before the commit, as all that is logged within a transaction.  When that fails the deposit
 * has not moved, the problem is logged, and the line comes again with the next try: twice in
 * the log is better than a move that a crash after the commit left out of it.  What counts is the
 * deposit's history in the database. */
static void log_moved(const struct deposit *d, enum deposit_state from, enum deposit_event e,
		      const char *why, bool watch)
{
	void (*log)(const char *, const char *, ...) = watch ? log_watch : log_info;
	char owed[UNITS_TEXT_MAX], value[UNITS_TEXT_MAX];

	droplets_to_text(d->to_send, owed);
	units_to_text(d->value, value);
	log("deposit_moved",
	    "deposit_id=%" PRIu64 " from=%s to=%s event=%s coin=%s deposit=%s:%" PRIu32
	    " value_%s=%s owed_sky=%s sky_address=%s why=\"%s\"",
	    d->id, deposit_state_name(from), deposit_state_name(d->state), deposit_event_name(e),
	    coin_name(d->coin), d->txid, d->n, coin_info(d->coin)->base_unit, value, owed,
	    d->sky_address, why);
}

static bool is_dust(const struct deposit *d)
{
	return d->state == DEPOSIT_DONE && droplets_is_zero(d->to_send);
}

static void mark_error(struct deposit *d, enum deposit_mark mark, const char *why)
{
	switch (mark) {
	case MARK_KEEP: break;
	case MARK_CLEAR:
		if (!is_dust(d))
			d->error[0] = '\0';
		break;
	case MARK_SET: (void)snprintf(d->error, sizeof(d->error), "%s", why); break;
	}
}

int deposit_apply(struct store *s, struct deposit *d, enum deposit_event e, const char *why,
		  struct err *err)
{
	enum deposit_state from = d->state;
	const struct deposit_rule *rule = deposit_rule(from, e);
	int rc;

	if (!rule->allowed) {
		log_impossible(d, e, why);
		return 0;
	}
	mark_error(d, rule->mark, why);
	d->state = rule->next;
	d->updated_at = clock_unix();
	rc = store_deposit_move(s, d, from, why, err);
	if (rc < 0)
		return err_wrap(err, "deposit %" PRIu64, d->id);
	log_moved(d, from, e, why, rule->watch);
	return 0;
}

/* Fix the rate of a deposit that has none.  *ret_quoted false: it could not be, which has been
 * recorded. */
static int quote_or_mark(struct store *s, const struct conf *conf, struct deposit *d,
			 bool *ret_quoted, struct err *err)
{
	struct err why;

	*ret_quoted = true;
	if (d->rate.text[0] != '\0')
		return 0;
	if (quote_fix(conf, d, &why) == 0)
		return store_deposit_quote(s, d, err);
	*ret_quoted = false;
	return deposit_apply(s, d, EV_UNQUOTED, why.text, err);
}

int deposit_decide(struct store *s, const struct conf *conf, struct deposit *d, struct err *err)
{
	bool quoted;
	int rc = quote_or_mark(s, conf, d, &quoted, err);

	if (rc < 0 || !quoted)
		return rc;
	if (d->buy_method == BUY_PASSTHROUGH)
		return deposit_apply(s, d, EV_PASSTHROUGH, "bound for buying on the exchange", err);
	if (droplets_is_zero(d->to_send))
		return deposit_apply(s, d, EV_DUST, DUST_ERROR, err);
	return deposit_apply(s, d, EV_DIRECT, "bound for direct sale", err);
}

/* --- what senderd made of it ------------------------------------------------------------------ */
static bool is_paid_for(const struct deposit *d)
{
	return d->state == DEPOSIT_WAITING_CONFIRM || d->state == DEPOSIT_DONE;
}

static int dead(struct store *s, struct deposit *d, const char *txid, struct err *err)
{
	char why[160];

	d->payout_txid[0] = '\0';
	d->sent = droplets_of(0);
	(void)snprintf(why, sizeof(why), "Skycoin transaction %s is dead", txid);
	return deposit_apply(s, d, EV_DEAD, why, err);
}

int deposit_unpaid(struct store *s, struct deposit *d, const struct payout *p, struct err *err)
{
	int rc = is_paid_for(d) ? dead(s, d, p->replaces, err) : 0;

	if (rc < 0 || !d->left_chain || d->state != DEPOSIT_WAITING_SEND)
		return rc;
	return deposit_apply(
		s, d, EV_ORPHANED,
		"left the chain while its payout's transaction could still be confirmed", err);
}

/* --- it left the chain --------------------------------------------------------------------------
 */
/* Is there a signed transaction for this deposit that senderd keeps going? */
static bool is_signed(const struct payout *p)
{
	return p->state != PAYOUT_WAITING && p->state != PAYOUT_REFUSED;
}

/* The feed of payouts may be behind: what it will tell is asked here. */
int deposit_orphan(struct store *s, struct deposit *d, const char *why, struct err *err)
{
	struct payout p;
	int rc;

	if (d->state == DEPOSIT_VOID)
		return 0; /* told before */
	rc = store_payout_get(s, d->id, &p, err);
	if (rc == ERR_NOT_FOUND)
		return deposit_apply(s, d, EV_ORPHANED, why, err);
	if (rc < 0)
		return rc;
	if (is_signed(&p))
		return deposit_apply(s, d, EV_ORPHANED_LATE, why, err);
	if (is_paid_for(d))
		return deposit_unpaid(s, d, &p, err);
	return deposit_apply(s, d, EV_ORPHANED, why, err);
}

struct resume_page {
	struct deposit d[RESUME_BATCH];
	unsigned count;
};

static int collect(void *arg, const struct deposit *d, struct err *err)
{
	struct resume_page *page = arg;

	(void)err;
	page->d[page->count++] = *d;
	return 0;
}

int deposit_resume(struct store *s, const struct conf *conf, struct err *err)
{
	struct resume_page page;
	uint64_t after = 0;
	int rc;

	do {
		page.count = 0;
		rc = store_deposit_in_state(s, DEPOSIT_WAITING_DECIDE, after, RESUME_BATCH, collect,
					    &page, err);
		for (unsigned i = 0; rc == 0 && i < page.count; i++) {
			rc = deposit_decide(s, conf, &page.d[i], err);
			after = page.d[i].id;
		}
	} while (rc == 0 && page.count == RESUME_BATCH);
	return rc;
}
