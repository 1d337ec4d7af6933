/* What an operator may tell senderd through tellerctl: hold sending and let it go on, approve a
 * payout that a cap makes wait, release the payouts of a transaction that nodes refuse. */
#ifndef TELLER_SENDERD_CONTROLS_H
#define TELLER_SENDERD_CONTROLS_H

#include <sys/types.h>

#include "common/daemon/commit_group.h"
#include "common/daemon/health.h"
#include "common/ipc/message.h"
#include "common/store/store.h"
#include "senderd/payer.h"

struct controls {
	struct store *store;
	struct commit_group *commits; /* flushed before a transaction of our own; may be NULL */
	struct health *health;
	struct payer *payer;	    /* looks at once when something has changed */
	bool send_enabled;	    /* as configured, for what is told */
	void (*on_feed)(void *arg); /* the payout feed has moved */
	void *arg;
};

/* A hold from before is told in health. */
int controls_start(const struct controls *c, struct err *err);
/* Do what the message says, for the operator behind `uid`; *ret says how it is then, the same
 * when the message comes twice.  It is on disk when this returns 0.  ERR_INVALID, ERR_NOT_FOUND:
 * it makes no sense, the text says why; ERR_BUSY, ERR_IO: nothing was done, try again. */
int controls_do(const struct controls *c, const struct message *m, uid_t uid,
		struct msg_control_reply *ret, struct err *err);

#endif
