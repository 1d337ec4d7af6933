#include "common/daemon/ready.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/log.h"

/* A path, or a name in the abstract namespace when it begins with '@'. */
static socklen_t notify_address(const char *name, struct sockaddr_un *ret)
{
	size_t len = strlen(name);

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len == 0 || len >= sizeof(ret->sun_path))
		return 0;
	memcpy(ret->sun_path, name, len);
	if (name[0] == '@')
		ret->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

/* Kept: a sandbox may forbid to connect, not to use what is connected. */
static int ready_fd = -1;

void ready_connect(void)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to;
	socklen_t len = name != NULL ? notify_address(name, &to) : 0;

	if (len == 0 || ready_fd >= 0)
		return;
	ready_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ready_fd >= 0 && connect(ready_fd, (const struct sockaddr *)&to, len) == 0)
		return;
	log_warn("notify_failed", "socket=%s", name);
	if (ready_fd >= 0)
		(void)close(ready_fd);
	ready_fd = -1;
}

void ready_notify(const char *state)
{
	ready_connect();
	if (ready_fd >= 0 && send(ready_fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_warn("notify_failed", "state=%s", state);
}
