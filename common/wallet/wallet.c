/* A wallet file becomes keys in locked memory, or a sentence that says why not.
 *
 * The file's text, its JSON tree and the keys are the three places that hold secrets while it is
 * read: the first two are wiped before this returns, the third is never copied.  A half-good
 * wallet is no wallet: one entry that does not agree with itself refuses the whole file, because
 * coins sent to its address might be lost. */
#include "common/wallet/wallet.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/json/json.h"
#include "common/keys/derive.h"
#include "common/keys/secret.h"

#define DUMMY_SEED "teller dummy sender"
#define ONLY_PLAIN "this version reads plain deterministic wallets only"

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

/* NULL with ERR_FATAL. */
static struct wallet *wallet_new(size_t count, struct err *err)
{
	struct wallet *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		(void)err_set(err, ERR_FATAL, "out of memory");
		return NULL;
	}
	w->count = count;
	w->addresses = calloc(count, sizeof(*w->addresses));
	w->owners = calloc(count, sizeof(*w->owners));
	w->keys = secret_alloc(count * sizeof(*w->keys));
	if (w->addresses == NULL || w->owners == NULL || w->keys == NULL) {
		wallet_free(w);
		(void)err_set(err, ERR_FATAL,
			      "cannot lock memory for %zu keys (raise the limit: ulimit -l)",
			      count);
		return NULL;
	}
	return w;
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

/* No address may occur twice: a generator never repeats itself, so such a file is damaged. */
static int wallet_index(struct wallet *w, struct err *err)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		w->owners[i] = (struct owner){ .address = w->addresses[i], .index = i };
	qsort(w->owners, w->count, sizeof(*w->owners), owner_compare);
	for (i = 1; i < w->count; i++)
		if (owner_compare(&w->owners[i - 1], &w->owners[i]) == 0)
			return err_set(err, ERR_INVALID, "entries %zu and %zu are the same",
				       w->owners[i - 1].index, w->owners[i].index);
	return 0;
}

/* --- meta ---------------------------------------------------------------------------------- */
static bool flag_parse(const char *text, bool *ret)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {
		{ "1", true },	  { "t", true },      { "T", true },	  { "TRUE", true },
		{ "true", true }, { "True", true },   { "0", false },	  { "f", false },
		{ "F", false },	  { "FALSE", false }, { "false", false }, { "False", false },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i].text) == 0) {
			*ret = words[i].value;
			return true;
		}
	return false;
}

static int check_type(const struct json *meta, struct err *err)
{
	const char *type;
	int rc = json_get_string(meta, "type", &type, err);

	if (rc < 0)
		return err_wrap(err, "meta");
	if (strcmp(type, "deterministic") != 0)
		return err_set(err, ERR_INVALID, "wallet type '%.32s': " ONLY_PLAIN, type);
	return 0;
}

static int check_not_encrypted(const struct json *meta, struct err *err)
{
	const char *text;
	bool encrypted;
	int rc;

	if (json_get(meta, "encrypted") == NULL)
		return 0; /* files of version 0.1 have no such field */
	rc = json_get_string(meta, "encrypted", &text, err);
	if (rc < 0)
		return err_wrap(err, "meta");
	if (!flag_parse(text, &encrypted))
		return err_set(err, ERR_INVALID,
			       "meta: field 'encrypted' is neither true nor false");
	if (encrypted)
		return err_set(err, ERR_INVALID, "wallet is encrypted: " ONLY_PLAIN);
	return 0;
}

static int check_coin(const struct json *meta, struct err *err)
{
	const char *coin;
	int rc = json_get_string(meta, "coin", &coin, err);

	if (rc < 0)
		return err_wrap(err, "meta");
	if (!text_equal_nocase(coin, "skycoin") && !text_equal_nocase(coin, "sky"))
		return err_set(err, ERR_INVALID, "wallet is for coin '%.32s', not for skycoin",
			       coin);
	return 0;
}

static int check_seed(const struct json *meta, struct err *err)
{
	const char *seed;
	int rc = json_get_string(meta, "seed", &seed, err);

	if (rc < 0)
		return err_wrap(err, "meta");
	if (seed[0] == '\0')
		return err_set(err, ERR_INVALID, "meta: field 'seed' is empty");
	return 0;
}

static int check_meta(const struct json *root, struct err *err)
{
	const struct json *meta;
	int rc = json_get_object(root, "meta", &meta, err);

	if (rc == 0)
		rc = check_type(meta, err);
	if (rc == 0)
		rc = check_not_encrypted(meta, err);
	if (rc == 0)
		rc = check_coin(meta, err);
	if (rc == 0)
		rc = check_seed(meta, err);
	return rc;
}

