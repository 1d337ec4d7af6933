/* The sandbox is tried from inside: each attempt is made by a child that has entered it, and what
 * the child got (an errno, a signal) is compared.  A plan that is tried has rows, so that the test
 * also fails when everything is refused. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sandbox/landlock.h"
#include "common/sandbox/sandbox.h"
#include "test/support/test.h"

#define NOT_ENTERED 200
#define KILLED	    1000 /* + signal */
#define WORKS	    0

/* Under AddressSanitizer there is no seccomp part: its attempts are left out, with a word. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITHOUT_SECCOMP 1
#endif
#endif

static char *dir;
static char allowed[600], secret[600], made[600], folder[600];
static uint16_t open_port, other_port;
static int wallet_fd = -1; /* opened before the sandbox */
static pid_t parent;

/* --- a world, and what a daemon would still need of it ---------------------------------------- */
static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

static uint16_t listen_somewhere(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	return ntohs(a.sin_port);
}

static int make_world(void **state)
{
	(void)state;
	dir = test_make_dir();
	parent = getpid();
	(void)snprintf(allowed, sizeof(allowed), "%s/allowed", dir);
	(void)snprintf(secret, sizeof(secret), "%s/hot.wlt", dir);
	(void)snprintf(folder, sizeof(folder), "%s/folder", dir);
	(void)snprintf(made, sizeof(made), "%s/folder/made", dir);
	write_file(allowed, "may be read");
	write_file(secret, "must not be read");
	assert_int_equal(mkdir(folder, 0700), 0);
	open_port = listen_somewhere();
	other_port = listen_somewhere();
	wallet_fd = open(secret, O_RDONLY);
	return 0;
}

static int remove_world(void **state)
{
	(void)state;
	test_remove_dir(dir);
	return 0;
}

static void fill_plan(struct sandbox_plan *p)
{
	sandbox_allow(p, SANDBOX_READ, allowed);
	sandbox_allow(p, SANDBOX_WRITE | SANDBOX_MAKE | SANDBOX_REMOVE, folder);
	sandbox_allow(p, SANDBOX_READ, "/there/is/no/such/file");
	sandbox_allow_tcp(p, open_port);
}

/* --- trying ---------------------------------------------------------------------------------- */
static int enter(struct sandbox_plan *p)
{
	struct sandbox_report r;
	struct err err;

	if (sandbox_enter(p, SANDBOX_AUTO, &r, &err) < 0)
		(void)fprintf(stderr, "%s\n", err.text);
#ifdef WITHOUT_SECCOMP
	else if (r.landlock_abi > 0 && !r.seccomp)
#else
	else if (r.landlock_abi > 0 && r.seccomp)
#endif
		return 0;
	return NOT_ENTERED;
}

static int in_child(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? KILLED + WTERMSIG(status) : WEXITSTATUS(status);
}

static int (*attempt)(void);
static bool with_names;

static int enter_and_try(void)
{
	struct sandbox_plan p = { .path_count = 0 };
	int rc;

	fill_plan(&p);
	if (with_names)
		sandbox_allow_names(&p);
	rc = enter(&p);
	return rc != 0 ? rc : attempt();
}

static int inside(int (*fn)(void))
{
	attempt = fn;
	return in_child(enter_and_try);
}

static int result(long rc)
{
	return rc >= 0 ? WORKS : errno;
}

static int open_read(const char *path)
{
	return result(open(path, O_RDONLY));
}

/* --- files ----------------------------------------------------------------------------------- */
static int read_allowed(void)
{
	char text[32] = "";
	int fd = open(allowed, O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text)) < 0)
		return errno;
	return strcmp(text, "may be read") == 0 ? WORKS : ENODATA;
}

static int read_what_was_open(void)
{
	char text[32];

	return result(pread(wallet_fd, text, sizeof(text), 0));
}

