#include "common/base/fault.h"

#ifdef TELLER_FAULT
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAULT_POINTS_MAX 128

static const char *passed[FAULT_POINTS_MAX];
static int log_fd = -1;
static int hold_fd = -1;

/* Before main(): a sandbox forbids it later. */
__attribute__((constructor)) static void fault_open_log(void)
{
	const char *path = getenv("TELLER_FAULT_LOG");

	if (path == NULL)
		return;
	log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (log_fd < 0)
		abort();
}

/* A FIFO that is open for writing, too, has no end. */
__attribute__((constructor)) static void fault_open_hold(void)
{
	const char *want = getenv("TELLER_FAULT_HOLD");
	const char *path = want != NULL ? strchr(want, ':') : NULL;

	if (path == NULL)
		return;
	hold_fd = open(path + 1, O_RDWR | O_CLOEXEC);
	if (hold_fd < 0)
		abort();
}

/* `want` is the name, and perhaps a colon and more. */
static bool is_meant(const char *want, const char *name)
{
	size_t len = strlen(name);

	return want != NULL && strncmp(want, name, len) == 0 &&
	       (want[len] == '\0' || want[len] == ':');
}

static void fault_log(const char *name)
{
	char line[128];
	size_t i;
	int n;

	for (i = 0; i < FAULT_POINTS_MAX && passed[i] != NULL; i++)
		if (strcmp(passed[i], name) == 0)
			return;
	if (i == FAULT_POINTS_MAX || log_fd < 0)
		return;
	passed[i] = name;
	n = snprintf(line, sizeof(line), "%s\n", name);
	if (write(log_fd, line, (size_t)n) != n)
		abort();
}

void fault_pass(const char *name)
{
	static int left = -1;
	const char *want = getenv("TELLER_FAULT");
	const char *passing;

	fault_log(name);
	if (!is_meant(want, name))
		return;
	passing = want + strlen(name);
	if (left < 0)
		left = *passing == ':' ? (int)strtol(passing + 1, NULL, 10) : 1;
	if (--left == 0)
		(void)raise(SIGKILL);
}

void fault_hold(const char *name)
{
	char byte;

	if (hold_fd < 0 || !is_meant(getenv("TELLER_FAULT_HOLD"), name))
		return;
	while (read(hold_fd, &byte, 1) < 0)
		if (errno != EINTR)
			abort();
}
#else
typedef int fault_is_off; /* ISO C wants a declaration in every file */
#endif
