/* What senderd still needs when it has read the wallet. */
#ifndef TELLER_SENDERD_NEEDS_H
#define TELLER_SENDERD_NEEDS_H

#include "common/daemon/daemon.h"

void senderd_needs(const struct daemon *d, struct sandbox_plan *p);

#endif
