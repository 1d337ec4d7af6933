/* What a daemon in its sandbox may no longer do itself, and still needs now and then: opening its
 * log again after a rotation, removing its pid file.  Both lie where it may open nothing: in the
 * data directory, beside the wallet.  A child does them, made before the daemon knows any secret.
 *
 * The child can do these two things to these two paths and nothing else; it is in a sandbox of its
 * own.  It ends with the daemon, however that ends. */
#ifndef TELLER_COMMON_DAEMON_ERRANDS_H
#define TELLER_COMMON_DAEMON_ERRANDS_H

#include "common/base/err.h"
#include "common/sandbox/sandbox_mode.h"

struct errands;

/* `log` and `pidfile` may be "".  To be called while the process has one thread and no secrets. */
int errands_start(const char *log, const char *pidfile, enum sandbox_mode mode,
		  struct errands **ret, struct err *err);
/* A descriptor of the log file as its path leads to it now. */
int errands_open_log(struct errands *e, int *ret_fd, struct err *err);
int errands_remove_pidfile(struct errands *e, struct err *err);
void errands_end(struct errands *e); /* waits for the child; NULL is fine */

#endif
