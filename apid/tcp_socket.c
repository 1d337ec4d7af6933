#include "apid/tcp_socket.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "apid/connections.h"

#define TCP_ESTABLISHED 1 /* netinet/tcp.h, which does not go together with linux/tcp.h */

void tcp_socket_cut(int fd)
{
	(void)shutdown(fd, SHUT_RDWR);
}

void tcp_socket_break(int fd)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	(void)connect(fd, &nobody, sizeof(nobody)); /* leaves whom it is connected to, with a RST */
}

uint64_t tcp_socket_received(int fd)
{
	struct tcp_info info = { .tcpi_bytes_received = 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return 0;
	if (info.tcpi_state != TCP_ESTABLISHED)
		return CONNECTION_LEFT;
	return info.tcpi_bytes_received;
}
