#include "apid/gzip_stream.h"

#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define WINDOW (15 + 16) /* 16: a gzip header instead of zlib's */
#define MEMORY 8
#define LEVEL  1 /* the loop waits for it */
#define PIECE  (32U * 1024)

struct gzip_stream {
	z_stream z;
	int fd;
	bool read_all, ended;
	Bytef piece[PIECE];
};

struct gzip_stream *gzip_stream_new(int fd)
{
	struct gzip_stream *s = calloc(1, sizeof(*s));

	if (s != NULL &&
	    deflateInit2(&s->z, LEVEL, Z_DEFLATED, WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(s);
		return NULL;
	}
	if (s != NULL)
		s->fd = fd;
	return s;
}

static bool refill(struct gzip_stream *s)
{
	ssize_t n = read(s->fd, s->piece, sizeof(s->piece));

	if (n < 0)
		return false;
	s->read_all = n == 0;
	s->z.next_in = s->piece;
	s->z.avail_in = (uInt)n;
	return true;
}

/* One turn of deflate; false: broken. */
static bool step(struct gzip_stream *s)
{
	if (s->z.avail_in == 0 && !s->read_all && !refill(s))
		return false;
	switch (deflate(&s->z, s->read_all ? Z_FINISH : Z_NO_FLUSH)) {
	case Z_STREAM_END: s->ended = true; return true;
	case Z_OK:
	case Z_BUF_ERROR: return true;
	default: return false;
	}
}

static ssize_t pull(void *arg, uint64_t position, char *out, size_t room)
{
	struct gzip_stream *s = arg;

	(void)position;
	s->z.next_out = (Bytef *)out;
	s->z.avail_out = (uInt)room;
	while (!s->ended && s->z.avail_out == room)
		if (!step(s))
			return HTTP_STREAM_BROKEN;
	if (s->z.avail_out == room)
		return HTTP_STREAM_END;
	return (ssize_t)(room - s->z.avail_out);
}

static void done(void *arg)
{
	struct gzip_stream *s = arg;

	(void)deflateEnd(&s->z);
	(void)close(s->fd);
	free(s);
}

const struct http_stream gzip_stream_ops = { .size = HTTP_SIZE_UNKNOWN,
					     .pull = pull,
					     .done = done };
