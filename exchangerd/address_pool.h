/* Pool files (common/pool/pool_file.h), loaded into the database. */
#ifndef TELLER_EXCHANGERD_ADDRESS_POOL_H
#define TELLER_EXCHANGERD_ADDRESS_POOL_H

#include "common/base/err.h"
#include "common/conf/conf.h"
#include "common/store/binding_store.h"

/* Load the pools of all enabled coins: what is new is added behind what is there.
 * ERR_INVALID: *err names the first mistake, all are logged. */
int address_pool_load(struct store *s, const struct conf *conf, struct err *err);

#endif
