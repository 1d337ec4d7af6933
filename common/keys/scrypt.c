/* The parameters come from a file that may be damaged, so they are bounded before a byte is
 * asked for.  libsodium maps the memory and unmaps it again, so that none of it stays with us.
 *
 * A machine that has less memory left than is needed, or a control group that may not use so much,
 * is asked for none: the kernel would hand it out, and then swap (the scratch memory is as good as
 * the password) or kill whom it likes, us at every start, without a word. */
#include "common/keys/scrypt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "common/base/memory.h"

#define MEMORY_MAX (UINT64_C(1) << 30)
#define ROUNDS_MAX 4 /* times the largest memory */
#define RP_MAX	   64
#define MIB	   (UINT64_C(1) << 20)

uint64_t scrypt_memory(const struct scrypt_cost *c)
{
	return 128 * c->n * c->r;
}

int scrypt_check(const struct scrypt_cost *c, struct err *err)
{
	if (c->n < 2 || c->n > UINT32_MAX || (c->n & (c->n - 1)) != 0)
		return err_set(err, ERR_INVALID, "scrypt's n is no power of two from 2 to 2^20");
	if (c->r == 0 || c->p == 0 || c->r > RP_MAX || c->p > RP_MAX)
		return err_set(err, ERR_INVALID, "scrypt's r and p must be from 1 to %d", RP_MAX);
	if (scrypt_memory(c) > MEMORY_MAX || scrypt_memory(c) * c->p > ROUNDS_MAX * MEMORY_MAX)
		return err_set(err, ERR_INVALID,
			       "scrypt with n=%" PRIu64 ", r=%u, p=%u costs more than is allowed "
			       "(1024 MiB, four times over)",
			       c->n, (unsigned)c->r, (unsigned)c->p);
	return 0;
}

static int no_memory(uint64_t needed, const char *why, struct err *err)
{
	return err_set(err, ERR_IO,
		       "%" PRIu64 " MiB of memory are needed for a moment and cannot be had: %s",
		       needed / MIB, why);
}

static int check_memory(uint64_t needed, struct err *err)
{
	uint64_t available = memory_available(NULL), allowed = memory_allowed(NULL, NULL);
	char why[80];

	if (available >= needed && allowed >= needed)
		return 0;
	if (allowed < needed)
		(void)snprintf(why, sizeof(why), "this service may use %" PRIu64 " MiB (MemoryMax)",
			       allowed / MIB);
	else
		(void)snprintf(why, sizeof(why), "this machine has %" PRIu64 " MiB left",
			       available / MIB);
	return no_memory(needed, why, err);
}

int scrypt_key(const void *password, size_t len, const uint8_t *salt, size_t salt_len,
	       const struct scrypt_cost *c, uint8_t ret[SCRYPT_KEY_BYTES], struct err *err)
{
	int rc = scrypt_check(c, err);

	if (rc == 0)
		rc = check_memory(scrypt_memory(c), err);
	if (rc < 0)
		return rc;
	if (crypto_pwhash_scryptsalsa208sha256_ll(password, len, salt, salt_len, c->n, c->r, c->p,
						  ret, SCRYPT_KEY_BYTES) != 0)
		return no_memory(scrypt_memory(c), strerror(errno), err);
	return 0;
}
