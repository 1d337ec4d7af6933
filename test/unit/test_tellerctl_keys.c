/* newbtcaddress against the outside vectors of the key generator, and newkeys. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/coin/address_sky.h"
#include "common/keys/ec.h"
#include "common/pool/pool_file.h"
#include "tellerctl/cmd_keys.h"
#include "tellerctl/command.h"
#include "test/support/test.h"

#define OUT_MAX (1U << 20)

static const char *text_of(const cJSON *row, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, key));

	assert_non_null(text);
	return text;
}

/* The vector's addresses, one a line. */
static void join_addresses(const cJSON *sequence, struct buf *out)
{
	const cJSON *key;

	cJSON_ArrayForEach(key, cJSON_GetObjectItemCaseSensitive(sequence, "keys"))
		assert_true(buf_printf(out, "%s\n", text_of(key, "btc_address")));
}

static void check_sequence(const cJSON *sequence)
{
	struct buf want = BUF_INIT(OUT_MAX), got = BUF_INIT(OUT_MAX);
	const char *hex = text_of(sequence, "seed_hex");
	size_t len = strlen(hex) / 2;
	uint8_t *seed = malloc(len + 1);
	struct err err;

	assert_non_null(seed);
	assert_true(hex_to_bytes(hex, seed, len));
	join_addresses(sequence, &want);
	assert_int_equal(keys_print_btc_addresses(
				 seed, len,
				 (uint64_t)cJSON_GetArraySize(
					 cJSON_GetObjectItemCaseSensitive(sequence, "keys")),
				 false, &got, &err),
			 0);
	assert_string_equal(buf_text(&got), buf_text(&want));
	buf_release(&want);
	buf_release(&got);
	free(seed);
}

static void test_vectors(void **state)
{
	cJSON *file = test_read_json(VECTORS "skycoin/keygen.json");
	const cJSON *sequences = cJSON_GetObjectItemCaseSensitive(file, "sequences"), *sequence;

	(void)state;
	assert_true(cJSON_GetArraySize(sequences) > 0);
	cJSON_ArrayForEach(sequence, sequences) check_sequence(sequence);
	cJSON_Delete(file);
}

/* Both forms must be pool files that exchangerd takes. */
static void test_output_is_a_pool_file(void **state)
{
	(void)state;
	for (int json = 0; json < 2; json++) {
		struct buf out = BUF_INIT(OUT_MAX), mistakes = BUF_INIT(OUT_MAX);
		struct pool_file file;
		struct err err;

		assert_int_equal(
			keys_print_btc_addresses((const uint8_t *)"a", 1, 3, json == 1, &out, &err),
			0);
		assert_int_equal(pool_file_parse(COIN_BTC, BTC_MAIN, "out", buf_text(&out), out.len,
						 json == 1, &file, &mistakes, &err),
				 0);
		assert_int_equal(file.count, 3);
		assert_string_equal(file.address[0], "16Dw3XB1cqcUip5ygg7YU6GJqWwpU4fBgS");
		pool_file_release(&file);
		buf_release(&out);
		buf_release(&mistakes);
	}
}

static void test_seed_limits(void **state)
{
	static uint8_t seed[5000];
	struct buf out = BUF_INIT(OUT_MAX);
	struct err err;

	(void)state;
	memset(seed, 'x', sizeof(seed));
	assert_int_equal(keys_print_btc_addresses(seed, 0, 1, false, &out, &err), ERR_INVALID);
	assert_string_equal(err.text, "Seed input is empty");
	assert_int_equal(keys_print_btc_addresses(seed, 4096, 1, false, &out, &err), 0);
	assert_int_equal(keys_print_btc_addresses(seed, 4097, 1, false, &out, &err), ERR_INVALID);
	buf_release(&out);
}

