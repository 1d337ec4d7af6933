/* Which of several nodes is to be believed, and what is wrong with the others.  No I/O. */
#ifndef TELLER_COMMON_NODE_SKY_POOL_JUDGE_H
#define TELLER_COMMON_NODE_SKY_POOL_JUDGE_H

#include "common/node/sky_node.h"

#define SKY_NODES_MAX 32

/* What came of asking one node for its health. */
struct sky_report {
	char address[SKY_ADDRESS_MAX]; /* for texts */
	bool answered;
	struct sky_health health; /* when it answered; the judge sets its standing */
	char error[ERR_TEXT_MAX]; /* why it did not */
	bool failed; /* something else that it was asked went wrong since it was last judged */
};

/* Set the standing of all that answered, by the hash of our chain's first block ("": not known yet)
 * and by each other.  Returns which one is to be asked from now on, `current` where nothing speaks
 * against it; `count` when none answered. */
size_t sky_pool_judge(struct sky_report *r, size_t count, const char *genesis, size_t current);

/* Is one behind by so little that a moment may mend it? */
bool sky_pool_in_motion(const struct sky_report *r, size_t count);

/* A sentence for each but number `except` (`count`: for each) that is not in order, "; " between
 * them; "" when all are. */
void sky_pool_problems(const struct sky_report *r, size_t count, size_t except, char *ret,
		       size_t size);

#endif
