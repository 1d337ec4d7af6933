/* What a node's word is worth: the one place where that is decided.  No I/O. */
#ifndef TELLER_COMMON_NODE_SKY_STANDING_H
#define TELLER_COMMON_NODE_SKY_STANDING_H

#include "common/node/sky_node.h"

/* `genesis`: of our chain, "" when not known yet; `others_seq`: the highest head that another node
 * of ours reports, 0 for none. */
enum sky_standing sky_standing_judge(const struct sky_health *h, const char *genesis,
				     uint64_t others_seq);
const char *sky_standing_name(enum sky_standing s); /* one word, for the log */
/* What is wrong, to follow the node's address: "has no peers and cannot broadcast".  "" when
 * nothing is. */
const char *sky_standing_text(enum sky_standing s);

#endif
