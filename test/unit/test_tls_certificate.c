/* Certificates and keys as files hold them: good ones, ones that do not belong together, garbage.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/tls_certificate.h"
#include "test/support/test.h"

#define DATA "test/unit/data/tls/"

/* A name of a file of DATA, or "=text". */
static struct buf content(const char *name)
{
	struct buf b = BUF_INIT(1U << 20);
	char path[128], *text;
	size_t len;

	if (name[0] == '=') {
		(void)buf_puts(&b, name + 1);
		return b;
	}
	(void)snprintf(path, sizeof(path), DATA "%s", name);
	text = test_read_file(path, &len);
	(void)buf_append(&b, text, len);
	free(text);
	return b;
}

static int load(const char *chain, const char *key, struct tls_certificate **ret, struct err *err)
{
	struct buf a = content(chain), b = content(key);
	int rc = tls_certificate_new(&a, &b, ret, err);

	buf_release(&a);
	buf_release(&b);
	return rc;
}

#define PEM_NONE "=-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

static const struct {
	const char *why, *chain, *key, *complaint; /* NULL: none */
} rows[] = {
	{ "a chain of two", "a.pem", "a.key", NULL },
	{ "RSA, with the key in its old form", "rsa.pem", "rsa.key", NULL },
	{ "Ed25519", "ed.pem", "ed.key", NULL },
	{ "without its issuer: what clients make of that is theirs", "a_alone.pem", "a.key", NULL },
	{ "with one that has nothing to do with it: left out", "a_gap.pem", "a.key", NULL },
	{ "the issuer first", "a_turned.pem", "a.key", "must be the first" },
	{ "the key of another", "a.pem", "b.key", "two different certificates" },
	{ "the key of another kind", "a.pem", "rsa.key", "two different certificates" },
	{ "a key that nobody can open", "a.pem", "a_encrypted.key", "is encrypted" },
	{ "no key", "a.pem", "=", "no private key" },
	{ "a certificate instead of the key", "a.pem", "a.pem", "no private key" },
	{ "no certificate", "=", "a.key", "no certificate chain" },
	{ "a key instead of the certificate", "a.key", "a.key", "no certificate chain" },
	{ "DSA, which nobody speaks", "dsa.pem", "dsa.key", "no client can be served" },
	{ "a key that may not sign", "a_no_signing.pem", "a.key", "no client can be served" },
	{ "garbage", "=\x7f\x45LF\n\n", "a.key", "no certificate chain" },
	{ "the form without the content", PEM_NONE, "a.key", "no certificate chain" },
};

static void test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tls_certificate *c = NULL;
		struct err err = { .text = "" };
		int rc = load(rows[i].chain, rows[i].key, &c, &err);

		if (rows[i].complaint == NULL
			    ? rc != 0
			    : (rc != ERR_INVALID || strstr(err.text, rows[i].complaint) == NULL))
			fail_msg("%s: %d '%s'", rows[i].why, rc, err.text);
		tls_certificate_free(c);
	}
}

static void test_its_life_and_names(void **state)
{
	struct tls_certificate *c = NULL;
	struct err err;

	(void)state;
	assert_int_equal(load("a.pem", "a.key", &c, &err), 0);
	assert_int_equal(c->count, 2);
	assert_int_equal(c->from, 1767225600);
	assert_int_equal(c->until, 1775001600);
	assert_true(tls_certificate_is_for(c, "shop.example"));
	assert_true(tls_certificate_is_for(c, "SHOP.example"));
	assert_false(tls_certificate_is_for(c, "www.shop.example"));
	tls_certificate_free(c);
}

static void test_each_cut_is_refused(void **state)
{
	struct buf whole = content("a.pem"), key = content("a.key");
	const size_t end = (size_t)(strstr(key.data, "-----END") - key.data);

	(void)state;
	for (size_t len = 0; len < end; len++) {
		struct tls_certificate *c = NULL;
		struct buf part = BUF_INIT(4096);
		struct err err;

		(void)buf_append(&part, key.data, len);
		assert_int_equal(tls_certificate_new(&whole, &part, &c, &err), ERR_INVALID);
		buf_release(&part);
	}
	buf_release(&whole);
	buf_release(&key);
}

static void test_the_same_one_many_times(void **state)
{
	struct buf one = content("a_alone.pem"), key = content("a.key");
	struct buf many = BUF_INIT(1U << 20);
	struct tls_certificate *c = NULL;
	struct err err;

	(void)state;
	for (int i = 0; i < 5 * TLS_CHAIN_MAX; i++)
		(void)buf_append(&many, one.data, one.len);
	assert_int_equal(tls_certificate_new(&many, &key, &c, &err), 0);
	assert_int_equal(c->count, 1);
	tls_certificate_free(c);
	buf_release(&one);
	buf_release(&many);
	buf_release(&key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_its_life_and_names),
		cmocka_unit_test(test_each_cut_is_refused),
		cmocka_unit_test(test_the_same_one_many_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
