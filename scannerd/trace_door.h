/* The operator's door to blocks that wait to be traced: tellerctl trace drop. */
#ifndef TELLER_SCANNERD_TRACE_DOOR_H
#define TELLER_SCANNERD_TRACE_DOOR_H

#include "common/ipc/ipc_server.h"
#include "scannerd/trace_debts.h"

/* `t` NULL: blocks of that coin are not traced. */
void trace_door_drop(struct trace_debts *t, struct ipc_ask *ask, const struct msg_trace_drop *m);

#endif
