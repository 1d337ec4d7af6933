/* Bech32's own rules, from the examples of BIP 173 and BIP 350; whole addresses are in
 * test/vectors/test_addresses.c. */
#include <string.h>

#include "common/base/text.h"
#include "common/coin/bech32.h"
#include "test/support/test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_valid(void **state)
{
	// clang-format off
	static const struct { const char *why, *text; unsigned version; const char *program; } rows[] = {
		{ "P2WPKH", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", 0,
		  "751e76e8199196d454941c45d1b3a323f1433bd6" },
		{ "capitals", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", 0,
		  "751e76e8199196d454941c45d1b3a323f1433bd6" },
		{ "P2TR", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", 1,
		  "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" },
		{ "longest program", "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
		  1, "751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6" },
		{ "shortest program, highest version", "BC1SW50QGDZ25J", 16, "751e" },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct witness_program p;
		char hex[81], again[91];
		struct err err;

		if (bech32_decode("bc", rows[i].text, &p, &err) < 0)
			fail_msg("%s: %s", rows[i].why, err.text);
		assert_int_equal(p.version, rows[i].version);
		hex_from_bytes(p.b, p.len, hex);
		assert_string_equal(hex, rows[i].program);
		bech32_encode("bc", &p, again);
		assert_true(text_equal_nocase(again, rows[i].text));
	}
}

static void test_refused(void **state)
{
	// clang-format off
	static const struct { const char *why, *text, *error; } rows[] = {
		{ "nothing", "", "Invalid network prefix" },
		{ "another network", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "Invalid network prefix" },
		{ "no separator", "bcqw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "Invalid network prefix" },
		{ "mixed case", "bc1qW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
		  "Invalid bech32 string: mixed case" },
		{ "b is no character of the set", "bc1qb508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
		  "Invalid bech32 character" },
		{ "one character wrong", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "Invalid checksum" },
		{ "bech32 for version 1",
		  "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "Invalid checksum" },
		{ "bech32m for version 0", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", "Invalid checksum" },
		{ "version 17", "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
		  "Invalid version" },
		{ "program of one byte", "bc1pw5dgrnzv", "Invalid address length" },
		{ "program of 41 bytes",
		  "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
		  "Invalid address length" },
		{ "16 bytes for version 0", "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", "Invalid address length" },
		{ "a whole group of padding",
		  "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf", "Invalid bech32 padding" },
		{ "no data", "bc1gmk9yu", "Invalid address length" },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct witness_program p;
		struct err err = { .text = "" };

		if (bech32_decode("bc", rows[i].text, &p, &err) != ERR_INVALID ||
		    strcmp(err.text, rows[i].error) != 0)
			fail_msg("%s: got '%s', want '%s'", rows[i].why, err.text, rows[i].error);
	}
}

static void test_long_text_is_refused(void **state)
{
	char text[4096];
	struct witness_program p;
	struct err err;

	(void)state;
	memset(text, 'q', sizeof(text) - 1);
	memcpy(text, "bc1", 3);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(bech32_decode("bc", text, &p, &err), ERR_INVALID);
	text[91] = '\0'; /* one more than an address can have */
	assert_int_equal(bech32_decode("bc", text, &p, &err), ERR_INVALID);
	assert_string_equal(err.text, "Invalid address length");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_text_is_refused),
	};

	return cmocka_run_group_tests_name("bech32", tests, NULL, NULL);
}
