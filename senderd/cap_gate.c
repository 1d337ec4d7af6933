/* Which payouts wait for a cap is kept in the database: so that it is told once, not at each
 * round and each start, and so that tellerctl can show it while senderd is down.
 *
 * The text of the log line is written before the transaction is committed; should that fail, the
 * next round says it again. */
#include "senderd/cap_gate.h"

#include <inttypes.h>

#include "common/base/log.h"
#include "common/store/control_store.h"

static void on_spent(void *arg, int64_t at, struct droplets amount)
{
	struct cap_gate *g = arg;

	caps_count(&g->window, at, amount);
}

int cap_gate_open(struct cap_gate *g, struct store *s, const struct caps *caps, int64_t clock,
		  struct err *err)
{
	int64_t latest;
	int rc = store_payout_tx_latest(s, &latest, err);

	if (rc < 0)
		return rc;
	*g = (struct cap_gate){ .store = s, .caps = caps };
	caps_window_init(&g->window, caps_now(clock, latest));
	if (!caps_any(caps))
		return store_payout_uncap_all(s, err);
	if (!caps->hour.set && !caps->day.set)
		return 0;
	return store_spent_since(s, g->window.now - CAPS_DAY_S, on_spent, g, err);
}

static void tell(uint64_t deposit_id, struct droplets amount, enum cap cap)
{
	char sky[UNITS_TEXT_MAX];

	droplets_to_text(amount, sky);
	log_watch("payout_capped",
		  "deposit_id=%" PRIu64 " coins=%s cap=%s todo=\"tellerctl payout approve %" PRIu64
		  "\"",
		  deposit_id, sky, cap_name(cap), deposit_id);
}

int cap_gate_ask(struct cap_gate *g, uint64_t deposit_id, struct droplets amount, bool *ret,
		 struct err *err)
{
	enum cap cap = caps_judge(g->caps, &g->window, amount);
	bool approved = false, first = false;
	int rc = 0;

	if (cap != CAP_NONE)
		rc = store_payout_approved(g->store, deposit_id, &approved, err);
	if (approved)
		cap = CAP_NONE;
	if (rc == 0 && caps_any(g->caps))
		rc = store_payout_cap(g->store, deposit_id, cap, g->window.now, &first, err);
	if (rc < 0)
		return rc;
	if (first)
		tell(deposit_id, amount, cap);
	*ret = cap == CAP_NONE;
	return 0;
}

void cap_gate_count(struct cap_gate *g, struct droplets amount)
{
	caps_count(&g->window, g->window.now, amount);
}
