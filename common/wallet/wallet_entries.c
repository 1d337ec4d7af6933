/* The lists of a wallet file.  Flat wallets have one; a bip44 wallet has accounts, each with an
 * external chain, whose first address takes the change, and a change chain, each with a list.  The
 * member names differ too.
 *
 * All that is public is proven here: the public key is a point, the address is made of it, no
 * address occurs twice (no generator repeats itself, so such a file is damaged). */
#include "common/wallet/wallet_entries.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/keys/bip32.h"

#define CHAINS 2

struct member_names {
	const char *pubkey, *secret;
};

static const struct member_names flat_names = { "public_key", "secret_key" };
static const struct member_names bip44_names = { "public", "secret" };
static const char *const chain_names[CHAINS] = { "external", "change" };

int wallet_entry_wrap(const struct wallet_file *f, const struct wallet_entry *e, struct err *err)
{
	if (f->meta.type != WALLET_BIP44)
		return err_wrap(err, "entry %zu", e->number);
	return err_wrap(err, "account %u, %s entry %zu",
			(unsigned)f->accounts[e->place.account].index, chain_names[e->place.chain],
			e->number);
}

/* --- one entry -------------------------------------------------------------------------------- */
static int read_pubkey(const struct json *j, const char *key, struct pubkey *ret, struct err *err)
{
	const char *hex;
	int rc = json_get_string(j, key, &hex, err);

	if (rc < 0)
		return rc;
	if (!hex_to_bytes(hex, ret->b, sizeof(ret->b)) || !pubkey_is_valid(ret))
		return err_set(err, ERR_INVALID, "public key is none");
	return 0;
}

static int read_address(const struct json *j, struct sky_address *ret, struct err *err)
{
	const char *text;
	int rc = json_get_string(j, "address", &text, err);

	if (rc == 0)
		rc = sky_address_parse(text, ret, err);
	return rc < 0 ? err_wrap(err, "address") : 0;
}

/* An encrypted wallet's keys are in its container; one that lies open beside it is no mistake of
 * a node, and not overlooked. */
static int read_secret(const struct json *j, const char *key, bool encrypted, const char **ret,
		       struct err *err)
{
	int rc = 0;

	*ret = "";
	if (json_get(j, key) != NULL)
		rc = json_get_string(j, key, ret, err);
	if (rc == 0 && encrypted && (*ret)[0] != '\0')
		return err_set(err, ERR_INVALID,
			       "secret key is written in the open, but the wallet is encrypted");
	return rc;
}

static int check_address(const struct wallet_entry *e, struct err *err)
{
	struct sky_address made = sky_address_from_pubkey(e->pubkey.b);

	if (!sky_address_equal(&made, &e->address))
		return err_set(err, ERR_INVALID, "address is not the public key's");
	return 0;
}

static int read_entry(const struct json *j, const struct member_names *names, bool encrypted,
		      struct wallet_entry *e, struct err *err)
{
	int rc = read_secret(j, names->secret, encrypted, &e->secret, err);

	if (rc == 0)
		rc = read_pubkey(j, names->pubkey, &e->pubkey, err);
	if (rc == 0)
		rc = read_address(j, &e->address, err);
	return rc < 0 ? rc : check_address(e, err);
}

/* --- lists ------------------------------------------------------------------------------------ */
/* An empty list may be written as null. */
static int get_list(const struct json *j, const char *key, const struct json **ret, struct err *err)
{
	const struct json *member = json_get(j, key);

	*ret = member;
	if (member != NULL && json_type(member) == JSON_NULL)
		return 0;
	return json_get_array(j, key, ret, err);
}

/* *list grows by `more` zeroed elements. */
static void *grow(void *list, size_t count, size_t more, size_t size)
{
	char *bigger = calloc(count + more, size);

	if (bigger != NULL && count > 0)
		memcpy(bigger, list, count * size);
	free(list);
	return bigger;
}

static int room_for_entries(struct wallet_file *f, size_t more, struct err *err)
{
	if (more == 0)
		return 0;
	f->entries = grow(f->entries, f->count, more, sizeof(*f->entries));
	return f->entries != NULL ? 0 : err_set(err, ERR_FATAL, "out of memory");
}

static int read_flat(const struct json *root, struct wallet_file *f, struct err *err)
{
	const struct json *list;
	int rc = get_list(root, "entries", &list, err);

	if (rc == 0)
		rc = room_for_entries(f, json_size(list), err);
	if (rc < 0)
		return rc;
	for (const struct json *j = json_first(list); j != NULL; j = json_next(j)) {
		struct wallet_entry *e = &f->entries[f->count];

		e->number = f->count++;
		if (read_entry(j, &flat_names, f->meta.encrypted, e, err) < 0)
			return wallet_entry_wrap(f, e, err);
	}
	return 0;
}

/* --- bip44 ------------------------------------------------------------------------------------ */
static int read_child(const struct json *j, bool encrypted, struct wallet_entry *e, struct err *err)
{
	uint64_t child;
	int rc = json_get_u64(j, "child_number", BIP32_HARDENED - 1, &child, err);

	if (rc < 0)
		return rc;
	e->place.child = (uint32_t)child;
	return read_entry(j, &bip44_names, encrypted, e, err);
}

static int read_chain_entries(const struct json *chain, size_t account, uint32_t chain_number,
			      struct wallet_file *f, struct err *err)
{
	const struct json *list;
	size_t number = 0;
	int rc = get_list(chain, "entries", &list, err);

