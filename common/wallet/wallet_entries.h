/* The entries of a wallet file: one list, or (bip44) one for each chain of each account. */
#ifndef TELLER_COMMON_WALLET_WALLET_ENTRIES_H
#define TELLER_COMMON_WALLET_WALLET_ENTRIES_H

#include "common/wallet/wallet_file.h"

/* Fill entries and accounts of `f`, whose meta is read.  ERR_INVALID with the entry and what is
 * wrong with it; ERR_FATAL: out of memory.  What was allocated is the file's, also on failure. */
int wallet_entries_read(const struct json *root, struct wallet_file *f, struct err *err);

#endif
