/* Inside the daemon room: what a daemon's command line says. */
#ifndef TELLER_COMMON_DAEMON_DAEMON_ARGS_H
#define TELLER_COMMON_DAEMON_DAEMON_ARGS_H

#include <stdbool.h>

#include "common/daemon/daemon.h"

#define EXIT_CONFIG 2 /* a mistake that only a person can mend; not worth a restart */

struct daemon_args {
	const char *config; /* NULL: the usual name in `dir` */
	const char *dir;    /* NULL: the usual place */
	bool check_config;
};

/* False: *ret_status is the exit status; help, version or the mistake have been printed. */
bool daemon_args_parse(int argc, char **argv, const struct daemon_def *def, struct daemon_args *ret,
		       int *ret_status);

#endif
