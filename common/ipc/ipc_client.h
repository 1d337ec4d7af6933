/* The asking end: one connection to another daemon, re-made with back-off for as long as the
 * client lives.  Every question is answered exactly once: by the peer, or here with code
 * "unavailable" when there is no connection, it breaks, the queue is full, or time runs out. */
#ifndef TELLER_COMMON_IPC_IPC_CLIENT_H
#define TELLER_COMMON_IPC_IPC_CLIENT_H

#include "common/ipc/message.h"
#include "common/loop/loop.h"

#define IPC_OUTSTANDING_MAX 2048

struct ipc_client;

/* `m` is the reply, or an error message (type MSG_TYPE_error); lives during the call only. */
typedef void (*ipc_reply_fn)(void *arg, const struct message *m);
/* The connection is up (hello exchanged) or lost. */
typedef void (*ipc_state_fn)(void *arg, bool connected);

/* Starts connecting at once.  `on_state` may be NULL. */
int ipc_client_new(struct loop *l, const char *path, enum ipc_role self, enum ipc_role peer,
		   ipc_state_fn on_state, void *arg, struct ipc_client **ret, struct err *err);
/* Outstanding questions are answered "unavailable" first; what those answers ask again is not.
 * Not from inside a callback of this client. */
void ipc_client_free(struct ipc_client *c);
bool ipc_client_connected(const struct ipc_client *c);
/* Why there is no connection, for health; "" when there is one. */
const char *ipc_client_error(const struct ipc_client *c);

/* Never fails: what goes wrong comes back through `fn`, later, never from inside this call. */
void ipc_ask(struct ipc_client *c, const struct message *m, uint64_t timeout_ms, ipc_reply_fn fn,
	     void *arg);

#endif
