/* The kernel sends SIGSYS instead of doing what the filter refuses.  The handler notes which call
 * it was and lets the call fail with ENOSYS: libraries know how to do without a call that a kernel
 * lacks. It runs in the middle of anything, so it touches numbers only; words are made later, in
 * the loop. */
#include "common/sandbox/refusal.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <ucontext.h>

#include "common/sandbox/sandbox.h"
#include "common/sandbox/syscalls.h"

#define NOTED_MAX 8

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1
#endif

static atomic_uint refused;
static atomic_int noted[NOTED_MAX]; /* number + 1 of each different call; 0: free */
static void (*on_refusal)(void);

/* Where this machine keeps the result of a system call. */
static void set_result(ucontext_t *at, long value)
{
#ifdef __aarch64__
	at->uc_mcontext.regs[0] = (unsigned long long)value;
#else
	at->uc_mcontext.gregs[REG_RAX] = value;
#endif
}

static void note(int number)
{
	for (int i = 0; i < NOTED_MAX; i++) {
		int want = 0;

		if (atomic_compare_exchange_strong(&noted[i], &want, number + 1) ||
		    want == number + 1)
			return;
	}
}

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)signal;
	if (info->si_code != SYS_SECCOMP)
		return;
	note(info->si_syscall);
	atomic_fetch_add(&refused, 1);
	set_result(context, -ENOSYS);
	if (on_refusal != NULL)
		on_refusal();
	errno = saved;
}

int refusal_init(struct err *err)
{
	struct sigaction action = { .sa_sigaction = on_sigsys,
				    .sa_flags = SA_SIGINFO | SA_RESTART };

	(void)sigemptyset(&action.sa_mask);
	if (sigaction(SIGSYS, &action, NULL) < 0)
		return refusal_error(err, errno, "cannot handle SIGSYS");
	return 0;
}

int refusal_error(struct err *err, int number, const char *what)
{
	return err_set(err, ERR_FATAL, "%s: %s", what, strerror(number));
}

void sandbox_on_refusal(void (*fn)(void))
{
	on_refusal = fn;
}

unsigned sandbox_refused(struct buf *ret_names)
{
	char name[64];

	for (int i = 0; i < NOTED_MAX && atomic_load(&noted[i]) != 0; i++) {
		int number = atomic_load(&noted[i]) - 1;

		syscalls_name(number, name, sizeof(name));
		buf_printf(ret_names, "%s%s(%d)", i > 0 ? ", " : "", name, number);
	}
	return atomic_load(&refused);
}
