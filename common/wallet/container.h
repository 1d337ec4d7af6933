/* The container in which an encrypted wallet keeps its secrets (spec/skycoin.md 4.3). */
#ifndef TELLER_COMMON_WALLET_CONTAINER_H
#define TELLER_COMMON_WALLET_CONTAINER_H

#include <stdint.h>

#include "common/keys/secret_file.h"

struct container_kind; /* how it is encrypted */

/* By the name in the wallet's `cryptoType`; NULL: there is no such kind. */
const struct container_kind *container_kind_find(const char *name);
const char *container_kind_name(const struct container_kind *kind);
const char *container_kind_names(void); /* all, for a sentence */

/* What can be said of a container without its password.  ERR_INVALID: it is damaged, or asks for
 * more memory than any wallet needs. */
int container_check(const struct container_kind *kind, const char *base64, struct err *err);
/* The secrets, a JSON text.  ERR_INVALID: damaged, or the password is wrong; ERR_IO: the memory
 * that the password's key needs cannot be had now; ERR_FATAL: memory cannot be locked. */
int container_open(const struct container_kind *kind, const char *base64,
		   const struct secret_text *password, struct secret_text *ret, struct err *err);

/* The same for the bytes, by kind. */
int container_scrypt_check(const uint8_t *data, size_t len, struct err *err);
int container_scrypt_open(const uint8_t *data, size_t len, const struct secret_text *password,
			  struct secret_text *ret, struct err *err);
int container_xor_check(const uint8_t *data, size_t len, struct err *err);
int container_xor_open(const uint8_t *data, size_t len, const struct secret_text *password,
		       struct secret_text *ret, struct err *err);

#endif
