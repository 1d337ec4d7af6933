/* Sums that do not fit 64 bits count as the largest that does: that is above any cap. */
#include "senderd/caps.h"

#include <inttypes.h>
#include <stdio.h>

bool caps_any(const struct caps *c)
{
	return c->payout.set || c->hour.set || c->day.set;
}

int64_t caps_now(int64_t clock, int64_t latest)
{
	return latest > clock && latest - clock < CAPS_DAY_S ? latest : clock;
}

void caps_window_init(struct caps_window *w, int64_t now)
{
	*w = (struct caps_window){ .now = now };
}

static struct droplets sum(struct droplets a, struct droplets b)
{
	if (!droplets_add(a, b, &a))
		a = droplets_of(UINT64_MAX);
	return a;
}

void caps_count(struct caps_window *w, int64_t at, struct droplets amount)
{
	if (at > w->now - CAPS_DAY_S)
		w->day = sum(w->day, amount);
	if (at > w->now - CAPS_HOUR_S)
		w->hour = sum(w->hour, amount);
}

static bool exceeds(const struct conf_coins *cap, struct droplets coins)
{
	return cap->set && droplets_compare(coins, cap->coins) > 0;
}

enum cap caps_judge(const struct caps *c, const struct caps_window *w, struct droplets amount)
{
	if (exceeds(&c->payout, amount))
		return CAP_PAYOUT;
	if (exceeds(&c->hour, sum(w->hour, amount)))
		return CAP_HOUR;
	return exceeds(&c->day, sum(w->day, amount)) ? CAP_DAY : CAP_NONE;
}

static const char *per(const struct caps *c, enum cap cap, struct droplets *ret_most)
{
	switch (cap) {
	case CAP_NONE: break;
	case CAP_PAYOUT: *ret_most = c->payout.coins; return "a payout";
	case CAP_HOUR: *ret_most = c->hour.coins; return "an hour";
	case CAP_DAY: *ret_most = c->day.coins; return "a day";
	}
	return NULL;
}

void caps_text(const struct caps *c, uint64_t deposit_id, enum cap cap, char *ret, size_t size)
{
	struct droplets most;
	char sky[UNITS_TEXT_MAX];
	const char *what = per(c, cap, &most);

	ret[0] = '\0';
	if (what == NULL)
		return;
	droplets_to_text(most, sky);
	(void)snprintf(ret, size, "payout of deposit %" PRIu64 " exceeds cap of %s SKY %s",
		       deposit_id, sky, what);
}
