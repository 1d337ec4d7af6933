/* The account keys of a bip44 wallet: what its entries' keys are children of. */
#ifndef TELLER_COMMON_WALLET_BIP44_KEYS_H
#define TELLER_COMMON_WALLET_BIP44_KEYS_H

#include "common/wallet/wallet_secrets.h"

struct bip44_keys; /* in locked memory */

/* Each account's key, from its own text or from the seed; where both are there they must agree.
 * ERR_INVALID names the account that is wrong.  For other types: no keys at all. */
int bip44_keys_new(const struct wallet_secrets *s, struct bip44_keys **ret, struct err *err);
void bip44_keys_free(struct bip44_keys *k); /* wipes; NULL is fine */

/* Is the key of this account known? */
bool bip44_keys_known(const struct bip44_keys *k, size_t account);
/* The key at a place whose account is known. */
int bip44_keys_child(const struct bip44_keys *k, const struct wallet_place *at, struct seckey *ret,
		     struct err *err);

#endif
