/* What a sighting means depends on what is known of its output already:
 *
 *                 confirmed                          orphaned
 *   unknown       bound: a new deposit, decided      nothing: it was never counted
 *                 not bound: kept as unassigned
 *   unassigned    nothing                            nothing
 *   a deposit     nothing, or it is back             void, or flagged when paid
 *
 * A surplus (see balance_check.h) is kept as unassigned also when its address is bound: it is no
 * single payment, and what it is must be found out by a person.
 *
 * An output that was unassigned stays so, also when its address is bound later: the payment was
 * not that customer's. */
#include "exchangerd/intake.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/store/binding_store.h"
#include "common/store/deposit_store.h"
#include "exchangerd/deposit_flow.h"
#include "exchangerd/quote.h"

static void deposit_from(struct deposit *d, const struct sighting *g, const struct binding *b)
{
	int64_t now = clock_unix();

	*d = (struct deposit){
		.coin = g->coin,
		.n = g->n,
		.binding_seq = b->seq,
		.buy_method = b->buy_method,
		.value = g->value,
		.height = g->height,
		.state = DEPOSIT_WAITING_DECIDE,
		.created_at = now,
		.updated_at = now,
	};
	(void)snprintf(d->txid, sizeof(d->txid), "%s", g->txid);
	(void)snprintf(d->address, sizeof(d->address), "%s", g->address);
	(void)snprintf(d->sky_address, sizeof(d->sky_address), "%s", b->sky_address);
}

static int record(struct store *s, const struct conf *conf, const struct sighting *g,
		  const struct binding *b, struct err *err)
{
	struct deposit d;
	struct err no_quote;
	int rc;

	deposit_from(&d, g, b);
	(void)quote_fix(conf, &d, &no_quote); /* without a rate: deposit_decide says why */
	rc = store_deposit_add(s, &d, err);
	if (rc < 0)
		return rc;
	if (g->seen_at < b->created_at)
		log_watch("deposit_older_than_binding",
			  "deposit_id=%" PRIu64 " coin=%s deposit=%s:%" PRIu32
			  " address=%s why=\"seen before its address was bound, confirmed after; "
			  "it is paid: was the address in use elsewhere?\"",
			  d.id, coin_name(g->coin), g->txid, g->n, g->address);
	return deposit_decide(s, conf, &d, err);
}

static void tell_unassigned(const struct sighting *g)
{
	char value[UNITS_TEXT_MAX];

	units_to_text(g->value, value);
	if (g->surplus)
		log_watch(
			"balance_surplus",
			"coin=%s address=%s value_%s=%s height=%" PRId64
			" why=\"the address holds more than its deposits brought; nothing is paid "
			"for it: look for what a contract sent\"",
			coin_name(g->coin), g->address, coin_info(g->coin)->base_unit, value,
			g->height);
	else
		log_watch("deposit_unassigned",
			  "coin=%s deposit=%s:%" PRIu32 " address=%s value_%s=%s height=%" PRId64
			  " why=\"nobody bound this address; nothing is paid for it\"",
			  coin_name(g->coin), g->txid, g->n, g->address,
			  coin_info(g->coin)->base_unit, value, g->height);
}

static int keep_unassigned(struct store *s, const struct sighting *g, struct err *err)
{
	int rc = store_unassigned_add(s, g, clock_unix(), err);

	if (rc == ERR_EXISTS)
		return 0;
	if (rc == 0)
		tell_unassigned(g);
	return rc;
}

static int take_new(struct store *s, const struct conf *conf, const struct sighting *g,
		    struct err *err)
{
	struct binding b;
	bool unassigned;
	int rc = store_unassigned_has(s, g->coin, g->txid, g->n, &unassigned, err);

	if (rc < 0 || unassigned)
		return rc;
	if (g->surplus)
		return keep_unassigned(s, g, err);
	rc = store_binding_get(s, g->coin, g->address, &b, err);
	if (rc == ERR_NOT_FOUND)
		return keep_unassigned(s, g, err);
	return rc < 0 ? rc : record(s, conf, g, &b, err);
}

/* Only a deposit that had left the chain is changed by being confirmed again. */
static bool had_left(const struct deposit *d)
{
	return d->state == DEPOSIT_VOID || d->left_chain;
}

static int take_back(struct store *s, const struct conf *conf, const struct sighting *g,
		     struct deposit *d, struct err *err)
{
	char why[160];
	int rc;

	if (!had_left(d))
		return 0;
	(void)snprintf(why, sizeof(why), "in the chain again, block %" PRId64 " %s", g->height,
		       g->block_hash);
	d->height = g->height;
	d->left_chain = false;
	if (d->state == DEPOSIT_DONE && d->buy_method == BUY_DIRECT && droplets_is_zero(d->to_send))
		return deposit_decide(s, conf, d, err); /* dust stays dust */
	rc = deposit_apply(s, d, EV_RETURNED, why, err);
	if (rc == 0 && d->state == DEPOSIT_WAITING_DECIDE)
		rc = deposit_decide(s, conf, d, err);
	return rc;
}

static int take_left(struct store *s, const struct sighting *g, struct deposit *d, struct err *err)
{
	char why[160];

	if (had_left(d))
		return 0;
	(void)snprintf(why, sizeof(why),
		       "left the chain in a reorganisation, was in block %" PRId64 " %s", g->height,
		       g->block_hash);
	d->left_chain = true;
	return deposit_orphan(s, d, why, err);
}

static int take(struct store *s, const struct conf *conf, const struct sighting *g, struct err *err)
{
	struct deposit d;
	int rc = store_deposit_find(s, g->coin, g->txid, g->n, &d, err);

	if (rc == ERR_NOT_FOUND)
		return g->state == SIGHTING_CONFIRMED ? take_new(s, conf, g, err) : 0;
	if (rc < 0)
		return rc;
	switch (g->state) {
	case SIGHTING_SEEN: return 0; /* not in the feed */
	case SIGHTING_CONFIRMED: return take_back(s, conf, g, &d, err);
	case SIGHTING_ORPHANED: return take_left(s, g, &d, err);
	}
	return 0;
}

struct page {
	const struct intake *in;
	uint64_t last;
	unsigned count;
};

static int take_row(void *arg, const struct sighting *g, struct err *err)
{
	struct page *p = arg;
	int rc = take(p->in->store, p->in->conf, g, err);

	if (rc < 0)
		return err_wrap(err, "%s deposit %s:%" PRIu32, coin_name(g->coin), g->txid, g->n);
	p->last = g->feed_seq;
	p->count++;
	return 0;
}

int intake_page(const struct intake *in, uint64_t after, unsigned limit, uint64_t *ret_last,
		unsigned *ret_count, struct err *err)
{
	struct page p = { .in = in, .last = after };
	int rc = store_sighting_feed(in->store, after, limit, take_row, &p, err);

	if (rc < 0)
		return rc;
	*ret_last = p.last;
	*ret_count = p.count;
	return 0;
}
