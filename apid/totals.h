/* The sums over all deposits, made in turns: however many there are, others are served meanwhile.
 * Who asks while they are made gets the same. */
#ifndef TELLER_APID_TOTALS_H
#define TELLER_APID_TOTALS_H

#include "apid/turns.h"
#include "common/daemon/daemon.h"
#include "common/store/deposit_list.h"

struct totals;

struct totals *totals_new(struct daemon *d, struct turns *t); /* NULL: out of memory */
/* Whoever still waits is never told. */
void totals_free(struct totals *t);

/* `sum` is NULL when they could not be made: `err` says why. */
typedef void (*totals_fn)(void *arg, const struct deposit_totals *sum, const struct err *err);
void totals_get(struct totals *t, totals_fn fn, void *arg);

#endif
