#include "common/node/sky_nodes.h"

#include "common/node/sky_node_pool.h"
#include "common/node/sky_pool_judge.h"

static void free_members(struct sky_pool_member *members, size_t count)
{
	while (count > 0) {
		struct sky_node *n = members[--count].node;

		n->ops->free(n);
	}
}

static int open_member(struct loop *l, const char *address, const struct sky_client_options *each,
		       struct sky_pool_member *ret, struct err *err)
{
	struct sky_client_options o = *each;

	o.address = ret->address = address;
	return sky_client_new(l, &o, &ret->node, err);
}

int sky_nodes_open(struct loop *l, const char *const *addresses, size_t count,
		   const struct sky_client_options *each, struct sky_node **ret, struct err *err)
{
	struct sky_pool_member members[SKY_NODES_MAX];

	if (count == 0 || count > SKY_NODES_MAX)
		return err_set(err, ERR_INVALID, "expected 1 to %d Skycoin nodes", SKY_NODES_MAX);
	for (size_t i = 0; i < count; i++)
		if (open_member(l, addresses[i], each, &members[i], err) < 0) {
			free_members(members, i);
			return err->code;
		}
	return sky_node_pool_new(l, members, count, ret, err);
}
