/* The filter has three answers:
 *
 *   allowed   what the daemons and their libraries do, some of it only with the right arguments
 *   deadly    what no daemon ever does and what an intruder wants next: the kernel ends the process
 *             on the spot.  It holds keys; a stop costs nothing, for what it promised is in the
 *             database, and an intruder gets no second try.
 *   the rest  fails with ENOSYS, as on a kernel that lacks the call, and is told to a person
 *             (refusal.c).  A library that can do without goes on and so do the payments; deadly
 *             would be too hard for a call that a new version of a library makes.
 *
 * What Landlock cannot see is decided here: changing the mode, owner or times of files, truncating
 * by path, all ways to look into or signal another process, kinds of sockets, new code in memory.
 */
#include "common/sandbox/syscalls.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/sandbox/refusal.h"

#define CALL(name) SCMP_SYS(name)

static const int always[] = {
	/* what is open */
	CALL(read),
	CALL(write),
	CALL(readv),
	CALL(writev),
	CALL(pread64),
	CALL(pwrite64),
	CALL(preadv),
	CALL(pwritev),
	CALL(lseek),
	CALL(close),
	CALL(dup),
	CALL(fcntl),
	CALL(fsync),
	CALL(fdatasync),
	CALL(ftruncate),
	CALL(fallocate),
	CALL(fadvise64),
	CALL(flock),
	CALL(sendfile),
	CALL(getdents64),
	/* names: Landlock decides */
	CALL(open),
	CALL(openat),
	CALL(openat2),
	CALL(stat),
	CALL(lstat),
	CALL(fstat),
	CALL(newfstatat),
	CALL(statx),
	CALL(access),
	CALL(faccessat),
	CALL(faccessat2),
	CALL(readlink),
	CALL(readlinkat),
	CALL(getcwd),
	CALL(statfs),
	CALL(fstatfs),
	/* memory */
	CALL(brk),
	CALL(munmap),
	CALL(mremap),
	CALL(madvise),
	CALL(mlock),
	CALL(mlock2),
	CALL(munlock),
	CALL(msync),
	/* threads */
	CALL(futex),
	CALL(set_robust_list),
	CALL(rseq),
	CALL(exit),
	CALL(exit_group),
	CALL(set_tid_address),
	CALL(sched_yield),
	CALL(sched_getaffinity),
	CALL(membarrier),
	/* about oneself */
	CALL(wait4),
	CALL(getpid),
	CALL(gettid),
	CALL(getppid),
	CALL(getuid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getegid),
	CALL(getrusage),
	CALL(sysinfo),
	CALL(uname),
	CALL(getrandom),
	CALL(umask),
	/* time */
	CALL(clock_gettime),
	CALL(clock_getres),
	CALL(clock_nanosleep),
	CALL(nanosleep),
	CALL(gettimeofday),
	CALL(time),
	CALL(alarm),
	CALL(setitimer),
	CALL(restart_syscall),
	/* signals of oneself */
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(sigaltstack),
	CALL(pause),
	/* waiting */
	CALL(poll),
	CALL(ppoll),
	CALL(select),
	CALL(pselect6),
	CALL(epoll_create1),
	CALL(epoll_ctl),
	CALL(epoll_wait),
	CALL(epoll_pwait),
	CALL(epoll_pwait2),
	CALL(eventfd2),
	CALL(pipe2),
	/* sockets; which kinds: below */
	CALL(connect),
	CALL(bind),
	CALL(accept),
	CALL(accept4),
	CALL(getsockname),
	CALL(getpeername),
	CALL(getsockopt),
	CALL(setsockopt),
	CALL(shutdown),
	CALL(sendto),
	CALL(recvfrom),
	CALL(sendmsg),
	CALL(recvmsg),
	CALL(sendmmsg),
	CALL(recvmmsg),
};

/* Only for a plan that makes files, or removes some. */
static const int makes[] = {
	CALL(rename), CALL(renameat), CALL(renameat2), CALL(mkdir), CALL(fchmod),
};
static const int removes[] = { CALL(unlink), CALL(unlinkat) };

