/* Keys are looked up, or derived where a bip44 wallet was given an address while it was locked,
 * and each is proven before it is used.  A half-good wallet is no wallet: one entry that does not
 * agree refuses the whole file, because coins sent to its address might be lost.
 *
 * A key must also come from the wallet's seed where there is one, at its own place.  It could sign
 * without: but the operator's backup is that seed, and a wallet that its backup does not bring
 * back is damaged, or two wallets in one file.  A collection has no seed and is taken as it is. */
#include "common/wallet/wallet_unlock.h"

#include <string.h>

#include "common/base/text.h"
#include "common/keys/derive.h"
#include "common/keys/secret.h"
#include "common/wallet/bip44_keys.h"
#include "common/wallet/wallet_secrets.h"

struct unlocking {
	const struct wallet_file *file;
	struct wallet_secrets secrets;
	struct bip44_keys *accounts;
	struct seckey *keys; /* locked, one for each entry; the wallet's in the end */
};

/* --- each entry's key ------------------------------------------------------------------------- */
static int no_key(const struct unlocking *u, struct err *err)
{
	if (u->file->meta.encrypted)
		return err_set(err, ERR_INVALID, "secret key is not among the wallet's secrets");
	return err_set(err, ERR_INVALID, "secret key is missing");
}

static int key_from_text(const char *hex, struct seckey *ret, struct err *err)
{
	if (!hex_to_bytes(hex, ret->b, sizeof(ret->b)) || !seckey_is_valid(ret))
		return err_set(err, ERR_INVALID,
			       "secret key is none: 64 hex digits, below the "
			       "order of the curve");
	return 0;
}

static int find_key(const struct unlocking *u, const struct wallet_entry *e, struct seckey *ret,
		    struct err *err)
{
	const char *hex = wallet_secrets_key(&u->secrets, e);

	if (hex[0] != '\0')
		return key_from_text(hex, ret, err);
	if (u->file->meta.type == WALLET_BIP44 && bip44_keys_known(u->accounts, e->place.account))
		return bip44_keys_child(u->accounts, &e->place, ret, err);
	return no_key(u, err);
}

static int check_pubkey(const struct wallet_entry *e, const struct seckey *k, struct err *err)
{
	struct pubkey made;

	if (!pubkey_from_seckey(k, &made) || memcmp(made.b, e->pubkey.b, sizeof(made.b)) != 0)
		return err_set(err, ERR_INVALID, "public key is not the secret key's");
	return 0;
}

static int find_keys(struct unlocking *u, struct err *err)
{
	for (size_t i = 0; i < u->file->count; i++) {
		const struct wallet_entry *e = &u->file->entries[i];
		int rc = find_key(u, e, &u->keys[i], err);

		if (rc == 0)
			rc = check_pubkey(e, &u->keys[i], err);
		if (rc < 0)
			return wallet_entry_wrap(u->file, e, err);
	}
	return 0;
}

/* --- where they come from --------------------------------------------------------------------- */
static bool same_key(const struct seckey *a, const struct seckey *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static int check_generated(const struct unlocking *u, const struct seckey *made, struct err *err)
{
	for (size_t i = 0; i < u->file->count; i++)
		if (!same_key(&u->keys[i], &made[i])) {
			(void)err_set(err, ERR_INVALID,
				      "its key is not key %zu of the wallet's seed", i);
			return wallet_entry_wrap(u->file, &u->file->entries[i], err);
		}
	return 0;
}

static int check_deterministic(const struct unlocking *u, struct err *err)
{
	const char *seed = wallet_secrets_seed(&u->secrets);
	struct seckey *made;
	int rc;

	if (seed[0] == '\0')
		return 0; /* encrypted without it: nothing to compare with */
	made = secret_alloc(u->file->count * sizeof(*made));
	if (made == NULL)
		return err_set(err, ERR_FATAL,
			       "cannot lock memory for keys (raise the limit: ulimit -l)");
	rc = derive_keys((const uint8_t *)seed, strlen(seed), made, u->file->count, NULL, err);
	if (rc == 0)
		rc = check_generated(u, made, err);
	secret_free(made);
	return rc;
}

static int check_child(const struct unlocking *u, size_t i, struct seckey *made, struct err *err)
{
	const struct wallet_entry *e = &u->file->entries[i];
	int rc = bip44_keys_child(u->accounts, &e->place, made, err);

	if (rc == 0 && !same_key(made, &u->keys[i]))
		return err_set(err, ERR_INVALID, "its key is not child %u of its account's key",
			       (unsigned)e->place.child);
	return rc;
}

static int check_bip44(const struct unlocking *u, struct err *err)
{
	struct seckey made;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < u->file->count; i++) {
		const struct wallet_entry *e = &u->file->entries[i];

		if (!bip44_keys_known(u->accounts, e->place.account))
			continue;
		rc = check_child(u, i, &made, err);
		if (rc < 0)
			rc = wallet_entry_wrap(u->file, e, err);
	}
	secret_wipe(&made, sizeof(made));
	return rc;
}

static int check_origin(const struct unlocking *u, struct err *err)
{
	switch (u->file->meta.type) {
	case WALLET_DETERMINISTIC: return check_deterministic(u, err);
	case WALLET_BIP44: return check_bip44(u, err);
	case WALLET_COLLECTION: break;
	}
	return 0;
}

/* --- all of it -------------------------------------------------------------------------------- */
static int make_keys(struct unlocking *u, struct err *err)
{
	int rc;

	u->keys = secret_alloc(u->file->count * sizeof(*u->keys));
	if (u->keys == NULL)
		return err_set(err, ERR_FATAL,
			       "cannot lock memory for %zu keys (raise the limit: ulimit -l)",
			       u->file->count);
	rc = bip44_keys_new(&u->secrets, &u->accounts, err);
	if (rc == 0)
		rc = find_keys(u, err);
	if (rc == 0)
		rc = check_origin(u, err);
	bip44_keys_free(u->accounts);
	return rc;
}

/* Takes the keys over. */
static int make_wallet(struct unlocking *u, struct wallet **ret, struct err *err)
{
	struct wallet *w = wallet_new(u->keys, u->file->count, err);

	if (w == NULL)
		return ERR_FATAL;
	u->keys = NULL;
	for (size_t i = 0; i < u->file->count; i++)
		wallet_set_address(w, i, &u->file->entries[i].address);
	wallet_index(w);
	*ret = w;
	return 0;
}

int wallet_unlock(const struct wallet_file *f, const struct secret_text *password,
		  struct wallet **ret, struct err *err)
{
	struct unlocking u = { .file = f };
	int rc = wallet_secrets_open(f, password, &u.secrets, err);

	if (rc < 0)
		return rc;
	rc = make_keys(&u, err);
	if (rc == 0)
		rc = make_wallet(&u, ret, err);
	secret_free(u.keys);
	wallet_secrets_free(&u.secrets);
	secret_wipe_stack();
	return rc;
}
