/* The process that runs uacme: made before apid closes its sandbox, for inside it nothing can be
 * started any more.  It knows one thing to do, with arguments that were fixed when it was made. */
#ifndef TELLER_APID_ACME_PROCESS_H
#define TELLER_APID_ACME_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "apid/acme_paths.h"

enum acme_result {
	ACME_ISSUED,  /* there is a new certificate */
	ACME_CURRENT, /* the one that is there will do */
	ACME_FAILED,  /* by what was said */
	ACME_MISSING, /* the program cannot be started */
	ACME_TOO_LONG,
};

#define ACME_LINE_MAX 400

/* What it says, a packet each. */
struct acme_said {
	bool end;		 /* else a line of the program's output */
	enum acme_result result; /* of the end */
	char text[ACME_LINE_MAX];
};

struct acme_order {
	struct acme_paths paths;
	const char *program, *url, *email, *host;
	unsigned days; /* before the end of the certificate that is there */
	uint64_t limit_ms;
};

/* Forks.  One byte into *ret_socket begins a run; closing it ends the process, and uacme with it.
 * The process ends with this one in any case. */
int acme_process_start(const struct acme_order *o, int *ret_socket, pid_t *ret_pid,
		       struct err *err);

#endif
