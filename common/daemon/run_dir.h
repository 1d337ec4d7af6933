/* Inside the daemon room: the run directory (sockets, locks) and the files that say who runs. */
#ifndef TELLER_COMMON_DAEMON_RUN_DIR_H
#define TELLER_COMMON_DAEMON_RUN_DIR_H

#include <stdbool.h>

#include "common/base/err.h"

/* Make <dir>/run when it is missing.  `shared`: daemons run as users of their own and meet in a
 * group; else only one user may enter. */
int run_dir_make(const char *dir, bool shared, struct err *err);
/* Hold <dir>/run/<name>.lock for as long as this process lives.  ERR_EXISTS: another process of
 * this name holds it, the text names it. */
int run_dir_lock(const char *dir, const char *name, int *ret_fd, struct err *err);

/* Write our pid to `path`, whole or not at all. */
int pidfile_write(const char *path, struct err *err);

#endif
