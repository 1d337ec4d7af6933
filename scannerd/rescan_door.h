/* Where operators' wishes for rescans come in, and are answered. */
#ifndef TELLER_SCANNERD_RESCAN_DOOR_H
#define TELLER_SCANNERD_RESCAN_DOOR_H

#include "common/ipc/ipc_server.h"
#include "scannerd/rescan.h"

struct rescan_door {
	struct rescan *rescans[COIN_COUNT]; /* NULL: the coin is not scanned */
	bool dummy;			    /* chains are pretended */
	struct commit_group *commits;
};

/* Answered when it is on disk; twice is once. */
void rescan_door_ask(const struct rescan_door *d, struct ipc_ask *ask, const struct msg_rescan *m);
void rescan_door_cancel(const struct rescan_door *d, struct ipc_ask *ask,
			const struct msg_rescan_cancel *m);

#endif
