/* One payment: waiting payouts become a signed transaction that is stored.
 *
 * All of it happens inside one database transaction: the look at each deposit, the choice, the
 * signatures, our own verification, the saving.  While it runs no other daemon can change a
 * deposit, so what was checked is what is paid. */
#ifndef TELLER_SENDERD_PAYMENT_H
#define TELLER_SENDERD_PAYMENT_H

#include "common/base/buf.h"
#include "common/node/sky_node.h"
#include "common/store/store.h"
#include "common/wallet/wallet.h"
#include "senderd/caps.h"
#include "senderd/choose.h"
#include "senderd/pay_rules.h"
#include "senderd/replaced.h"

struct payment_need {
	struct store *store; /* no transaction open */
	const struct wallet *wallet;
	const struct sky_policy *policy; /* as agreed: pay_rules_policy() */
	const struct choice *choice;	 /* of outputs that are ours, spendable and not reserved */
	struct pay_rules rules;
	const struct replaced *replaced; /* dead transactions; their outputs go first in `choice` */
	const struct caps *caps;
	size_t coming; /* outputs that count for the split, in open transactions */
};

struct payment {
	bool made; /* saved: txid and raw below are to be broadcast */
	const char
		*waits;	  /* why a payout was left waiting though there are coins for it, or NULL */
	unsigned refused; /* payouts that do not agree with their deposits: now REFUSED */
	char txid[TXID_TEXT_MAX];
	struct buf raw;
};

/* Pay what can be paid.  On success *ret is the caller's to payment_release(), with made false
 * when nothing could be paid.  Errors: the store's; ERR_INVALID when what was built does not
 * verify: then nothing was saved. */
int payment_make(const struct payment_need *need, struct payment *ret, struct err *err);
/* Pay nobody, and cut an output of the wallet's into several (pay_rules.split_outputs), by the same
 * steps; made false when the wallet has enough, or none can be cut. */
int payment_split(const struct payment_need *need, struct payment *ret, struct err *err);
void payment_release(struct payment *p);

#endif
