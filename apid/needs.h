/* What apid still needs when it listens. */
#ifndef TELLER_APID_NEEDS_H
#define TELLER_APID_NEEDS_H

#include "common/daemon/daemon.h"

void apid_needs(const struct daemon *d, struct sandbox_plan *p);

#endif
