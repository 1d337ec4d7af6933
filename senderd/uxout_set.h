/* Unspent outputs that may be spent: a growing array, owned by its holder. */
#ifndef TELLER_SENDERD_UXOUT_SET_H
#define TELLER_SENDERD_UXOUT_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "common/node/sky_node.h"

struct uxout_set {
	struct uxout *items;
	size_t count, cap;
	struct droplets coins; /* sums over all items */
	struct hours hours;
};

void uxout_set_init(struct uxout_set *s);
void uxout_set_release(struct uxout_set *s); /* empty and usable again */
/* False when memory is short or a sum would overflow; the set is unchanged then. */
bool uxout_set_add(struct uxout_set *s, const struct uxout *u) __attribute__((warn_unused_result));

#endif
