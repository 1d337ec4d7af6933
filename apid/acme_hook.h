/* apid as uacme's hook: puts the answer to a challenge where apid serves it from, and takes it
 * away.  uacme starts it as a program of its own, with names that a certificate authority chose. */
#ifndef TELLER_APID_ACME_HOOK_H
#define TELLER_APID_ACME_HOOK_H

#include <stdbool.h>

/* The folder of the challenges; whoever starts uacme sets it. */
#define ACME_HOOK_ENV "TELLER_ACME_CHALLENGES"

/* Was this process started as a hook? */
bool acme_hook_is_asked(int argc);
/* The exit status; 1 declines the challenge. */
int acme_hook_main(char **argv);

/* One call: method, type, identifier, token, authorization as in uacme(1). */
bool acme_hook_run(const char *folder, const char *method, const char *type, const char *token,
		   const char *authorization);

#endif
