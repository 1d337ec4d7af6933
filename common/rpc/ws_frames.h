/* The frames of a websocket (RFC 6455) on the client's side, without any I/O: bytes in, messages
 * out, and the bytes that must be sent.  The library wslay does the work: it puts split messages
 * together, answers pings and closes, refuses masked, malformed and too long frames, and text
 * that is no UTF-8. */
#ifndef TELLER_COMMON_RPC_WS_FRAMES_H
#define TELLER_COMMON_RPC_WS_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

struct ws_frames;

/* A whole text message; `text` is not NUL-ended and lives during the call only. */
typedef void (*ws_text_fn)(void *arg, const char *text, size_t len);

/* Messages of more than `max_message` bytes end the connection.  NULL: no memory. */
struct ws_frames *ws_frames_new(size_t max_message, ws_text_fn fn, void *arg);
void ws_frames_free(struct ws_frames *f);

/* Take what came.  False: the connection is over, ws_frames_end() says why; what is in
 * ws_frames_out() may still be sent. */
bool ws_frames_take(struct ws_frames *f, const uint8_t *bytes, size_t len);
/* Put a message, a ping, a goodbye into ws_frames_out(). */
void ws_frames_text(struct ws_frames *f, const char *text, size_t len);
void ws_frames_ping(struct ws_frames *f);
void ws_frames_goodbye(struct ws_frames *f);

/* What must be sent, in order; consume what was. */
struct buf *ws_frames_out(struct ws_frames *f);
/* NULL while the connection is in order. */
const char *ws_frames_end(const struct ws_frames *f);
/* It was the peer who ended it, in good order. */
bool ws_frames_peer_left(const struct ws_frames *f);

#endif
