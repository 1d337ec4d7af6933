/* Answers that follow from the database alone, kept as long as nobody writes to it.  Whether
 * somebody did is asked once a turn of the loop: what is answered in one turn is of one moment. */
#ifndef TELLER_APID_ANSWER_CACHE_H
#define TELLER_APID_ANSWER_CACHE_H

#include "common/base/buf.h"
#include "common/loop/loop.h"
#include "common/store/store.h"

struct answer_cache;

/* NULL: out of memory. */
struct answer_cache *answer_cache_new(struct loop *l);
void answer_cache_free(struct answer_cache *c); /* NULL is fine */
/* NULL: it must be made.  The text is the cache's, until the next call. */
const struct buf *answer_cache_get(struct answer_cache *c, struct store *s, const char *key);
/* What was made after answer_cache_get() had none. */
void answer_cache_put(struct answer_cache *c, const char *key, const struct buf *text);

#endif
