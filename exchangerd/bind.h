/* Answers `bind`: limit, pick and binding in one transaction, many askers in one commit. */
#ifndef TELLER_EXCHANGERD_BIND_H
#define TELLER_EXCHANGERD_BIND_H

#include "common/daemon/daemon.h"

/* Takes `ask` over; answers after the commit, or refuses with code invalid, disabled, limit,
 * not_found (the pool is empty), busy. */
void bind_ask(struct daemon *d, struct ipc_ask *ask, const struct msg_bind *m);

#endif
