/* What customers are told of confirmations. */
#ifndef TELLER_APID_CONFIRMATIONS_H
#define TELLER_APID_CONFIRMATIONS_H

#include "common/conf/conf.h"
#include "common/model/sighting.h"

/* Of this coin's deposits, as a number of blocks. */
int64_t confirmations_required(const struct conf_coin *c);

struct confirmations {
	int64_t have, required;
};

/* Of a sighting that is on the chain, when the last block scanned is `scanned`.  `have` is less
 * than `required` as long as it does not count. */
struct confirmations confirmations_of(const struct conf_coin *c, const struct sighting *g,
				      int64_t scanned);

#endif
