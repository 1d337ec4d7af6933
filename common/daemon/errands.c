/* A pair of sockets: the daemon sends the number of an errand, the child answers with an errno and,
 * for a file, the descriptor.  The child decides from one byte alone which of a few fixed paths it
 * touches.  Each errand has a serial, which is in its answer: one that comes when nobody waits for
 * it any more must not be taken for the next one's, nor its descriptor for another file's.
 *
 * It must not outlive the daemon (it would hold its standard output, and a supervisor would wait),
 * and must not end before it (an interrupt from the terminal goes to both). */
#include "common/daemon/errands.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/sandbox/sandbox.h"

#define ANSWER_S 5

/* From the last one on: a file to be read, by its place in the list. */
enum errand { ERRAND_READY, ERRAND_OPEN_LOG, ERRAND_REMOVE_PIDFILE, ERRAND_OPEN_FILE };

struct errands {
	int socket;
	pid_t child;
	uint8_t serial; /* of the last one that was asked for; 0: that it is ready */
};

struct order {
	uint8_t which, serial;
};

struct answer {
	uint8_t serial;
	int number; /* errno; 0: done */
	char text[ERR_TEXT_MAX];
};

/* --- a message with a descriptor ------------------------------------------------------------- */

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static void attach(struct msghdr *m, union control *c, int fd)
{
	struct cmsghdr *head;

	m->msg_control = c->bytes;
	m->msg_controllen = sizeof(c->bytes);
	head = CMSG_FIRSTHDR(m);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
}

static void answer_send(int socket, const struct answer *a, int fd)
{
	struct iovec part = { (void *)a, sizeof(*a) };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
	union control c = { .bytes = "" };

	if (fd >= 0)
		attach(&m, &c, fd);
	if (sendmsg(socket, &m, MSG_NOSIGNAL) < 0)
		_exit(EXIT_FAILURE);
}

static int attached(struct msghdr *m)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

static bool answer_receive(int socket, struct answer *ret, int *ret_fd)
{
	struct iovec part = { ret, sizeof(*ret) };
	union control c = { .bytes = "" };
	struct msghdr m = { .msg_iov = &part,
			    .msg_iovlen = 1,
			    .msg_control = c.bytes,
			    .msg_controllen = sizeof(c.bytes) };
	ssize_t n;

	do
		n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	*ret_fd = n > 0 ? attached(&m) : -1;
	return n == (ssize_t)sizeof(*ret);
}

/* --- the child ------------------------------------------------------------------------------- */

struct child {
	int socket;
	const struct errands_paths *paths;
};

/* A pipe must not keep us waiting, a terminal not become ours. */
static int open_file(const struct child *c, unsigned which)
{
	if (which < c->paths->files)
		return open(c->paths->file[which], O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	errno = EINVAL;
	return -1;
}

static void run_errand(const struct child *c, const struct order *o)
{
	struct answer a = { .serial = o->serial };
	unsigned which = o->which;
	int fd = -1;

	if (which == ERRAND_REMOVE_PIDFILE) {
		a.number = unlink(c->paths->pidfile) < 0 ? errno : 0;
	} else if (which != ERRAND_READY) {
		fd = which == ERRAND_OPEN_LOG ? log_open_file(c->paths->log, NULL)
					      : open_file(c, which - ERRAND_OPEN_FILE);
		a.number = fd < 0 ? errno : 0;
	}
	answer_send(c->socket, &a, fd);
	if (fd >= 0)
		(void)close(fd);
}

static void allow_folder(struct sandbox_plan *p, unsigned rights, const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	(void)snprintf(folder, sizeof(folder), "%.*s",
		       slash != NULL && slash > path ? (int)(slash - path) : 1,
		       slash != NULL ? path : ".");
	sandbox_allow(p, rights, folder);
}

/* It may be a link into another folder. */
static void allow_folders(struct sandbox_plan *p, unsigned rights, const char *path)
{
	char real[PATH_MAX];

	allow_folder(p, rights, path);
	if (realpath(path, real) != NULL)
		allow_folder(p, rights, real);
}

static void plan_for(const struct child *c, struct sandbox_plan *p)
{
	if (c->paths->log[0] != '\0')
		allow_folders(p, SANDBOX_WRITE | SANDBOX_MAKE, c->paths->log);
	if (c->paths->pidfile[0] != '\0')
		allow_folder(p, SANDBOX_REMOVE, c->paths->pidfile);
	for (unsigned i = 0; i < c->paths->files; i++)
		allow_folders(p, SANDBOX_READ, c->paths->file[i]);
}

static void child_enter(const struct child *c, enum sandbox_mode mode)
{
	struct sandbox_plan plan = { .path_count = 0 };
	struct sandbox_report report;
	struct answer a = { .number = 0 };
	struct err err;

	plan_for(c, &plan);
	if (sandbox_enter(&plan, mode, &report, &err) < 0) {
		a.number = EPERM;
		(void)snprintf(a.text, sizeof(a.text), "%s", err.text);
	}
	answer_send(c->socket, &a, -1);
	sandbox_plan_release(&plan);
}

/* Nothing of the daemon but the socket; the daemon's end ends it too. */
static void child_detach(pid_t daemon)
{
	static const int unheard[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < sizeof(unheard) / sizeof(unheard[0]); i++)
		(void)signal(unheard[i], SIG_IGN);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			_exit(EXIT_FAILURE);
	(void)prctl(PR_SET_NAME, "teller-errands", 0, 0, 0);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != daemon)
		_exit(EXIT_FAILURE);
}

