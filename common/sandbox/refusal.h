/* System calls that the filter did not let through. */
#ifndef TELLER_COMMON_SANDBOX_REFUSAL_H
#define TELLER_COMMON_SANDBOX_REFUSAL_H

#include "common/base/err.h"

/* Take SIGSYS.  ERR_FATAL. */
int refusal_init(struct err *err);
/* ERR_FATAL with "<what>: <text of number>". */
int refusal_error(struct err *err, int number, const char *what);

#endif
