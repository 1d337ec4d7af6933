/* Time that can be jumped over, for tests of code on the real loop: this program's clock_gettime()
 * takes the place of the C library's, for libuv too.  Include in one file of the program. */
#ifndef TELLER_TEST_SUPPORT_JUMP_H
#define TELLER_TEST_SUPPORT_JUMP_H

#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int64_t jumped_ms;

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	long rc = syscall(SYS_clock_gettime, clock, ts);

	ts->tv_sec += jumped_ms / 1000;
	ts->tv_nsec += jumped_ms % 1000 * 1000000;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_nsec -= 1000000000;
		ts->tv_sec++;
	}
	return (int)rc;
}

/* What is due within `ms` is due now. */
static inline void jump(int64_t ms)
{
	jumped_ms += ms;
}

#endif
