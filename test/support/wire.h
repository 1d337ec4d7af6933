/* The raw end of a socket, for tests of common/ipc: sends what no honest peer would, and runs the
 * loop under test until a condition holds. */
#ifndef TELLER_TEST_SUPPORT_WIRE_H
#define TELLER_TEST_SUPPORT_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/ipc/messages.h"
#include "common/loop/loop.h"

#define WIRE_TEXT_OF(n) #n
#define WIRE_TEXT(n)	WIRE_TEXT_OF(n)
#define WIRE_PROTOCOL	WIRE_TEXT(IPC_PROTOCOL) /* ours, whatever it is */
#define HELLO(daemon)                                                                              \
	"{\"id\":0,\"type\":\"hello\",\"protocol\":" WIRE_PROTOCOL ",\"daemon\":\"" daemon         \
	"\",\"version\":\"\"}"

/* Run the loop until cond(arg); fails the test with `why` when that takes too long. */
void loop_until(struct loop *l, bool (*cond)(void *arg), void *arg, const char *why);
/* Run the loop for a few turns: enough for what is on its way to arrive. */
void loop_settle(struct loop *l);

/* Connected, non-blocking. */
int wire_connect(const char *path);
int wire_listen(const char *path);
int wire_accept(struct loop *l, int listener);

void wire_send(int fd, const void *data, size_t len);
/* As a frame. */
void wire_say(int fd, const char *json);
/* The next frame's text, to be freed; NULL: the connection was closed.  A wrong frame fails. */
char *wire_hear(struct loop *l, int fd);
/* Hear a frame that contains `part`. */
void wire_expect(struct loop *l, int fd, const char *part);
/* The connection is closed by the other side, after whatever frames. */
void wire_expect_closed(struct loop *l, int fd, const char *why);

/* Lines of the file that contain `part`. */
unsigned count_lines(const char *path, const char *part);

#endif
