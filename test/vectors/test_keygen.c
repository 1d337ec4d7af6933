/* The key generator against recorded sequences, every intermediate value included. */
#include "test/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/coin/address_btc.h"
#include "common/coin/address_sky.h"
#include "common/keys/derive.h"
#include "common/keys/secret.h"

static const char *text_of(const cJSON *j, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(j, key));

	if (s == NULL)
		fail_msg("vector without '%s'", key);
	return s;
}

static void bytes_of(const cJSON *j, const char *key, uint8_t *ret, size_t len)
{
	if (!hex_to_bytes(text_of(j, key), ret, len))
		fail_msg("'%s' is no hex of %zu bytes", key, len);
}

static void assert_hex(const char *why, const uint8_t *bytes, size_t len, const char *hex)
{
	char got[2 * 65 + 1];

	hex_from_bytes(bytes, len, got);
	if (strcmp(got, hex) != 0)
		fail_msg("%s: got %s, want %s", why, got, hex);
}

static uint8_t *seed_of(const cJSON *j, size_t *ret_len)
{
	const char *hex = text_of(j, "seed_hex");
	uint8_t *seed = malloc(strlen(hex) / 2 + 1);

	assert_non_null(seed);
	*ret_len = strlen(hex) / 2;
	assert_true(hex_decode(hex, strlen(hex), seed));
	return seed;
}

static void check_key(const struct seckey *k, const cJSON *want)
{
	char sky[ADDRESS_TEXT_MAX], btc[ADDRESS_TEXT_MAX], wif[64];
	struct sky_address address;
	struct pubkey p;

	assert_hex("secret key", k->b, sizeof(k->b), text_of(want, "seckey"));
	assert_true(pubkey_from_seckey(k, &p));
	assert_true(pubkey_is_valid(&p));
	assert_hex("public key", p.b, sizeof(p.b), text_of(want, "pubkey"));
	address = sky_address_from_pubkey(p.b);
	sky_address_to_text(&address, sky);
	assert_string_equal(sky, text_of(want, "sky_address"));
	seckey_to_wif(k, wif);
	assert_string_equal(wif, text_of(want, "wif"));
	btc_address_from_pubkey(p.b, btc);
	assert_string_equal(btc, text_of(want, "btc_address"));
}

static void check_sequence(const cJSON *j)
{
	const cJSON *keys = cJSON_GetObjectItemCaseSensitive(j, "keys"), *want;
	size_t count = (size_t)cJSON_GetArraySize(keys), len, i = 0;
	struct seckey *got = calloc(count, sizeof(*got));
	uint8_t *seed = seed_of(j, &len);
	struct sha256 last;
	struct err err;

	assert_non_null(got);
	assert_int_equal(derive_keys(seed, len, got, count, &last, &err), 0);
	cJSON_ArrayForEach(want, keys)
	{
		check_key(&got[i++], want);
	}
	assert_hex("last seed", last.b, sizeof(last.b), text_of(j, "last_seed"));
	free(seed);
	free(got);
}

/* Going on from the last seed gives the keys that one longer run gives. */
static void check_resumed(const cJSON *j)
{
	struct sha256 last, end;
	struct seckey all[2], one;
	struct err err;
	size_t len;
	uint8_t *seed = seed_of(j, &len);

	assert_int_equal(derive_keys(seed, len, all, 2, &end, &err), 0);
	assert_int_equal(derive_keys(seed, len, &one, 1, &last, &err), 0);
	assert_memory_equal(one.b, all[0].b, sizeof(one.b));
	assert_int_equal(derive_keys(last.b, sizeof(last.b), &one, 1, &last, &err), 0);
	assert_memory_equal(one.b, all[1].b, sizeof(one.b));
	assert_memory_equal(last.b, end.b, sizeof(last.b));
	free(seed);
}

static void test_sequences(void **state)
{
	cJSON *root = test_read_json(VECTORS "skycoin/keygen.json"), *j;
	int count = 0;

	(void)state;
	cJSON_ArrayForEach(j, cJSON_GetObjectItemCaseSensitive(root, "sequences"))
	{
		check_sequence(j);
		check_resumed(j);
		count++;
	}
	assert_int_equal(count, 9);
	cJSON_Delete(root);
}

