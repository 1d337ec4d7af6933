/* By the address itself: "127.0.0.1.example.com" is a name like any other. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/conf/conf.h"

bool conf_is_loopback(const char *host_port)
{
	const char *colon = strrchr(host_port, ':');
	size_t len = colon != NULL ? (size_t)(colon - host_port) : strlen(host_port);
	char host[64];
	struct in6_addr v6;
	struct in_addr v4;

	if (len >= sizeof(host))
		return false;
	(void)snprintf(host, sizeof(host), "%.*s", (int)len, host_port);
	if (strcmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (len < 2 || host[0] != '[' || host[len - 1] != ']')
		return false;
	host[len - 1] = '\0';
	return inet_pton(AF_INET6, host + 1, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}
