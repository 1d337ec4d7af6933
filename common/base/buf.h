/* A byte buffer that grows up to a limit.  Always followed by a NUL that `len` does not count, so
 * that text in it can be used as a string. */
#ifndef TELLER_COMMON_BASE_BUF_H
#define TELLER_COMMON_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct buf {
	char *data; /* NULL while empty and never written */
	size_t len;
	size_t cap;
	size_t max;  /* largest `len` allowed */
	bool failed; /* an append did not fit; later ones are ignored: check once at the end */
	bool secret; /* wipe when growing and when released */
};

#define BUF_INIT(limit)                                                                            \
	{                                                                                          \
		.data = NULL, .len = 0, .cap = 0, .max = (limit)                                   \
	}

/* Append; returns false and sets `failed` when it would pass `max` or memory is short. */
bool buf_append(struct buf *b, const void *data, size_t len);
bool buf_puts(struct buf *b, const char *text);
bool buf_putc(struct buf *b, char c);
bool buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool buf_vprintf(struct buf *b, const char *fmt, __builtin_va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Make room for `more` bytes at once, where their number is known before they come.  Nothing
 * happens when they would pass `max`: the append that passes it fails as always. */
void buf_expect(struct buf *b, size_t more);

/* Drop the first `n` bytes (what a parser has consumed). */
void buf_consume(struct buf *b, size_t n);
/* Forget the content, keep the memory; also clears `failed`. */
void buf_clear(struct buf *b);
/* Free the memory (wiped first when `secret`); the buffer can be used again. */
void buf_release(struct buf *b);
/* The content as a string, never NULL. */
const char *buf_text(const struct buf *b);

/* Append a whole file.  ERR_NOT_FOUND, ERR_INVALID when it may not be read, is no file or is larger
 * than `max`, else ERR_IO. */
int buf_read_file(struct buf *b, const char *path, struct err *err);

#endif
