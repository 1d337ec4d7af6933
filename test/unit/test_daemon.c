/* The life of a daemon, in a child process that is one: daemon_main() with rooms that do little.
 * The database is this test's own, so that it can be busy, broken or foreign when wanted. */
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/version.h"
#include "common/daemon/daemon.h"
#include "common/ipc/ipc_client.h"
#include "test/support/test.h"
#include "test/support/wire.h"

#define ARGS_MAX 8

/* --- the store's part, in place of the real one --------------------------------------------- */
/* A file in the data directory says how the database is: "busy", "foreign". */
static bool database_is(const char *dbfile, const char *how)
{
	char path[CONF_PATH_MAX + 16];

	(void)snprintf(path, sizeof(path), "%.*s/%s", (int)(strrchr(dbfile, '/') - dbfile), dbfile,
		       how);
	return access(path, F_OK) == 0;
}

int store_open(const char *path, enum store_role role, struct store **ret, struct err *err)
{
	(void)role;
	*ret = NULL;
	if (database_is(path, "busy"))
		return err_set(err, ERR_BUSY, "database is locked");
	if (database_is(path, "foreign"))
		return err_set(err, ERR_FATAL, "'%s' is of a newer version", path);
	return 0;
}

void store_close(struct store *s)
{
	(void)s;
}

int store_begin(struct store *s, struct err *err)
{
	(void)s;
	(void)err;
	return 0;
}

int store_commit(struct store *s, struct err *err)
{
	(void)s;
	(void)err;
	return 0;
}

/* A second lasts 20 ms for the limit of the orderly stop. */
unsigned alarm(unsigned seconds)
{
	struct itimerval limit = { .it_value = { .tv_usec = (suseconds_t)seconds * 20000 } };

	(void)setitimer(ITIMER_REAL, &limit, NULL);
	return 0;
}

/* --- the rooms of the daemons --------------------------------------------------------------- */
static int start_well(struct daemon *d, struct err *err)
{
	(void)err;
	d->state = d;
	health_raise(d->health, "test", "a \"problem\"");
	return 0;
}

static void stop_well(struct daemon *d)
{
	log_info("stop_called", "state=%d", d->state != NULL);
}

static void on_ask_health(struct daemon *d, struct ipc_ask *ask, const struct message *m)
{
	struct message reply = { .type = MSG_TYPE_none };

	assert_int_equal(m->type, MSG_TYPE_health);
	daemon_health_reply(d, "senderd", &reply);
	ipc_answer(ask, &reply);
	message_release(&reply);
}

static void on_hup(struct daemon *d)
{
	(void)d;
	log_info("hup_called", "here=1");
}

static int start_invalid(struct daemon *d, struct err *err)
{
	(void)d;
	return err_set(err, ERR_INVALID, "the pool file is wrong");
}

static int start_half(struct daemon *d, struct err *err)
{
	d->state = d;
	return err_set(err, ERR_FATAL, "half of it is broken");
}

/* Files say when the port is free, or whether it is the database that is locked. */
static int start_when_free(struct daemon *d, struct err *err)
{
	d->state = d;
	if (database_is(d->conf->dbfile, "free"))
		return 0;
	if (database_is(d->conf->dbfile, "taken"))
		return err_set(err, ERR_IO, "the port is taken");
	return err_set(err, ERR_BUSY, "database is locked");
}

static int start_and_stop(struct daemon *d, struct err *err)
{
	(void)err;
	loop_stop(d->loop);
	return 0;
}

static void stop_never(struct daemon *d)
{
	(void)d;
	log_info("stuck", "here=1");
	for (;;)
		(void)pause();
}

