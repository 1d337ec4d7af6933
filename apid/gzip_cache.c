/* A file is the same as long as inode, size and time of change are.  When the places or the bytes
 * are used up all is forgotten: pages are few, and whoever changes them does so seldom. */
#include "apid/gzip_cache.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "apid/gzip.h"

#define FILES_MAX 128
#define BYTES_MAX (4U << 20)

struct compressed {
	dev_t dev;
	ino_t ino;
	struct timespec modified;
	off_t size;
	struct buf text; /* empty: it does not become smaller */
};

struct gzip_cache {
	struct compressed file[FILES_MAX];
	unsigned count;
	size_t bytes;
};

struct gzip_cache *gzip_cache_new(void)
{
	return calloc(1, sizeof(struct gzip_cache));
}

static void forget_all(struct gzip_cache *c)
{
	for (unsigned i = 0; i < c->count; i++)
		buf_release(&c->file[i].text);
	c->count = 0;
	c->bytes = 0;
}

void gzip_cache_free(struct gzip_cache *c)
{
	if (c == NULL)
		return;
	forget_all(c);
	free(c);
}

static struct compressed *find(struct gzip_cache *c, const struct stat *st)
{
	for (unsigned i = 0; i < c->count; i++) {
		struct compressed *f = &c->file[i];

		if (f->dev == st->st_dev && f->ino == st->st_ino && f->size == st->st_size &&
		    f->modified.tv_sec == st->st_mtim.tv_sec &&
		    f->modified.tv_nsec == st->st_mtim.tv_nsec)
			return f;
	}
	return NULL;
}

/* Exactly `len` bytes from the start. */
static bool read_whole(int fd, char *to, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = pread(fd, to + at, len - at, (off_t)at);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static bool compress_file(struct buf *out, int fd, size_t len)
{
	char *plain = malloc(len);
	bool ok = plain != NULL && read_whole(fd, plain, len);

	if (ok)
		(void)gzip_append(out, plain, len);
	free(plain);
	return ok;
}

const struct buf *gzip_cache_get(struct gzip_cache *c, int fd, const struct stat *st)
{
	struct compressed *f = find(c, st);

	if (f == NULL) {
		if (c->count == FILES_MAX || c->bytes > BYTES_MAX)
			forget_all(c);
		f = &c->file[c->count];
		*f = (struct compressed){ .dev = st->st_dev,
					  .ino = st->st_ino,
					  .modified = st->st_mtim,
					  .size = st->st_size,
					  .text = BUF_INIT((size_t)st->st_size) };
		if (!compress_file(&f->text, fd, (size_t)st->st_size)) {
			buf_release(&f->text);
			return NULL;
		}
		c->count++;
		c->bytes += f->text.len;
	}
	return f->text.len > 0 ? &f->text : NULL;
}
