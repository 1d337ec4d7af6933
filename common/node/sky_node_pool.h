/* Several nodes that are one: health() asks all of them, judges, and chooses; everything else goes
 * to the chosen one.
 *
 * The answer to health() is that of the chosen node, its problems are those of the others.  A node
 * whose answers fail is passed over by the next health(), as long as there is another of the same
 * standing. */
#ifndef TELLER_COMMON_NODE_SKY_NODE_POOL_H
#define TELLER_COMMON_NODE_SKY_NODE_POOL_H

#include "common/node/sky_node.h"

struct sky_pool_member {
	const char *address; /* for texts */
	struct sky_node *node;
};

/* Takes the nodes over, at least one and at most SKY_NODES_MAX, also when it fails. */
int sky_node_pool_new(struct loop *l, const struct sky_pool_member *members, size_t count,
		      struct sky_node **ret, struct err *err);

#endif
