/* The disk under the data directory. */
#ifndef TELLER_COMMON_DAEMON_DISK_H
#define TELLER_COMMON_DAEMON_DISK_H

#include <stdint.h>

#include "common/daemon/health.h"

/* Raise or clear the problem "disk": fewer than `least` bytes are free where `dir` is. */
void disk_check(struct health *h, const char *dir, uint64_t least);

#endif
