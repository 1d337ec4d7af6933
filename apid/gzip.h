/* Compression of answers. */
#ifndef TELLER_APID_GZIP_H
#define TELLER_APID_GZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"

#define GZIP_WORTH 1400 /* bytes; a smaller body fits one packet anyhow */

/* Append `len` bytes compressed.  False: out of memory, or not smaller than before. */
bool gzip_append(struct buf *out, const void *data, size_t len);

#endif
