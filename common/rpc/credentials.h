/* User and password for a peer: given once, or read from a file that the peer writes anew at each
 * of its starts. */
#ifndef TELLER_COMMON_RPC_CREDENTIALS_H
#define TELLER_COMMON_RPC_CREDENTIALS_H

#include <stdbool.h>

#include "common/base/err.h"

struct credentials {
	char *user, *pass; /* NULL: none; as they are now */
	char *cookie_file; /* NULL: user and pass are for good */
	unsigned edition;  /* of user and pass: grows when others are read */
};

/* Copies; "" is NULL.  Later credentials_release(). */
void credentials_init(struct credentials *c, const char *user, const char *pass,
		      const char *cookie_file);
void credentials_release(struct credentials *c);

/* Read them if they must be and are not.  ERR_IO, ERR_INVALID: as cookie_file_read(). */
int credentials_get(struct credentials *c, struct err *err);
/* The peer did not take those of `edition`: are there others now? */
bool credentials_renewed(struct credentials *c, unsigned edition);

#endif