/* clang-format off */
static int write_allowed(void) { return result(open(allowed, O_WRONLY)); }
static int read_secret(void) { return open_read(secret); }
static int write_secret(void) { return result(open(secret, O_WRONLY)); }
static int path_secret_again(void)
{
	char again[64];

	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", wallet_fd);
	return open_read(again);
}
static int remove_secret(void) { return result(unlink(secret)); }
static int read_passwd(void) { return open_read("/etc/passwd"); }
static int read_resolv_conf(void) { return open_read("/etc/resolv.conf"); }
static int read_memory(void) { return open_read("/proc/self/mem"); }
static int read_environment(void) { return open_read("/proc/self/environ"); }
static int read_parent(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)parent);
	return open_read(path);
}
static int list_dir(void) { return result(open(dir, O_RDONLY | O_DIRECTORY)); }
static int make_elsewhere(void)
{
	char path[700];

	(void)snprintf(path, sizeof(path), "%s/new", dir);
	return result(open(path, O_WRONLY | O_CREAT, 0600));
}
static int make_in_tmp(void) { return result(open("/tmp", O_TMPFILE | O_RDWR, 0600)); }
/* clang-format on */

static int make_in_folder(void)
{
	int fd = open(made, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (fd < 0 || write(fd, "line\n", 5) < 0)
		return errno;
	if (open(made, O_RDONLY) >= 0)
		return EISCONN; /* what may only be written may not be read */
	return errno == EACCES ? result(unlink(made)) : errno;
}

static int move_secret_into_folder(void)
{
	return result(rename(secret, made));
}

static const struct attempt {
	const char *name;
	int (*fn)(void);
	int want;
} file_attempts[] = {
	{ "read what the plan names", read_allowed, WORKS },
	{ "read what was open before", read_what_was_open, WORKS },
	{ "make, write and remove in the folder", make_in_folder, WORKS },
	{ "write what may only be read", write_allowed, EACCES },
	{ "read the wallet", read_secret, EACCES },
	{ "write the wallet", write_secret, EACCES },
	{ "read the wallet by its descriptor's name", path_secret_again, EACCES },
	{ "remove the wallet", remove_secret, EACCES },
	{ "move the wallet to where files may be made", move_secret_into_folder, EACCES },
	{ "read /etc/passwd", read_passwd, EACCES },
	{ "read /etc/resolv.conf, when no names are looked up", read_resolv_conf, EACCES },
	{ "list the data directory", list_dir, EACCES },
	{ "make a file beside the wallet", make_elsewhere, EACCES },
	{ "make a nameless file", make_in_tmp, EACCES },
	{ "read our memory", read_memory, EACCES },
	{ "read the environment", read_environment, EACCES },
	{ "read another process", read_parent, EACCES },
};

static void try_all(const struct attempt *a, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int got = inside(a[i].fn);

		if (got != a[i].want)
			fail_msg("%s: got %d (%s), want %d", a[i].name, got,
				 got < KILLED ? strerror(got) : "killed", a[i].want);
	}
}

static void test_files(void **state)
{
	(void)state;
#ifdef WITHOUT_SECCOMP
	print_message("AddressSanitizer: /proc may be read here\n");
	try_all(file_attempts, sizeof(file_attempts) / sizeof(file_attempts[0]) - 3);
#else
	try_all(file_attempts, sizeof(file_attempts) / sizeof(file_attempts[0]));
#endif
}

static int read_resolv_conf_quietly(void)
{
	int rc = open_read("/etc/resolv.conf");

	return rc == ENOENT ? WORKS : rc;
}

static int read_a_module(void)
{
	int fd = open("/etc/ld.so.cache", O_RDONLY);

	return result((long)(intptr_t)mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == -1
			      ? -1
			      : 0);
}