/* --- entries ------------------------------------------------------------------------------- */
static int read_seckey(const struct json *entry, struct seckey *ret, struct err *err)
{
	const char *hex;
	int rc = json_get_string(entry, "secret_key", &hex, err);

	if (rc < 0)
		return rc;
	if (hex[0] == '\0')
		return err_set(err, ERR_INVALID, "secret key is missing");
	if (!hex_to_bytes(hex, ret->b, sizeof(ret->b)) || !seckey_is_valid(ret))
		return err_set(err, ERR_INVALID, "secret key is none");
	return 0;
}

static int read_pubkey(const struct json *entry, struct pubkey *ret, struct err *err)
{
	const char *hex;
	int rc = json_get_string(entry, "public_key", &hex, err);

	if (rc < 0)
		return rc;
	if (!hex_to_bytes(hex, ret->b, sizeof(ret->b)) || !pubkey_is_valid(ret))
		return err_set(err, ERR_INVALID, "public key is none");
	return 0;
}

static int read_address(const struct json *entry, struct sky_address *ret, struct err *err)
{
	const char *text;
	int rc = json_get_string(entry, "address", &text, err);

	if (rc == 0)
		rc = sky_address_parse(text, ret, err);
	return rc < 0 ? err_wrap(err, "address") : 0;
}

static int check_agreement(const struct seckey *k, const struct pubkey *p,
			   const struct sky_address *a, struct err *err)
{
	struct sky_address of_pubkey = sky_address_from_pubkey(p->b);
	struct pubkey of_seckey;

	if (!pubkey_from_seckey(k, &of_seckey) || memcmp(of_seckey.b, p->b, sizeof(p->b)) != 0)
		return err_set(err, ERR_INVALID, "public key is not the secret key's");
	if (!sky_address_equal(&of_pubkey, a))
		return err_set(err, ERR_INVALID, "address is not the public key's");
	return 0;
}

static int read_entry(const struct json *entry, struct seckey *ret_key,
		      struct sky_address *ret_address, struct err *err)
{
	struct pubkey p;
	int rc = read_seckey(entry, ret_key, err);

	if (rc == 0)
		rc = read_pubkey(entry, &p, err);
	if (rc == 0)
		rc = read_address(entry, ret_address, err);
	return rc < 0 ? rc : check_agreement(ret_key, &p, ret_address, err);
}

static int read_entries(const struct json *list, struct wallet *w, struct err *err)
{
	const struct json *entry = json_first(list);

	for (size_t i = 0; i < w->count; i++, entry = json_next(entry))
		if (read_entry(entry, &w->keys[i], &w->addresses[i], err) < 0)
			return err_wrap(err, "entry %zu", i);
	return wallet_index(w, err);
}

static int wallet_from_json(const struct json *root, struct wallet **ret, struct err *err)
{
	const struct json *list;
	struct wallet *w = NULL;
	int rc = check_meta(root, err);

	if (rc == 0)
		rc = json_get_array(root, "entries", &list, err);
	if (rc != 0)
		return rc;
	if (json_size(list) == 0)
		return err_set(err, ERR_INVALID, "Wallet is empty");
	w = wallet_new(json_size(list), err);
	if (w == NULL)
		return ERR_FATAL;
	rc = read_entries(list, w, err);
	if (rc != 0) {
		wallet_free(w);
		return rc;
	}
	*ret = w;
	return 0;
}

int wallet_parse(const char *data, size_t len, struct wallet **ret, struct err *err)
{
	const struct json_limits limits = { .max_bytes = WALLET_FILE_MAX, .max_depth = 8 };
	struct json *root = NULL;
	int rc;

	/* The parser's own text is dropped: it may quote what it could not read. */
	if (json_parse(data, len, &limits, &root, NULL) < 0)
		return err_set(err, ERR_INVALID, "no wallet file: damaged, cut short or no JSON");
	rc = wallet_from_json(root, ret, err);
	json_free_secret(root);
	return rc;
}

int wallet_load(const char *path, struct wallet **ret, struct err *err)
{
	struct buf text = BUF_INIT(WALLET_FILE_MAX);
	int rc;

	text.secret = true;
	rc = buf_read_file(&text, path, err);
	if (rc == 0)
		rc = wallet_parse(text.data != NULL ? text.data : "", text.len, ret, err);
	buf_release(&text);
	return rc < 0 ? err_wrap(err, "wallet '%s'", path) : 0;
}

int wallet_new_dummy(struct wallet **ret, struct err *err)
{
	struct wallet *w = wallet_new(1, err);
	struct pubkey p;
	int rc;

	if (w == NULL)
		return ERR_FATAL;
	rc = derive_keys((const uint8_t *)DUMMY_SEED, strlen(DUMMY_SEED), w->keys, 1, NULL, err);
	if (rc != 0 || !pubkey_from_seckey(&w->keys[0], &p)) {
		wallet_free(w);
		return err_set(err, ERR_FATAL, "cannot derive the dummy key");
	}
	w->addresses[0] = sky_address_from_pubkey(p.b);
	w->owners[0] = (struct owner){ .address = w->addresses[0], .index = 0 };
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
