/* A run:
 *
 *   sweep what an interrupted one left -> register (once for each authority) -> issue
 *
 * uacme writes its files in place: one that was killed while it did so would fail for ever after,
 * on half a key or on a file that it may not open again.  Whatever is not whole is removed before,
 * and made anew.  Two at a time are kept apart by a lock that uacme inherits.
 *
 * uacme is its own process group, so that its hook ends with it.  It is given no shell, no
 * terminal, an environment of ours, and its output goes to the daemon line by line. */
#include "apid/acme_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apid/acme_hook.h"
#include "common/base/buf.h"
#include "common/base/clock.h"

#define CANNOT_PREPARE 126 /* exit statuses of the child that did not become the program */
#define CANNOT_START   127
#define KEY_MAX	       65536
#define LINES_MAX      500 /* of one run that are passed on */
#define ENV_MAX	       16
#define ARG(text)      ((char *)(uintptr_t)(text)) /* exec writes to none of them */

struct run {
	const struct acme_order *o;
	int socket;
	int64_t until_ms;
	unsigned lines;
	char line[ACME_LINE_MAX];
	size_t line_len;
};

/* --- what is said ---------------------------------------------------------------------------- */

static void say(int socket, const struct acme_said *s)
{
	if (send(socket, s, sizeof(*s), MSG_NOSIGNAL) < 0)
		_exit(EXIT_SUCCESS); /* the daemon is gone */
}

static void say_line(struct run *r)
{
	struct acme_said s = { .end = false };

	r->line[r->line_len] = '\0';
	if (r->line_len > 0 && r->lines++ < LINES_MAX) {
		memcpy(s.text, r->line, r->line_len + 1);
		say(r->socket, &s);
	}
	r->line_len = 0;
}

/* Lines that are too long are cut; what is no text is shown as '?'. */
static void take_output(struct run *r, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == '\n')
			say_line(r);
		else if (r->line_len + 1 < sizeof(r->line))
			r->line[r->line_len++] = c >= ' ' && c < 0x7f ? (char)c : '?';
	}
}

/* --- sweeping -------------------------------------------------------------------------------- */

static bool is_whole_key(const char *path)
{
	struct buf text = BUF_INIT(KEY_MAX);
	gnutls_x509_privkey_t key = NULL;
	gnutls_datum_t data;
	bool whole = false;

	text.secret = true;
	if (buf_read_file(&text, path, NULL) == 0 && gnutls_x509_privkey_init(&key) == 0) {
		data = (gnutls_datum_t){ (unsigned char *)(uintptr_t)buf_text(&text),
					 (unsigned)text.len };
		whole = gnutls_x509_privkey_import(key, &data, GNUTLS_X509_FMT_PEM) == 0;
	}
	gnutls_x509_privkey_deinit(key);
	buf_release(&text);
	return whole;
}

static void sweep_folder(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		(void)closedir(d);
}

static void sweep(const struct acme_paths *p)
{
	char half[CONF_PATH_MAX + 8];

	sweep_folder(p->challenges);
	(void)snprintf(half, sizeof(half), "%s.tmp", p->cert);
	(void)unlink(half);
	if (access(p->key, F_OK) == 0 && !is_whole_key(p->key))
		(void)unlink(p->key);
	if (!is_whole_key(p->account_key)) {
		(void)unlink(p->account_key);
		(void)unlink(p->account);
	}
}

/* --- becoming the program -------------------------------------------------------------------- */

static void keep_env(char *env[ENV_MAX], size_t *count, const char *name)
{
	const char *value = getenv(name);

	if (value != NULL && *count + 1 < ENV_MAX &&
	    asprintf(&env[*count], "%s=%s", name, value) > 0)
		(*count)++;
}

