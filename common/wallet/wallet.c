/* The loaded wallet: keys in locked memory, and the addresses that they own.  That each key makes
 * its address was proven by whoever made the wallet. */
#include "common/wallet/wallet.h"

#include <stdlib.h>
#include <string.h>

#include "common/keys/derive.h"
#include "common/keys/secret.h"

#define DUMMY_SEED "teller dummy sender"

/* An address and where its key is, sorted by address: outputs are looked up by owner. */
struct owner {
	struct sky_address address;
	size_t index;
};

struct wallet {
	size_t count;
	struct sky_address *addresses;
	struct owner *owners;
	struct seckey *keys; /* locked memory */
};

/* --- making one ---------------------------------------------------------------------------- */
void wallet_free(struct wallet *w)
{
	if (w == NULL)
		return;
	secret_free(w->keys);
	free(w->addresses);
	free(w->owners);
	free(w);
}

struct wallet *wallet_new(struct seckey *keys, size_t count, struct err *err)
{
	struct wallet *w = calloc(1, sizeof(*w));

	if (w != NULL) {
		w->count = count;
		w->addresses = calloc(count, sizeof(*w->addresses));
		w->owners = calloc(count, sizeof(*w->owners));
	}
	if (w == NULL || w->addresses == NULL || w->owners == NULL) {
		wallet_free(w);
		(void)err_set(err, ERR_FATAL, "out of memory");
		return NULL;
	}
	w->keys = keys;
	return w;
}

void wallet_set_address(struct wallet *w, size_t index, const struct sky_address *address)
{
	w->addresses[index] = *address;
}

static int address_compare(const struct sky_address *a, const struct sky_address *b)
{
	int by_version = (int)a->version - (int)b->version;

	return by_version != 0 ? by_version
			       : memcmp(a->key_hash.b, b->key_hash.b, sizeof(a->key_hash.b));
}

static int owner_compare(const void *a, const void *b)
{
	const struct owner *left = a, *right = b;

	return address_compare(&left->address, &right->address);
}

void wallet_index(struct wallet *w)
{
	for (size_t i = 0; i < w->count; i++)
		w->owners[i] = (struct owner){ .address = w->addresses[i], .index = i };
	qsort(w->owners, w->count, sizeof(*w->owners), owner_compare);
}

static int dummy_key(struct seckey *key, struct sky_address *ret_address, struct err *err)
{
	struct pubkey p;
	int rc = derive_keys((const uint8_t *)DUMMY_SEED, strlen(DUMMY_SEED), key, 1, NULL, err);

	if (rc != 0 || !pubkey_from_seckey(key, &p))
		return err_set(err, ERR_FATAL, "cannot derive the dummy key");
	*ret_address = sky_address_from_pubkey(p.b);
	return 0;
}

int wallet_new_dummy(struct wallet **ret, struct err *err)
{
	struct seckey *key = secret_alloc(sizeof(*key));
	struct sky_address address;
	struct wallet *w = NULL;

	if (key == NULL)
		return err_set(err, ERR_FATAL,
			       "cannot lock memory for a key (raise the limit: ulimit -l)");
	if (dummy_key(key, &address, err) == 0)
		w = wallet_new(key, 1, err);
	if (w == NULL) {
		secret_free(key);
		return ERR_FATAL;
	}
	wallet_set_address(w, 0, &address);
	wallet_index(w);
	*ret = w;
	return 0;
}

/* --- using it ------------------------------------------------------------------------------ */
const struct sky_address *wallet_addresses(const struct wallet *w, size_t *ret_count)
{
	*ret_count = w->count;
	return w->addresses;
}

const struct sky_address *wallet_change(const struct wallet *w)
{
	return &w->addresses[0];
}

static const struct owner *wallet_find(const struct wallet *w, const struct sky_address *address)
{
	const struct owner wanted = { .address = *address };

	return bsearch(&wanted, w->owners, w->count, sizeof(*w->owners), owner_compare);
}

bool wallet_owns(const struct wallet *w, const struct sky_address *address)
{
	return wallet_find(w, address) != NULL;
}

bool wallet_sign(const struct wallet *w, const struct sky_address *owner,
		 const struct sha256 *digest, struct signature *ret)
{
	const struct owner *found = wallet_find(w, owner);

	return found != NULL && ec_sign(&w->keys[found->index], digest, ret);
}
