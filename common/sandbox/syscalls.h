/* Which system calls remain. */
#ifndef TELLER_COMMON_SANDBOX_SYSCALLS_H
#define TELLER_COMMON_SANDBOX_SYSCALLS_H

#include "common/sandbox/sandbox.h"

/* Can this kernel filter system calls?  ERR_FATAL. */
int syscalls_can_be_filtered(bool *ret, struct err *err);
/* Filter those of the calling thread, for ever.  ERR_FATAL. */
int syscalls_filter(const struct sandbox_plan *p, struct err *err);
/* The name of a system call of this machine, or "" . */
void syscalls_name(int number, char *ret, size_t size);

#endif
