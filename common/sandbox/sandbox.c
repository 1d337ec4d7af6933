/* In an order that works: no new privileges (both filters want that), capabilities, Landlock, and
 * seccomp last, for it forbids the calls that the others need.
 *
 * A kernel without Landlock or seccomp is one thing: the mode decides, and the report says so.
 * Everything else that fails ends the daemon; it must never run in half a sandbox by mistake. */
#include "common/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/sandbox/landlock.h"
#include "common/sandbox/refusal.h"
#include "common/sandbox/syscalls.h"

/* The sanitizers make system calls of their own, look into /proc and start a process at the end. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif

/* --- before ---------------------------------------------------------------------------------- */

/* A folder's links are itself, its parent's name for it and one for each thread below. */
static int check_single_thread(struct err *err)
{
	struct stat st;

	if (stat("/proc/self/task", &st) < 0)
		return refusal_error(err, errno, "cannot count the threads of this process");
	if (st.st_nlink == 3)
		return 0;
	return err_set(err, ERR_FATAL,
		       "%lu threads run before the sandbox: they would stay outside",
		       (unsigned long)st.st_nlink - 2);
}

static int ask_kernel(struct sandbox_report *r, struct err *err)
{
	int rc = landlock_abi(&r->landlock_abi, err);

	return rc < 0 ? rc : syscalls_can_be_filtered(&r->seccomp, err);
}

static int check_required(const struct sandbox_report *r, struct err *err)
{
	if (r->landlock_abi > 0 && r->seccomp)
		return 0;
	return err_set(
		err, ERR_INVALID,
		"this kernel has no %s, and sandbox = required: use a kernel of Debian 12 or "
		"later, or sandbox = auto",
		r->landlock_abi > 0 ? "seccomp" : "Landlock");
}

/* Files whose loss is noticed later are those that could be read now.  They are not opened:
 * SQLite's locks on a file end when the process closes any descriptor of it, and then other daemons
 * take the write-ahead log from under our feet. */
static void note_file(struct sandbox_path *p)
{
	struct stat st;

	p->readable = (p->rights & SANDBOX_READ) && stat(p->path, &st) == 0 &&
		      S_ISREG(st.st_mode) && access(p->path, R_OK) == 0;
	if (!p->readable)
		return;
	p->device = st.st_dev;
	p->inode = st.st_ino;
}

/* Another file has its name now, which no lock of ours is on: it may be opened to see. */
static bool is_lost(const struct sandbox_path *p)
{
	struct stat st;
	int fd;

	if (!p->readable || stat(p->path, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (st.st_dev == p->device && st.st_ino == p->inode))
		return false;
	fd = open(p->path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		(void)close(fd);
	return fd < 0 && errno == EACCES;
}

/* --- the steps ------------------------------------------------------------------------------- */

static int forbid_privileges(struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return refusal_error(err, errno, "cannot give up new privileges");
	return 0;
}

static int drop_capabilities(struct err *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (syscall(SYS_capset, &header, none) < 0)
		return refusal_error(err, errno, "cannot give up capabilities");
	return 0;
}

static int filter_calls(const struct sandbox_plan *p, struct sandbox_report *r, struct err *err)
{
#ifdef UNDER_SANITIZER
	(void)p;
	(void)err;
	r->seccomp = false;
	log_warn("sandbox_without_seccomp", "why=\"built with AddressSanitizer: for tests only\"");
	return 0;
#else
	return r->seccomp ? syscalls_filter(p, err) : 0;
#endif
}

static int enter(struct sandbox_plan *p, struct sandbox_report *r, struct err *err)
{
	int rc = forbid_privileges(err);

#ifdef UNDER_SANITIZER
	sandbox_allow(p, SANDBOX_READ | SANDBOX_LIST, "/proc");
#endif
	for (unsigned i = 0; i < p->path_count; i++)
		note_file(&p->path[i]);
	if (rc == 0)
		rc = drop_capabilities(err);
	if (rc == 0 && r->landlock_abi > 0)
		rc = landlock_enter(p, r->landlock_abi, err);
	return rc == 0 ? filter_calls(p, r, err) : rc;
}

int sandbox_enter(struct sandbox_plan *p, enum sandbox_mode mode, struct sandbox_report *ret,
		  struct err *err)
{
	struct sandbox_report r = { .entered = false };
	int rc = 0;

	if (p->overflow)
		return err_set(err, ERR_FATAL, "more needs than the sandbox has places for");
	if (mode != SANDBOX_OFF)
		rc = check_single_thread(err);
	if (rc == 0 && mode != SANDBOX_OFF)
		rc = ask_kernel(&r, err);
	if (rc == 0 && mode == SANDBOX_REQUIRED)
		rc = check_required(&r, err);
	if (rc == 0 && mode != SANDBOX_OFF)
		rc = enter(p, &r, err);
	if (rc < 0)
		return err_wrap(err, "sandbox");
	r.entered = mode != SANDBOX_OFF;
	*ret = r;
	return 0;
}

/* --- after ----------------------------------------------------------------------------------- */

/* What is missing below each version, and the kernel that has it. */
static const struct {
	int abi;
	bool internet; /* concerns only who uses the internet */
	const char *text;
} lacks[] = {
	{ 1, false, "any file of this user can be opened (Landlock: Linux 5.13, and switched on)" },
	{ 4, true, "TCP is not limited to the configured ports (Linux 6.7)" },
	{ 6, false, "sockets in the abstract namespace can be reached (Linux 6.12)" },
};

void sandbox_print_lacks(const struct sandbox_plan *p, const struct sandbox_report *r,
			 struct buf *out)
{
	const char *between = "";

	for (size_t i = 0; i < sizeof(lacks) / sizeof(lacks[0]); i++) {
		if (r->landlock_abi >= lacks[i].abi || (lacks[i].internet && !p->internet))
			continue;
		buf_printf(out, "%s%s", between, lacks[i].text);
		between = "; ";
	}
	if (!r->seccomp)
		buf_printf(out, "%severy system call can be made (seccomp)", between);
}

const char *sandbox_lost(const struct sandbox_plan *p)
{
	for (unsigned i = 0; i < p->path_count; i++)
		if (is_lost(&p->path[i]))
			return p->path[i].path;
	return NULL;
}
