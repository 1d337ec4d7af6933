/* A sighting becomes a deposit: reads scannerd's feed of confirmed and orphaned outputs. */
#ifndef TELLER_EXCHANGERD_INTAKE_H
#define TELLER_EXCHANGERD_INTAKE_H

#include "common/conf/conf.h"
#include "common/store/scan_store.h"

/* A page of the feed, inside a transaction.  Taken again it changes nothing. */
struct intake {
	struct store *store;
	const struct conf *conf;
};
int intake_page(const struct intake *in, uint64_t after, unsigned limit, uint64_t *ret_last,
		unsigned *ret_count, struct err *err);

#endif
