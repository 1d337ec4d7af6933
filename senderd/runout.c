/* A warning begins when the end is nearer than the configured time and is over when it is a quarter
 * of that further away: at the edge it would come and go with every payout. */
#include "senderd/runout.h"

#include <inttypes.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/store/control_store.h"
#include "common/store/payout_tx_store.h"

#define LOOK_AGAIN_MS 60000 /* a look reads a day's payouts */

static void on_spent(void *arg, int64_t created_at, struct droplets amount)
{
	(void)created_at;
	forecast_count(arg, amount);
}

static int read_past(struct store *s, struct forecast_past *ret, struct err *err)
{
	int64_t since = clock_unix() - FORECAST_WINDOW_S;
	int rc;

	*ret = (struct forecast_past){ .paid = droplets_of(0), .largest = droplets_of(0) };
	rc = store_spent_since(s, since, on_spent, ret, err);
	return rc < 0 ? rc : store_payout_tx_count(s, since, &ret->transactions, err);
}

/* Is it warned of, now that it will be gone in `left_s`? */
static bool is_near(const struct runout *r, bool warned, uint64_t left_s)
{
	return left_s < r->within_s + (warned ? r->within_s / 4 : 0);
}

static void tell_person(const struct forecast_wallet *w, const char *what, uint64_t left_s)
{
	char sky[UNITS_TEXT_MAX];

	droplets_to_text(w->coins, sky);
	log_watch("wallet_run_out", "what=%s left_s=%" PRIu64 " coins=%s hours=%" PRIu64, what,
		  left_s, sky, w->hours.n);
}

static void tell_health(const struct runout *r, struct health *h)
{
	const char *what = r->coins && r->hours ? "coins and coin hours"
			   : r->coins		? "coins"
						: "coin hours";

	if (r->coins || r->hours)
		health_raise(h, "wallet_run_out",
			     "at the rate of the last 24 hours the hot wallet's %s will be gone "
			     "within %" PRIu64 " minutes: fill it",
			     what, r->within_s / 60);
	else
		health_clear(h, "wallet_run_out");
}

static void judge(struct runout *r, struct health *h, const struct forecast_wallet *w,
		  const struct forecast *f)
{
	bool coins = is_near(r, r->coins, f->coins_s), hours = is_near(r, r->hours, f->hours_s);

	if (coins && !r->coins)
		tell_person(w, "coins", f->coins_s);
	if (hours && !r->hours)
		tell_person(w, "hours", f->hours_s);
	r->coins = coins;
	r->hours = hours;
	tell_health(r, h);
}

void runout_look(struct runout *r, struct store *s, struct health *h,
		 const struct forecast_wallet *w)
{
	int64_t now = clock_mono_ms();
	struct forecast_past past;
	struct forecast f;
	struct err err;

	if (r->within_s == 0 || (r->looked && now - r->looked_at < LOOK_AGAIN_MS))
		return;
	r->looked = true;
	r->looked_at = now;
	if (read_past(s, &past, &err) < 0) {
		log_warn("forecast_failed", "why=\"%s\"", err.text);
		return;
	}
	f = forecast(w, &past);
	judge(r, h, w, &f);
}