static int socket_udp(void)
{
	return result(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

/* By /etc/hosts, which /etc/nsswitch.conf or its default sends us to. */
static int look_up(void)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found;

	if (getaddrinfo("localhost", "80", &hints, &found) != 0)
		return ENONET;
	freeaddrinfo(found);
	return WORKS;
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(inside(look_up), ENONET);
	with_names = true;
	assert_int_equal(inside(look_up), WORKS);
	assert_int_equal(inside(read_resolv_conf_quietly), WORKS);
	assert_int_equal(inside(read_a_module), WORKS);
	assert_int_equal(inside(socket_udp), WORKS);
	assert_int_equal(inside(read_passwd), EACCES);
	assert_int_equal(inside(read_secret), EACCES);
	with_names = false;
}

/* --- the network ----------------------------------------------------------------------------- */
static int connect_to(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno : result(connect(fd, (struct sockaddr *)&a, sizeof(a)));
}

static int connect_allowed(void)
{
	return connect_to(open_port);
}

static int connect_other(void)
{
	return connect_to(other_port);
}

static void test_tcp_goes_to_the_ports_of_the_plan(void **state)
{
	int abi = 0;

	(void)state;
	assert_int_equal(landlock_abi(&abi, NULL), 0);
	assert_int_equal(inside(connect_allowed), WORKS);
	assert_int_equal(inside(connect_other), abi >= 4 ? EACCES : WORKS);
}

/* --- system calls ---------------------------------------------------------------------------- */
#ifndef WITHOUT_SECCOMP
/* clang-format off */
static int try_exec(void) { return result(execl("/bin/true", "true", NULL)); }
static int try_ptrace(void) { return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL)); }
static int try_attach(void) { return result(ptrace(PTRACE_ATTACH, parent, NULL, NULL)); }
static int try_read_of_parent(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)&parent, 1 };

	return result(process_vm_readv(parent, &here, 1, &there, 1, 0));
}
static int try_fork(void) { return result(fork()); }
static int try_vfork(void) { return result(syscall(SYS_vfork)); }
static int try_kill(void) { return result(kill(parent, 0)); }
static int try_prctl(void) { return result(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }
static int try_packet(void) { return result(socket(AF_PACKET, SOCK_RAW, 0)); }
static int try_raw(void) { return result(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)); }
static int try_vsock(void) { return result(socket(AF_VSOCK, SOCK_STREAM, 0)); }
static int try_netlink(void) { return result(socket(AF_NETLINK, SOCK_RAW, 15)); }
static int try_unix(void) { return result(socket(AF_UNIX, SOCK_STREAM, 0)); }
static int try_listen(void) { return result(listen(socket(AF_UNIX, SOCK_STREAM, 0), 1)); }
static int try_chmod(void) { return result(chmod(secret, 0644)); }
static int try_truncate(void) { return result(truncate(secret, 0)); }
static int try_memfd(void) { return result(memfd_create("code", 0)); }
static int try_tty(void) { char c = 'x'; return result(ioctl(0, TIOCSTI, &c)); }
/* clang-format on */

static int map(int prot)
{
	void *p = mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : WORKS;
}

static int try_code(void)
{
	return map(PROT_READ | PROT_EXEC);
}

static int try_memory(void)
{
	return map(PROT_READ | PROT_WRITE);
}

