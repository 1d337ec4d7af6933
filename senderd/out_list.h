/* The outputs of a transaction that is being made.  The chain forbids two equal ones (they would
 * share an id), so what is equal in address and coins is joined into one output of the sum. */
#ifndef TELLER_SENDERD_OUT_LIST_H
#define TELLER_SENDERD_OUT_LIST_H

#include "common/node/sky_tx.h"

/* Index of an output with this address and these coins, or `count`. */
size_t out_list_find(const struct sky_tx_output *outputs, size_t count,
		     const struct sky_address *to, struct droplets coins);
/* Append (to, coins), joined with every output that equals it, and what their sum equals.  There is
 * room for one more; the sum of all coins does not overflow. */
void out_list_add(struct sky_tx_output *outputs, size_t *count, const struct sky_address *to,
		  struct droplets coins);
/* Does any output go there? */
bool out_list_pays(const struct sky_tx_output *outputs, size_t count, const struct sky_address *to);

#endif
