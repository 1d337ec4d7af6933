/* Hierarchical keys against chains that another implementation made of the standard's four seeds
 * (two of them have keys with leading zeros), and against the accounts of the recorded wallets. */
#include "test/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/coin/base58.h"
#include "common/keys/bip32.h"

#define KEYS "bip32/keys.json"

static const char *text_of(const cJSON *j, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(j, key));

	if (s == NULL)
		fail_msg("vector without '%s'", key);
	return s;
}

static struct bip32_key parsed(const char *xprv)
{
	struct bip32_key k;
	struct err err;

	if (bip32_parse(xprv, &k, &err) < 0)
		fail_msg("%s %s", xprv, err.text);
	return k;
}

static void assert_same(const struct bip32_key *got, const char *xprv)
{
	struct bip32_key want = parsed(xprv);

	assert_int_equal(got->depth, want.depth);
	assert_int_equal(got->child, want.child);
	assert_memory_equal(got->parent, want.parent, sizeof(want.parent));
	assert_memory_equal(got->chain_code, want.chain_code, sizeof(want.chain_code));
	assert_memory_equal(got->key.b, want.key.b, sizeof(want.key.b));
}

static void check_chain(const cJSON *chain)
{
	const cJSON *step;
	struct bip32_key k = { .depth = 0 };
	uint8_t seed[64];
	size_t len = strlen(text_of(chain, "seed")) / 2;
	struct err err;

	assert_true(len <= sizeof(seed) && hex_to_bytes(text_of(chain, "seed"), seed, len));
	assert_int_equal(bip32_master(seed, len, &k, &err), 0);
	cJSON_ArrayForEach(step, cJSON_GetObjectItemCaseSensitive(chain, "steps"))
	{
		uint64_t index;

		if (cJSON_GetObjectItemCaseSensitive(step, "child") != NULL) {
			assert_true(text_to_u64(text_of(step, "child"), UINT32_MAX, &index));
			assert_int_equal(bip32_child(&k, (uint32_t)index, &k, &err), 0);
		}
		assert_same(&k, text_of(step, "xprv"));
		assert_int_equal(bip32_parse(text_of(step, "xpub"), &k, &err), ERR_INVALID);
		assert_non_null(strstr(err.text, "public"));
		assert_same(&k, text_of(step, "xprv")); /* untouched by the refusal */
	}
}

static void test_chains(void **state)
{
	cJSON *root = test_read_json(VECTORS KEYS), *j;
	int count = 0;

	(void)state;
	cJSON_ArrayForEach(j, cJSON_GetObjectItemCaseSensitive(root, "chains"))
	{
		check_chain(j);
		count++;
	}
	assert_int_equal(count, 4);
	cJSON_Delete(root);
}

static void test_accounts(void **state)
{
	cJSON *root = test_read_json(VECTORS KEYS), *j;
	struct bip32_key k;
	struct err err;
	int count = 0;

	(void)state;
	cJSON_ArrayForEach(j, cJSON_GetObjectItemCaseSensitive(root, "accounts"))
	{
		assert_int_equal(bip32_account(text_of(j, "mnemonic"), text_of(j, "passphrase"),
					       BIP32_COIN_SKY, 0, &k, &err),
				 0);
		assert_same(&k, text_of(j, "xprv"));
		count++;
	}
	assert_int_equal(count, 2);
	cJSON_Delete(root);
}

/* What is wrong in each row is changed in the bytes of a good key; the checksum is made anew. */
static void test_refused(void **state)
{
	static const struct {
		const char *why;
		size_t at;
		const char *bytes; /* hex */
		const char *says;  /* NULL: stays good */
	} rows[] = {
		{ "unchanged", 0, "0488ade4", NULL },
		{ "a public version", 0, "0488b21e", "public key" },
		{ "a test network's version", 0, "04358394", "no extended private key" },
		{ "version 0", 0, "00000000", "no extended private key" },
		{ "a master key has no parent", 5, "00000001", "master key" },
		{ "a master key is no child", 9, "00000001", "master key" },
		{ "a deeper one is", 4, "010000000100000001", NULL },
		{ "a public key's first byte", 45, "02", "no valid secret key" },
		{ "key 0", 46, "0000000000000000000000000000000000000000000000000000000000000000",
		  "no valid secret key" },
		{ "key n", 46, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
		  "no valid secret key" },
		{ "key n - 1", 46,
		  "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", NULL },
	};
	static const char good[] =
		"xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvv"
		"NKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t data[BIP32_DATA_BYTES + 4];
		struct sha256 check;
		struct bip32_key k;
		char text[200];
		size_t len;
		struct err err = { .text = "" };
		int rc;

		assert_true(base58_decode(good, data, sizeof(data), &len));
		assert_true(hex_decode(rows[i].bytes, strlen(rows[i].bytes), data + rows[i].at));
		check = sha256d(data, BIP32_DATA_BYTES);
		memcpy(data + BIP32_DATA_BYTES, check.b, 4);
		base58_encode(data, sizeof(data), text);
		rc = bip32_parse(text, &k, &err);
		if (rows[i].says == NULL ? rc != 0
					 : rc != ERR_INVALID || !strstr(err.text, rows[i].says))
			fail_msg("%s: %d '%s'", rows[i].why, rc, err.text);
	}
}

static void test_texts_refused(void **state)
{
	static const struct {
		const char *why, *text, *says;
	} rows[] = {
		{ "nothing", "", "82 bytes" },
		{ "a Bitcoin address", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "82 bytes" },
		{ "a letter that base58 has not",
		  "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6L"
		  "nF5kejMRNNU3TGtRBeJgk33yuGBxrMPH0",
		  "82 bytes" },
		{ "one letter mistyped",
		  "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6L"
		  "nF5kejMRNNU3TGtRBeJgk33yuGBxrMPHj",
		  "checksum" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bip32_key k;
		struct err err = { .text = "" };

		if (bip32_parse(rows[i].text, &k, &err) != ERR_INVALID ||
		    !strstr(err.text, rows[i].says))
			fail_msg("%s: '%s'", rows[i].why, err.text);
		assert_null(strstr(err.text, "xprv9"));
	}
}

static void test_too_deep(void **state)
{
	struct bip32_key k = { .depth = 254, .key = { { 1 } } };
	struct err err;

	(void)state;
	assert_int_equal(bip32_child(&k, 0, &k, &err), 0);
	assert_int_equal(k.depth, 255);
	assert_int_equal(bip32_child(&k, 0, &k, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "255"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chains),	 cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_refused),	 cmocka_unit_test(test_texts_refused),
		cmocka_unit_test(test_too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
