/* Caps: how much may be paid without an operator's word.  Pure logic over figures.
 *
 * A payout above cap_payout waits; so does one that with what was paid within the last hour, or
 * the last 24 hours, would exceed cap_hour or cap_day.  What an operator approved passes, and
 * counts in both windows all the same.  A smaller one behind one that waits may pass. */
#ifndef TELLER_SENDERD_CAPS_H
#define TELLER_SENDERD_CAPS_H

#include <stddef.h>

#include "common/conf/conf.h"
#include "common/model/control.h"

#define CAPS_HOUR_S 3600
#define CAPS_DAY_S  86400

struct caps {
	struct conf_coins payout, hour, day;
};

/* What was paid within the windows that end now. */
struct caps_window {
	int64_t now; /* Unix seconds, as the windows count them */
	struct droplets hour, day;
};

bool caps_any(const struct caps *c);
/* The time that windows end at and that the next transaction is dated with.  A clock that jumped
 * back must not date payments before the windows of the time it jumped from: as long as the latest
 * transaction is less than a day ahead of the clock, time stands still at it.  (Further ahead the
 * clock was wrong then: that transaction counts until its time has come, others are dated right.)
 */
int64_t caps_now(int64_t clock, int64_t latest);
void caps_window_init(struct caps_window *w, int64_t now);
/* A payout in a transaction made at `at`; one from the future counts too. */
void caps_count(struct caps_window *w, int64_t at, struct droplets amount);
/* CAP_NONE: it may be paid; else the first cap in its way.  Counting it is the caller's. */
enum cap caps_judge(const struct caps *c, const struct caps_window *w, struct droplets amount);
/* "payout of deposit 7 exceeds cap of 1000.000000 SKY a payout"; "" for CAP_NONE. */
void caps_text(const struct caps *c, uint64_t deposit_id, enum cap cap, char *ret, size_t size);

#endif
