/* Addresses of every coin against the outside vectors: what is valid, with its script or key hash
 * and its other forms; what is invalid, with the reason that the HTTP API shows. */
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/coin/address.h"
#include "common/coin/address_btc.h"
#include "common/coin/address_eth.h"
#include "common/coin/address_sky.h"
#include "test/support/test.h"

static const char *text_of(const cJSON *row, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, key));

	if (text == NULL)
		fail_msg("the vector has no '%s': %s", key, cJSON_PrintUnformatted(row));
	return text;
}

static const cJSON *rows_of(const cJSON *file, const char *key)
{
	const cJSON *rows = cJSON_GetObjectItemCaseSensitive(file, key);

	assert_true(cJSON_GetArraySize(rows) > 0);
	return rows;
}

/* The vectors' "test" stands for testnet3, testnet4 and signet, which share their addresses. */
static const char *vector_network(enum btc_network network)
{
	return network == BTC_SIGNET ? "test" : btc_network_name(network);
}

static bool row_is_valid_on(const cJSON *row, enum btc_network network)
{
	const cJSON *name;

	cJSON_ArrayForEach(name, cJSON_GetObjectItemCaseSensitive(
					 row, "networks")) if (strcmp(cJSON_GetStringValue(name),
								      vector_network(network)) ==
							       0) return true;
	return false;
}

/* Bech32 may be written in capitals; its canonical form is in lower case. */
static void canonical_btc(const char *text, char ret[ADDRESS_TEXT_MAX])
{
	static const char *const hrps[] = { "BC1", "TB1", "BCRT1" };

	assert_true(text_copy(ret, ADDRESS_TEXT_MAX, text));
	for (size_t i = 0; i < 3; i++)
		if (strncmp(text, hrps[i], strlen(hrps[i])) == 0)
			for (char *p = ret; *p != '\0'; p++)
				*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 'a' - 'A' : *p);
}

static void check_btc_valid(const cJSON *row, enum btc_network network)
{
	const char *text = text_of(row, "address");
	char hex[2 * BTC_SCRIPT_MAX + 1], want[ADDRESS_TEXT_MAX], got[ADDRESS_TEXT_MAX];
	struct btc_script script;
	struct address a;
	struct err err;

	if (btc_address_parse(network, text, &script, &err) < 0)
		fail_msg("%s on %s: %s", text, btc_network_name(network), err.text);
	hex_from_bytes(script.b, script.len, hex);
	assert_string_equal(hex, text_of(row, "script"));
	canonical_btc(text, want);
	assert_true(btc_address_from_script(network, script.b, script.len, got));
	assert_string_equal(got, want);
	assert_int_equal(address_parse(COIN_BTC, network, text, &a, &err), 0);
	assert_string_equal(a.text, want);
}

static void test_btc_valid(void **state)
{
	cJSON *file = test_read_json(VECTORS "bitcoin/addresses.json");
	const cJSON *row;

	(void)state;
	cJSON_ArrayForEach(row, rows_of(file, "valid"))
	{
		for (int n = 0; n < BTC_NETWORK_COUNT; n++) {
			const char *text = text_of(row, "address");
			struct btc_script script;
			struct err err;

			if (row_is_valid_on(row, (enum btc_network)n))
				check_btc_valid(row, (enum btc_network)n);
			else if (btc_address_parse((enum btc_network)n, text, &script, &err) !=
				 ERR_INVALID)
				fail_msg("%s passes on a foreign network (%d)", text, n);
		}
	}
	cJSON_Delete(file);
}

static void test_btc_invalid(void **state)
{
	cJSON *file = test_read_json(VECTORS "bitcoin/addresses.json");
	const cJSON *row;

	(void)state;
	cJSON_ArrayForEach(row, rows_of(file, "invalid"))
	{
		for (int n = 0; n < BTC_NETWORK_COUNT; n++) {
			struct btc_script script;
			struct err err = { .text = "" };

			if (btc_address_parse((enum btc_network)n, text_of(row, "address"), &script,
					      &err) != ERR_INVALID)
				fail_msg("'%s' passes: %s", text_of(row, "address"),
					 text_of(row, "reason"));
			assert_string_not_equal(err.text, "");
		}
	}
	cJSON_Delete(file);
}

