/* An exchange rate: SKY for one whole coin, as an exact fraction.
 * Forms: "500", "0.5", "1/3", "2.5/7" is refused.  Never a floating point number. */
#ifndef TELLER_COMMON_COIN_RATE_H
#define TELLER_COMMON_COIN_RATE_H

#include "common/coin/amount.h"
#include "common/coin/coin.h"

#define RATE_TEXT_MAX 64

struct rate {
	char text[RATE_TEXT_MAX]; /* as configured: what is stored and shown */
};

/* ERR_INVALID: "can't convert <text> to decimal" or "rate must be greater than zero".  At most
 * 28 digits on each side, no sign, no exponent, denominator not zero. */
int rate_parse(const char *text, struct rate *ret, struct err *err);

/* floor(value * rate) in droplets, cut to `max_decimals` places.
 * ERR_INVALID when the result passes 2^63-1 droplets. */
int rate_apply(const struct rate *rate, enum coin coin, struct units value, unsigned max_decimals,
	       struct droplets *ret, struct err *err);

#endif
