/* Asking a person at the terminal for a password. */
#ifndef TELLER_COMMON_WALLET_PROMPT_H
#define TELLER_COMMON_WALLET_PROMPT_H

#include <stdbool.h>

#include "common/keys/secret_file.h"

#define PROMPT_LINE_MAX 4096 /* a terminal passes on no longer lines */

/* Is standard input a terminal? */
bool prompt_is_possible(void);
/* `question` goes to standard error, one line comes from standard input, unseen.  Whatever ends
 * it, a signal too, the terminal is as it was.
 * ERR_BUSY: a signal that ends programs came; it is raised again before this returns.
 * ERR_INVALID: end of input, or a line that is too long.  ERR_IO, ERR_FATAL. */
int prompt_password(const char *question, struct secret_text *ret, struct err *err);

#endif
