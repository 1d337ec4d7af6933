/* Text of others on an operator's terminal. */
#ifndef TELLER_TELLERCTL_SHOWN_H
#define TELLER_TELLERCTL_SHOWN_H

#include "common/base/buf.h"

/* Append what a node or another stranger wrote; its control characters become '?', so that it can
 * neither move the cursor nor pretend to be a line of ours. */
void put_shown(const char *text, struct buf *out);

#endif
