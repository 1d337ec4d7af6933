/* The person at the terminal, whatever standard input and output are. */
#ifndef TELLER_TELLERCTL_TERMINAL_H
#define TELLER_TELLERCTL_TERMINAL_H

#include <stddef.h>

#include "common/base/err.h"

/* Write the question, read a line; *ret is without its end.  ERR_INVALID: there is no terminal, or
 * the person gave no line. */
int terminal_ask(const char *question, char *ret, size_t size, struct err *err);

#endif
