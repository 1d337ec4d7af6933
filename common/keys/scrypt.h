/* scrypt: a key of a password, at a price in memory that makes guessing dear. */
#ifndef TELLER_COMMON_KEYS_SCRYPT_H
#define TELLER_COMMON_KEYS_SCRYPT_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#define SCRYPT_KEY_BYTES 32

struct scrypt_cost {
	uint64_t n;
	uint32_t r, p;
};

/* What it may cost at most: n = 2^20 with r = 8 (1 GiB), as Skycoin has it, and four such rounds.
 * ERR_INVALID: it is more, or no scrypt parameters at all. */
int scrypt_check(const struct scrypt_cost *c, struct err *err);
/* Bytes that are needed for a moment. */
uint64_t scrypt_memory(const struct scrypt_cost *c);
/* Takes seconds; the memory is given back before it returns.  ERR_IO: the memory cannot be had
 * now; ERR_INVALID as above. */
int scrypt_key(const void *password, size_t len, const uint8_t *salt, size_t salt_len,
	       const struct scrypt_cost *c, uint8_t ret[SCRYPT_KEY_BYTES], struct err *err);

#endif