static int try_making_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return result(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int try_raise(void)
{
	(void)raise(SIGUSR1);
	return WORKS;
}

static void *thread(void *arg)
{
	*(int *)arg = open_read(secret);
	return NULL;
}

/* A thread that is made inside is inside. */
static int try_thread(void)
{
	pthread_t t;
	int got = -1;
	int rc = pthread_create(&t, NULL, thread, &got);

	if (rc != 0)
		return rc;
	(void)pthread_join(t, NULL);
	return got == EACCES ? WORKS : EISCONN;
}

static int try_counting(void)
{
	struct buf names = BUF_INIT(1024);
	unsigned count;

	(void)chmod(secret, 0644);
	(void)chmod(secret, 0644);
	(void)memfd_create("code", 0);
	count = sandbox_refused(&names);
	if (count != 3 || strstr(buf_text(&names), "memfd_create(") == NULL)
		return EISCONN;
	buf_release(&names);
	return WORKS;
}

static void test_system_calls(void **state)
{
	static const struct attempt attempts[] = {
		{ "exec", try_exec, KILLED + SIGSYS },
		{ "be traced", try_ptrace, KILLED + SIGSYS },
		{ "trace", try_attach, KILLED + SIGSYS },
		{ "read another's memory", try_read_of_parent, KILLED + SIGSYS },
		{ "fork", try_fork, ENOSYS },
		{ "vfork", try_vfork, ENOSYS },
		{ "signal another", try_kill, ENOSYS },
		{ "signal oneself", try_raise, KILLED + SIGUSR1 },
		{ "become dumpable", try_prctl, ENOSYS },
		{ "packet socket", try_packet, ENOSYS },
		{ "raw socket", try_raw, ENOSYS },
		{ "vsock socket", try_vsock, ENOSYS },
		{ "netlink, not for addresses", try_netlink, ENOSYS },
		{ "datagrams, when no names are looked up", socket_udp, ENOSYS },
		{ "unix socket", try_unix, WORKS },
		{ "listen", try_listen, ENOSYS },
		{ "change a mode", try_chmod, ENOSYS },
		{ "truncate by path", try_truncate, ENOSYS },
		{ "make a file of memory", try_memfd, ENOSYS },
		{ "type into the terminal", try_tty, ENOSYS },
		{ "map code", try_code, ENOSYS },
		{ "make memory code", try_making_code, ENOSYS },
		{ "map memory", try_memory, WORKS },
		{ "start a thread", try_thread, WORKS },
		{ "count what was refused", try_counting, WORKS },
	};

	(void)state;
	try_all(attempts, sizeof(attempts) / sizeof(attempts[0]));
}
#else
static void test_system_calls(void **state)
{
	(void)state;
	print_message("NOT TRIED under AddressSanitizer: there is no seccomp part in this build\n");
}
#endif

static int stop_inside(void)
{
	while (pause() < 0)
		;
	return NOT_ENTERED;
}

/* The value behind `name` in /proc/<pid>/status. */
static uint64_t status_value(pid_t pid, const char *name)
{
	char path[64], line[256];
	uint64_t value = UINT64_MAX;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoull(line + strlen(name) + 1, NULL, 16);
	(void)fclose(f);
	return value;
}

/* Written by the child when it is inside. */
static int inside_pipe[2];

static int tell_and_stop(void)
{
	if (write(inside_pipe[1], "x", 1) != 1)
		return errno;
	return stop_inside();
}

static void test_privileges_are_gone(void **state)
{
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(inside_pipe), 0);
	attempt = tell_and_stop;
	pid = fork();
	if (pid == 0)
		_exit(enter_and_try());
	assert_int_equal(read(inside_pipe[0], &byte, 1), 1);
	assert_int_equal(status_value(pid, "NoNewPrivs:"), 1);
	assert_int_equal(status_value(pid, "CapEff:"), 0);
	assert_int_equal(status_value(pid, "CapPrm:"), 0);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* --- kernels that have less ------------------------------------------------------------------ */
/* As a kernel that answers `call` with `number`. */
static void pretend(int call, int number)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	if (seccomp_rule_add(f, SCMP_ACT_ERRNO((unsigned)number), call, 0) != 0 ||
	    seccomp_load(f) != 0)
		_exit(NOT_ENTERED);
	seccomp_release(f);
}

static struct {
	int call, number;
	enum sandbox_mode mode;
} pretended;

#define ENTERED	       100
#define LACKS_LANDLOCK 1
#define LACKS_SECCOMP  2
#ifdef WITHOUT_SECCOMP
#define OF_BUILD LACKS_SECCOMP
#else
#define OF_BUILD 0
#endif

/* ENTERED and what it says is lacking, or minus the error's code. */
static int enter_pretended(void)
{
	struct sandbox_plan p = { .path_count = 0 };
	struct buf lacks = BUF_INIT(2048);
	struct sandbox_report r;
	struct err err;

	fill_plan(&p);
	pretend(pretended.call, pretended.number);
	if (sandbox_enter(&p, pretended.mode, &r, &err) < 0)
		return -(int)err.code;
	sandbox_print_lacks(&p, &r, &lacks);
	return ENTERED + (strstr(buf_text(&lacks), "any file") != NULL ? LACKS_LANDLOCK : 0) +
	       (strstr(buf_text(&lacks), "every system call") != NULL ? LACKS_SECCOMP : 0);
}

