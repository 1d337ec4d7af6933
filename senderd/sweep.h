/* Small outputs that ride along for nothing: anybody may send a wallet dust, and change may end as
 * such.  Where a transaction has room, and its fee does not rise by it, they are spent with it and
 * come back in its change. */
#ifndef TELLER_SENDERD_SWEEP_H
#define TELLER_SENDERD_SWEEP_H

#include "senderd/pay_rules.h"

/* More would make a transaction large and slow to sign for no haste. */
#define SWEEP_MAX 64

/* Append to the `count` outputs of `spent`, `most` of `rest` at most (SWEEP_MAX in any case), the
 * small ones among rest[0 .. rest_count - 1] that cost nothing.  Returns the new count. */
size_t sweep(const struct pay_rules *rules, unsigned burn_factor, const struct uxout *const *rest,
	     size_t rest_count, size_t most, const struct uxout **spent, size_t count);

#endif