static const struct daemon_def well = {
	.name = "senderd",
	.role = IPC_SENDERD,
	.store_role = STORE_SENDERD,
	.summary = "tests daemon_main",
	.start = start_well,
	.stop = stop_well,
	.on_ask = on_ask_health,
	.on_hup = on_hup,
};
static const struct daemon_def reader = {
	.name = "apid",
	.role = IPC_APID,
	.store_role = STORE_READER,
	.summary = "listens to nobody",
	.start = start_and_stop,
};
static const struct daemon_def invalid = {
	.name = "senderd",
	.role = IPC_SENDERD,
	.store_role = STORE_SENDERD,
	.summary = "does not start",
	.start = start_invalid,
	.stop = stop_well,
};
static const struct daemon_def patient = {
	.name = "senderd",
	.role = IPC_SENDERD,
	.store_role = STORE_SENDERD,
	.summary = "waits for a lock and a port when it starts",
	.start = start_when_free,
	.stop = stop_well,
	.on_ask = on_ask_health,
};
static const struct daemon_def half = {
	.name = "senderd",
	.role = IPC_SENDERD,
	.store_role = STORE_SENDERD,
	.summary = "starts by half",
	.start = start_half,
	.stop = stop_well,
};
static const struct daemon_def stuck = {
	.name = "senderd",
	.role = IPC_SENDERD,
	.store_role = STORE_SENDERD,
	.summary = "does not stop",
	.start = start_well,
	.stop = stop_never,
	.on_ask = on_ask_health,
};

/* What its sandbox refuses. */
static void on_hup_change_mode(struct daemon *d)
{
	(void)chmod(d->conf->dbfile, 0644);
	log_info("hup_called", "mode_changed=%d", errno != ENOSYS);
}

static void need_run_dir(const struct daemon *d, struct sandbox_plan *p)
{
	char run[CONF_PATH_MAX + 8];

	(void)snprintf(run, sizeof(run), "%s/run", d->conf->dir);
	sandbox_allow(p, SANDBOX_REMOVE, run);
}

static const struct daemon_def locked = {
	.name = "senderd",
	.role = IPC_SENDERD,
	.store_role = STORE_SENDERD,
	.summary = "locks itself in",
	.start = start_well,
	.confine = need_run_dir,
	.stop = stop_well,
	.on_ask = on_ask_health,
	.on_hup = on_hup_change_mode,
};

/* --- the child ------------------------------------------------------------------------------ */
/* As on a kernel that answers this call with `number`; 0: as it is. */
static struct {
	int call, number;
} pretended;

static void pretend(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	if (seccomp_rule_add(f, SCMP_ACT_ERRNO((unsigned)pretended.number), pretended.call, 0) !=
		    0 ||
	    seccomp_load(f) != 0)
		_exit(98);
	seccomp_release(f);
}

struct fixture {
	char *dir;
	char log[256], out[256], err[256], socket[256], pidfile[256], run[256];
	pid_t children[16];
	unsigned child_count;
};

static void write_file(const struct fixture *f, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	(void)fputs(text, file);
	(void)fclose(file);
}

#define CONFIG                                                                                     \
	"debug = true\nlogfile = log\npidfile = teller.pid\n"                                      \
	"[btc_scanner]\nenabled = false\n[btc_rpc]\npass = swordfish\n"                            \
	"[dummy]\nsender = true\nscanner = true\n"

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->dir = test_make_dir();
	(void)snprintf(f->log, sizeof(f->log), "%s/log", f->dir);
	(void)snprintf(f->out, sizeof(f->out), "%s/out", f->dir);
	(void)snprintf(f->err, sizeof(f->err), "%s/err", f->dir);
	(void)snprintf(f->run, sizeof(f->run), "%s/run", f->dir);
	(void)snprintf(f->socket, sizeof(f->socket), "%s/run/senderd.sock", f->dir);
	(void)snprintf(f->pidfile, sizeof(f->pidfile), "%s/teller.senderd.pid", f->dir);
	write_file(f, "teller.ini", CONFIG);
	write_file(f, "log", "");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < f->child_count; i++) {
		if (f->children[i] == 0)
			continue;
		(void)kill(f->children[i], SIGKILL);
		(void)waitpid(f->children[i], NULL, 0);
	}
	test_remove_dir(f->dir);
	free(f);
	return 0;
}

static void child_life(const struct fixture *f, const struct daemon_def *def, char **argv, int argc)
{
	if (freopen(f->out, "w", stdout) == NULL || freopen(f->err, "w", stderr) == NULL)
		_exit(99);
	if (pretended.number != 0)
		pretend();
	exit(daemon_main(argc, argv,
			 def)); /* not _exit(): stdout is flushed, leaks are looked for */
}

