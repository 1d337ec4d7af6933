/* Where keys live: pages that are locked (not swapped), left out of core dumps, empty in a child,
 * fenced by guard pages and wiped when freed.  libsodium's sodium_malloc does all of that but
 * ignores a refusal to lock; here a refusal is an error, because a key in swap outlives the
 * process. */
#include "common/keys/secret.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* LeakSanitizer attaches to its own process with ptrace, which an undumpable process forbids. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SECRET_MAY_BE_TRACED 1
#endif
#endif

#define ALIGNMENT 16

static int forbid_dumps(void)
{
	const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };

	if (setrlimit(RLIMIT_CORE, &none) < 0)
		return -1;
#ifndef SECRET_MAY_BE_TRACED
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -1;
#endif
	return 0;
}

int secret_init(void)
{
	if (sodium_init() < 0)
		return -1;
	return forbid_dumps();
}

/* A child that is forked finds zeros there.  The pages that libsodium puts around are its own. */
static bool wipe_on_fork(void *p, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)p / page * page;

	return madvise((void *)start, (uintptr_t)p + size - start, MADV_WIPEONFORK) == 0;
}

void *secret_alloc(size_t size)
{
	void *p;

	if (sodium_init() < 0 || size > SIZE_MAX - ALIGNMENT)
		return NULL;
	/* It ends where a page ends, so that reading on is noticed; and so begins where a struct
	 * may begin. */
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	p = sodium_malloc(size);
	if (p == NULL)
		return NULL;
	/* Locking locked pages again is harmless; it tells whether the first time worked. */
	if (sodium_mlock(p, size) != 0 || !wipe_on_fork(p, size)) {
		sodium_free(p);
		return NULL;
	}
	sodium_memzero(p, size);
	return p;
}

void secret_free(void *p)
{
	sodium_free(p);
}

void secret_wipe(void *p, size_t size)
{
	sodium_memzero(p, size);
}

/* Deeper than any of them goes: their largest frames are tables of some kilobytes. */
__attribute__((noinline)) void secret_wipe_stack(void)
{
	char room[32768];

	sodium_memzero(room, sizeof(room));
}
