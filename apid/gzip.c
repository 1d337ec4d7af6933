#include "apid/gzip.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#define WINDOW	    (15 + 16) /* 16: a gzip header instead of zlib's */
#define MEMORY	    8
#define LARGE	    (64U * 1024)
#define USUAL_LEVEL 6
#define LARGE_LEVEL 1 /* the loop waits for it */

static bool deflate_all(z_stream *z, const void *data, size_t len, char *out, size_t room)
{
	z->next_in = (Bytef *)(uintptr_t)data;
	z->avail_in = (uInt)len;
	z->next_out = (Bytef *)out;
	z->avail_out = (uInt)room;
	return deflate(z, Z_FINISH) == Z_STREAM_END;
}

bool gzip_append(struct buf *out, const void *data, size_t len)
{
	z_stream z = { .zalloc = Z_NULL };
	char *room = len > 0 && len < UINT_MAX ? malloc(len) : NULL;
	bool ok;

	if (room == NULL || deflateInit2(&z, len > LARGE ? LARGE_LEVEL : USUAL_LEVEL, Z_DEFLATED,
					 WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(room);
		return false;
	}
	ok = deflate_all(&z, data, len, room, len) && buf_append(out, room, z.total_out);
	(void)deflateEnd(&z);
	free(room);
	return ok;
}