/* `options` end with NULL; --dir is added. */
static pid_t spawn(struct fixture *f, const struct daemon_def *def, const char *const *options)
{
	char *argv[ARGS_MAX] = { strdup(def->name), strdup("--dir"), f->dir };
	int argc = 3;
	pid_t pid;

	for (; options != NULL && *options != NULL; options++)
		argv[argc++] = strdup(*options);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child_life(f, def, argv, argc);
	f->children[f->child_count++] = pid;
	free(argv[0]);
	free(argv[1]);
	for (int i = 3; i < argc; i++)
		free(argv[i]);
	return pid;
}

static int wait_status(struct fixture *f, pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (unsigned i = 0; i < f->child_count; i++)
		if (f->children[i] == pid)
			f->children[i] = 0;
	return status;
}

/* Exit status; a death by signal fails. */
static int wait_exit(struct fixture *f, pid_t pid)
{
	int status = wait_status(f, pid);

	if (!WIFEXITED(status))
		fail_msg("ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static int run(struct fixture *f, const struct daemon_def *def, const char *option)
{
	const char *const options[] = { option, NULL };

	return wait_exit(f, spawn(f, def, options));
}

static void nap(void)
{
	struct timespec ms = { .tv_nsec = 1000000 };

	(void)nanosleep(&ms, NULL);
}

static void wait_for_lines(const struct fixture *f, const char *part, unsigned count)
{
	for (int i = 0; i < 20000; i++) {
		if (access(f->log, F_OK) == 0 && count_lines(f->log, part) >= count)
			return;
		nap();
	}
	fail_msg("waited in vain for '%s' in the log", part);
}

static void expect_in(const char *path, const char *part)
{
	char *text = test_read_file(path, NULL);

	if (strstr(text, part) == NULL)
		fail_msg("'%s' is not in %s: %s", part, path, text);
	free(text);
}

static pid_t spawn_ready(struct fixture *f, const struct daemon_def *def)
{
	unsigned before = count_lines(f->log, " ready ");
	pid_t pid = spawn(f, def, NULL);

	wait_for_lines(f, " ready ", before + 1);
	return pid;
}

static int stop_child(struct fixture *f, pid_t pid, int number)
{
	assert_int_equal(kill(pid, number), 0);
	return wait_exit(f, pid);
}

/* --- the command line ----------------------------------------------------------------------- */
static void test_help_and_version(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, &well, "--help"), 0);
	expect_in(f->out, "Usage: senderd [OPTION]");
	expect_in(f->out, "tests daemon_main.");
	expect_in(f->out, "sky_exchanger.wallet");
	assert_int_equal(run(f, &well, "-h"), 0);
	assert_int_equal(run(f, &well, "--version"), 0);
	expect_in(f->out, "senderd ");
	assert_int_not_equal(access(f->run, F_OK), 0); /* nothing was touched */
}

static void test_wrong_command_lines(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, &well, "--no-such-option"), 2);
	expect_in(f->err, "Try 'senderd --help'");
	assert_int_equal(run(f, &well, "argument"), 2);
	expect_in(f->err, "unexpected argument 'argument'");
	assert_int_equal(run(f, &well, "--config=nowhere"), 2);
	expect_in(f->err, "nowhere");
}

static void test_check_config(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, &well, "--check-config"), 0);
	expect_in(f->out, "configuration is fine\n");
	write_file(f, "teller.ini", "debug = perhaps\nno_such_key = 1\n");
	assert_int_equal(run(f, &well, "--check-config"), 2);
	expect_in(f->err, "teller.ini:1: debug:");
	expect_in(f->err, "no_such_key");
	assert_int_equal(run(f, &well, NULL), 2);
	expect_in(f->err, "teller.ini:1: debug:");
	write_file(f, "teller.ini", CONFIG "[ipc]\nsenderd_user = no-such-user-here\n");
	assert_int_equal(run(f, &well, "--check-config"), 2);
	expect_in(f->err, "ipc.senderd_user: there is no system user 'no-such-user-here'");
	assert_int_equal(run(f, &well, NULL), 2);
}

