/* Landlock, by its system calls: libc has no functions for them. */
#ifndef TELLER_COMMON_SANDBOX_LANDLOCK_H
#define TELLER_COMMON_SANDBOX_LANDLOCK_H

#include "common/sandbox/sandbox.h"

/* The version of this kernel's Landlock, 0 when it has none; ERR_FATAL. */
int landlock_abi(int *ret, struct err *err);
/* Restrict the calling thread to the plan, as far as `abi` can.  ERR_FATAL. */
int landlock_enter(const struct sandbox_plan *p, int abi, struct err *err);

#endif
