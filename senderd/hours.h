/* Coin hours of a payment: what is burned, and who gets the rest.
 *
 * The rule of the official client: rest = input - ceil(input / burn factor).  With change, change
 * gets the larger half of the rest and the destinations share the other half, the first of them
 * one more where it does not divide; without change they share it all.  Then, when the change has
 * hours, no destination keeps more hours than it gets whole coins (but one at least): the excess
 * goes to the change.
 *
 * A burn factor of 0 is a node that asks for no fee: change keeps all hours, destinations get
 * none. */
#ifndef TELLER_SENDERD_HOURS_H
#define TELLER_SENDERD_HOURS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/node/sky_tx.h"

/* Fill in the hours of `count` outputs, the last of which is the change when `have_change`. */
void hours_assign(struct hours input, unsigned burn_factor, bool have_change,
		  struct sky_tx_output *outputs, size_t count);
/* The shares alone, without the cap. */
void hours_share(struct hours input, unsigned burn_factor, bool have_change,
		 struct sky_tx_output *outputs, size_t count);

/* Divide hours among outputs equally; the first get one more where it does not divide. */
void hours_spread(struct hours hours, struct sky_tx_output *outputs, size_t count);
bool hours_are_none(struct hours hours);
/* What the wallet keeps of so many hours that a payment spends, when the payees take all that they
 * can get: the change's share of what is not burned. */
struct hours hours_kept(struct hours input, unsigned burn_factor);
/* Are there `each` hours for every one of `parts`? */
bool hours_suffice(struct hours hours, size_t parts, uint64_t each);

#endif