static void close_others(int keep)
{
	if ((keep > 3 && close_range(3, (unsigned)keep - 1, 0) < 0) ||
	    close_range((unsigned)keep + 1, ~0U, 0) < 0)
		_exit(EXIT_FAILURE);
}

static void child_live(const struct child *c, enum sandbox_mode mode, pid_t daemon)
{
	struct order o;
	ssize_t n;

	child_detach(daemon);
	close_others(c->socket);
	child_enter(c, mode);
	while ((n = read(c->socket, &o, sizeof(o))) != 0) {
		if (n < 0 && errno != EINTR)
			_exit(EXIT_FAILURE);
		if (n == sizeof(o))
			run_errand(c, &o);
	}
	_exit(EXIT_SUCCESS);
}

/* --- the daemon ------------------------------------------------------------------------------ */

/* What comes first may be for an errand that was given up. */
static bool receive_ours(const struct errands *e, struct answer *ret, int *ret_fd)
{
	while (answer_receive(e->socket, ret, ret_fd)) {
		if (ret->serial == e->serial)
			return true;
		if (*ret_fd >= 0)
			(void)close(*ret_fd);
		*ret_fd = -1;
	}
	return false;
}

static int wait_for_answer(struct errands *e, int *ret_fd, struct err *err)
{
	struct answer a = { .number = 0 };

	if (!receive_ours(e, &a, ret_fd))
		return err_set(err, ERR_IO,
			       "the process that runs errands does not answer: start again");
	if (a.number == 0)
		return 0;
	if (a.text[0] != '\0')
		return err_set(err, ERR_INVALID, "%s", a.text);
	errno = a.number;
	return err_set_path_errno(err, "refused");
}

static int ask(struct errands *e, unsigned which, int *ret_fd, struct err *err)
{
	const struct order o = { (uint8_t)which, ++e->serial };

	if (send(e->socket, &o, sizeof(o), MSG_NOSIGNAL) != sizeof(o))
		return err_set_errno(err, "the process that runs errands is gone: start again");
	return wait_for_answer(e, ret_fd, err);
}

static int errands_fork(struct errands *e, const struct child *c, enum sandbox_mode mode,
			struct err *err)
{
	const struct timeval limit = { .tv_sec = ANSWER_S };
	pid_t daemon = getpid();
	int none;

	(void)fflush(NULL); /* else both would write what waits */
	e->child = fork();
	if (e->child < 0)
		return err_set_errno(err, "cannot start a process for errands");
	if (e->child == 0)
		child_live(c, mode, daemon);
	(void)close(c->socket);
	if (setsockopt(e->socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return err_set_errno(err, "cannot limit the time of an errand");
	return wait_for_answer(e, &none, err);
}

int errands_start(const struct errands_paths *paths, enum sandbox_mode mode, struct errands **ret,
		  struct err *err)
{
	struct errands *e = calloc(1, sizeof(*e));
	struct child c = { .paths = paths };
	int pair[2], rc;

	if (e == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		free(e);
		return err_set_errno(err, "cannot start a process for errands");
	}
	e->socket = pair[0];
	c.socket = pair[1];
	rc = errands_fork(e, &c, mode, err);
	if (rc < 0)
		errands_end(e);
	else
		*ret = e;
	return rc;
}

static int ask_for_file(struct errands *e, unsigned which, int *ret_fd, struct err *err)
{
	int fd = -1;
	int rc = ask(e, which, &fd, err);

	if (rc == 0 && fd < 0)
		return err_set(err, ERR_IO, "no descriptor came: too many files are open");
	if (rc == 0)
		*ret_fd = fd;
	return rc;
}

int errands_open_log(struct errands *e, int *ret_fd, struct err *err)
{
	return ask_for_file(e, ERRAND_OPEN_LOG, ret_fd, err);
}

int errands_open_file(struct errands *e, unsigned which, int *ret_fd, struct err *err)
{
	return ask_for_file(e, ERRAND_OPEN_FILE + which, ret_fd, err);
}

int errands_remove_pidfile(struct errands *e, struct err *err)
{
	int none;

	return ask(e, ERRAND_REMOVE_PIDFILE, &none, err);
}

void errands_end(struct errands *e)
{
	if (e == NULL)
		return;
	(void)close(e->socket);
	while (e->child > 0 && waitpid(e->child, NULL, 0) < 0 && errno == EINTR)
		;
	free(e);
}