static const int deadly[] = {
	CALL(execve),
	CALL(execveat),
	CALL(ptrace),
	CALL(process_vm_readv),
	CALL(process_vm_writev),
	CALL(process_madvise),
	CALL(pidfd_getfd),
	CALL(kcmp),
	CALL(init_module),
	CALL(finit_module),
	CALL(delete_module),
	CALL(kexec_load),
	CALL(kexec_file_load),
	CALL(bpf),
	CALL(perf_event_open),
	CALL(userfaultfd),
	CALL(mount),
	CALL(umount2),
	CALL(pivot_root),
	CALL(chroot),
	CALL(setns),
	CALL(unshare),
	CALL(open_by_handle_at),
	CALL(keyctl),
	CALL(add_key),
	CALL(request_key),
	CALL(io_uring_setup),
	CALL(reboot),
	CALL(swapon),
	CALL(iopl),
};

static const unsigned long ioctls[] = { FIONBIO, FIOCLEX, FIONREAD, TCGETS };

/* --- rows into the filter -------------------------------------------------------------------- */

static int add_all(scmp_filter_ctx f, uint32_t action, const int *calls, size_t count)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = seccomp_rule_add(f, action, calls[i], 0);
	return rc;
}

#define ALLOW(f, call, ...) seccomp_rule_add((f), SCMP_ACT_ALLOW, CALL(call), __VA_ARGS__)
#define ALL(list)	    (list), sizeof(list) / sizeof((list)[0])

/* The argument of that number, from 0. */
static struct scmp_arg_cmp arg_is(unsigned arg, uint64_t value)
{
	return (struct scmp_arg_cmp){ arg, SCMP_CMP_EQ, value, 0 };
}

static struct scmp_arg_cmp arg_has(unsigned arg, uint64_t mask, uint64_t value)
{
	return (struct scmp_arg_cmp){ arg, SCMP_CMP_MASKED_EQ, mask, value };
}

/* Threads, but no processes.  clone3 hides its flags in memory: libc does without it. */
static int add_threads(scmp_filter_ctx f)
{
	const unsigned long thread = CLONE_VM | CLONE_THREAD;
	int rc = ALLOW(f, clone, 1, arg_has(0, thread, thread));

	return rc < 0 ? rc : seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0);
}

/* No memory that is code; with names, modules of libc may be mapped from their files. */
static int add_mappings(scmp_filter_ctx f, bool modules)
{
	const struct scmp_arg_cmp no_code = arg_has(2, PROT_EXEC, 0);
	const struct scmp_arg_cmp code = arg_has(2, PROT_EXEC, PROT_EXEC);
	const struct scmp_arg_cmp of_file = arg_has(3, MAP_ANONYMOUS, 0);
	int rc = ALLOW(f, mmap, 1, no_code);

	if (rc == 0)
		rc = ALLOW(f, mprotect, 1, no_code);
	if (rc == 0 && modules)
		rc = ALLOW(f, mmap, 2, code, of_file);
	return rc;
}

/* Signals to oneself only, and the limits may be read. */
static int add_self(scmp_filter_ctx f)
{
	int rc = ALLOW(f, tgkill, 1, arg_is(0, (uint64_t)getpid()));

	if (rc == 0)
		rc = ALLOW(f, prlimit64, 2, arg_is(0, 0), arg_is(2, 0));
	if (rc == 0)
		rc = ALLOW(f, getrlimit, 0);
	for (size_t i = 0; rc == 0 && i < sizeof(ioctls) / sizeof(ioctls[0]); i++)
		rc = ALLOW(f, ioctl, 1, arg_is(1, ioctls[i]));
	return rc;
}

/* Streams and datagrams; netlink only to ask for this machine's addresses, as getaddrinfo() does.
 */
