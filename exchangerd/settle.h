/* What senderd made of a payout comes back to its deposit: reads senderd's feed. */
#ifndef TELLER_EXCHANGERD_SETTLE_H
#define TELLER_EXCHANGERD_SETTLE_H

#include "common/store/payout_store.h"

/* A page of the feed, inside a transaction.  Taken again it changes nothing. */
int settle_page(struct store *store, uint64_t after, unsigned limit, uint64_t *ret_last,
		unsigned *ret_count, struct err *err);

#endif
