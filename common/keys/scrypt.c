/* The parameters come from a file that may be damaged, so they are bounded before a byte is
 * asked for.  libsodium maps the memory and unmaps it again, so that none of it stays with us.
 *
 * A machine that has less memory left than is needed is asked for none: the kernel would hand it
 * out, and then swap (the scratch memory is as good as the password) or kill whom it likes. */
#include "common/keys/scrypt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

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

/* What the machine can give without swapping; UINT64_MAX when it does not say. */
static uint64_t memory_available(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	uint64_t kib = UINT64_MAX / 1024;
	char line[128];

	if (f == NULL)
		return UINT64_MAX;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1)
			break;
	(void)fclose(f);
	return kib * 1024;
}

static int no_memory(uint64_t needed, const char *why, struct err *err)
{
	return err_set(err, ERR_IO,
		       "%" PRIu64 " MiB of memory are needed for a moment and cannot be had: %s",
		       needed / MIB, why);
}

static int check_memory(uint64_t needed, struct err *err)
{
	uint64_t available = memory_available();
	char why[64];

	if (available >= needed)
		return 0;
	(void)snprintf(why, sizeof(why), "this machine has %" PRIu64 " MiB left", available / MIB);
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
