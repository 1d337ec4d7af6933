/* The two files of a certificate: who may have them, whether they changed, what is in them. */
#ifndef TELLER_APID_TLS_FILES_H
#define TELLER_APID_TLS_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "apid/tls_certificate.h"
#include "common/base/err.h"

struct tls_files {
	const char *cert, *key; /* absolute; they may be links, and be replaced at any time */
	/* Opens one of them: inside the sandbox that is another process's work. */
	int (*open)(void *arg, const char *path, int *ret_fd, struct err *err);
	void *arg;
};

/* Which files these are, and in which version.  Two are compared by tls_mark_same(). */
struct tls_mark {
	struct tls_mark_one {
		bool there;
		uint64_t device, inode;
		int64_t size, modified_ns, changed_ns;
	} cert, key;
};

void tls_files_look(const struct tls_files *f, struct tls_mark *ret);
bool tls_mark_same(const struct tls_mark *a, const struct tls_mark *b);

/* ERR_INVALID: what is there cannot be used, or not by us; ERR_IO: it cannot be read now. */
int tls_files_read(const struct tls_files *f, struct tls_certificate **ret, struct err *err);

#endif
