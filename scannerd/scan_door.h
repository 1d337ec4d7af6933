/* What an operator may tell a scan. */
#ifndef TELLER_SCANNERD_SCAN_DOOR_H
#define TELLER_SCANNERD_SCAN_DOOR_H

#include "common/ipc/ipc_server.h"
#include "scannerd/scanner.h"

/* Answered when it is on disk.  `s` NULL: this coin is not scanned. */
void scan_door_accept(struct scanner *s, struct ipc_ask *ask, const struct msg_scan_accept *m);

#endif
