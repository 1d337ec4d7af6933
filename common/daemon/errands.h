/* What a daemon in its sandbox may no longer do itself, and still needs now and then: opening its
 * log again after a rotation, reading a few files again that were replaced, removing its pid file.
 * They lie where it may open nothing: in the data directory, beside the wallet.  A child does that,
 * made before the daemon knows any secret.
 *
 * The child can do these things to these paths and nothing else; it is in a sandbox of its own.  It
 * ends with the daemon, however that ends. */
#ifndef TELLER_COMMON_DAEMON_ERRANDS_H
#define TELLER_COMMON_DAEMON_ERRANDS_H

#include "common/base/err.h"
#include "common/sandbox/sandbox_mode.h"

#define ERRANDS_FILES_MAX 8

struct errands;

/* The texts must live as long as the child is started. */
struct errands_paths {
	const char *log, *pidfile;	     /* "": none */
	const char *file[ERRANDS_FILES_MAX]; /* to be read; may come and go, their folders not */
	unsigned files;
};

/* To be called while the process has one thread and no secrets. */
int errands_start(const struct errands_paths *paths, enum sandbox_mode mode, struct errands **ret,
		  struct err *err);
/* A descriptor of the log file as its path leads to it now. */
int errands_open_log(struct errands *e, int *ret_fd, struct err *err);
/* One of the files, to be read, as its path leads to it now.  Errors as err_set_path_errno(). */
int errands_open_file(struct errands *e, unsigned which, int *ret_fd, struct err *err);
int errands_remove_pidfile(struct errands *e, struct err *err);
void errands_end(struct errands *e); /* waits for the child; NULL is fine */

#endif
