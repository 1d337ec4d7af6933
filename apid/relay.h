/* apid's connections to the other daemons. */
#ifndef TELLER_APID_RELAY_H
#define TELLER_APID_RELAY_H

#include "common/daemon/daemon.h"
#include "common/ipc/ipc_client.h"

#define RELAY_TIMEOUT_MS 5000

struct relay;

/* What is known of a daemon's health. */
struct relay_health {
	const char *name;
	bool up;		   /* it answered */
	char why[256];		   /* when not up */
	int64_t since;		   /* Unix seconds of the last change of `up` */
	struct msg_health_reply m; /* when up; problems and detail are ours */
};

enum relay_peer { RELAY_EXCHANGERD, RELAY_SCANNERD, RELAY_SENDERD };
#define RELAY_PEERS 3

int relay_new(struct daemon *d, struct relay **ret, struct err *err);
/* Whoever still waits is answered "unavailable". */
void relay_free(struct relay *r);

struct ipc_client *relay_client(struct relay *r, enum relay_peer peer);

/* Health of all daemons, at most RELAY_HEALTH_AGE_MS old: asks them if need be.  Never waits
 * longer than a second. */
typedef void (*relay_health_fn)(void *arg, const struct relay_health health[RELAY_PEERS]);
void relay_get_health(struct relay *r, relay_health_fn fn, void *arg);

#endif
