/* Pool files: the deposit addresses that the operator supplies, loaded into the database.
 *
 * .txt: one address a line, '#' begins a comment.  .json: {"btc_addresses": ["...", ...]} (or
 * eth_, sky_), or the array alone.  Every address is checked for its coin and network. */
#ifndef TELLER_EXCHANGERD_ADDRESS_POOL_H
#define TELLER_EXCHANGERD_ADDRESS_POOL_H

#include "common/base/buf.h"
#include "common/conf/conf.h"
#include "common/store/binding_store.h"

#define POOL_FILE_MAX (256U << 20)

struct pool_file {
	char (*address)[ADDRESS_TEXT_MAX]; /* heap */
	size_t count, room;
};

/* Read and check a file's text.  `json` tells the form.  Mistakes (a bad address, one that is in
 * the file twice) are appended to `mistakes`, one a line with "<name>:<line>: ", at most 100.
 * ERR_INVALID when there is one.  Release *ret in any case. */
int pool_file_parse(enum coin coin, enum btc_network network, const char *name, const char *text,
		    size_t len, bool json, struct pool_file *ret, struct buf *mistakes,
		    struct err *err);
void pool_file_release(struct pool_file *f);

/* Load the pools of all enabled coins: what is new is added behind what is there.
 * ERR_INVALID: *err names the first mistake, all are logged. */
int address_pool_load(struct store *s, const struct conf *conf, struct err *err);

#endif
