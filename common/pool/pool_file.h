/* Pool files: the deposit addresses that the operator supplies.
 *
 * .txt: one address a line, '#' begins a comment.  .json: {"btc_addresses": ["...", ...]} (or
 * eth_, sky_), or the array alone.  Every address is checked for its coin and network. */
#ifndef TELLER_COMMON_POOL_POOL_FILE_H
#define TELLER_COMMON_POOL_POOL_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/coin/address.h"

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
/* A name that ends in .json, in any case, is of the JSON form; every other is text. */
bool pool_file_is_json(const char *path);

#endif