	if (rc == 0)
		rc = room_for_entries(f, json_size(list), err);
	if (rc < 0)
		return err_wrap(err, "%s chain", chain_names[chain_number]);
	for (const struct json *j = json_first(list); j != NULL; j = json_next(j)) {
		struct wallet_entry *e = &f->entries[f->count++];

		e->number = number++;
		e->place = (struct wallet_place){ .account = account, .chain = chain_number };
		if (read_child(j, f->meta.encrypted, e, err) < 0)
			return wallet_entry_wrap(f, e, err);
	}
	return 0;
}

static int chain_number_of(const struct json *chain, uint32_t *ret, struct err *err)
{
	const char *name;
	int rc = json_get_string(chain, "chain", &name, err);

	if (rc < 0)
		return rc;
	for (uint32_t i = 0; i < CHAINS; i++)
		if (strcmp(name, chain_names[i]) == 0) {
			*ret = i;
			return 0;
		}
	return err_set(err, ERR_INVALID, "chain '%.32s' is neither external nor change", name);
}

/* External first, however the file has it: the wallet's first entry is there. */
static int read_chains(const struct json *list, size_t account, struct wallet_file *f,
		       struct err *err)
{
	const struct json *found[CHAINS] = { NULL };
	uint32_t n;
	int rc = 0;

	for (const struct json *j = json_first(list); j != NULL; j = json_next(j)) {
		rc = chain_number_of(j, &n, err);
		if (rc < 0)
			return rc;
		if (found[n] != NULL)
			return err_set(err, ERR_INVALID, "it has two %s chains", chain_names[n]);
		found[n] = j;
	}
	for (n = 0; rc == 0 && n < CHAINS; n++)
		if (found[n] != NULL)
			rc = read_chain_entries(found[n], account, n, f, err);
	return rc;
}

static int read_account_coin(const struct json *j, struct err *err)
{
	const char *coin;
	int rc;

	if (json_get(j, "coin_type") == NULL)
		return 0;
	rc = json_get_string(j, "coin_type", &coin, err);
	if (rc == 0 && !wallet_coin_is_sky(coin))
		return err_set(err, ERR_INVALID, "is for coin '%.32s', not for skycoin", coin);
	return rc;
}

static int read_account(const struct json *j, struct wallet_account *ret, struct err *err)
{
	uint64_t index;
	int rc = json_get_u64(j, "index", BIP32_HARDENED - 1, &index, err);

	if (rc == 0)
		rc = read_account_coin(j, err);
	ret->xprv = "";
	if (rc == 0 && json_get(j, "private_key") != NULL)
		rc = json_get_string(j, "private_key", &ret->xprv, err);
	if (rc == 0)
		ret->index = (uint32_t)index;
	return rc;
}

static int read_accounts(const struct json *list, struct wallet_file *f, struct err *err)
{
	const struct json *chains;
	size_t i = 0;
	int rc = 0;

	for (const struct json *j = json_first(list); rc == 0 && j != NULL; j = json_next(j), i++) {
		if (read_account(j, &f->accounts[i], err) < 0)
			return err_wrap(err, "account number %zu", i);
		f->account_count++;
		if (get_list(j, "chains", &chains, err) < 0)
			return err_wrap(err, "account %u", (unsigned)f->accounts[i].index);
		rc = read_chains(chains, i, f, err);
	}
	return rc;
}

static int read_bip44(const struct json *root, struct wallet_file *f, struct err *err)
{
	const struct json *list;
	int rc = get_list(root, "accounts", &list, err);

	if (rc < 0 || json_size(list) == 0)
		return rc;
	f->accounts = calloc(json_size(list), sizeof(*f->accounts));
	if (f->accounts == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	return read_accounts(list, f, err);
}

/* --- no address twice ------------------------------------------------------------------------- */
struct seen {
	const struct wallet_entry *entry;
};

static int compare_addresses(const void *a, const void *b)
{
	const struct sky_address *left = &((const struct seen *)a)->entry->address;
	const struct sky_address *right = &((const struct seen *)b)->entry->address;

	return memcmp(&left->key_hash, &right->key_hash, sizeof(left->key_hash));
}

/* Of two equal ones either may come first; the later one in the file is named. */
static int twice(const struct wallet_file *f, const struct wallet_entry *a,
		 const struct wallet_entry *b, struct err *err)
{
	char text[ADDRESS_TEXT_MAX];

	sky_address_to_text(&a->address, text);
	(void)err_set(err, ERR_INVALID, "address %s occurs twice", text);
	return wallet_entry_wrap(f, a > b ? a : b, err);
}

static int check_differ(const struct wallet_file *f, struct err *err)
{
	struct seen *sorted = calloc(f->count, sizeof(*sorted));
	int rc = 0;

	if (sorted == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	for (size_t i = 0; i < f->count; i++)
		sorted[i].entry = &f->entries[i];
	qsort(sorted, f->count, sizeof(*sorted), compare_addresses);
	for (size_t i = 1; rc == 0 && i < f->count; i++)
		if (compare_addresses(&sorted[i - 1], &sorted[i]) == 0)
			rc = twice(f, sorted[i - 1].entry, sorted[i].entry, err);
	free(sorted);
	return rc;
}

int wallet_entries_read(const struct json *root, struct wallet_file *f, struct err *err)
{
	int rc = f->meta.type == WALLET_BIP44 ? read_bip44(root, f, err) : read_flat(root, f, err);

	if (rc < 0)
		return rc;
	if (f->count == 0)
		return err_set(err, ERR_INVALID, "Wallet is empty");
	return check_differ(f, err);
}
