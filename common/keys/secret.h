/* Memory for keys: locked (never swapped), undumpable, wiped when freed and in a forked child,
 * guarded on both sides (libsodium's sodium_malloc). */
#ifndef TELLER_COMMON_KEYS_SECRET_H
#define TELLER_COMMON_KEYS_SECRET_H

#include <stddef.h>

/* Start libsodium, forbid core dumps and ptrace of this process.  Call before any secret. */
int secret_init(void);
/* NULL when memory cannot be had or locked. */
void *secret_alloc(size_t size);
void secret_free(void *p); /* NULL is fine */
void secret_wipe(void *p, size_t size);
/* What the functions that were called before have left on the stack.  The libraries clear their
 * copies of keys by stores that a compiler may drop, and has dropped (libsecp256k1 of Debian 12).
 */
void secret_wipe_stack(void);

#endif
