/* The feed's rows are read and the payouts recorded in one transaction with the feed's position,
 * so a deposit is neither skipped nor taken twice; the deposit's id is the payout's key, so that
 * a deposit that enters the feed again (orphaned, then back) is still one payout; had it been
 * refused, it is judged again, and its deposit told again, for what was told before was undone
 * with the deposit.  Whether the
 * deposit may be paid is asked later, when its payment is built: it may be void by then. */
#include "senderd/intake.h"

#include <inttypes.h>

#include "common/base/clock.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/store/deposit_store.h"
#include "common/store/payout_store.h"

struct page {
	struct store *store;
	int64_t now;
	uint64_t last;
	unsigned count;
};

static void log_recorded(const struct deposit *d)
{
	char sky[UNITS_TEXT_MAX];

	droplets_to_text(d->to_send, sky);
	log_info("payout_recorded", "deposit_id=%" PRIu64 " to=%s coins=%s", d->id, d->sky_address,
		 sky);
}

static int on_deposit(void *arg, const struct deposit *d, struct err *err)
{
	struct page *p = arg;
	int rc = store_payout_add(p->store, d->id, d->sky_address, d->to_send, p->now, err);

	if (rc == ERR_EXISTS)
		rc = store_payout_renew(p->store, d->id, p->now, err);
	else if (rc == 0)
		log_recorded(d);
	if (rc < 0)
		return err_wrap(err, "payout of deposit %" PRIu64, d->id);
	p->last = d->feed_seq;
	p->count++;
	return 0;
}

int intake_deposits(struct store *store, uint64_t after, unsigned limit, uint64_t *ret_last,
		    unsigned *ret_count, struct err *err)
{
	struct page p = { .store = store, .now = clock_unix(), .last = after };
	int rc = store_deposit_feed(p.store, after, limit, on_deposit, &p, err);

	if (rc < 0)
		return rc;
	*ret_last = p.last;
	*ret_count = p.count;
	FAULT("intake.commit.before");
	return 0;
}
