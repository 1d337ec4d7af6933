/* Deposits that became payable enter the payout table. */
#ifndef TELLER_SENDERD_INTAKE_H
#define TELLER_SENDERD_INTAKE_H

#include "common/store/store.h"

/* A page of the deposit feed, inside a transaction; as feed_page_fn in daemon/feed_reader.h. */
int intake_deposits(struct store *store, uint64_t after, unsigned limit, uint64_t *ret_last,
		    unsigned *ret_count, struct err *err);

#endif
