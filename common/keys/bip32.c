/* A child's key is its parent's plus a number that HMAC-SHA512 makes of the parent and the index;
 * the other half of that hash is the child's chain code.  A hardened child hashes the parent's
 * secret key, any other the public one.
 *
 * Sums modulo the order of the curve are libsecp256k1's; whatever is computed on the way is as
 * secret as the keys and is wiped. */
#include "common/keys/bip32.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "common/coin/base58.h"
#include "common/keys/secret.h"

#define VERSION_PRIVATE 0x0488ade4U /* "xprv" */
#define VERSION_PUBLIC	0x0488b21eU /* "xpub" */
#define CHECKSUM_BYTES	4
#define MNEMONIC_ROUNDS 2048
#define PASSPHRASE_MAX	1024

/* Where the parts of an extended key lie. */
enum { AT_VERSION = 0, AT_DEPTH = 4, AT_PARENT = 5, AT_CHILD = 9, AT_CHAIN_CODE = 13, AT_KEY = 45 };

static uint32_t read_be32(const uint8_t *at)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	return be32toh(n);
}

static void write_be32(uint32_t n, uint8_t *at)
{
	n = htobe32(n);
	memcpy(at, &n, sizeof(n));
}

/* --- reading ------------------------------------------------------------------------------- */
static int check_version(const uint8_t *data, struct err *err)
{
	uint32_t version = read_be32(data + AT_VERSION);

	if (version == VERSION_PUBLIC)
		return err_set(err, ERR_INVALID,
			       "an extended public key, which cannot make secret keys");
	if (version != VERSION_PRIVATE)
		return err_set(err, ERR_INVALID, "no extended private key (xprv)");
	return 0;
}

/* A master key has no parent and is nobody's child. */
static bool place_is_sound(const struct bip32_key *k)
{
	static const uint8_t nobody[sizeof(k->parent)];

	return k->depth > 0 || (k->child == 0 && memcmp(k->parent, nobody, sizeof(nobody)) == 0);
}

static int read_parts(const uint8_t data[BIP32_DATA_BYTES], struct bip32_key *ret, struct err *err)
{
	int rc = check_version(data, err);

	if (rc < 0)
		return rc;
	ret->depth = data[AT_DEPTH];
	memcpy(ret->parent, data + AT_PARENT, sizeof(ret->parent));
	ret->child = read_be32(data + AT_CHILD);
	memcpy(ret->chain_code, data + AT_CHAIN_CODE, sizeof(ret->chain_code));
	memcpy(ret->key.b, data + AT_KEY + 1, sizeof(ret->key.b));
	if (!place_is_sound(ret))
		return err_set(err, ERR_INVALID, "a master key with a parent");
	if (data[AT_KEY] != 0 || !seckey_is_valid(&ret->key))
		return err_set(err, ERR_INVALID, "no valid secret key in it");
	return 0;
}

static int read_text(const char *text, uint8_t ret[BIP32_DATA_BYTES + CHECKSUM_BYTES],
		     struct err *err)
{
	struct sha256 check;
	size_t len;

	if (!base58_decode(text, ret, BIP32_DATA_BYTES + CHECKSUM_BYTES, &len) ||
	    len != BIP32_DATA_BYTES + CHECKSUM_BYTES)
		return err_set(err, ERR_INVALID, "no extended key, 82 bytes in base58");
	check = sha256d(ret, BIP32_DATA_BYTES);
	if (memcmp(check.b, ret + BIP32_DATA_BYTES, CHECKSUM_BYTES) != 0)
		return err_set(err, ERR_INVALID, "mistyped or damaged, its checksum differs");
	return 0;
}

int bip32_parse(const char *text, struct bip32_key *ret, struct err *err)
{
	uint8_t data[BIP32_DATA_BYTES + CHECKSUM_BYTES];
	struct bip32_key k;
	int rc = read_text(text, data, err);

	if (rc == 0)
		rc = read_parts(data, &k, err);
	if (rc == 0)
		*ret = k;
	secret_wipe(&k, sizeof(k));
	secret_wipe(data, sizeof(data));
	return rc;
}

/* --- deriving ------------------------------------------------------------------------------ */
int bip32_master(const uint8_t *seed, size_t len, struct bip32_key *ret, struct err *err)
{
	static const char salt[] = "Bitcoin seed";
	struct sha512 h = hmac_sha512(salt, sizeof(salt) - 1, seed, len);
	struct bip32_key k = { .depth = 0 };
	int rc = 0;

	memcpy(k.key.b, h.b, sizeof(k.key.b));
	memcpy(k.chain_code, h.b + sizeof(k.key.b), sizeof(k.chain_code));
	if (seckey_is_valid(&k.key))
		*ret = k;
	else
		rc = err_set(err, ERR_INVALID, "the seed makes no valid master key");
	secret_wipe(&k, sizeof(k));
	secret_wipe(&h, sizeof(h));
	return rc;
}