/* --- an ordinary life ----------------------------------------------------------------------- */
static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void test_starts_and_stops(void **state)
{
	static const int signals[] = { SIGTERM, SIGINT };
	struct fixture *f = *state;

	for (unsigned i = 0; i < 2; i++) {
		pid_t pid = spawn_ready(f, &well);
		char want[32], part[64];

		(void)snprintf(want, sizeof(want), "%d\n", (int)pid);
		(void)snprintf(part, sizeof(part), "pid=%d dir=", (int)pid);
		expect_in(f->pidfile, want);
		expect_in(f->log, part);
		assert_int_equal(mode_of(f->run), 0700);
		assert_int_equal(mode_of(f->socket), 0660);
		assert_int_equal(stop_child(f, pid, signals[i]), 0);
		assert_int_not_equal(access(f->pidfile, F_OK), 0);
		assert_int_not_equal(access(f->socket, F_OK), 0);
		assert_int_equal(count_lines(f->log, " stop_called state=1"), i + 1);
		assert_int_equal(count_lines(f->log, " stopped status=0"), i + 1);
	}
	assert_int_equal(count_lines(f->log, "stopping signal=Terminated"), 1);
	assert_int_equal(count_lines(f->log, "stopping signal=Interrupt"), 1);
}

/* As soon as a process can be asked to stop. */
static void test_signal_before_the_start_is_heard(void **state)
{
	struct fixture *f = *state;
	sigset_t term, before;
	pid_t pid;

	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &term, &before), 0);
	pid = spawn(f, &well, NULL); /* born with the signal blocked: it cannot die of it */
	assert_int_equal(stop_child(f, pid, SIGTERM), 0);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	assert_int_equal(count_lines(f->log, "stopping signal=Terminated"), 1);
	assert_int_equal(count_lines(f->log, " stopped status=0"), 1);
}

static void test_configuration_is_logged_without_secrets(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(stop_child(f, spawn_ready(f, &well), SIGTERM), 0);
	assert_in_range(count_lines(f->log, " debug senderd config "), 10, 1000);
	expect_in(f->log, "btc_rpc.pass = <redacted>");
	assert_int_equal(count_lines(f->log, "swordfish"), 0);
}

static void test_daemon_that_stops_itself(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, &reader, NULL), 0);
	(void)snprintf(f->socket, sizeof(f->socket), "%s/run/apid.sock", f->dir);
	assert_int_not_equal(access(f->socket, F_OK), 0); /* nobody asks apid */
	assert_int_equal(count_lines(f->log, "apid stopped status=0"), 1);
}

struct answer {
	bool came;
	struct msg_health_reply health;
};

static void on_health(void *arg, const struct message *m)
{
	struct answer *a = arg;

	if (m->type != MSG_TYPE_health_reply)
		fail_msg("%s", m->u.error.message);
	assert_string_equal(m->u.health_reply.daemon, "senderd");
	assert_string_equal(m->u.health_reply.version, teller_version());
	assert_in_range(m->u.health_reply.uptime_ms, 0, 60000);
	assert_non_null(strstr(m->u.health_reply.problems, "\"text\":\"a \\\"problem\\\"\""));
	a->came = true;
}

static bool has_come(void *arg)
{
	return ((const struct answer *)arg)->came;
}

static bool is_connected(void *arg)
{
	return ipc_client_connected(arg);
}

static void test_health_over_its_socket(void **state)
{
	struct fixture *f = *state;
	pid_t pid = spawn_ready(f, &well);
	struct message m = { .type = MSG_TYPE_health };
	struct answer a = { .came = false };
	struct ipc_client *c = NULL;
	struct loop *l = NULL;

	assert_int_equal(log_open("/dev/null", "test", false, NULL), 0);
	assert_int_equal(loop_new(&l, NULL), 0);
	assert_int_equal(
		ipc_client_new(l, f->socket, IPC_TELLERCTL, IPC_SENDERD, NULL, NULL, &c, NULL), 0);
	loop_until(l, is_connected, c, "the daemon's socket");
	ipc_ask(c, &m, 5000, on_health, &a);
	loop_until(l, has_come, &a, "health");
	ipc_client_free(c);
	loop_free(l);
	log_close();
	assert_int_equal(stop_child(f, pid, SIGTERM), 0);
}

