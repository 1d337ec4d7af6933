/* The hot wallet: the keys that pay, in locked memory, and the addresses they own.  wallet_unlock()
 * makes one of a file. */
#ifndef TELLER_COMMON_WALLET_WALLET_H
#define TELLER_COMMON_WALLET_WALLET_H

#include <stdbool.h>
#include <stddef.h>

#include "common/coin/address_sky.h"
#include "common/keys/ec.h"

struct wallet;

/* A wallet of `count` keys in memory of secret_alloc(), which it takes over; NULL with ERR_FATAL:
 * out of memory, the keys are still the caller's.  Next come the address of each key, and then
 * wallet_index(). */
struct wallet *wallet_new(struct seckey *keys, size_t count, struct err *err);
void wallet_set_address(struct wallet *w, size_t index, const struct sky_address *address);
void wallet_index(struct wallet *w);
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
