#include "common/base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void buf_free_data(struct buf *b)
{
	if (b->secret && b->data != NULL)
		explicit_bzero(b->data, b->cap);
	free(b->data);
}

/* Make room for `more` bytes and the NUL. */
static bool buf_reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap > 0 ? b->cap : 256;
	char *data;

	if (b->failed || more > b->max || b->len > b->max - more)
		return !(b->failed = true);
	while (cap < b->len + more + 1)
		cap *= 2;
	if (cap == b->cap)
		return true;
	data = malloc(cap);
	if (data == NULL)
		return !(b->failed = true);
	if (b->len > 0)
		memcpy(data, b->data, b->len);
	buf_free_data(b);
	b->data = data;
	b->cap = cap;
	return true;
}

bool buf_append(struct buf *b, const void *data, size_t len)
{
	if (!buf_reserve(b, len))
		return false;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return true;
}

void buf_expect(struct buf *b, size_t more)
{
	if (more <= b->max && b->len <= b->max - more)
		(void)buf_reserve(b, more); /* short of memory: the append says so */
}

bool buf_puts(struct buf *b, const char *text)
{
	return buf_append(b, text, strlen(text));
}

bool buf_putc(struct buf *b, char c)
{
	return buf_append(b, &c, 1);
}

bool buf_vprintf(struct buf *b, const char *fmt, __builtin_va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || !buf_reserve(b, (size_t)n))
		return !(b->failed = true);
	(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
	return true;
}

bool buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return ok;
}

void buf_consume(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n + 1);
	b->len -= n;
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void buf_release(struct buf *b)
{
	buf_free_data(b);
	b->data = NULL;
	b->len = b->cap = 0;
	b->failed = false;
}

const char *buf_text(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

static int buf_read_fd(struct buf *b, int fd, const char *path, struct err *err)
{
	char chunk[16384];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_path_errno(err, "cannot read '%s'", path);
		if (!buf_append(b, chunk, (size_t)n))
			return err_set(err, ERR_INVALID, "'%s' is larger than %zu bytes", path,
				       b->max);
	}
	if (b->secret)
		explicit_bzero(chunk, sizeof(chunk));
	return 0;
}

int buf_read_file(struct buf *b, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0) {
		rc = err_set_path_errno(err, "cannot open '%s'", path);
		if (errno == ENOENT)
			rc = ERR_NOT_FOUND;
		if (err != NULL)
			err->code = rc;
		return rc;
	}
	rc = buf_read_fd(b, fd, path, err);
	(void)close(fd);
	return rc;
}