static void test_hup_opens_the_log_again(void **state)
{
	struct fixture *f = *state;
	pid_t pid = spawn_ready(f, &well);
	char old[300];

	(void)snprintf(old, sizeof(old), "%s.1", f->log);
	assert_int_equal(rename(f->log, old), 0);
	assert_int_equal(kill(pid, SIGHUP), 0);
	wait_for_lines(f, "hup_called", 1);
	assert_int_equal(stop_child(f, pid, SIGTERM), 0);
	assert_int_equal(count_lines(f->log, " stopped "), 1);
	assert_int_equal(count_lines(old, " stopped "), 0);
}

/* --- in a sandbox --------------------------------------------------------------------------- */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITHOUT_SECCOMP 1
#endif
#endif

static void check_log_is_opened_again(struct fixture *f, pid_t pid)
{
	char old[300];

	(void)snprintf(old, sizeof(old), "%s.1", f->log);
	assert_int_equal(rename(f->log, old), 0);
	assert_int_equal(kill(pid, SIGHUP), 0);
	wait_for_lines(f, "hup_called", 1);
	assert_int_equal(count_lines(old, "hup_called"), 0);
}

static void check_leaves_nothing(struct fixture *f, pid_t pid)
{
	assert_int_equal(stop_child(f, pid, SIGTERM), 0);
	assert_int_not_equal(access(f->pidfile, F_OK), 0);
	assert_int_not_equal(access(f->socket, F_OK), 0);
	assert_int_equal(count_lines(f->log, "pidfile_not_removed"), 0);
}

static void test_locks_itself_in(void **state)
{
	struct fixture *f = *state;
	pid_t pid = spawn_ready(f, &locked);

	assert_int_equal(access(f->pidfile, F_OK), 0);
#ifdef WITHOUT_SECCOMP
	wait_for_lines(f, "sandbox_without_seccomp", 1);
	check_log_is_opened_again(f, pid);
#else
	wait_for_lines(f, "sandbox_entered", 1);
	check_log_is_opened_again(f, pid);
	wait_for_lines(f, "mode_changed=0", 1);
	wait_for_lines(f, "sandbox_refused calls=\"chmod(", 1);
	wait_for_lines(f, "problem what=sandbox_refused", 1);
	assert_int_equal(kill(pid, SIGHUP), 0); /* told once */
	wait_for_lines(f, "hup_called", 2);
	assert_int_equal(count_lines(f->log, "sandbox_refused calls"), 1);
#endif
	check_leaves_nothing(f, pid);
}

static void test_sandbox_that_is_off(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	write_file(f, "teller.ini", "sandbox = off\n" CONFIG);
	pid = spawn_ready(f, &locked);
	wait_for_lines(f, "sandbox_off", 1);
	check_log_is_opened_again(f, pid);
	check_leaves_nothing(f, pid);
}

static void pretend_in_children(int call, int number)
{
	pretended.call = call;
	pretended.number = number;
}

static void test_kernel_that_has_no_landlock(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	pretend_in_children(SCMP_SYS(landlock_create_ruleset), EOPNOTSUPP);
	pid = spawn_ready(f, &locked);
	wait_for_lines(f, "sandbox_missing lacks=\"any file of this user can be opened", 1);
	assert_int_equal(count_lines(f->log, "problem what=sandbox"), 0); /* of no customer's */
	check_log_is_opened_again(f, pid);
	check_leaves_nothing(f, pid);
	write_file(f, "teller.ini", "sandbox = required\n" CONFIG);
	assert_int_equal(run(f, &locked, NULL), 2);
	expect_in(f->err, "this kernel has no Landlock, and sandbox = required");
	pretend_in_children(0, 0);
}

/* A container's filter may forbid to ask: then nobody knows, and that is not good enough. */
static void test_kernel_that_may_not_be_asked(void **state)
{
	struct fixture *f = *state;

	pretend_in_children(SCMP_SYS(landlock_create_ruleset), EPERM);
	assert_int_equal(run(f, &locked, NULL), 2);
	expect_in(f->err, "cannot ask the kernel for its Landlock: Operation not permitted");
	assert_int_equal(count_lines(f->log, " ready "), 0);
	pretend_in_children(0, 0);
}

