/* A page of zeros that is dropped comes back as a page of zeros: nobody can tell, whoever's it is.
 */
#include "apid/idle_memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE ((size_t)4096)

static bool is_zero(const char *page)
{
	return page[0] == 0 && memcmp(page, page + 1, PAGE - 1) == 0;
}

void idle_memory_release(const void *memory, size_t size)
{
	uintptr_t begin = ((uintptr_t)memory + PAGE - 1) & ~(PAGE - 1);
	uintptr_t end = ((uintptr_t)memory + size) & ~(PAGE - 1);

	for (; begin < end; begin += PAGE)
		if (is_zero((const char *)begin))
			(void)madvise((void *)begin, PAGE, MADV_DONTNEED);
}
