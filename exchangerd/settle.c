/* The feed shows each payout's newest state, so a deposit may go from waiting_send straight to
 * done: what happened between two readings is in senderd's own tables. */
#include "exchangerd/settle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exchangerd/deposit_flow.h"

/* Which event a payout's state is for its deposit; false: none. */
static bool payout_event(const struct deposit *d, enum payout_state state, enum deposit_event *ret)
{
	switch (state) {
	case PAYOUT_IN_TX: return false;
	case PAYOUT_WAITING: *ret = EV_DEAD; return true;
	case PAYOUT_SENT: *ret = d->state == DEPOSIT_DONE ? EV_UNCONFIRMED : EV_SENT; return true;
	case PAYOUT_CONFIRMED: *ret = EV_CONFIRMED; return true;
	case PAYOUT_REFUSED: *ret = EV_REFUSED; return true;
	}
	return false;
}

/* Told before?  Then nothing is to be stored again.  The same event by another transaction is news.
 */
static bool is_known(const struct deposit *d, enum deposit_event e, const struct payout *p)
{
	bool same_tx = strcmp(d->payout_txid, p->txid) == 0;

	switch (d->state) {
	case DEPOSIT_DONE: return e == EV_CONFIRMED && same_tx;
	case DEPOSIT_WAITING_CONFIRM: return e == EV_SENT && same_tx;
	case DEPOSIT_WAITING_SEND: return e == EV_REFUSED && d->error[0] != '\0';
	case DEPOSIT_VOID: return e == EV_REFUSED;
	case DEPOSIT_WAITING_DECIDE:
	case DEPOSIT_WAITING_PASSTHROUGH:
	case DEPOSIT_WAITING_PASSTHROUGH_ORDER_COMPLETE: return false;
	}
	return false;
}

static int refused(struct store *s, struct deposit *d, const struct payout *p, struct err *err)
{
	char why[320];

	(void)snprintf(why, sizeof(why), "not paid: %s", p->error);
	return deposit_apply(s, d, EV_REFUSED, why, err);
}

static int paid(struct store *s, struct deposit *d, enum deposit_event e, const struct payout *p,
		struct err *err)
{
	char why[160];

	(void)snprintf(d->payout_txid, sizeof(d->payout_txid), "%s", p->txid);
	d->sent = p->amount;
	(void)snprintf(why, sizeof(why), "Skycoin transaction %s", p->txid);
	return deposit_apply(s, d, e, why, err);
}

static int take(struct store *s, const struct payout *p, struct err *err)
{
	enum deposit_event e;
	struct deposit d;
	int rc = store_deposit_get(s, p->deposit_id, &d, err);

	if (rc < 0)
		return err_wrap(err, "payout of deposit %" PRIu64, p->deposit_id);
	if (!payout_event(&d, p->state, &e) || is_known(&d, e, p))
		return 0;
	if (e == EV_DEAD)
		return deposit_unpaid(s, &d, p, err);
	return e == EV_REFUSED ? refused(s, &d, p, err) : paid(s, &d, e, p, err);
}

struct page {
	struct store *store;
	uint64_t last;
	unsigned count;
};

static int take_row(void *arg, const struct payout *p, struct err *err)
{
	struct page *page = arg;
	int rc = take(page->store, p, err);

	if (rc < 0)
		return rc;
	page->last = p->feed_seq;
	page->count++;
	return 0;
}

int settle_page(struct store *store, uint64_t after, unsigned limit, uint64_t *ret_last,
		unsigned *ret_count, struct err *err)
{
	struct page page = { .store = store, .last = after };
	int rc = store_payout_feed(store, after, limit, take_row, &page, err);

	if (rc < 0)
		return rc;
	*ret_last = page.last;
	*ret_count = page.count;
	return 0;
}
