/* From a wallet file to the keys that pay. */
#ifndef TELLER_COMMON_WALLET_WALLET_UNLOCK_H
#define TELLER_COMMON_WALLET_WALLET_UNLOCK_H

#include "common/wallet/wallet.h"
#include "common/wallet/wallet_file.h"

/* Every key is proven: it makes the entry's public key (which makes its address), and is the key
 * that the wallet's seed, or its account's key, makes at that place.  The password is needed for
 * encrypted wallets only (NULL otherwise).
 * ERR_INVALID: what is wrong, and where; ERR_IO: the memory for the password's key cannot be had
 * now; ERR_FATAL: no locked memory.  On success *ret is the caller's to wallet_free(); the file is
 * not needed for it. */
int wallet_unlock(const struct wallet_file *f, const struct secret_text *password,
		  struct wallet **ret, struct err *err);

#endif
