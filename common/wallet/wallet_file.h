/* A wallet file, read and checked as far as that goes without a password: its type, its entries,
 * that each public key makes its address.  Secrets stay in locked memory, as texts; wallet_unlock()
 * makes keys of them. */
#ifndef TELLER_COMMON_WALLET_WALLET_FILE_H
#define TELLER_COMMON_WALLET_WALLET_FILE_H

#include "common/keys/ec.h"
#include "common/keys/secret_file.h"
#include "common/wallet/secret_json.h"
#include "common/wallet/wallet_meta.h"

#define WALLET_FILE_MAX 1048576

/* Where a bip44 key is: which account (its place in the file), external or change, which child. */
struct wallet_place {
	size_t account;
	uint32_t chain; /* 0 external, 1 change: as in the path */
	uint32_t child;
};

struct wallet_entry {
	struct sky_address address;
	struct pubkey pubkey;
	const char *secret;	   /* hex; "" when it is encrypted, or to be derived */
	size_t number;		   /* in its list: for messages */
	struct wallet_place place; /* bip44 only */
};

struct wallet_account {
	uint32_t index;	  /* of the path */
	const char *xprv; /* "" when it is encrypted or absent */
};

struct wallet_file {
	struct wallet_meta meta;
	struct wallet_entry *entries; /* in the order of the file, external before change */
	size_t count;		      /* at least one */
	struct wallet_account *accounts;
	size_t account_count;
	struct secret_json json; /* what the texts above lie in */
};

/* ERR_INVALID: no wallet that can pay, or (SECRET_PRIVATE) a file that others can read; the text
 * says why.  ERR_NOT_FOUND, ERR_IO; ERR_FATAL: no locked memory.  `ret_shared`: see
 * secret_file_read().  On success *ret is the caller's to wallet_file_free(). */
int wallet_file_read(const char *path, enum secret_privacy privacy, struct wallet_file **ret,
		     char ret_shared[SECRET_WHY_MAX], struct err *err);
/* The same for the content of a file. */
int wallet_file_parse(const char *data, size_t len, struct wallet_file **ret, struct err *err);
void wallet_file_free(struct wallet_file *f); /* wipes; NULL is fine */

/* "entry 3", "account 0, change entry 1": put before what is wrong with it. */
int wallet_entry_wrap(const struct wallet_file *f, const struct wallet_entry *e, struct err *err);

#endif
