/* Hierarchical keys (BIP-32), the private half: what a bip44 wallet's keys are made of.  The
 * mnemonic's seed (BIP-39) makes the master key, the path m/44'/8000'/account' the account's. */
#ifndef TELLER_COMMON_KEYS_BIP32_H
#define TELLER_COMMON_KEYS_BIP32_H

#include "common/keys/ec.h"

#define BIP32_HARDENED	 0x80000000U
#define BIP32_COIN_SKY	 8000U
#define BIP32_DATA_BYTES 78 /* an extended key before its checksum */

/* An extended private key.  Secret: wipe what you hold. */
struct bip32_key {
	uint8_t depth;	   /* 0: a master key */
	uint8_t parent[4]; /* the first bytes of the parent's key hash */
	uint32_t child;	   /* which child it is, BIP32_HARDENED included */
	uint8_t chain_code[32];
	struct seckey key;
};

/* "xprv...": ERR_INVALID with what is wrong, which never quotes the text. */
int bip32_parse(const char *text, struct bip32_key *ret, struct err *err);
/* ERR_INVALID for what BIP-32 calls invalid (a chance of 2^-127): take the next seed. */
int bip32_master(const uint8_t *seed, size_t len, struct bip32_key *ret, struct err *err);
/* Child `index`, hardened from BIP32_HARDENED on; `ret` may be `parent`.  ERR_INVALID: there is no
 * such child (a chance of 2^-127), or the parent is 255 deep. */
int bip32_child(const struct bip32_key *parent, uint32_t index, struct bip32_key *ret,
		struct err *err);
/* m/44'/coin'/account' of a mnemonic and its passphrase.  Both are taken byte by byte, as Skycoin
 * takes them: BIP-39 wants NFKD, which leaves ASCII as it is and may change the rest. */
int bip32_account(const char *mnemonic, const char *passphrase, uint32_t coin, uint32_t account,
		  struct bip32_key *ret, struct err *err);

#endif