static void test_sky_valid(void **state)
{
	cJSON *file = test_read_json(VECTORS "skycoin/addresses.json");
	const cJSON *row;

	(void)state;
	cJSON_ArrayForEach(row, rows_of(file, "valid"))
	{
		const char *text = text_of(row, "address");
		uint8_t pubkey[33], hash[20];
		struct sky_address a, of_key;
		char again[ADDRESS_TEXT_MAX];
		struct err err;

		if (sky_address_parse(text, &a, &err) < 0)
			fail_msg("%s: %s", text, err.text);
		assert_true(hex_to_bytes(text_of(row, "key_hash"), hash, sizeof(hash)));
		assert_memory_equal(a.key_hash.b, hash, sizeof(hash));
		sky_address_to_text(&a, again);
		assert_string_equal(again, text);
		if (!cJSON_HasObjectItem(row, "pubkey"))
			continue; /* made from a hash alone, such as the null address */
		assert_true(hex_to_bytes(text_of(row, "pubkey"), pubkey, sizeof(pubkey)));
		of_key = sky_address_from_pubkey(pubkey);
		assert_true(sky_address_equal(&a, &of_key));
	}
	cJSON_Delete(file);
}

/* A NUL byte cannot be in a C string: the text ends there, and the JSON room refuses such strings
 * before they come here.  What stands before it must be refused all the same. */
static bool row_has_nul(const cJSON *row)
{
	return strcmp(text_of(row, "why"), "NUL byte") == 0;
}

static void test_sky_invalid(void **state)
{
	cJSON *file = test_read_json(VECTORS "skycoin/addresses.json");
	const cJSON *row;

	(void)state;
	cJSON_ArrayForEach(row, rows_of(file, "invalid"))
	{
		struct sky_address a;
		struct err err = { .text = "" };

		if (sky_address_parse(text_of(row, "input"), &a, &err) != ERR_INVALID)
			fail_msg("'%s' passes: %s", text_of(row, "input"), text_of(row, "why"));
		if (!row_has_nul(row) && strcmp(err.text, text_of(row, "error_legacy")) != 0)
			fail_msg("%s: got '%s', want '%s'", text_of(row, "why"), err.text,
				 text_of(row, "error_legacy"));
	}
	cJSON_Delete(file);
}

static void test_sky_bitcoin_valid(void **state)
{
	cJSON *file = test_read_json(VECTORS "skycoin/addresses.json");
	const cJSON *row;

	(void)state;
	cJSON_ArrayForEach(row, rows_of(file, "bitcoin_valid"))
	{
		char of_key[ADDRESS_TEXT_MAX];
		struct btc_script script;
		uint8_t pubkey[33];
		struct err err;

		assert_int_equal(
			btc_address_parse(BTC_MAIN, text_of(row, "address"), &script, &err), 0);
		assert_true(hex_to_bytes(text_of(row, "pubkey"), pubkey, sizeof(pubkey)));
		btc_address_from_pubkey(pubkey, of_key);
		assert_string_equal(of_key, text_of(row, "address"));
	}
	cJSON_Delete(file);
}

static void test_sky_bitcoin_invalid(void **state)
{
	cJSON *file = test_read_json(VECTORS "skycoin/addresses.json");
	const cJSON *row;

	(void)state;
	cJSON_ArrayForEach(row, rows_of(file, "bitcoin_invalid"))
	{
		struct err err = { .text = "" };
		struct btc_script script;
		int rc = btc_address_parse(BTC_MAIN, text_of(row, "input"), &script, &err);

		if (rc == 0 && text_of(row, "input")[0] == '3')
			continue; /* P2SH: not the original's, but ours */
		if (rc != ERR_INVALID)
			fail_msg("'%s' passes: %s", text_of(row, "input"), text_of(row, "why"));
		if (strcmp(err.text, text_of(row, "error_legacy")) != 0)
			fail_msg("%s: got '%s', want '%s'", text_of(row, "why"), err.text,
				 text_of(row, "error_legacy"));
	}
	cJSON_Delete(file);
}

