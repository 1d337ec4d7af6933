/* The listening end of a daemon: a Unix socket in the run directory.
 *
 * On each connection: the peer's uid is taken from the kernel; its hello must come first and name
 * a daemon that this uid may be (struct ipc_users); a question that this asker may not ask, a
 * malformed or oversized frame, an unknown type or protocol closes that connection, with an error
 * frame where one can still be written, a log line, and nothing else.
 *
 * Answers may come later (struct ipc_ask is a handle that outlives the connection: answering a
 * closed one does nothing).  Bounds: IPC_UNANSWERED_MAX questions of one connection at a time,
 * then its reading stops until answers went out; the same when the peer does not read. */
#ifndef TELLER_COMMON_IPC_IPC_SERVER_H
#define TELLER_COMMON_IPC_IPC_SERVER_H

#include <sys/types.h>

#include "common/ipc/message.h"
#include "common/loop/loop.h"

#define IPC_UNANSWERED_MAX  512
#define IPC_CONNECTIONS_MAX 64

struct ipc_server;
struct ipc_ask; /* one question waiting for its answer */

/* Which uid a role must have; by default all are this process's own.  Root may be anyone. */
struct ipc_users {
	uid_t scannerd, exchangerd, senderd, apid, tellerctl;
};

/* A question arrived, already checked against the list.  Must be answered exactly once, now or
 * later, with ipc_answer() or ipc_refuse(); `m` lives during the call only. */
typedef void (*ipc_ask_fn)(void *arg, struct ipc_ask *ask, const struct message *m);

/* Listen on `path` (a stale socket is replaced; the caller holds the daemon's lock).  mode 0660. */
int ipc_server_new(struct loop *l, const char *path, enum ipc_role self,
		   const struct ipc_users *users, ipc_ask_fn on_ask, void *arg,
		   struct ipc_server **ret, struct err *err);
void ipc_server_free(struct ipc_server *s);

enum ipc_role ipc_ask_from(const struct ipc_ask *ask);
uid_t ipc_ask_uid(const struct ipc_ask *ask); /* of the asker, from the kernel */
void ipc_answer(struct ipc_ask *ask, const struct message *reply);
void ipc_answer_ok(struct ipc_ask *ask);
/* `code` as in MSG_ERROR. */
void ipc_refuse(struct ipc_ask *ask, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
