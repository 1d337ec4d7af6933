/* Sign a transaction with the wallet's keys. */
#ifndef TELLER_SENDERD_SKY_SIGN_H
#define TELLER_SENDERD_SKY_SIGN_H

#include "common/node/sky_node.h"
#include "common/node/sky_tx.h"
#include "common/wallet/wallet.h"

/* `spent`: the outputs behind the inputs, in their order.  Sets inner hash and signatures; each
 * signature is checked against the owner's address before it counts.  ERR_INVALID when an input
 * is not ours or a signature does not check. */
int sky_sign(struct sky_tx *t, const struct uxout *const *spent, const struct wallet *w,
	     struct err *err);

#endif