/* What a child's hash is of: 33 bytes of key and the index. */
struct hashed {
	uint8_t b[33 + 4];
};

static void child_hashed(const struct bip32_key *parent, const struct pubkey *pubkey,
			 uint32_t index, struct hashed *ret)
{
	if ((index & BIP32_HARDENED) != 0) {
		ret->b[0] = 0;
		memcpy(ret->b + 1, parent->key.b, sizeof(parent->key.b));
	} else {
		memcpy(ret->b, pubkey->b, sizeof(pubkey->b));
	}
	write_be32(index, ret->b + 33);
}

static void child_place(const struct bip32_key *parent, const struct pubkey *pubkey, uint32_t index,
			struct bip32_key *ret)
{
	struct sha256 once = sha256(pubkey->b, sizeof(pubkey->b));
	struct hash160 id = ripemd160(once.b, sizeof(once.b));

	ret->depth = (uint8_t)(parent->depth + 1);
	memcpy(ret->parent, id.b, sizeof(ret->parent));
	ret->child = index;
}

/* False when there is no such child. */
static bool child_key(const struct bip32_key *parent, const struct pubkey *pubkey, uint32_t index,
		      struct bip32_key *ret)
{
	struct hashed in;
	struct sha512 h;
	struct seckey tweak;
	bool ok;

	child_hashed(parent, pubkey, index, &in);
	h = hmac_sha512(parent->chain_code, sizeof(parent->chain_code), in.b, sizeof(in.b));
	memcpy(tweak.b, h.b, sizeof(tweak.b));
	memcpy(ret->chain_code, h.b + sizeof(tweak.b), sizeof(ret->chain_code));
	ret->key = parent->key;
	ok = seckey_add(&ret->key, &tweak);
	secret_wipe(&in, sizeof(in));
	secret_wipe(&h, sizeof(h));
	secret_wipe(&tweak, sizeof(tweak));
	return ok;
}

int bip32_child(const struct bip32_key *parent, uint32_t index, struct bip32_key *ret,
		struct err *err)
{
	struct bip32_key k;
	struct pubkey pubkey;
	int rc = 0;

	if (parent->depth == UINT8_MAX)
		return err_set(err, ERR_INVALID, "an extended key is 255 deep at most");
	if (pubkey_from_seckey(&parent->key, &pubkey) && child_key(parent, &pubkey, index, &k)) {
		child_place(parent, &pubkey, index, &k);
		*ret = k;
	} else {
		rc = err_set(err, ERR_INVALID, "there is no child %u", (unsigned)index);
	}
	secret_wipe(&k, sizeof(k));
	return rc;
}

/* --- from a mnemonic ----------------------------------------------------------------------- */
static int mnemonic_seed(const char *mnemonic, const char *passphrase, struct sha512 *ret,
			 struct err *err)
{
	char salt[PASSPHRASE_MAX];
	int len = snprintf(salt, sizeof(salt), "mnemonic%s", passphrase), rc = 0;

	if (len > 0 && (size_t)len < sizeof(salt))
		*ret = stretch_sha512(mnemonic, strlen(mnemonic), salt, (size_t)len,
				      MNEMONIC_ROUNDS);
	else
		rc = err_set(err, ERR_INVALID, "the seed's passphrase is too long");
	secret_wipe(salt, sizeof(salt));
	return rc;
}

int bip32_account(const char *mnemonic, const char *passphrase, uint32_t coin, uint32_t account,
		  struct bip32_key *ret, struct err *err)
{
	const uint32_t path[] = { 44, coin, account };
	struct bip32_key k;
	struct sha512 seed;
	int rc = mnemonic_seed(mnemonic, passphrase, &seed, err);

	if (rc < 0)
		return rc;
	rc = bip32_master(seed.b, sizeof(seed.b), &k, err);
	for (size_t i = 0; rc == 0 && i < sizeof(path) / sizeof(path[0]); i++)
		rc = bip32_child(&k, path[i] | BIP32_HARDENED, &k, err);
	if (rc == 0)
		*ret = k;
	secret_wipe(&k, sizeof(k));
	secret_wipe(&seed, sizeof(seed));
	return rc;
}
