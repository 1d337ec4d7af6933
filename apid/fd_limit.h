/* How many file descriptors this process may have. */
#ifndef TELLER_APID_FD_LIMIT_H
#define TELLER_APID_FD_LIMIT_H

/* Raise the limit to `wanted` as far as the system lets us; answers what it is now. */
unsigned fd_limit_raise(unsigned wanted);

#endif
