/* What the daemons say of themselves: one reader for public health, the operator's view and the
 * metrics. */
#ifndef TELLER_APID_REPORT_H
#define TELLER_APID_REPORT_H

#include "apid/apid.h"
#include "common/json/json.h"

/* `what` is "down" for a daemon that does not answer. */
typedef void (*report_problem_fn)(void *arg, const char *daemon, const char *what, const char *text,
				  int64_t since);
void report_each_problem(const struct relay_health *h, report_problem_fn fn, void *arg);
bool report_has_problems(const struct relay_health *h);

/* What apid says of itself, in the form of the others; to be released. */
void report_own(struct apid *a, struct relay_health *ret);
void report_release(struct relay_health *own);

/* The error of a daemon for strangers: nothing that only the operator should know. */
#define REPORT_ERROR_MAX 512
void report_public_error(const struct relay_health *h, char ret[REPORT_ERROR_MAX]);

/* A daemon's figures; NULL when it has none.  The caller's to json_free(). */
struct json *report_detail(const struct relay_health *h);

#endif
