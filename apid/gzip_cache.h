/* Files as they are sent compressed, made once and kept in memory. */
#ifndef TELLER_APID_GZIP_CACHE_H
#define TELLER_APID_GZIP_CACHE_H

#include <sys/stat.h>

#include "common/base/buf.h"

struct gzip_cache;

struct gzip_cache *gzip_cache_new(void);
void gzip_cache_free(struct gzip_cache *c); /* NULL is fine */
/* The file's compressed content; the cache's, until the next call.  NULL: it cannot be read, has
 * changed meanwhile, or does not become smaller. */
const struct buf *gzip_cache_get(struct gzip_cache *c, int fd, const struct stat *st);

#endif
