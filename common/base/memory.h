/* How much memory may be taken, for who needs much at once. */
#ifndef TELLER_COMMON_BASE_MEMORY_H
#define TELLER_COMMON_BASE_MEMORY_H

#include <stdint.h>

/* Both: bytes, UINT64_MAX when it is not told.  Paths are for tests; NULL is the kernel's own. */

/* What the machine can give without swapping.  `meminfo`: /proc/meminfo. */
uint64_t memory_available(const char *meminfo);
/* What systemd (MemoryMax=) or a container allows: the least of the control group (version 2) of
 * this process and of those above it.  `cgroup`: /proc/self/cgroup; `root`: /sys/fs/cgroup. */
uint64_t memory_allowed(const char *cgroup, const char *root);

#endif
