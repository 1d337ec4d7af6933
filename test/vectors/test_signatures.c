/* Signatures made by the reference code, and ours checked by the same rules. */
#include "test/support/test.h"

#include <string.h>

#include "common/base/text.h"
#include "common/keys/ec.h"

struct vector {
	struct sky_address address;
	struct sha256 digest;
	struct signature sig;
};

static const char *text_of(const cJSON *j, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(j, key));

	if (s == NULL)
		fail_msg("vector without '%s'", key);
	return s;
}

static void read_vector(const cJSON *j, struct vector *v)
{
	struct err err;

	assert_int_equal(sky_address_parse(text_of(j, "address"), &v->address, &err), 0);
	assert_true(hex_to_bytes(text_of(j, "digest"), v->digest.b, sizeof(v->digest.b)));
	assert_true(hex_to_bytes(text_of(j, "signature"), v->sig.b, sizeof(v->sig.b)));
}

static void check_own_signature(const cJSON *j, const struct vector *v)
{
	struct signature mine, again;
	struct seckey k;
	struct err err;

	assert_true(hex_to_bytes(text_of(j, "seckey"), k.b, sizeof(k.b)));
	assert_true(ec_sign(&k, &v->digest, &mine));
	assert_int_equal(ec_verify_address(&v->address, &v->digest, &mine, &err), 0);
	assert_int_equal(ec_verify_form(&v->digest, &mine, &err), 0);
	assert_true(signature_is_canonical(&mine));
	assert_true(ec_sign(&k, &v->digest, &again));
	assert_memory_equal(mine.b, again.b, sizeof(mine.b));
}

static void test_valid(void **state)
{
	cJSON *root = test_read_json(VECTORS "skycoin/signatures.json"), *j;
	struct pubkey p, want;
	struct vector v;
	struct err err;
	int count = 0;

	(void)state;
	cJSON_ArrayForEach(j, cJSON_GetObjectItemCaseSensitive(root, "valid"))
	{
		read_vector(j, &v);
		assert_int_equal(ec_verify_address(&v.address, &v.digest, &v.sig, &err), 0);
		assert_true(ec_recover(&v.digest, &v.sig, &p));
		assert_true(hex_to_bytes(text_of(j, "pubkey"), want.b, sizeof(want.b)));
		assert_memory_equal(p.b, want.b, sizeof(p.b));
		check_own_signature(j, &v);
		count++;
	}
	assert_int_equal(count, 12);
	cJSON_Delete(root);
}

static void test_invalid(void **state)
{
	cJSON *root = test_read_json(VECTORS "skycoin/signatures.json"), *j;
	struct vector v;
	struct err err;
	int count = 0;

	(void)state;
	cJSON_ArrayForEach(j, cJSON_GetObjectItemCaseSensitive(root, "invalid"))
	{
		read_vector(j, &v);
		if (ec_verify_address(&v.address, &v.digest, &v.sig, &err) != ERR_INVALID ||
		    strcmp(err.text, text_of(j, "error")) != 0)
			fail_msg("%s: got '%s', want '%s'", text_of(j, "why"), err.text,
				 text_of(j, "error"));
		count++;
	}
	assert_int_equal(count, 10);
	cJSON_Delete(root);
}

/* Whatever 65 bytes are given, nothing aborts. */
static void test_any_recovery_id(void **state)
{
	struct signature sig;
	struct sha256 digest;
	struct pubkey p;
	int id;

	(void)state;
	memset(&digest, 0x11, sizeof(digest));
	memset(&sig, 0x22, sizeof(sig));
	for (id = 0; id < 256; id++) {
		sig.b[64] = (uint8_t)id;
		(void)ec_recover(&digest, &sig, &p);
		assert_int_equal(signature_is_canonical(&sig), id < 4);
	}
}

static void test_bad_keys(void **state)
{
	struct seckey zero = { { 0 } }, one = { { 0 } };
	struct pubkey p, none = { { 0 } };
	struct signature sig;
	struct sha256 digest = { { 1 } };

	(void)state;
	one.b[31] = 1;
	assert_false(seckey_is_valid(&zero));
	assert_false(pubkey_from_seckey(&zero, &p));
	assert_false(ec_sign(&zero, &digest, &sig));
	assert_false(pubkey_is_valid(&none));
	assert_false(pubkey_multiply(&none, &one, &p));
	assert_true(pubkey_from_seckey(&one, &p));
	assert_false(pubkey_multiply(&p, &zero, &none));
	assert_true(pubkey_multiply(&p, &one, &none));
	assert_memory_equal(p.b, none.b, sizeof(p.b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_any_recovery_id),
		cmocka_unit_test(test_bad_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
