/* Wallet files of the reference program: all that can pay load with their exact keys, all others
 * are refused with a sentence that says what is wrong, and where. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/wallet/wallet_unlock.h"

static const char *text_of(const cJSON *j, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(j, key));

	if (s == NULL)
		fail_msg("vector without '%s'", key);
	return s;
}

static void path_of(const cJSON *j, char *ret, size_t size)
{
	(void)snprintf(ret, size, VECTORS "skycoin/wallets/%s", text_of(j, "file"));
}

/* The wallet signs with the key that the vector names for the address. */
static void check_entry(const struct wallet *w, size_t i, const cJSON *want)
{
	const struct sha256 digest = sha256("x", 1);
	const struct sky_address *addresses;
	char text[ADDRESS_TEXT_MAX];
	struct signature got, expected;
	struct seckey k;
	size_t count;

	addresses = wallet_addresses(w, &count);
	assert_true(i < count);
	sky_address_to_text(&addresses[i], text);
	assert_string_equal(text, text_of(want, "address"));
	assert_true(wallet_owns(w, &addresses[i]));
	assert_true(hex_to_bytes(text_of(want, "seckey"), k.b, sizeof(k.b)));
	assert_true(ec_sign(&k, &digest, &expected));
	assert_true(wallet_sign(w, &addresses[i], &digest, &got));
	assert_memory_equal(got.b, expected.b, sizeof(got.b));
}

/* --- loading ---------------------------------------------------------------------------------- */
static struct secret_text password_of(const char *text)
{
	struct secret_text t;
	struct err err;

	assert_int_equal(secret_text_new(strlen(text), &t, &err), 0);
	memcpy(t.data, text, t.len);
	return t;
}

/* As senderd does it: the file, then its keys.  `password` NULL: none. */
static int load_text(const char *data, size_t len, const char *password, struct wallet **ret,
		     struct err *err)
{
	struct wallet_file *f = NULL;
	struct secret_text p = { .data = NULL };
	int rc = wallet_file_parse(data, len, &f, err);

	if (rc < 0)
		return rc;
	assert_true(f->meta.encrypted || password == NULL);
	if (f->meta.encrypted)
		p = password_of(password != NULL ? password : "none");
	rc = wallet_unlock(f, &p, ret, err);
	secret_text_free(&p);
	wallet_file_free(f);
	return rc;
}

static int load(const char *path, const char *password, struct wallet **ret, struct err *err)
{
	size_t len;
	char *text = test_read_file(path, &len);
	int rc = load_text(text, len, password, ret, err);

	free(text);
	return rc;
}

static void check_loads(const cJSON *j, const char *path)
{
	const cJSON *entries = cJSON_GetObjectItemCaseSensitive(j, "entries"), *want;
	const char *password =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(j, "password"));
	struct wallet *w = NULL;
	struct err err;
	size_t i = 0, count;

	if (load(path, password, &w, &err) < 0)
		fail_msg("%s: %s", path, err.text);
	cJSON_ArrayForEach(want, entries)
	{
		check_entry(w, i++, want);
	}
	(void)wallet_addresses(w, &count);
	assert_int_equal(count, i);
	assert_true(sky_address_equal(wallet_change(w), wallet_addresses(w, &count)));
	wallet_free(w);
}

