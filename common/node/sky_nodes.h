/* The Skycoin nodes of a configuration, opened. */
#ifndef TELLER_COMMON_NODE_SKY_NODES_H
#define TELLER_COMMON_NODE_SKY_NODES_H

#include "common/node/sky_client.h"

/* One for each of `count` addresses, at least one and at most SKY_NODES_MAX; what else is in
 * `each` is the same for all.  They are as one: see sky_node_pool.h. */
int sky_nodes_open(struct loop *l, const char *const *addresses, size_t count,
		   const struct sky_client_options *each, struct sky_node **ret, struct err *err);

#endif