static int add_internet(scmp_filter_ctx f, bool datagrams)
{
	static const int families[] = { AF_INET, AF_INET6 };
	const struct scmp_arg_cmp stream = arg_has(1, 0xf, SOCK_STREAM);
	const struct scmp_arg_cmp datagram = arg_has(1, 0xf, SOCK_DGRAM);
	int rc = ALLOW(f, socket, 2, arg_is(0, AF_NETLINK), arg_is(2, 0));

	for (size_t i = 0; rc == 0 && i < sizeof(families) / sizeof(families[0]); i++) {
		const struct scmp_arg_cmp family = arg_is(0, (uint64_t)families[i]);

		rc = ALLOW(f, socket, 2, family, stream);
		if (rc == 0 && datagrams)
			rc = ALLOW(f, socket, 2, family, datagram);
	}
	return rc;
}

static int add_sockets(scmp_filter_ctx f, const struct sandbox_plan *p)
{
	int rc = ALLOW(f, socket, 1, arg_is(0, AF_UNIX));

	if (rc == 0)
		rc = ALLOW(f, socketpair, 1, arg_is(0, AF_UNIX));
	return rc == 0 && p->internet ? add_internet(f, p->names) : rc;
}

static bool has_right(const struct sandbox_plan *p, unsigned right)
{
	for (unsigned i = 0; i < p->path_count; i++)
		if (p->path[i].rights & right)
			return true;
	return false;
}

/* SQLite, when it is run by root, gives the files that it opens beside the database to the
 * database's owner, and does not ask whether that worked. */
static int add_files(scmp_filter_ctx f, const struct sandbox_plan *p)
{
	int rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), CALL(fchown), 0);

	if (rc == 0 && has_right(p, SANDBOX_MAKE))
		rc = add_all(f, SCMP_ACT_ALLOW, ALL(makes));
	if (rc == 0 && has_right(p, SANDBOX_REMOVE))
		rc = add_all(f, SCMP_ACT_ALLOW, ALL(removes));
	return rc;
}

static int add_rules(scmp_filter_ctx f, const struct sandbox_plan *p)
{
	int rc = add_all(f, SCMP_ACT_ALLOW, ALL(always));

	if (rc == 0)
		rc = add_all(f, SCMP_ACT_KILL_PROCESS, ALL(deadly));
	if (rc == 0)
		rc = add_files(f, p);
	if (rc == 0)
		rc = add_threads(f);
	if (rc == 0)
		rc = add_mappings(f, p->names);
	if (rc == 0)
		rc = add_self(f);
	return rc == 0 ? add_sockets(f, p) : rc;
}

/* --- the filter ------------------------------------------------------------------------------ */

int syscalls_can_be_filtered(bool *ret, struct err *err)
{
	const uint32_t action = SECCOMP_RET_KILL_PROCESS;
	long rc = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);

	if (rc < 0 && errno != ENOSYS && errno != EOPNOTSUPP && errno != EINVAL)
		return refusal_error(err, errno, "cannot ask the kernel for its seccomp");
	*ret = rc == 0;
	return 0;
}

/* Calls of another kind than this program's (32 bit on 64 bit) have other numbers: deadly. */
static int load(scmp_filter_ctx f, const struct sandbox_plan *p)
{
	int rc = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (rc == 0)
		rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc == 0)
		rc = add_rules(f, p);
	return rc == 0 ? seccomp_load(f) : rc;
}

int syscalls_filter(const struct sandbox_plan *p, struct err *err)
{
	scmp_filter_ctx f;
	int rc = refusal_init(err);

	if (rc < 0)
		return rc;
	f = seccomp_init(SCMP_ACT_TRAP);
	if (f == NULL)
		return err_set(err, ERR_FATAL, "cannot make a filter of system calls");
	rc = load(f, p);
	seccomp_release(f);
	return rc < 0 ? refusal_error(err, -rc, "cannot filter system calls") : 0;
}

void syscalls_name(int number, char *ret, size_t size)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

	(void)snprintf(ret, size, "%s", name != NULL ? name : "");
	free(name);
}
