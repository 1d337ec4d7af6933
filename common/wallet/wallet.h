/* The hot wallet: the keys that pay, and the addresses they own.
 *
 * Reads the unencrypted `deterministic` wallet files of Skycoin nodes (meta version 0.1, 0.2,
 * 0.4).  What an entry says is proven before it is used: the secret key makes the public key, the
 * public key makes the address.  Keys lie in locked memory; every copy made while reading is
 * wiped, and no error text quotes the file's values except type and coin. */
#ifndef TELLER_COMMON_WALLET_WALLET_H
#define TELLER_COMMON_WALLET_WALLET_H

#include <stdbool.h>
#include <stddef.h>

#include "common/coin/address_sky.h"
#include "common/keys/ec.h"

#define WALLET_FILE_MAX 1048576

struct wallet;

/* ERR_INVALID: the file is no wallet that can pay, the text says why; ERR_NOT_FOUND, ERR_IO: it
 * cannot be read; ERR_FATAL: no locked memory.  On success *ret is the caller's to wallet_free().
 */
int wallet_load(const char *path, struct wallet **ret, struct err *err);
/* The same for the content of a file. */
int wallet_parse(const char *data, size_t len, struct wallet **ret, struct err *err);
/* One key that everybody knows, made from a fixed seed: for the dummy node, whose coins do not
 * exist.  The seed is the text "teller dummy sender". */
int wallet_new_dummy(struct wallet **ret, struct err *err);
void wallet_free(struct wallet *w); /* wipes; NULL is fine */

/* The addresses in the order of the file, at least one. */
const struct sky_address *wallet_addresses(const struct wallet *w, size_t *ret_count);
/* Where change goes: the address of the first entry. */
const struct sky_address *wallet_change(const struct wallet *w);
bool wallet_owns(const struct wallet *w, const struct sky_address *address);
/* Sign with the key of `owner`; false when it is not ours. */
bool wallet_sign(const struct wallet *w, const struct sky_address *owner,
		 const struct sha256 *digest, struct signature *ret);

#endif
