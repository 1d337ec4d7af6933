/* Memory for keys: locked (never swapped), undumpable, wiped when freed, guarded on both sides
 * (libsodium's sodium_malloc). */
#ifndef TELLER_COMMON_KEYS_SECRET_H
#define TELLER_COMMON_KEYS_SECRET_H

#include <stddef.h>

/* Start libsodium, forbid core dumps and ptrace of this process.  Call before any secret. */
int secret_init(void);
/* NULL when memory cannot be had or locked. */
void *secret_alloc(size_t size);
void secret_free(void *p); /* NULL is fine */
void secret_wipe(void *p, size_t size);

#endif
