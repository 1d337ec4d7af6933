/* What a deposit is worth: fixed once, when exchangerd first records it. */
#ifndef TELLER_EXCHANGERD_QUOTE_H
#define TELLER_EXCHANGERD_QUOTE_H

#include "common/conf/conf.h"
#include "common/model/deposit.h"

/* Set d->rate and d->to_send from the configured rate of d->coin.
 * ERR_INVALID, and both untouched: the coin has no rate, or the result passes 2^63-1 droplets. */
int quote_fix(const struct conf *conf, struct deposit *d, struct err *err);

#endif
