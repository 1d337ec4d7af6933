/* Wallet files of the reference program: plain deterministic ones load with their exact keys, all
 * others are refused with a reason. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/wallet/wallet.h"

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

static void check_loads(const cJSON *j, const char *path)
{
	const cJSON *entries = cJSON_GetObjectItemCaseSensitive(j, "entries"), *want;
	struct wallet *w = NULL;
	struct err err;
	size_t i = 0, count;

	if (wallet_load(path, &w, &err) < 0)
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

/* What the text must say, by file; the first that is part of the name counts. */
static const struct {
	const char *file, *says;
} reasons[] = {
	{ "deterministic-empty", "Wallet is empty" },
	{ "deterministic-bitcoin", "coin 'bitcoin'" },
	{ "collection", "type 'collection'" },
	{ "bip44", "type 'bip44'" },
	{ "xpub", "type 'xpub'" },
	{ "broken-truncated", "cut short" },
	{ "broken-empty-file", "cut short" },
	{ "broken-no-type", "field 'type'" },
	{ "broken-type", "wallet type" },
	{ "broken-no-seed", "field 'seed'" },
	{ "broken-coin", "coin 'doge'" },
	{ "broken-secret-mismatch", "entry 1: public key is not the secret key's" },
	{ "broken-address-mismatch", "entry 1: address is not the public key's" },
	{ "broken-address-checksum", "entry 0: address: Invalid" },
	{ "broken-secret-short", "secret key is none" },
	{ "broken-secret-empty", "secret key is missing" },
	{ "broken-encrypted-no-secrets", "wallet is encrypted" },
	{ "broken-encrypted-flag", "neither true nor false" },
	{ "broken-crypto-type", "wallet is encrypted" },
	{ "broken-tampered", "wallet is encrypted" },
	{ "encrypted-", "wallet is encrypted" },
};

static const char *reason_of(const char *file)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strncmp(file, reasons[i].file, strlen(reasons[i].file)) == 0)
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
	struct err err;

	if (wallet_load(path, &w, &err) != ERR_INVALID)
		fail_msg("%s: was not refused", path);
	if (strstr(err.text, reason_of(text_of(j, "file"))) == NULL)
		fail_msg("%s: says '%s'", path, err.text);
	assert_no_secret(err.text);
	assert_null(w);
}

static bool is_plain(const cJSON *j)
{
	const cJSON *entries = cJSON_GetObjectItemCaseSensitive(j, "entries");

	return strcmp(text_of(j, "type"), "deterministic") == 0 &&
	       cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(j, "encrypted")) &&
	       cJSON_GetArraySize(entries) > 0 &&
	       strcmp(text_of(j, "file"), "deterministic-bitcoin.wlt") != 0;
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
		if (is_plain(j)) {
			check_loads(j, path);
			loaded++;
		} else {
			check_refused(j, path);
			refused++;
		}
	}
	assert_int_equal(loaded, 3);
	assert_int_equal(refused, 11);
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
		assert_int_equal(wallet_parse(text, i, &w, &err), ERR_INVALID);
	assert_int_equal(wallet_parse(text, last, &w, &err), 0);
	wallet_free(w);
	free(text);
}

/* One file text with a changed piece each. */
static void test_edited(void **state)
{
	static const struct {
		const char *why, *from, *to, *says;
	} rows[] = {
		{ "a key twice", "\"tm\"", "\"coin\"", "no wallet file" },
		{ "coin in capitals is the same", "\"skycoin\"", "\"SKYcoin\"", NULL },
		{ "not encrypted, said so", "\"tm\": \"1509462425\"", "\"encrypted\": \"F\"",
		  NULL },
		{ "encrypted, said with a 1", "\"tm\": \"1509462425\"", "\"encrypted\": \"1\"",
		  "wallet is encrypted" },
		{ "encrypted as JSON true is no text", "\"tm\": \"1509462425\"",
		  "\"encrypted\": true", "encrypted" },
		{ "meta is no object", "\"meta\"", "\"mata\"", "meta" },
		{ "no entries", "\"entries\"", "\"entrees\"", "entries" },
		{ "an entry twice: address of the first in the second",
		  "btGS2BpF1FbkfJZz9r9ePfXEDa9d95ts6Y", "2XocTU549baVqAFYWEW8xqNaYRqShoAUcAj",
		  "entry 1" },
		{ "public key of 65 digits",
		  "0210d33da239c2926676b5784226304faa47fd680f591c6d30c42f2a0189885800",
		  "0210d33da239c2926676b5784226304faa47fd680f591c6d30c42f2a018988580",
		  "public key" },
		{ "secret key zero",
		  "149586cad74f417368b5f6201aee89515451a342c738d08642f0b118792b5fc0",
		  "0000000000000000000000000000000000000000000000000000000000000000",
		  "secret key is none" },
	};
	char *text = test_read_file(VECTORS "skycoin/wallets/deterministic-v0.1.wlt", NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b = BUF_INIT(10000);
		const char *at = strstr(text, rows[i].from);
		struct wallet *w = NULL;
		struct err err = { .text = "" };
		int rc;

		assert_non_null(at);
		buf_append(&b, text, (size_t)(at - text));
		buf_puts(&b, rows[i].to);
		buf_puts(&b, at + strlen(rows[i].from));
		rc = wallet_parse(b.data, b.len, &w, &err);
		if (rows[i].says == NULL ? rc != 0
					 : rc != ERR_INVALID || !strstr(err.text, rows[i].says))
			fail_msg("%s: %d '%s'", rows[i].why, rc, err.text);
		wallet_free(w);
		buf_release(&b);
	}
	free(text);
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
	assert_int_equal(wallet_parse(b.data, b.len, &w, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "are the same"));
	buf_release(&b);
}

static void test_file_trouble(void **state)
{
	char *dir = test_make_dir(), path[512];
	struct wallet *w = NULL;
	struct err err;
	FILE *f;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/none.wlt", dir);
	assert_int_equal(wallet_load(path, &w, &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "none.wlt"));
	f = fopen(path, "w");
	assert_non_null(f);
	for (int i = 0; i < WALLET_FILE_MAX + 1; i++)
		(void)fputc(' ', f);
	(void)fclose(f);
	assert_int_equal(wallet_load(path, &w, &err), ERR_INVALID);
	assert_null(w);
	test_remove_dir(dir);
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
		cmocka_unit_test(test_wallets),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_edited),
		cmocka_unit_test(test_same_entry_twice),
		cmocka_unit_test(test_file_trouble),
		cmocka_unit_test(test_dummy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