static void test_line_end(void **state)
{
	// clang-format off
	static const struct { const char *why, *typed; size_t len; } rows[] = {
		{ "as echo gives it",           "seed\n",   4 },
		{ "as printf gives it",         "seed",     4 },
		{ "from another system",        "seed\r\n", 4 },
		{ "one line end only",          "seed\n\n", 5 },
		{ "spaces belong to the seed",  " seed \n", 6 },
		{ "nothing but a line end",     "\n",       0 },
		{ "nothing",                    "",         0 },
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (keys_trim_line_end((const uint8_t *)rows[i].typed, strlen(rows[i].typed)) !=
		    rows[i].len)
			fail_msg("%s", rows[i].why);
}

static void test_count_is_checked(void **state)
{
	static const char *const bad[] = { "0", "-1", "", "many", "200001", "1.5" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ctl ctl = { .out = BUF_INIT(OUT_MAX), .notes = BUF_INIT(OUT_MAX) };
		char seed[] = "a", count[16];
		char *argv[] = { seed, count, NULL };
		struct err err;

		assert_true(text_copy(count, sizeof(count), bad[i]));
		assert_int_equal(ctl_newbtcaddress(&ctl, 2, argv, &err), ERR_INVALID);
		assert_int_equal(ctl_newkeys(&ctl, 1, argv + 1, &err), ERR_INVALID);
		assert_int_equal(ctl.out.len, 0);
	}
}

static void test_seed_is_wiped_from_the_command_line(void **state)
{
	struct ctl ctl = { .out = BUF_INIT(OUT_MAX), .notes = BUF_INIT(OUT_MAX) };
	char seed[] = "secret", count[] = "1";
	char *argv[] = { seed, count, NULL };
	struct err err;

	(void)state;
	assert_int_equal(ctl_newbtcaddress(&ctl, 2, argv, &err), 0);
	assert_memory_equal(seed, "\0\0\0\0\0\0", 6);
	buf_release(&ctl.out);
}

static void check_key(const cJSON *key)
{
	struct sky_address from_text, from_key;
	struct seckey seckey;
	struct pubkey pubkey;
	char hex[67];
	struct err err;

	assert_true(hex_to_bytes(text_of(key, "secret_key"), seckey.b, sizeof(seckey.b)));
	assert_true(pubkey_from_seckey(&seckey, &pubkey));
	hex_from_bytes(pubkey.b, sizeof(pubkey.b), hex);
	assert_string_equal(hex, text_of(key, "public_key"));
	assert_int_equal(sky_address_parse(text_of(key, "address"), &from_text, &err), 0);
	from_key = sky_address_from_pubkey(pubkey.b);
	assert_true(sky_address_equal(&from_text, &from_key));
}

static void test_new_keys_belong_together(void **state)
{
	struct ctl ctl = { .out = BUF_INIT(OUT_MAX), .notes = BUF_INIT(OUT_MAX) };
	char count[] = "3";
	char *argv[] = { count, NULL };
	cJSON *keys, *key;
	struct err err;

	(void)state;
	assert_int_equal(ctl_newkeys(&ctl, 1, argv, &err), 0);
	assert_true(ctl.out.secret); /* wiped when released */
	keys = cJSON_Parse(buf_text(&ctl.out));
	assert_int_equal(cJSON_GetArraySize(keys), 3);
	cJSON_ArrayForEach(key, keys) check_key(key);
	assert_string_not_equal(text_of(cJSON_GetArrayItem(keys, 0), "address"),
				text_of(cJSON_GetArrayItem(keys, 1), "address"));
	cJSON_Delete(keys);
	buf_release(&ctl.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_output_is_a_pool_file),
		cmocka_unit_test(test_seed_limits),
		cmocka_unit_test(test_line_end),
		cmocka_unit_test(test_count_is_checked),
		cmocka_unit_test(test_seed_is_wiped_from_the_command_line),
		cmocka_unit_test(test_new_keys_belong_together),
	};

	return cmocka_run_group_tests_name("tellerctl keys", tests, NULL, NULL);
}