static void test_kernels_with_less(void **state)
{
	static const struct {
		int call, number;
		enum sandbox_mode mode;
		int want;
	} kernels[] = {
		/* nothing is missing: the call is one that nobody makes */
		{ SCMP_SYS(swapoff), ENOSYS, SANDBOX_REQUIRED, ENTERED + OF_BUILD },
		/* not compiled in, and not switched on */
		{ SCMP_SYS(landlock_create_ruleset), ENOSYS, SANDBOX_AUTO,
		  ENTERED + LACKS_LANDLOCK + OF_BUILD },
		{ SCMP_SYS(landlock_create_ruleset), EOPNOTSUPP, SANDBOX_AUTO,
		  ENTERED + LACKS_LANDLOCK + OF_BUILD },
		{ SCMP_SYS(landlock_create_ruleset), ENOSYS, SANDBOX_REQUIRED, -ERR_INVALID },
		{ SCMP_SYS(seccomp), ENOSYS, SANDBOX_AUTO, ENTERED + LACKS_SECCOMP },
		{ SCMP_SYS(seccomp), ENOSYS, SANDBOX_REQUIRED, -ERR_INVALID },
		/* refused is not missing: fail closed */
		{ SCMP_SYS(landlock_create_ruleset), EPERM, SANDBOX_AUTO, -ERR_FATAL },
		{ SCMP_SYS(landlock_add_rule), ENOSYS, SANDBOX_AUTO, -ERR_FATAL },
		{ SCMP_SYS(landlock_restrict_self), E2BIG, SANDBOX_AUTO, -ERR_FATAL },
		{ SCMP_SYS(seccomp), EPERM, SANDBOX_AUTO, -ERR_FATAL },
		{ SCMP_SYS(capset), EPERM, SANDBOX_AUTO, -ERR_FATAL },
		{ SCMP_SYS(landlock_restrict_self), EPERM, SANDBOX_OFF, ENTERED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		int got;

		pretended.call = kernels[i].call;
		pretended.number = kernels[i].number;
		pretended.mode = kernels[i].mode;
		got = in_child(enter_pretended);
		if (kernels[i].mode == SANDBOX_OFF)
			assert_true(got >= ENTERED);
		else if (got != kernels[i].want)
			fail_msg("row %zu: got %d, want %d", i, got, kernels[i].want);
	}
}

static int abi_to_try;

static int enter_old_landlock(void)
{
	struct sandbox_plan p = { .path_count = 0 };
	struct err err;

	fill_plan(&p);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (landlock_enter(&p, abi_to_try, &err) < 0)
		return NOT_ENTERED;
	return read_allowed() == WORKS && read_secret() == EACCES ? WORKS : EISCONN;
}

/* What an older kernel has is what is asked of it. */
static void test_older_landlocks(void **state)
{
	int newest = 0;

	(void)state;
	assert_int_equal(landlock_abi(&newest, NULL), 0);
	for (abi_to_try = 1; abi_to_try <= newest; abi_to_try++)
		assert_int_equal(in_child(enter_old_landlock), WORKS);
}

static void test_lacks_are_told(void **state)
{
	static const struct {
		int abi;
		bool seccomp;
		const char *want; /* first words of each, joined */
	} reports[] = {
		{ 7, true, "" },
		{ 5, true, "sockets in the abstract namespace" },
		{ 2, true, "TCP is not limited" },
		{ 0, true, "any file of this user" },
		{ 7, false, "every system call" },
	};
	struct sandbox_plan p = { .internet = true };

	(void)state;
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		struct sandbox_report r = { true, reports[i].abi, reports[i].seccomp };
		struct buf out = BUF_INIT(2048);

		sandbox_print_lacks(&p, &r, &out);
		assert_memory_equal(buf_text(&out), reports[i].want, strlen(reports[i].want));
		assert_int_equal(out.len == 0, reports[i].want[0] == '\0');
		buf_release(&out);
	}
}

/* --- mistakes -------------------------------------------------------------------------------- */
static void *wait_for_ever(void *arg)
{
	(void)stop_inside();
	return arg;
}

static int enter_with_thread(void)
{
	struct sandbox_plan p = { .path_count = 0 };
	struct sandbox_report r;
	struct err err = { .text = "" };
	pthread_t t;

	if (pthread_create(&t, NULL, wait_for_ever, NULL) != 0)
		return NOT_ENTERED;
	if (sandbox_enter(&p, SANDBOX_AUTO, &r, &err) == 0)
		return WORKS;
	return strstr(err.text, "2 threads") != NULL ? ECHILD : EISCONN;
}

static void test_threads_would_stay_outside(void **state)
{
	(void)state;
	assert_int_equal(in_child(enter_with_thread), ECHILD);
}

static int enter_with_too_much(void)
{
	struct sandbox_plan p = { .path_count = 0 };

	for (int i = 0; i <= SANDBOX_PATHS_MAX; i++) {
		char path[32];

		(void)snprintf(path, sizeof(path), "/path/%d", i);
		sandbox_allow(&p, SANDBOX_READ, path);
	}
	return enter(&p);
}

