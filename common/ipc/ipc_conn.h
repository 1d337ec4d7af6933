/* Inside the ipc room: one connected Unix socket that carries frames, of either end.
 *
 * Frames sent in one turn of the loop leave in one write at its end; all frames of one read are
 * handed over one after the other.  The connection belongs to its owner until ipc_conn_close();
 * after that no callback comes any more and the memory is freed when libuv has let go of it. */
#ifndef TELLER_COMMON_IPC_IPC_CONN_H
#define TELLER_COMMON_IPC_IPC_CONN_H

#include <uv.h>

#include "common/ipc/message.h"
#include "common/loop/loop.h"

/* More than this waiting to be written: ipc_conn_full(). */
#define IPC_QUEUE_MAX ((size_t)4 << 20)

struct ipc_conn;

/* May close the connection, but must not touch it after that. */
struct ipc_conn_owner {
	void (*on_frame)(void *owner, const char *json, size_t len);
	/* The peer is gone or has broken the framing; the owner closes. */
	void (*on_broken)(void *owner, const char *why);
	/* What was queued has been written. */
	void (*on_drained)(void *owner);
};

/* The pipe inside is initialised and not connected. */
struct ipc_conn *ipc_conn_new(struct loop *l, const struct ipc_conn_owner *calls, void *owner);
/* For uv_accept() and uv_pipe_connect(). */
uv_pipe_t *ipc_conn_pipe(struct ipc_conn *c);
/* Call when the pipe is connected: reading begins. */
void ipc_conn_start(struct ipc_conn *c);
/* Flushes what can be written without waiting. */
void ipc_conn_close(struct ipc_conn *c);
/* The connection is closing: for code that has called back into its owner. */
bool ipc_conn_closing(const struct ipc_conn *c);

/* Queue one message.  False: it is larger than a frame, or a peer that does not read has let the
 * queue grow without end: close the connection. */
bool ipc_conn_send(struct ipc_conn *c, const struct message *m, const struct envelope *env);
bool ipc_conn_full(const struct ipc_conn *c);
/* Bytes that wait to be written; shrinks as the peer reads. */
size_t ipc_conn_queued(const struct ipc_conn *c);

/* Hand over no more frames until resumed; the peer's socket fills up. */
void ipc_conn_pause(struct ipc_conn *c);
/* Frames come again, from the end of this turn on. */
void ipc_conn_resume(struct ipc_conn *c);
bool ipc_conn_paused(const struct ipc_conn *c);

#endif
