/* The containers of encrypted wallets: what is refused before a password is asked for, and what a
 * damaged one says.  Good ones are in test/vectors/test_wallets.c. */
#include "test/support/test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/crypto/hash.h"
#include "common/wallet/container.h"

#define SALT  "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="
#define NONCE "BQUFBQUFBQUFBQUF"
#define GOOD                                                                                       \
	"{\"n\":16,\"r\":1,\"p\":1,\"keyLen\":32,\"salt\":\"" SALT "\",\"nonce\":\"" NONCE "\"}"

static struct secret_text password_of(const char *text)
{
	struct secret_text t;
	struct err err;

	assert_int_equal(secret_text_new(strlen(text), &t, &err), 0);
	memcpy(t.data, text, t.len);
	return t;
}

/* Parameters as text, in a container with `rest` bytes behind them. */
static const struct {
	const char *why, *params;
	size_t rest;
	const char *says; /* NULL: could be opened, if somebody knew the password */
} params[] = {
	{ "good", GOOD, 16, NULL },
	{ "unknown members",
	  "{\"x\":[],\"n\":16,\"r\":1,\"p\":1,\"keyLen\":32,\"salt\":\"" SALT
	  "\",\"nonce\":\"" NONCE "\"}",
	  16, NULL },
	{ "no room for the tag", GOOD, 15, "cut short" },
	{ "no JSON", "{\"n\":16", 16, "its parameters: damaged or no JSON" },
	{ "empty", "", 16, "its parameters: damaged or no JSON" },
	{ "no n", "{\"r\":1}", 16, "its parameters: field 'n' is missing" },
	{ "n as a fraction", "{\"n\":1.5,\"r\":1,\"p\":1}", 16,
	  "its parameters: field 'n' is no integer from 0 to 4294967295" },
	{ "n is negative", "{\"n\":-16,\"r\":1,\"p\":1}", 16,
	  "its parameters: field 'n' is no integer from 0 to 4294967295" },
	{ "16 GiB", "{\"n\":16777216,\"r\":8,\"p\":1}", 16,
	  "its parameters: scrypt with n=16777216, r=8, p=1 costs more than is allowed (1024 MiB, "
	  "four "
	  "times over)" },
	{ "n is no power of two", "{\"n\":1000,\"r\":8,\"p\":1}", 16,
	  "its parameters: scrypt's n is no power of two from 2 to 2^20" },
	{ "r is 0", "{\"n\":16,\"r\":0,\"p\":1}", 16,
	  "its parameters: scrypt's r and p must be from 1 to 64" },
	{ "a key of 16 bytes", "{\"n\":16,\"r\":1,\"p\":1,\"keyLen\":16}", 16,
	  "its parameters: field 'keyLen' is not 32" },
	{ "no salt", "{\"n\":16,\"r\":1,\"p\":1,\"keyLen\":32}", 16,
	  "its parameters: field 'salt' is missing" },
	{ "an empty salt", "{\"n\":16,\"r\":1,\"p\":1,\"keyLen\":32,\"salt\":\"\"}", 16,
	  "its parameters: field 'salt' is no base64 of 1 to 256 bytes" },
	{ "a salt that is no base64", "{\"n\":16,\"r\":1,\"p\":1,\"keyLen\":32,\"salt\":\"A===\"}",
	  16, "its parameters: field 'salt' is no base64 of 1 to 256 bytes" },
	{ "a nonce of 3 bytes",
	  "{\"n\":16,\"r\":1,\"p\":1,\"keyLen\":32,\"salt\":\"" SALT "\",\"nonce\":\"BQUF\"}", 16,
	  "its parameters: field 'nonce' is no 12 bytes" },
	{ "a nonce of 24 bytes",
	  "{\"n\":16,\"r\":1,\"p\":1,\"keyLen\":32,\"salt\":\"" SALT "\",\"nonce\":\"" NONCE NONCE
	  "\"}",
	  16, "its parameters: field 'nonce' is no base64 of 1 to 12 bytes" },
};

