/* A small file that holds a secret (a wallet, a password), read into locked memory. */
#ifndef TELLER_COMMON_KEYS_SECRET_FILE_H
#define TELLER_COMMON_KEYS_SECRET_FILE_H

#include <stddef.h>

#include "common/base/err.h"

/* Bytes in locked memory, a NUL behind them.  Zeros: none. */
struct secret_text {
	char *data;
	size_t len;
};

/* ERR_FATAL: memory cannot be locked. */
int secret_text_new(size_t len, struct secret_text *ret, struct err *err);
void secret_text_free(struct secret_text *t); /* wipes; what is none is fine; is none then */

/* Who else may be able to read the file. */
enum secret_privacy {
	SECRET_PRIVATE, /* nobody: no permission for group and others, the owner is us or root */
	SECRET_HANDED,	/* systemd made it for us: its group bits are the mask of an access list
			   that names us; others may nothing */
	SECRET_SHARED,	/* whoever: the operator allows it */
};
#define SECRET_WHY_MAX 160

/* A symbolic link is followed; what is judged is the file that was opened.  `ret_shared` says why
 * the file is not private although that was allowed, "" when it is (NULL: nobody asks).  Running
 * as root, any owner will do: root reads on somebody's behalf.
 * ERR_NOT_FOUND; ERR_INVALID: it is no regular file, larger than `max`, not private enough, or
 * may not be read; ERR_IO; ERR_FATAL: memory cannot be locked.  Texts name the path. */
int secret_file_read(const char *path, size_t max, enum secret_privacy privacy,
		     struct secret_text *ret, char ret_shared[SECRET_WHY_MAX], struct err *err);

#endif
