/* Who is at the keyboard. */
#ifndef TELLER_TELLERCTL_OPERATOR_H
#define TELLER_TELLERCTL_OPERATOR_H

#include <stddef.h>

/* The login name of the person: who called sudo, else who logged in, else the process's user. */
void operator_name(char *ret, size_t size);

#endif