static void make_env(const struct acme_order *o, char *env[ENV_MAX])
{
	static const char *const kept[] = { "http_proxy", "https_proxy", "HTTPS_PROXY",
					    "no_proxy",	  "NO_PROXY",	 "TZ" };
	size_t count = 0;

	env[count++] = ARG("LANG=C");
	env[count++] = ARG("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	if (asprintf(&env[count], ACME_HOOK_ENV "=%s", o->paths.challenges) > 0)
		count++;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		keep_env(env, &count, kept[i]);
	env[count] = NULL;
}

/* Handlers are gone after exec, what is ignored stays so. */
static void usual_signals(void)
{
	static const int all[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGALRM, SIGCHLD };
	sigset_t none;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		(void)signal(all[i], SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void become(const struct acme_order *o, char *const argv[], int output, pid_t parent)
{
	char *env[ENV_MAX];

	make_env(o, env);
	usual_signals();
	if (setpgid(0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    getppid() != parent || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0)
		_exit(CANNOT_PREPARE);
	(void)execvpe(o->program, argv, env);
	(void)dprintf(STDERR_FILENO, "%s: %s\n", o->program, strerror(errno));
	_exit(CANNOT_START);
}

/* --- watching it ------------------------------------------------------------------------------ */

/* False: it took too long.  Ends this process with it when the daemon goes. */
static bool watch(struct run *r, int output, pid_t child)
{
	struct pollfd fds[] = { { .fd = output, .events = POLLIN }, { .fd = r->socket } };
	char piece[1024];
	ssize_t n = 1;

	while (n > 0) {
		int64_t left = r->until_ms - clock_mono_ms();

		if (left <= 0)
			return false;
		(void)poll(fds, 2, left < INT_MAX ? (int)left : INT_MAX);
		if ((fds[1].revents & (POLLHUP | POLLERR)) != 0) {
			(void)kill(-child, SIGKILL);
			_exit(EXIT_SUCCESS);
		}
		n = fds[0].revents != 0 ? read(output, piece, sizeof(piece)) : 1;
		if (fds[0].revents != 0 && n > 0)
			take_output(r, piece, (size_t)n);
	}
	return true;
}

static enum acme_result result_of(int status)
{
	if (!WIFEXITED(status))
		return ACME_FAILED;
	switch (WEXITSTATUS(status)) {
	case 0: return ACME_ISSUED;
	case 1: return ACME_CURRENT;
	case CANNOT_START: return ACME_MISSING;
	default: return ACME_FAILED;
	}
}

static enum acme_result wait_for(struct run *r, int output, pid_t child)
{
	bool in_time = watch(r, output, child);
	int status = 0;

	(void)kill(-child, SIGKILL); /* what it left running; or all of it */
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	say_line(r);
	return in_time ? result_of(status) : ACME_TOO_LONG;
}

static enum acme_result run_program(struct run *r, char *const argv[])
{
	pid_t self = getpid(), child;
	enum acme_result result;
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return ACME_FAILED;
	/* Not fork(): libuv would close descriptors in the child that are ours by now. */
	child = _Fork();
	if (child == 0)
		become(r->o, argv, pipes[1], self);
	(void)close(pipes[1]);
	if (child > 0)
		(void)setpgid(child, child); /* whoever is first */
	result = child > 0 ? wait_for(r, pipes[0], child) : ACME_FAILED;
	(void)close(pipes[0]);
	return result;
}

/* --- the two commands --------------------------------------------------------------------------
 */

/* The program of this process, as it is installed now. */
static const char *hook_path(char ret[PATH_MAX])
{
	static const char gone[] = " (deleted)";
	ssize_t n = readlink("/proc/self/exe", ret, PATH_MAX - 1);

	ret[n > 0 ? n : 0] = '\0';
	if (n > (ssize_t)sizeof(gone) && strcmp(ret + n - (sizeof(gone) - 1), gone) == 0)
		ret[n - (ssize_t)(sizeof(gone) - 1)] = '\0';
	return ret;
}

static enum acme_result register_account(struct run *r)
{
	const struct acme_order *o = r->o;
	char *const argv[] = { ARG(o->program),
			       ARG("-v"),
			       ARG("-c"),
			       ARG(o->paths.state),
			       ARG("-a"),
			       ARG(o->url),
			       ARG("-t"),
			       ARG("EC"),
			       ARG("-y"),
			       ARG("new"),
			       o->email[0] != '\0' ? ARG(o->email) : NULL,
			       NULL };

	return run_program(r, argv);
}

static enum acme_result issue(struct run *r)
{
	const struct acme_order *o = r->o;
	char hook[PATH_MAX], days[16];
	char *const argv[] = { ARG(o->program),
			       ARG("-v"),
			       ARG("-c"),
			       ARG(o->paths.state),
			       ARG("-a"),
			       ARG(o->url),
			       ARG("-h"),
			       ARG(hook_path(hook)),
			       ARG("-t"),
			       ARG("EC"),
			       ARG("-o"),
			       ARG("-d"),
			       days,
			       ARG("issue"),
			       ARG(o->host),
			       NULL };

	(void)snprintf(days, sizeof(days), "%u", o->days);
	return run_program(r, argv);
}

static void note_account(const struct acme_paths *p)
{
	int fd = open(p->account, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0)
		(void)close(fd);
}

/* That an account is there already is a failure to uacme, and none to us: whether it is, the next
 * command shows. */
static enum acme_result run_all(struct run *r)
{
	bool registered;
	enum acme_result result = ACME_ISSUED;

	sweep(&r->o->paths);
	registered = access(r->o->paths.account, F_OK) == 0;
	if (!registered)
		result = register_account(r);
	if (result == ACME_MISSING || result == ACME_TOO_LONG)
		return result;
	result = issue(r);
	if (!registered && (result == ACME_ISSUED || result == ACME_CURRENT))
		note_account(&r->o->paths);
	return result;
}

static enum acme_result run_locked(struct run *r)
{
	/* uacme inherits it: the lock is held until the last of both has ended. */
	int lock = open(r->o->paths.lock, O_RDWR | O_CREAT, 0600);
	enum acme_result result = ACME_FAILED;

	if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
		result = run_all(r);
	else
		take_output(r, "another uacme is at work\n", 25);
	if (lock >= 0)
		(void)close(lock);
	return result;
}

/* --- the process ------------------------------------------------------------------------------ */

/* Nothing of the daemon but the socket; the daemon's end ends it too. */
static void detach(int socket, pid_t daemon)
{
	static const int unheard[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < sizeof(unheard) / sizeof(unheard[0]); i++)
		(void)signal(unheard[i], SIG_IGN);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			_exit(EXIT_FAILURE);
	if ((socket > 3 && close_range(3, (unsigned)socket - 1, 0) < 0) ||
	    close_range((unsigned)socket + 1, ~0U, 0) < 0)
		_exit(EXIT_FAILURE);
	(void)prctl(PR_SET_NAME, "teller-acme", 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != daemon)
		_exit(EXIT_FAILURE);
}

static void live(const struct acme_order *o, int socket, pid_t daemon)
{
	uint8_t byte;
	ssize_t n;

	detach(socket, daemon);
	while ((n = read(socket, &byte, 1)) != 0) {
		struct run r = { .o = o,
				 .socket = socket,
				 .until_ms = clock_mono_ms() + (int64_t)o->limit_ms };
		struct acme_said s = { .end = true };

		if (n < 0 && errno != EINTR)
			_exit(EXIT_FAILURE);
		if (n < 0)
			continue;
		s.result = run_locked(&r);
		say(socket, &s);
	}
	_exit(EXIT_SUCCESS);
}

int acme_process_start(const struct acme_order *o, int *ret_socket, pid_t *ret_pid, struct err *err)
{
	pid_t daemon = getpid(), child;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set_errno(err, "cannot start a process for uacme");
	(void)fflush(NULL); /* else both would write what waits */
	child = fork();
	if (child == 0)
		live(o, pair[1], daemon);
	(void)close(pair[1]);
	if (child < 0) {
		(void)close(pair[0]);
		return err_set_errno(err, "cannot start a process for uacme");
	}
	*ret_socket = pair[0];
	*ret_pid = child;
	return 0;
}