/* Many nodes of the same kind need the same files and ports. */
static void test_the_same_again_takes_no_place(void **state)
{
	struct sandbox_plan p = { .path_count = 0 };
	unsigned paths, ports;

	(void)state;
	sandbox_allow_names(&p);
	sandbox_allow_trust(&p, NULL);
	sandbox_allow_trust(&p, allowed);
	paths = p.path_count;
	ports = p.tcp_count;
	for (int i = 0; i < 100; i++) {
		sandbox_allow_names(&p);
		sandbox_allow_trust(&p, NULL);
		sandbox_allow_trust(&p, allowed);
		sandbox_allow_tcp(&p, p.tcp[0]);
	}
	sandbox_allow(&p, SANDBOX_WRITE, allowed);
	assert_int_equal(p.path_count, paths);
	assert_int_equal(p.tcp_count, ports);
	assert_int_equal(p.path[paths - 1].rights, SANDBOX_READ | SANDBOX_WRITE);
	assert_false(p.overflow);
	sandbox_plan_release(&p);
	assert_int_equal(p.path_count, 0);
}

static void test_too_many_rows(void **state)
{
	(void)state;
	assert_int_equal(in_child(enter_with_too_much), NOT_ENTERED);
}

static int lose_a_file(void)
{
	struct sandbox_plan p = { .path_count = 0 };
	char fresh[700];

	(void)snprintf(fresh, sizeof(fresh), "%s/fresh", folder);
	write_file(made, "old");
	write_file(fresh, "new");
	sandbox_allow(&p, SANDBOX_READ, made);
	sandbox_allow(&p, SANDBOX_WRITE | SANDBOX_MAKE | SANDBOX_REMOVE, folder);
	if (enter(&p) != 0 || sandbox_lost(&p) != NULL)
		return NOT_ENTERED;
	if (rename(fresh, made) < 0)
		return errno;
	return sandbox_lost(&p) != NULL && strcmp(sandbox_lost(&p), made) == 0 ? WORKS : EISCONN;
}

static void test_a_replaced_file_is_noticed(void **state)
{
	(void)state;
	assert_int_equal(in_child(lose_a_file), WORKS);
}

/* SQLite's locks are of the kind that ends when the process closes any descriptor of the file. */
static int lock_enter_and_look(void)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct sandbox_plan p = { .path_count = 0 };
	int fd = open(allowed, O_RDONLY);

	fill_plan(&p);
	if (fcntl(fd, F_SETLK, &lock) < 0 || enter(&p) != 0 || sandbox_lost(&p) != NULL)
		return NOT_ENTERED;
	return tell_and_stop();
}

static void test_looking_at_a_file_ends_no_lock(void **state)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char byte;
	pid_t pid;
	int fd, rc;

	(void)state;
	assert_int_equal(pipe(inside_pipe), 0);
	pid = fork();
	if (pid == 0)
		_exit(lock_enter_and_look());
	assert_int_equal(read(inside_pipe[0], &byte, 1), 1);
	fd = open(allowed, O_RDWR);
	rc = fcntl(fd, F_GETLK, &lock);
	(void)close(fd);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	assert_int_equal(rc, 0);
	assert_int_equal(lock.l_type, F_RDLCK);
	assert_int_equal(lock.l_pid, pid);
}

static void test_modes(void **state)
{
	enum sandbox_mode mode;

	(void)state;
	for (enum sandbox_mode m = SANDBOX_AUTO; m <= SANDBOX_OFF; m++) {
		assert_true(sandbox_mode_parse(sandbox_mode_name(m), &mode));
		assert_int_equal(mode, m);
	}
	assert_false(sandbox_mode_parse("on", &mode));
	assert_false(sandbox_mode_parse("", &mode));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_tcp_goes_to_the_ports_of_the_plan),
		cmocka_unit_test(test_system_calls),
		cmocka_unit_test(test_privileges_are_gone),
		cmocka_unit_test(test_kernels_with_less),
		cmocka_unit_test(test_older_landlocks),
		cmocka_unit_test(test_lacks_are_told),
		cmocka_unit_test(test_threads_would_stay_outside),
		cmocka_unit_test(test_too_many_rows),
		cmocka_unit_test(test_the_same_again_takes_no_place),
		cmocka_unit_test(test_a_replaced_file_is_noticed),
		cmocka_unit_test(test_looking_at_a_file_ends_no_lock),
		cmocka_unit_test(test_modes),
	};

	return cmocka_run_group_tests(tests, make_world, remove_world);
}