static void check_step(const cJSON *j)
{
	struct sha256 h, next, mixed_seed;
	struct seckey key, a, b;
	struct pubkey p;
	struct err err;
	size_t len;
	uint8_t *seed = seed_of(j, &len);

	h = sha256(seed, len);
	assert_hex("h", h.b, sizeof(h.b), text_of(j, "h"));
	bytes_of(j, "scalar_a", a.b, sizeof(a.b));
	bytes_of(j, "scalar_b", b.b, sizeof(b.b));
	assert_true(pubkey_from_seckey(&b, &p));
	assert_hex("point b", p.b, sizeof(p.b), text_of(j, "point_b"));
	assert_true(pubkey_multiply(&p, &a, &p));
	assert_hex("shared point", p.b, sizeof(p.b), text_of(j, "shared_point"));
	next = derive_hash(seed, len);
	assert_hex("hash", next.b, sizeof(next.b), text_of(j, "secp256k1_hash_and_next_seed"));
	bytes_of(j, "mixed", mixed_seed.b, sizeof(mixed_seed.b));
	assert_int_equal(derive_next(seed, len, &key, &next, &err), 0);
	assert_hex("seckey", key.b, sizeof(key.b), text_of(j, "seckey"));
	assert_hex("next", next.b, sizeof(next.b), text_of(j, "secp256k1_hash_and_next_seed"));
	mixed_seed = sha256(mixed_seed.b, sizeof(mixed_seed.b));
	assert_hex("mixed, hashed once more", mixed_seed.b, 32, text_of(j, "seckey"));
	assert_true(pubkey_from_seckey(&key, &p));
	assert_hex("pubkey", p.b, sizeof(p.b), text_of(j, "pubkey"));
	free(seed);
}

static void test_single_steps(void **state)
{
	cJSON *root = test_read_json(VECTORS "skycoin/keygen.json"), *j;
	int count = 0;

	(void)state;
	cJSON_ArrayForEach(j, cJSON_GetObjectItemCaseSensitive(root, "single_steps"))
	{
		check_step(j);
		count++;
	}
	assert_int_equal(count, 4);
	cJSON_Delete(root);
}

static void test_seckey_range(void **state)
{
	cJSON *root = test_read_json(VECTORS "skycoin/keygen.json"), *j;
	struct seckey k;

	(void)state;
	cJSON_ArrayForEach(j, cJSON_GetObjectItemCaseSensitive(root, "seckey_range"))
	{
		bytes_of(j, "seckey", k.b, sizeof(k.b));
		assert_int_equal(seckey_is_valid(&k),
				 cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(j, "valid")));
	}
	cJSON_Delete(root);
}

static void test_empty_seed(void **state)
{
	cJSON *root = test_read_json(VECTORS "skycoin/keygen.json");
	struct seckey k;
	struct sha256 next;
	struct err err;

	(void)state;
	assert_int_equal(derive_next((const uint8_t *)"", 0, &k, &next, &err), ERR_INVALID);
	assert_string_equal(err.text, text_of(root, "empty_seed_error"));
	assert_int_equal(derive_keys((const uint8_t *)"", 0, &k, 1, NULL, &err), ERR_INVALID);
	assert_string_equal(err.text, text_of(root, "empty_seed_error"));
	cJSON_Delete(root);
}

static void test_secret_memory(void **state)
{
	uint8_t *p = secret_alloc(100);
	int i;

	(void)state;
	assert_non_null(p);
	for (i = 0; i < 100; i++)
		assert_int_equal(p[i], 0);
	memset(p, 7, 100);
	secret_wipe(p, 100);
	assert_int_equal(p[99], 0);
	secret_free(p);
	secret_free(NULL);
	assert_int_equal(secret_init(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),     cmocka_unit_test(test_single_steps),
		cmocka_unit_test(test_seckey_range),  cmocka_unit_test(test_empty_seed),
		cmocka_unit_test(test_secret_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