/* The whole sentence, by file. */
static const struct {
	const char *file, *says;
} reasons[] = {
	{ "deterministic-empty.wlt", "Wallet is empty" },
	{ "deterministic-bitcoin.wlt", "meta: wallet is for coin 'bitcoin', not for skycoin" },
	{ "xpub.wlt", "meta: wallet type 'xpub' only watches: it has no secret keys and cannot "
		      "sign a payment" },
	{ "broken-truncated.wlt", "no wallet file: damaged, cut short or no JSON" },
	{ "broken-empty-file.wlt", "no wallet file: damaged, cut short or no JSON" },
	{ "broken-no-type.wlt", "meta: field 'type' is missing" },
	{ "broken-type.wlt",
	  "meta: wallet type 'multisig' is unknown (deterministic, collection and "
	  "bip44 can pay)" },
	{ "broken-no-seed.wlt",
	  "meta: field 'seed' is missing or empty, but the wallet is not encrypted" },
	{ "broken-coin.wlt", "meta: wallet is for coin 'doge', which is unknown" },
	{ "broken-secret-mismatch.wlt", "entry 1: public key is not the secret key's" },
	{ "broken-address-mismatch.wlt", "entry 1: address is not the public key's" },
	{ "broken-address-checksum.wlt", "entry 0: address: Invalid checksum" },
	{ "broken-secret-short.wlt",
	  "entry 0: secret key is none: 64 hex digits, below the order of the curve" },
	{ "broken-secret-empty.wlt", "entry 0: secret key is missing" },
	{ "broken-encrypted-no-secrets.wlt",
	  "meta: wallet is encrypted, but field 'secrets' is missing or empty" },
	{ "broken-encrypted-flag.wlt", "meta: field 'encrypted' is neither true nor false" },
	{ "broken-crypto-type.wlt",
	  "meta: field 'cryptoType' is 'rot13', which is none of scrypt-chacha20poly1305, "
	  "scrypt-chacha20poly1305-insecure, sha256-xor" },
	{ "broken-tampered-scrypt-chacha20poly1305-insecure.wlt",
	  "cannot unlock it: the password is wrong (or the file is damaged, which looks the "
	  "same)" },
	{ "broken-tampered-sha256-xor.wlt",
	  "meta: field 'secrets': damaged: its checksum differs" },
};

static const char *reason_of(const char *file)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(file, reasons[i].file) == 0)
			return reasons[i].says;
	fail_msg("%s: no reason is known for it", file);
	return NULL;
}

static void assert_no_secret(const char *text)
{
	size_t run = 0;

	for (; *text != '\0'; text++) {
		run = strchr("0123456789abcdef", *text) != NULL ? run + 1 : 0;
		assert_true(run < 32);
	}
}

static void check_refused(const cJSON *j, const char *path)
{
	struct wallet *w = NULL;
	struct err err = { .text = "" };
	int rc = load(path, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(j, "password")),
		      &w, &err);

	if (rc != ERR_INVALID || strcmp(err.text, reason_of(text_of(j, "file"))) != 0)
		fail_msg("%s: %d '%s'", path, rc, err.text);
	assert_no_secret(err.text);
	assert_null(w);
}

static bool can_pay(const cJSON *j)
{
	static const char *const cannot[] = { "xpub.wlt", "deterministic-bitcoin.wlt",
					      "deterministic-empty.wlt" };

	for (size_t i = 0; i < sizeof(cannot) / sizeof(cannot[0]); i++)
		if (strcmp(text_of(j, "file"), cannot[i]) == 0)
			return false;
	return true;
}

static void test_wallets(void **state)
{
	cJSON *root = test_read_json(VECTORS "skycoin/wallets.json"), *j;
	int loaded = 0, refused = 0;
	char path[256];

	(void)state;
	cJSON_ArrayForEach(j, cJSON_GetObjectItemCaseSensitive(root, "wallets"))
	{
		path_of(j, path, sizeof(path));
		if (can_pay(j)) {
			check_loads(j, path);
			loaded++;
		} else {
			check_refused(j, path);
			refused++;
		}
	}
	assert_int_equal(loaded, 11);
	assert_int_equal(refused, 3);
	cJSON_Delete(root);
}

static void test_broken(void **state)
{
	cJSON *root = test_read_json(VECTORS "skycoin/wallets.json"), *j;
	char path[256];
	int count = 0;

	(void)state;
	cJSON_ArrayForEach(j, cJSON_GetObjectItemCaseSensitive(root, "broken"))
	{
		path_of(j, path, sizeof(path));
		check_refused(j, path);
		count++;
	}
	assert_int_equal(count, 16);
	cJSON_Delete(root);
}