static void test_scrypt_params(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		size_t n = strlen(params[i].params), len = 2 + n + params[i].rest;
		uint8_t *data = calloc(1, len);
		struct err err = { .text = "" };
		int rc;

		assert_non_null(data);
		data[0] = (uint8_t)n;
		data[1] = (uint8_t)(n >> 8);
		memcpy(data + 2, params[i].params, n);
		rc = container_scrypt_check(data, len, &err);
		if (params[i].says == NULL
			    ? rc != 0
			    : rc != ERR_INVALID || strcmp(err.text, params[i].says) != 0)
			fail_msg("%s: %d '%s'", params[i].why, rc, err.text);
		free(data);
	}
}

/* Opening refuses the same as looking, and what it opens with another key. */
static void test_scrypt_opens_nothing(void **state)
{
	uint8_t data[2 + sizeof(GOOD) - 1 + 20] = { sizeof(GOOD) - 1 };
	struct secret_text p = password_of("x"), opened = { .data = NULL };
	struct err err;

	(void)state;
	memcpy(data + 2, GOOD, sizeof(GOOD) - 1);
	assert_int_equal(container_scrypt_open(data, sizeof(data), &p, &opened, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "the password is wrong"));
	assert_int_equal(container_scrypt_open(data, 10, &p, &opened, &err), ERR_INVALID);
	assert_string_equal(err.text, "cut short");
	assert_null(opened.data);
	secret_text_free(&p);
}

static void test_scrypt_cut_anywhere(void **state)
{
	uint8_t data[2 + sizeof(GOOD) - 1 + 16] = { sizeof(GOOD) - 1 };
	struct err err;

	(void)state;
	memcpy(data + 2, GOOD, sizeof(GOOD) - 1);
	for (size_t len = 0; len < sizeof(data); len++)
		assert_int_equal(container_scrypt_check(data, len, &err), ERR_INVALID);
	assert_int_equal(container_scrypt_check(data, sizeof(data), &err), 0);
}

static void checksum(uint8_t *data, size_t len)
{
	struct sha256 h = sha256(data + 32, len - 32);

	memcpy(data, h.b, sizeof(h.b));
}

static void test_xor_form(void **state)
{
	static const struct {
		const char *why;
		size_t len;
		bool sum;
		const char *says;
	} rows[] = {
		{ "nothing", 0, false, "cut short" },
		{ "a block too few", 96, true, "cut short" },
		{ "no whole block", 140, true, "cut short" },
		{ "the least", 128, true, NULL },
		{ "another checksum", 128, false, "damaged: its checksum differs" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t data[256] = { 1 };
		struct err err = { .text = "" };
		int rc;

		if (rows[i].sum)
			checksum(data, rows[i].len);
		rc = container_xor_check(data, rows[i].len, &err);
		if (rows[i].says == NULL ? rc != 0
					 : rc != ERR_INVALID || strcmp(err.text, rows[i].says) != 0)
			fail_msg("%s: %d '%s'", rows[i].why, rc, err.text);
	}
}

static void test_xor_wrong_password(void **state)
{
	uint8_t data[128] = { 0 };
	struct secret_text p = password_of("x"), opened = { .data = NULL };
	struct err err;

	(void)state;
	checksum(data, sizeof(data));
	assert_int_equal(container_xor_open(data, sizeof(data), &p, &opened, &err), ERR_INVALID);
	assert_string_equal(err.text, "the password is wrong");
	assert_null(opened.data);
	secret_text_free(&p);
}

static void test_kinds(void **state)
{
	static const char *const names[] = { "scrypt-chacha20poly1305",
					     "scrypt-chacha20poly1305-insecure", "sha256-xor" };
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct container_kind *kind = container_kind_find(names[i]);

		assert_non_null(kind);
		assert_string_equal(container_kind_name(kind), names[i]);
		assert_non_null(strstr(container_kind_names(), names[i]));
		assert_int_equal(container_check(kind, "AA=A", &err), ERR_INVALID);
		assert_string_equal(err.text, "damaged: no base64");
		assert_int_equal(container_check(kind, "", &err), ERR_INVALID);
		assert_string_equal(err.text, "cut short");
	}
	assert_null(container_kind_find("rot13"));
	assert_null(container_kind_find(""));
	assert_null(container_kind_find("SHA256-XOR"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scrypt_params),
		cmocka_unit_test(test_scrypt_opens_nothing),
		cmocka_unit_test(test_scrypt_cut_anywhere),
		cmocka_unit_test(test_xor_form),
		cmocka_unit_test(test_xor_wrong_password),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
