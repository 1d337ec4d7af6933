/* ":port" is every address of this machine, of both kinds, as it was to the original: a socket of
 * IPv6 that takes IPv4 too, or one of IPv4 where there is no other. */
#include "apid/http_listen.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/log.h"

#define BACKLOG 1024

static int split_address(const char *address, char *host, size_t size, const char **ret_port,
			 struct err *err)
{
	const char *colon = strrchr(address, ':');
	size_t len = colon == NULL ? 0 : (size_t)(colon - address);

	if (colon == NULL || colon[1] == '\0' || len >= size)
		return err_set(err, ERR_INVALID, "'%s' is no host:port", address);
	if (len >= 2 && address[0] == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	}
	memcpy(host, address, len);
	host[len] = '\0';
	*ret_port = colon + 1;
	return 0;
}

static int listen_on(const struct addrinfo *a, const char *address, struct err *err)
{
	int on = 1, off = 0;
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_set_errno(err, "cannot make a socket for '%s'", address);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
		(void)err_set_errno(err, "cannot listen on '%s'", address);
		(void)close(fd);
		return ERR_IO;
	}
	return fd;
}

static int listen_at(const char *address, const char *host, const char *port, int family,
		     struct err *err)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
				  .ai_family = family,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int rc = getaddrinfo(host, port, &hints, &found);

	if (rc != 0)
		return err_set(err, ERR_INVALID, "'%s': %s", address, gai_strerror(rc));
	rc = listen_on(found, address, err);
	freeaddrinfo(found);
	return rc;
}

static bool has_ipv6(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

int http_listen(const char *address, struct err *err)
{
	const char *port;
	char host[256];
	int rc = split_address(address, host, sizeof(host), &port, err);

	if (rc < 0)
		return rc;
	if (host[0] == '\0')
		return listen_at(address, NULL, port, has_ipv6() ? AF_INET6 : AF_INET, err);
	return listen_at(address, host, port, AF_UNSPEC, err);
}

void http_listen_log(const char *name, int fd)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	char host[64] = "", port[16] = "";

	if (getsockname(fd, (struct sockaddr *)&a, &len) == 0)
		(void)getnameinfo((struct sockaddr *)&a, len, host, sizeof(host), port,
				  sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	log_info("listening", "listener=%s address=%s port=%s", name, host, port);
}