static void test_wrong_passwords(void **state)
{
	cJSON *root = test_read_json(VECTORS "skycoin/wallets.json"), *j;
	int count = 0;

	(void)state;
	cJSON_ArrayForEach(j, cJSON_GetObjectItemCaseSensitive(root, "wallets"))
	{
		const cJSON *wrong = cJSON_GetObjectItemCaseSensitive(j, "wrong_password");
		struct wallet *w = NULL;
		struct err err;
		char path[256];

		if (wrong == NULL)
			continue;
		path_of(j, path, sizeof(path));
		assert_int_equal(load(path, cJSON_GetStringValue(wrong), &w, &err), ERR_INVALID);
		assert_non_null(strstr(err.text, "cannot unlock it: the password is wrong"));
		assert_null(w);
		count++;
	}
	assert_int_equal(count, 3);
	cJSON_Delete(root);
}

/* Cut a good file anywhere: never a wallet, never a crash. */
static void test_cut_anywhere(void **state)
{
	size_t len, last;
	char *text = test_read_file(VECTORS "skycoin/wallets/deterministic-v0.1.wlt", &len);
	struct wallet *w = NULL;
	struct err err;

	(void)state;
	for (last = len; text[last - 1] != '}'; last--)
		;
	for (size_t i = 0; i < last; i++)
		assert_int_equal(load_text(text, i, NULL, &w, &err), ERR_INVALID);
	assert_int_equal(load_text(text, last, NULL, &w, &err), 0);
	wallet_free(w);
	free(text);
}

/* --- changed files ------------------------------------------------------------------------------
 */
#define V01	"deterministic-v0.1.wlt"
#define XOR	"encrypted-sha256-xor.wlt"
#define XORPASS "pw meadow walnut"
#define COLL	"collection.wlt"
#define BIP	"bip44.wlt"
#define BIPX	"bip44-encrypted.wlt"
#define BIPPASS "saddle zephyr"
#define KEY_0	"149586cad74f417368b5f6201aee89515451a342c738d08642f0b118792b5fc0"
#define BIP_0	"95e13e3303c4bbbeabbb64d6cda5bfe9ab1981626bbdfddb94afb7865a373d45"
#define BIP_1	"f776af59c0d4be20222fd7481fad2975f9859beea1b92251eeb1d16b86d9fb7e"

