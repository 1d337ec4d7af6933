/* What is asked of, and done to, a connected TCP socket beside libmicrohttpd. */
#ifndef TELLER_APID_TCP_SOCKET_H
#define TELLER_APID_TCP_SOCKET_H

#include <stdint.h>

/* Both sides find the connection at its end; the descriptor stays. */
void tcp_socket_cut(int fd);
/* The other side finds it broken, not at its end: what has come is not all.  The descriptor stays.
 */
void tcp_socket_break(int fd);
/* Bytes that ever came in, 0 when the kernel does not tell; CONNECTION_LEFT once the other side has
 * ended. */
uint64_t tcp_socket_received(int fd);

#endif
