/* The daemon's end of the process that runs uacme, on the loop. */
#ifndef TELLER_APID_ACME_RUNNER_H
#define TELLER_APID_ACME_RUNNER_H

#include "apid/acme_process.h"
#include "common/loop/loop.h"

struct acme_runner;

struct acme_runner_events {
	void (*on_line)(void *arg, const char *text);
	void (*on_end)(void *arg, enum acme_result result);
	void (*on_gone)(void *arg); /* the process has ended, and will do nothing any more */
	void *arg;
};

/* Before the sandbox is closed. */
int acme_runner_new(struct loop *l, const struct acme_order *o, const struct acme_runner_events *e,
		    struct acme_runner **ret, struct err *err);
/* Ends a run that is under way; NULL is fine. */
void acme_runner_free(struct acme_runner *r);
/* Begin a run; when one is under way, another follows it.  False: the process is gone. */
bool acme_runner_run(struct acme_runner *r);

#endif
