/* Who reads the feed of sightings, as exchangerd does: from its position on, now and then. */
#ifndef TELLER_TEST_SUPPORT_SCAN_FOLLOWER_H
#define TELLER_TEST_SUPPORT_SCAN_FOLLOWER_H

#include "common/model/sighting.h"
#include "common/store/store.h"

#define SCAN_FOLLOWED_MAX 2048

struct scan_follower {
	uint64_t position;
	unsigned count;
	struct sighting last[SCAN_FOLLOWED_MAX]; /* what was told last of each output */
};

/* Read on. */
void scan_follow(struct scan_follower *f, struct store *s);
/* NULL: nothing was told of it. */
const struct sighting *scan_followed(const struct scan_follower *f, const char *txid, uint32_t n);

#endif