/* --- one daemon on a data directory --------------------------------------------------------- */
static void test_second_daemon_names_the_first(void **state)
{
	struct fixture *f = *state;
	pid_t first = spawn_ready(f, &well);
	char want[600];

	(void)snprintf(want, sizeof(want),
		       "senderd is already running on this data directory (pid %d, lock file "
		       "%s/senderd.lock)",
		       (int)first, f->run);
	assert_int_equal(run(f, &well, NULL), 1);
	expect_in(f->err, want);
	assert_int_equal(access(f->pidfile, F_OK), 0); /* still the first one's */
	assert_int_equal(access(f->socket, F_OK), 0);
	assert_int_equal(run(f, &reader, NULL), 0); /* another kind may */
	assert_int_equal(stop_child(f, first, SIGTERM), 0);
}

static void test_starts_after_kill_9(void **state)
{
	struct fixture *f = *state;
	pid_t pid = spawn_ready(f, &well);

	assert_int_equal(kill(pid, SIGKILL), 0);
	(void)wait_status(f, pid);
	assert_int_equal(access(f->socket, F_OK), 0); /* all of it is left behind */
	assert_int_equal(access(f->pidfile, F_OK), 0);
	assert_int_equal(stop_child(f, spawn_ready(f, &well), SIGTERM), 0);
	assert_int_not_equal(access(f->pidfile, F_OK), 0);
}

static void test_run_directory_must_be_ours(void **state)
{
	struct fixture *f = *state;

	write_file(f, "run", "a file where the directory belongs");
	assert_int_equal(run(f, &well, NULL), 2);
	expect_in(f->err, "is no directory");
}

static void test_users_of_their_own_share_the_run_directory(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	write_file(f, "teller.ini", CONFIG "[ipc]\nsenderd_user = root\n");
	pid = spawn_ready(f, &well);
	assert_int_equal(mode_of(f->run), 03770);
	assert_int_equal(stop_child(f, pid, SIGTERM), 0);
}

static void test_files_that_cannot_be_written(void **state)
{
	static const struct {
		const char *line, *says;
	} rows[] = {
		{ "logfile = nowhere/log", "senderd: logfile: cannot open log file '/" },
		{ "logfile = .", "Is a directory" },
		{ "pidfile = nowhere/pid", "senderd: pidfile: cannot make the pid file '/" },
	};
	struct fixture *f = *state;
	char conf[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(conf, sizeof(conf),
			       "%s\n[btc_scanner]\nenabled = false\n[dummy]\nsender = true\n",
			       rows[i].line);
		write_file(f, "teller.ini", conf);
		assert_int_equal(run(f, &well, NULL), 2);
		expect_in(f->err, rows[i].says);
	}
}

/* --- what is waited for, and what is not ---------------------------------------------------- */
static void test_database_is_waited_for(void **state)
{
	struct fixture *f = *state;
	char busy[300];
	pid_t pid;

	(void)snprintf(busy, sizeof(busy), "%s/busy", f->dir);
	write_file(f, "busy", "");
	pid = spawn(f, &well, NULL);
	wait_for_lines(f, "waiting_to_start", 1);
	assert_int_equal(unlink(busy), 0);
	wait_for_lines(f, " ready ", 1);
	assert_int_equal(count_lines(f->log, "waiting_to_start"), 1); /* said once */
	assert_int_equal(stop_child(f, pid, SIGTERM), 0);
	write_file(f, "busy", "");
	pid = spawn(f, &well, NULL);
	wait_for_lines(f, "waiting_to_start", 2);
	assert_int_equal(stop_child(f, pid, SIGTERM), 0); /* hears the signal meanwhile */
	assert_int_equal(count_lines(f->log, "stop_called"), 1);
}

