/* Errors: a code for what the caller can do, a text for the operator.
 *
 * A function that can fail returns 0 or a negative err_code and fills `struct err`.  Each layer
 * adds its subject with err_wrap() and passes on; only the layer that gives up logs, once.
 * Text: lower case, no full stop, what failed first, the subject in quotes. */
#ifndef TELLER_COMMON_BASE_ERR_H
#define TELLER_COMMON_BASE_ERR_H

enum err_code {
	ERR_BUSY = -1,	    /* not now: the same call may work later */
	ERR_INVALID = -2,   /* the request or the data is wrong: refuse it */
	ERR_NOT_FOUND = -3, /* there is no such thing */
	ERR_EXISTS = -4,    /* it is there already */
	ERR_IO = -5,	    /* the world failed (file, socket, node): retry with back-off */
	ERR_FATAL = -6,	    /* stop the daemon: a person must act first */
};

#define ERR_TEXT_MAX 512

struct err {
	enum err_code code;
	char text[ERR_TEXT_MAX];
};

/* Set code and text (`e` may be NULL); the value is `code`, so that `return err_set(...)` reads
 * well.  A macro, so that compilers and analyzers see that it is negative. */
#define err_set(e, code, ...) (err_fill((e), (code), __VA_ARGS__), (int)(code))
void err_fill(struct err *e, enum err_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with ": <strerror(errno)>" appended; code ERR_IO. */
#define err_set_errno(e, ...) (err_fill_errno((e), __VA_ARGS__), (int)ERR_IO)
void err_fill_errno(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same for a path that an operator gave: ERR_INVALID when only a person can mend it (it is not
 * there, is no such file, may not be touched), else ERR_IO (a full disk). */
#define err_set_path_errno(e, ...) (err_fill_errno((e), __VA_ARGS__), err_path_code(e))
int err_path_code(struct err *e); /* looks at errno; sets and returns the code */

/* Put "<subject>: " before the text; returns the code that `e` holds. */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
