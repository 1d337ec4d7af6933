/* The secrets of a wallet, wherever they are: in the open in a plain wallet's file, or in the
 * container of an encrypted one, which has them by name (spec/skycoin.md 4.3). */
#ifndef TELLER_COMMON_WALLET_WALLET_SECRETS_H
#define TELLER_COMMON_WALLET_WALLET_SECRETS_H

#include "common/wallet/wallet_file.h"

struct wallet_secrets {
	const struct wallet_file *file;
	struct secret_json opened; /* encrypted wallets */
};

/* Open the container, if there is one.  ERR_INVALID: the password is wrong, or what it opened is
 * damaged; ERR_IO: no memory for its key now; ERR_FATAL: no locked memory.  On success the
 * secrets are the caller's to wallet_secrets_free(); the texts last until then. */
int wallet_secrets_open(const struct wallet_file *f, const struct secret_text *password,
			struct wallet_secrets *ret, struct err *err);
void wallet_secrets_free(struct wallet_secrets *s); /* wipes */

/* Each is "" when there is none. */
const char *wallet_secrets_key(const struct wallet_secrets *s, const struct wallet_entry *e);
const char *wallet_secrets_account(const struct wallet_secrets *s, const struct wallet_account *a);
const char *wallet_secrets_seed(const struct wallet_secrets *s);
const char *wallet_secrets_passphrase(const struct wallet_secrets *s);

#endif