/* A lock that is held longer than the store waits, then a port that another program has. */
static void test_start_is_tried_again(void **state)
{
	struct fixture *f = *state;
	pid_t pid = spawn(f, &patient, NULL);

	wait_for_lines(f, "stop_called", 2);
	assert_int_equal(count_lines(f->log, "waiting_to_start"), 1); /* said once */
	assert_int_equal(count_lines(f->log, "notice=WATCH"), 0);     /* others' locks pass */
	write_file(f, "taken", "");
	wait_for_lines(f, "waiting_to_start reason=\"the port is taken\" notice=WATCH", 1);
	assert_int_equal(count_lines(f->log, " ready "), 0);
	write_file(f, "free", "");
	wait_for_lines(f, " ready ", 1);
	assert_int_equal(stop_child(f, pid, SIGTERM), 0);
	expect_in(f->err, "senderd: the port is taken; trying again until it works\n");
	pid = spawn_ready(f, &patient);
	assert_int_equal(stop_child(f, pid, SIGTERM), 0);
}

static void test_what_ends_the_program(void **state)
{
	struct fixture *f = *state;

	write_file(f, "foreign", "");
	assert_int_equal(run(f, &well, NULL), 2);
	expect_in(f->err, "is of a newer version");
	expect_in(f->log, "error senderd cannot_run reason=\"'");
	assert_int_equal(count_lines(f->log, "stop_called"), 0); /* it never started */
	(void)snprintf(f->socket, sizeof(f->socket), "%s/foreign", f->dir);
	assert_int_equal(unlink(f->socket), 0);
	assert_int_equal(run(f, &invalid, NULL), 2);
	expect_in(f->err, "senderd: the pool file is wrong");
	assert_int_equal(count_lines(f->log, "stop_called"), 0);
	assert_int_equal(run(f, &half, NULL), 1);
	expect_in(f->err, "half of it is broken");
	assert_int_equal(count_lines(f->log, "stop_called"), 1); /* it had made something */
	assert_int_not_equal(access(f->pidfile, F_OK), 0);
}

/* --- the end has a limit -------------------------------------------------------------------- */
static void test_stop_that_takes_too_long(void **state)
{
	struct fixture *f = *state;
	pid_t pid = spawn_ready(f, &stuck);

	assert_int_equal(stop_child(f, pid, SIGTERM), 1);
	expect_in(f->err, "the orderly stop took too long");
}

static void test_second_signal_ends_at_once(void **state)
{
	struct fixture *f = *state;
	pid_t pid = spawn_ready(f, &stuck);
	int status;

	assert_int_equal(kill(pid, SIGTERM), 0);
	wait_for_lines(f, " stuck ", 1);
	assert_int_equal(kill(pid, SIGTERM), 0);
	status = wait_status(f, pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
}

/* --- the service manager -------------------------------------------------------------------- */
static void expect_notice(int fd, const char *want)
{
	char text[64] = "";

	assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0); /* blocks until it comes */
	assert_string_equal(text, want);
}

static void test_tells_the_service_manager(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = 20 };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/notify", f->dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	(void)setenv("NOTIFY_SOCKET", a.sun_path, 1);
	pid = spawn(f, &well, NULL);
	(void)unsetenv("NOTIFY_SOCKET");
	expect_notice(fd, "READY=1");
	assert_int_equal(kill(pid, SIGTERM), 0);
	expect_notice(fd, "STOPPING=1");
	assert_int_equal(wait_exit(f, pid), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_help_and_version),
		T(test_wrong_command_lines),
		T(test_check_config),
		T(test_starts_and_stops),
		T(test_signal_before_the_start_is_heard),
		T(test_configuration_is_logged_without_secrets),
		T(test_daemon_that_stops_itself),
		T(test_health_over_its_socket),
		T(test_hup_opens_the_log_again),
		T(test_locks_itself_in),
		T(test_sandbox_that_is_off),
		T(test_kernel_that_has_no_landlock),
		T(test_kernel_that_may_not_be_asked),
		T(test_second_daemon_names_the_first),
		T(test_starts_after_kill_9),
		T(test_run_directory_must_be_ours),
		T(test_files_that_cannot_be_written),
		T(test_users_of_their_own_share_the_run_directory),
		T(test_database_is_waited_for),
		T(test_start_is_tried_again),
		T(test_what_ends_the_program),
		T(test_stop_that_takes_too_long),
		T(test_second_signal_ends_at_once),
		T(test_tells_the_service_manager),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
