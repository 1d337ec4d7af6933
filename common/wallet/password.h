/* Where the password of an encrypted wallet comes from: three ways, the first that is there. */
#ifndef TELLER_COMMON_WALLET_PASSWORD_H
#define TELLER_COMMON_WALLET_PASSWORD_H

#include <stdbool.h>

#include "common/keys/secret_file.h"

#define PASSWORD_MAX	    4096
#define PASSWORD_CREDENTIAL "wallet_password"

struct password_ways {
	const char *file;	 /* of the configuration; "": none */
	const char *credentials; /* systemd's $CREDENTIALS_DIRECTORY; NULL or "": none */
	const char *wallet;	 /* for the question at the terminal */
};

enum password_way { PASSWORD_FILE, PASSWORD_SYSTEMD, PASSWORD_TERMINAL, PASSWORD_NOWHERE };

/* The way that would be taken. */
enum password_way password_way(const struct password_ways *ways);
const char *password_way_name(enum password_way way); /* for the log */
/* The file that is configured is taken or it is an error: no other way is tried then.  Of a file
 * or credential one line end (LF or CR LF) at its end is cut, everything else counts.
 * ERR_INVALID: there is no way (the text names all three), it is empty, others can read it, it
 * is not there; ERR_BUSY: a signal while the terminal was asked; ERR_IO, ERR_FATAL. */
int password_get(const struct password_ways *ways, struct secret_text *ret, struct err *err);

#endif