static void check_eth(const char *text, const char *checksum)
{
	char again[ADDRESS_TEXT_MAX];
	struct eth_address a;
	struct err err;

	if (eth_address_parse(text, &a, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	eth_address_to_text(&a, again);
	assert_string_equal(again, checksum);
}

static void test_eth_valid(void **state)
{
	cJSON *file = test_read_json(VECTORS "ethereum/addresses.json");
	const cJSON *row;

	(void)state;
	cJSON_ArrayForEach(row, rows_of(file, "addresses"))
	{
		check_eth(text_of(row, "checksum"), text_of(row, "checksum"));
		check_eth(text_of(row, "lower"), text_of(row, "checksum"));
	}
	cJSON_ArrayForEach(row, rows_of(file, "from_private_key"))
		check_eth(text_of(row, "checksum"), text_of(row, "checksum"));
	cJSON_Delete(file);
}

static void test_eth_invalid(void **state)
{
	cJSON *file = test_read_json(VECTORS "ethereum/addresses.json");
	const cJSON *row;

	(void)state;
	cJSON_ArrayForEach(row, rows_of(file, "invalid"))
	{
		struct eth_address a;
		struct err err;

		if (eth_address_parse(text_of(row, "address"), &a, &err) != ERR_INVALID)
			fail_msg("'%s' passes: %s", text_of(row, "address"),
				 text_of(row, "reason"));
	}
	cJSON_Delete(file);
}

static void test_eth_keccak(void **state)
{
	cJSON *file = test_read_json(VECTORS "ethereum/addresses.json");
	const cJSON *row;

	(void)state;
	cJSON_ArrayForEach(row, rows_of(file, "keccak256"))
	{
		const char *hex = text_of(row, "input_hex");
		char got[65];
		uint8_t input[1024];
		struct sha256 h;

		assert_true(strlen(hex) <= 2 * sizeof(input));
		assert_true(hex_decode(hex, strlen(hex), input));
		h = keccak256(input, strlen(hex) / 2);
		hex_from_bytes(h.b, sizeof(h.b), got);
		assert_string_equal(got, text_of(row, "digest"));
	}
	cJSON_Delete(file);
}

static void test_keygen_addresses(void **state)
{
	cJSON *file = test_read_json(VECTORS "skycoin/keygen.json");
	const cJSON *sequence, *key;

	(void)state;
	cJSON_ArrayForEach(sequence, rows_of(file, "sequences"))
	{
		cJSON_ArrayForEach(key, rows_of(sequence, "keys"))
		{
			char text[ADDRESS_TEXT_MAX];
			uint8_t pubkey[33];
			struct sky_address a;

			assert_true(hex_to_bytes(text_of(key, "pubkey"), pubkey, sizeof(pubkey)));
			btc_address_from_pubkey(pubkey, text);
			assert_string_equal(text, text_of(key, "btc_address"));
			a = sky_address_from_pubkey(pubkey);
			sky_address_to_text(&a, text);
			assert_string_equal(text, text_of(key, "sky_address"));
		}
	}
	cJSON_Delete(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_btc_valid),
		cmocka_unit_test(test_btc_invalid),
		cmocka_unit_test(test_sky_valid),
		cmocka_unit_test(test_sky_invalid),
		cmocka_unit_test(test_sky_bitcoin_valid),
		cmocka_unit_test(test_sky_bitcoin_invalid),
		cmocka_unit_test(test_eth_valid),
		cmocka_unit_test(test_eth_invalid),
		cmocka_unit_test(test_eth_keccak),
		cmocka_unit_test(test_keygen_addresses),
	};

	return cmocka_run_group_tests_name("addresses", tests, NULL, NULL);
}
