/* Memory that is kept for later and holds nothing. */
#ifndef TELLER_APID_IDLE_MEMORY_H
#define TELLER_APID_IDLE_MEMORY_H

#include <stddef.h>

/* Give those pages that lie wholly within and are all zeros back to the kernel; they stay usable
 * and zero.  The memory must be the process's own and of no file. */
void idle_memory_release(const void *memory, size_t size);

#endif