/* A piece of a good file is replaced, once.  `says` NULL: it stays good. */
static const struct {
	const char *why, *file, *password, *from, *to, *says;
} edits[] = {
	{ "a key twice", V01, NULL, "\"tm\"", "\"coin\"",
	  "no wallet file: damaged, cut short or no JSON" },
	{ "no meta", V01, NULL, "\"meta\"", "\"mata\"", "field 'meta' is missing" },
	{ "no entries", V01, NULL, "\"entries\"", "\"entrees\"", "field 'entries' is missing" },
	{ "members that nobody knows", V01, NULL, "\"tm\"", "\"tn\"", NULL },

	{ "coin in capitals is the same", V01, NULL, "\"skycoin\"", "\"SKYcoin\"", NULL },
	{ "coin in short", V01, NULL, "\"skycoin\"", "\"Sky\"", NULL },
	{ "bitcoin in short", V01, NULL, "\"skycoin\"", "\"BTC\"",
	  "meta: wallet is for coin 'BTC', not for skycoin" },
	{ "no coin", V01, NULL, "\"coin\"", "\"con\"", "meta: field 'coin' is missing" },
	{ "a version from the future", V01, NULL, "\"0.1\"", "\"9.9\"", NULL },
	{ "no version", V01, NULL, "\"version\"", "\"v\"", NULL },

	{ "not encrypted, said so", V01, NULL, "\"tm\": \"1509462425\"", "\"encrypted\": \"F\"",
	  NULL },
	{ "encrypted, said with a 1", V01, NULL, "\"tm\": \"1509462425\"", "\"encrypted\": \"1\"",
	  "meta: wallet is encrypted, but field 'cryptoType' does not say how" },
	{ "encrypted as JSON true is no text", V01, NULL, "\"tm\": \"1509462425\"",
	  "\"encrypted\": true", "meta: field 'encrypted' is no string" },
	{ "encrypted in capitals", XOR, XORPASS, "\"true\"", "\"TRUE\"", NULL },
	{ "encryption switched off by hand", XOR, NULL, "\"true\"", "\"false\"",
	  "meta: field 'seed' is missing or empty, but the wallet is not encrypted" },
	{ "another encryption than it is", XOR, XORPASS, "sha256-xor\"",
	  "scrypt-chacha20poly1305\"", "meta: field 'secrets': cut short" },
	{ "secrets are no base64", XOR, XORPASS, "\"yoauIgEa", "\"yoau gEa",
	  "meta: field 'secrets': damaged: no base64" },
	{ "an open key in an encrypted wallet", XOR, XORPASS, "\"secret_key\": \"\"",
	  "\"secret_key\": \"" KEY_0 "\"",
	  "entry 0: secret key is written in the open, but the wallet is encrypted" },
	{ "an address of another wallet", XOR, XORPASS, "2LdH5jKmiscQXDAyA7Hotn3b3QBUGUwVJ4t",
	  "2XocTU549baVqAFYWEW8xqNaYRqShoAUcAj", "entry 0: address is not the public key's" },

	{ "the next entry's address", V01, NULL, "btGS2BpF1FbkfJZz9r9ePfXEDa9d95ts6Y",
	  "2XocTU549baVqAFYWEW8xqNaYRqShoAUcAj", "entry 1: address is not the public key's" },
	{ "public key of 65 digits", V01, NULL,
	  "0210d33da239c2926676b5784226304faa47fd680f591c6d30c42f2a0189885800",
	  "0210d33da239c2926676b5784226304faa47fd680f591c6d30c42f2a018988580",
	  "entry 0: public key is none" },
	{ "public key that is no point", V01, NULL,
	  "0210d33da239c2926676b5784226304faa47fd680f591c6d30c42f2a0189885800",
	  "05ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	  "entry 0: public key is none" },
	{ "secret key zero", V01, NULL, KEY_0,
	  "0000000000000000000000000000000000000000000000000000000000000000",
	  "entry 0: secret key is none: 64 hex digits, below the order of the curve" },
	{ "secret key in capitals is the same", V01, NULL, KEY_0,
	  "149586CAD74F417368B5F6201AEE89515451A342C738D08642F0B118792B5FC0", NULL },
	{ "no secret key", V01, NULL, "secret_key", "secret", "entry 0: secret key is missing" },

	{ "a seed that makes other keys", V01, NULL, "saddle velvet", "saddle  velvet",
	  "entry 0: its key is not key 0 of the wallet's seed" },
	{ "lastSeed is not ours", V01, NULL, "59ad9f33", "00000000", NULL },
	{ "a collection with a seed", COLL, NULL, "\"label\"", "\"seed\": \"x\", \"label\"",
	  "meta: field 'seed' is set, but a collection's keys have no seed" },
	{ "a collection with an empty seed", COLL, NULL, "\"label\"", "\"seed\": \"\", \"label\"",
	  NULL },
	{ "a collection that says it is generated", COLL, NULL, "\"collection\",",
	  "\"deterministic\", \"seed\": \"x\",",
	  "entry 0: its key is not key 0 of the wallet's seed" },

	{ "a key that is not stored is derived", BIP, NULL, BIP_1, "", NULL },
	{ "without the account's key the seed makes it", BIP, NULL, "\"private_key\"",
	  "\"no_private_key\"", NULL },
	{ "the account's key mistyped", BIP, NULL, "xprv9z4ULW", "xprv9z4ULX",
	  "account 0: its private key: mistyped or damaged, its checksum differs" },
	{ "a public key for the account's", BIP, NULL,
	  "xprv9z4ULWGRLTCNiWoYZpvbz12PgvJvccy4YbHLWHY5YSCMgM4xTKHEtT4SmPywDDTyczoYK5Edqwp6mx66gLg7"
	  "mK55wYKukw5c8CFhGCd8th9",
	  "xpub6Dw9JrKp9buvC19VyqMZu5j95USGbBFBgbp38Mjto28rwRQECcBacCnF2mVFxQckHgDy7Xh6TFAR1826GB76"
	  "8owAsRhRjfVAeaT5CB1c77q",
	  "account 0: its private key: an extended public key, which cannot make secret keys" },
	{ "the words of another wallet", BIP, NULL, "awesome place", "awesome praise",
	  "account 0: its private key is not the one that the wallet's seed makes" },
	{ "another passphrase", BIP, NULL, "\"seedPassphrase\": \"\"", "\"seedPassphrase\": \"x\"",
	  "account 0: its private key is not the one that the wallet's seed makes" },
	{ "words that are no ASCII prove nothing", BIP, NULL, "awesome place", "\u00e4wesome place",
	  NULL },
	{ "another coin number", BIP, NULL, "\"8000\"", "\"0\"",
	  "account 0: its private key is not the one that the wallet's seed makes" },
	{ "no coin number", BIP, NULL, "\"8000\"", "\"sky\"",
	  "meta: field 'bip44Coin' is no coin number" },
	{ "an account of another coin", BIP, NULL, "\"coin_type\": \"skycoin\"",
	  "\"coin_type\": \"bitcoin\"",
	  "account number 0: is for coin 'bitcoin', not for skycoin" },
	{ "another account", BIP, NULL, "\"index\": 0", "\"index\": 1",
	  "account 1: its private key is not the one that the wallet's seed makes" },
	{ "no account number", BIP, NULL, "\"index\"", "\"indes\"",
	  "account number 0: field 'index' is missing" },
	{ "a chain that nobody knows", BIP, NULL, "\"chain\": \"change\"", "\"chain\": \"chance\"",
	  "chain 'chance' is neither external nor change" },
	{ "two external chains", BIP, NULL, "\"chain\": \"change\"", "\"chain\": \"external\"",
	  "it has two external chains" },
	{ "another place", BIP, NULL, "\"child_number\": 2", "\"child_number\": 3",
	  "account 0, external entry 2: its key is not child 3 of its account's key" },
	{ "no place", BIP, NULL, "\"child_number\": 2", "\"child_number\": 2147483648",
	  "account 0, external entry 2: field 'child_number' is no integer from 0 to 2147483647" },
	{ "another key", BIP, NULL, BIP_0, BIP_1,
	  "account 0, external entry 0: public key is not the secret key's" },
	{ "an address twice", BIP, NULL,
	  "2dMVt4BnYf6gw8f1QppqTDBW246JTn7WNYd\",\n                            \"public\": "
	  "\"02eca3d234d8e80da101ee42cd3b422a858bea987a0b1a73a7c980a6a4e6ec31c4",
	  "x8F9Pyj5LQZGkPXx4U5rQ3gSwMU8kU5BmU\",\n                            \"public\": "
	  "\"0269a00e0a6d2f635b9f6d07748b535260296e11fb00853c4664a1d82389aae255",
	  "account 0, change entry 0: address x8F9Pyj5LQZGkPXx4U5rQ3gSwMU8kU5BmU occurs twice" },
	{ "no accounts", BIP, NULL, "\"accounts\"", "\"account\"", "field 'accounts' is missing" },
	{ "a null list is empty", BIP, NULL, "\"accounts\": [", "\"accounts\": null, \"a\": [",
	  "Wallet is empty" },
	{ "an open key in an encrypted wallet", BIPX, BIPPASS, "\"secret\": \"\"",
	  "\"secret\": \"" BIP_0 "\"",
	  "account 0, external entry 0: secret key is written in the open, but the wallet is "
	  "encrypted" },
	{ "an account that the secrets do not have, but the seed", BIPX, BIPPASS, "\"index\": 0",
	  "\"index\": 7",
	  "account 7, external entry 0: its key is not child 0 of its account's key" },
	{ "encrypted, another passphrase than its own", BIPX, "saddle zephyrs", "\"tm\"", "\"tn\"",
	  "cannot unlock it: the password is wrong" },
	{ "encrypted, as it is", BIPX, BIPPASS, "\"tm\"", "\"tn\"", NULL },
};

static void replace_once(const char *text, const char *from, const char *to, struct buf *out)
{
	const char *at = strstr(text, from);

	if (at == NULL)
		fail_msg("no '%s' in it", from);
	(void)buf_append(out, text, (size_t)(at - text));
	(void)buf_puts(out, to);
	(void)buf_puts(out, at + strlen(from));
}

static void test_edited(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct buf b = BUF_INIT(100000);
		struct wallet *w = NULL;
		struct err err = { .text = "" };
		char path[256], *text;
		int rc;

		(void)snprintf(path, sizeof(path), VECTORS "skycoin/wallets/%s", edits[i].file);
		text = test_read_file(path, NULL);
		replace_once(text, edits[i].from, edits[i].to, &b);
		rc = load_text(b.data, b.len, edits[i].password, &w, &err);
		if (edits[i].says == NULL
			    ? rc != 0
			    : rc != ERR_INVALID || strcmp(err.text, edits[i].says) != 0)
			fail_msg("%s: %d '%s'", edits[i].why, rc, err.text);
		assert_no_secret(err.text);
		wallet_free(w);
		buf_release(&b);
		free(text);
	}
}

