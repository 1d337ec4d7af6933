/* Has anybody else committed? */
#ifndef TELLER_COMMON_STORE_CHANGES_H
#define TELLER_COMMON_STORE_CHANGES_H

#include "common/store/store.h"

/* A number that is another one after each commit of another connection. */
int store_changes(struct store *s, uint64_t *ret, struct err *err);

#endif
