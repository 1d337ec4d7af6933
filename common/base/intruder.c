#include "common/base/intruder.h"

#ifdef TELLER_FAULT
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Each returns a negative number with errno when it was refused. */
static int try_read(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? fd : (int)read(fd, &byte, 1);
}

static int try_write(const char *path)
{
	return open(path, O_WRONLY | O_CLOEXEC);
}

static int try_make(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static int try_list(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int try_mode(const char *path)
{
	return chmod(path, 0644);
}

static int try_cut(const char *path)
{
	return truncate(path, 0);
}

static int try_move(const char *path)
{
	char to[4096];

	(void)snprintf(to, sizeof(to), "%s.moved", path);
	return rename(path, to);
}

static int try_exec(const char *path)
{
	return execl(path, path, NULL);
}

static int try_fork(const char *unused)
{
	pid_t child = fork();

	(void)unused;
	if (child == 0)
		_exit(0);
	return child;
}

static int try_trace(const char *pid)
{
	return (int)ptrace(PTRACE_ATTACH, (pid_t)strtol(pid, NULL, 10), NULL, NULL);
}

static int connect_inet(int type, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)strtol(port, NULL, 10)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	return fd < 0 ? fd : connect(fd, (const struct sockaddr *)&to, sizeof(to));
}

static int try_connect(const char *port)
{
	return connect_inet(SOCK_STREAM, port);
}

static int try_datagram(const char *port)
{
	return connect_inet(SOCK_DGRAM, port);
}

static int try_packets(const char *unused)
{
	(void)unused;
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static const struct {
	const char *name;
	int (*fn)(const char *with);
} tries[] = {
	{ "read", try_read },	    { "write", try_write },	{ "make", try_make },
	{ "list", try_list },	    { "mode", try_mode },	{ "cut", try_cut },
	{ "move", try_move },	    { "exec", try_exec },	{ "fork", try_fork },
	{ "trace", try_trace },	    { "connect", try_connect }, { "datagram", try_datagram },
	{ "packets", try_packets },
};

/* `word` is "name:with". */
static void try_one(const char *word)
{
	size_t len = strcspn(word, ":");
	const char *with = word[len] == ':' ? word + len + 1 : "";

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		if (strlen(tries[i].name) != len || memcmp(tries[i].name, word, len) != 0)
			continue;
		(void)dprintf(STDERR_FILENO, "intruder %s %s\n", word,
			      tries[i].fn(with) >= 0 ? "ok" : strerrorname_np(errno));
		return;
	}
	abort(); /* a test that tries nothing would pass */
}

void intruder_pass(void)
{
	static bool done;
	const char *what = getenv("TELLER_INTRUDER");
	char *copy, *rest, *word;

	if (done || what == NULL)
		return;
	done = true;
	rest = copy = strdup(what);
	while ((word = strsep(&rest, " ")) != NULL)
		try_one(word);
	free(copy);
}
#else
typedef int intruder_is_off; /* ISO C wants a declaration in every file */
#endif