static void test_same_entry_twice(void **state)
{
	static const char file[] = "{\"meta\":{\"type\":\"deterministic\",\"coin\":\"sky\","
				   "\"seed\":\"x\"},\"entries\":["
				   "%s,%s]}";
	static const char entry[] =
		"{\"address\":\"2XocTU549baVqAFYWEW8xqNaYRqShoAUcAj\",\"public_key\":"
		"\"0210d33da239c2926676b5784226304faa47fd680f591c6d30c42f2a0189885800\","
		"\"secret_key\":"
		"\"149586cad74f417368b5f6201aee89515451a342c738d08642f0b118792b5fc0\"}";
	struct buf b = BUF_INIT(4096);
	struct wallet *w = NULL;
	struct err err;

	(void)state;
	buf_printf(&b, file, entry, entry);
	assert_int_equal(load_text(b.data, b.len, NULL, &w, &err), ERR_INVALID);
	assert_string_equal(err.text,
			    "entry 1: address 2XocTU549baVqAFYWEW8xqNaYRqShoAUcAj occurs twice");
	buf_release(&b);
}

static void test_dummy(void **state)
{
	struct wallet *w = NULL, *again = NULL;
	struct sky_address stranger = { .version = 0 };
	struct sha256 digest = { { 1 } };
	struct signature sig;
	struct err err;
	size_t count;

	(void)state;
	assert_int_equal(wallet_new_dummy(&w, &err), 0);
	assert_int_equal(wallet_new_dummy(&again, &err), 0);
	(void)wallet_addresses(w, &count);
	assert_int_equal(count, 1);
	assert_true(sky_address_equal(wallet_change(w), wallet_change(again)));
	assert_true(wallet_sign(w, wallet_change(w), &digest, &sig));
	assert_int_equal(ec_verify_address(wallet_change(w), &digest, &sig, &err), 0);
	assert_false(wallet_owns(w, &stranger));
	assert_false(wallet_sign(w, &stranger, &digest, &sig));
	wallet_free(w);
	wallet_free(again);
	wallet_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wallets),		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_wrong_passwords), cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_edited),		cmocka_unit_test(test_same_entry_twice),
		cmocka_unit_test(test_dummy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
