/* An account's key is written beside its entries (or in the container), and the mnemonic makes it
 * too.  They agree in every wallet that a node wrote.  Where they do not, somebody who trusts his
 * written-down words would get back another wallet, so the file is refused.
 *
 * BIP-39 wants words and passphrase in a normal form of Unicode, Skycoin takes them as they are.
 * For ASCII, which all English word lists are, that is the same; other texts prove nothing. */
#include "common/wallet/bip44_keys.h"

#include <string.h>

#include "common/base/text.h"
#include "common/keys/bip32.h"
#include "common/keys/secret.h"

struct account_keys {
	bool known;
	struct bip32_key chain[2]; /* external, change */
};

struct bip44_keys {
	size_t count;
	struct account_keys account[];
};

static bool same_key(const struct bip32_key *a, const struct bip32_key *b)
{
	return memcmp(a->key.b, b->key.b, sizeof(a->key.b)) == 0 &&
	       memcmp(a->chain_code, b->chain_code, sizeof(a->chain_code)) == 0;
}

/* *ret_known: there is a seed that can be trusted to make the account. */
static int key_of_seed(const struct wallet_secrets *s, const struct wallet_account *a,
		       struct bip32_key *ret, bool *ret_known, struct err *err)
{
	const char *seed = wallet_secrets_seed(s), *passphrase = wallet_secrets_passphrase(s);

	*ret_known = seed[0] != '\0' && text_is_plain(seed) && text_is_plain(passphrase);
	if (!*ret_known)
		return 0;
	return bip32_account(seed, passphrase, s->file->meta.coin_number, a->index, ret, err);
}

static int key_of_text(const struct wallet_secrets *s, const struct wallet_account *a,
		       struct bip32_key *ret, bool *ret_known, struct err *err)
{
	const char *xprv = wallet_secrets_account(s, a);

	*ret_known = xprv[0] != '\0';
	if (!*ret_known)
		return 0;
	return bip32_parse(xprv, ret, err) < 0 ? err_wrap(err, "its private key") : 0;
}

/* The account's own key counts; *ret_known: there is one at all.  `two` is for the secrets. */
static int account_key(const struct wallet_secrets *s, const struct wallet_account *a,
		       struct bip32_key two[2], bool *ret_known, struct err *err)
{
	bool by_text = false, by_seed = false;
	int rc = key_of_text(s, a, &two[0], &by_text, err);

	if (rc == 0)
		rc = key_of_seed(s, a, &two[1], &by_seed, err);
	if (rc < 0)
		return rc;
	if (by_text && by_seed && !same_key(&two[0], &two[1]))
		return err_set(err, ERR_INVALID,
			       "its private key is not the one that the wallet's seed makes");
	if (!by_text && by_seed)
		two[0] = two[1];
	*ret_known = by_text || by_seed;
	return 0;
}

static int fill_account(const struct wallet_secrets *s, const struct wallet_account *a,
			struct account_keys *ret, struct err *err)
{
	struct bip32_key two[2];
	int rc = account_key(s, a, two, &ret->known, err);

	for (uint32_t i = 0; rc == 0 && ret->known && i < 2; i++)
		rc = bip32_child(&two[0], i, &ret->chain[i], err);
	secret_wipe(two, sizeof(two));
	return rc < 0 ? err_wrap(err, "account %u", (unsigned)a->index) : 0;
}

int bip44_keys_new(const struct wallet_secrets *s, struct bip44_keys **ret, struct err *err)
{
	size_t count = s->file->account_count;
	struct bip44_keys *k = secret_alloc(sizeof(*k) + count * sizeof(k->account[0]));
	int rc = 0;

	if (k == NULL)
		return err_set(err, ERR_FATAL,
			       "cannot lock memory for keys (raise the limit: ulimit -l)");
	k->count = count;
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = fill_account(s, &s->file->accounts[i], &k->account[i], err);
	if (rc == 0)
		*ret = k;
	else
		bip44_keys_free(k);
	return rc;
}

void bip44_keys_free(struct bip44_keys *k)
{
	secret_free(k);
}

bool bip44_keys_known(const struct bip44_keys *k, size_t account)
{
	return account < k->count && k->account[account].known;
}

int bip44_keys_child(const struct bip44_keys *k, const struct wallet_place *at, struct seckey *ret,
		     struct err *err)
{
	struct bip32_key child;
	int rc = bip32_child(&k->account[at->account].chain[at->chain], at->child, &child, err);

	if (rc == 0)
		*ret = child.key;
	secret_wipe(&child, sizeof(child));
	return rc;
}
