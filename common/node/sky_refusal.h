/* Is this what a node says of a transaction that breaks a rule? */
#ifndef TELLER_COMMON_NODE_SKY_REFUSAL_H
#define TELLER_COMMON_NODE_SKY_REFUSAL_H

#include <stdbool.h>

/* `text`: the node's words, without what its API puts before them. */
bool sky_is_refusal(const char *text);

#endif
