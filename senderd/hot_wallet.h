/* The hot wallet that the configuration names, with its keys. */
#ifndef TELLER_SENDERD_HOT_WALLET_H
#define TELLER_SENDERD_HOT_WALLET_H

#include "common/conf/conf.h"
#include "common/wallet/wallet.h"

/* The same wallet however often it is asked for: it is read, and a person asked for its password,
 * once in the life of the process.  Call secret_init() before.
 * ERR_INVALID: a person must mend it (the file, its permissions, the password), the text says
 * what; ERR_IO: the memory for the password's key cannot be had now; ERR_BUSY: a signal while
 * the terminal was asked; ERR_FATAL: no locked memory. */
int hot_wallet_open(const struct conf *conf, const struct wallet **ret, struct err *err);
void hot_wallet_close(void); /* wipes all; fine when nothing was opened */

#endif
