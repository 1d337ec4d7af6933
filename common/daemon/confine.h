/* A daemon's sandbox, from the process that runs its errands to what health says of it. */
#ifndef TELLER_COMMON_DAEMON_CONFINE_H
#define TELLER_COMMON_DAEMON_CONFINE_H

#include "common/base/buf.h"
#include "common/conf/conf.h"
#include "common/daemon/errands.h"
#include "common/daemon/health.h"
#include "common/loop/loop.h"
#include "common/sandbox/sandbox.h"
#include "common/store/store.h"

struct confine;

/* What a daemon reads again later, when its sandbox is closed, as the path leads to it then. */
struct confine_files {
	char path[ERRANDS_FILES_MAX][CONF_PATH_MAX];
	unsigned count;
};

/* There is room: who adds knows how many there can be. */
void confine_files_add(struct confine_files *f, const char *path);

/* Early: before there are threads, locks or secrets. */
int confine_new(const struct conf *conf, const char *daemon, const struct confine_files *files,
		struct confine **ret, struct err *err);
void confine_leave_loop(struct confine *c); /* before the loop is freed; NULL is fine */
void confine_free(struct confine *c);	    /* NULL is fine */

/* The rows of this are what the daemon may still do; filled between _new() and _enter(). */
struct sandbox_plan *confine_plan(struct confine *c);
/* Once all is open that will be needed.  Any error: the daemon must end. */
int confine_enter(struct confine *c, struct loop *l, struct store *s, struct health *h,
		  struct err *err);

/* "off", "full", or what is lacking; "" before it is entered. */
const char *confine_text(const struct confine *c);
/* Raise and clear the problems that have to do with it. */
void confine_check(const struct confine *c);
/* Open one of the files, to be read; `c` may be NULL (no sandbox): any file then. */
int confine_open(struct confine *c, const char *path, int *ret_fd, struct err *err);
/* Remove the pid file. */
int confine_remove_pidfile(struct confine *c, struct err *err);

#endif
