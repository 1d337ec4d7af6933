/* Real blocks with every output that independent libraries found in them, and damaged ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/coin/address_btc.h"
#include "scannerd/btc_block.h"
#include "scannerd/btc_hex.h"
#include "test/support/test.h"

#define BITCOIN VECTORS "bitcoin/"

static const struct {
	const char *file, *why;
	enum btc_network network;
} blocks[] = {
	{ "blocks/main-170", "outputs to bare public keys", BTC_MAIN },
	{ "blocks/main-300025", "bare multisig whose other keys are data", BTC_MAIN },
	{ "blocks/main-482683", "first weeks of segwit", BTC_MAIN },
	{ "blocks/main-866342", "every kind of script, large witnesses", BTC_MAIN },
	{ "blocks/test-898352", "the test network's addresses", BTC_TEST },
	{ "regtest-blocks/regtest-441", "every kind of output", BTC_REGTEST },
	{ "regtest-blocks/regtest-442", "a coinbase alone", BTC_REGTEST },
	{ "regtest-blocks/regtest-443", "one transaction pays an address twice", BTC_REGTEST },
	{ "regtest-blocks/regtest-444", "two transactions", BTC_REGTEST },
	{ "regtest-blocks/regtest-445", "a segwit input", BTC_REGTEST },
	{ "regtest-blocks/regtest-446", "a coinbase that pays a deposit", BTC_REGTEST },
	{ "regtest-blocks/regtest-447", "a coinbase alone", BTC_REGTEST },
	{ "regtest-blocks/regtest-448", "a coinbase alone", BTC_REGTEST },
};

static char *read_vector(const char *name, const char *suffix, size_t *ret_len)
{
	char path[512];

	(void)snprintf(path, sizeof(path), BITCOIN "%s%s", name, suffix);
	return test_read_file(path, ret_len);
}

static const char *text_member(const cJSON *j, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(j, key));

	assert_non_null(text);
	return text;
}

/* The expected rows, taken one by one. */
struct expect {
	const char *why;
	enum btc_network network;
	const cJSON *row;
	unsigned count;
};

static void expect_output(void *arg, const struct btc_output *o)
{
	struct expect *e = arg;
	char hash[BTC_HASH_TEXT_MAX], id[96], address[ADDRESS_TEXT_MAX];
	const char *want;
	bool has;

	if (e->row == NULL) {
		fail_msg("%s: more outputs than expected", e->why);
		return;
	}
	btc_hash_text(o->txid, hash);
	(void)snprintf(id, sizeof(id), "%s:%u", hash, o->n);
	assert_string_equal(id, cJSON_GetStringValue(cJSON_GetArrayItem(e->row, 0)));
	has = btc_address_from_script(e->network, o->script, o->script_len, address);
	want = cJSON_GetStringValue(cJSON_GetArrayItem(e->row, 1));
	if (has != (want != NULL) || (has && strcmp(address, want) != 0))
		fail_msg("%s: %s has address %s, expected %s", e->why, id, has ? address : "none",
			 want != NULL ? want : "none");
	assert_true((double)o->value == cJSON_GetNumberValue(cJSON_GetArrayItem(e->row, 2)));
	e->row = e->row->next;
	e->count++;
}

static void check_header(const struct btc_block *b, const cJSON *j)
{
	char text[BTC_HASH_TEXT_MAX];

	btc_hash_text(&b->hash, text);
	assert_string_equal(text, text_member(j, "hash"));
	btc_hash_text(&b->prev_hash, text);
	assert_string_equal(text, text_member(j, "previousblockhash"));
	assert_int_equal(b->tx_count, cJSON_GetNumberValue(cJSON_GetObjectItem(j, "tx_count")));
}

static void check_block(unsigned i)
{
	size_t len, json_len;
	char *raw = read_vector(blocks[i].file, ".bin", &len);
	char *text = read_vector(blocks[i].file, ".json", &json_len);
	cJSON *j = cJSON_Parse(text);
	struct expect e = { .why = blocks[i].why, .network = blocks[i].network };
	struct btc_block b;
	struct err err;

	assert_non_null(j);
	if (btc_block_parse((const uint8_t *)raw, len, &b, &err) < 0)
		fail_msg("%s: %s", blocks[i].file, err.text);
	check_header(&b, j);
	e.row = cJSON_GetObjectItem(j, "outputs")->child;
	btc_block_each_output(&b, expect_output, &e);
	assert_null(e.row);
	assert_int_equal(e.count, cJSON_GetNumberValue(cJSON_GetObjectItem(j, "output_count")));
	btc_block_release(&b);
	cJSON_Delete(j);
	free(text);
	free(raw);
}

static void test_real_blocks(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		check_block(i);
}

/* In memory of exactly its size, so that a sanitizer sees a read past the end. */
static void expect_refused(const char *data, size_t len, const char *why)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);
	struct btc_block b;
	struct err err;

	assert_non_null(exact);
	memcpy(exact, data, len);
	if (btc_block_parse(exact, len, &b, &err) != ERR_INVALID)
		fail_msg("accepted: %s", why);
	free(exact);
}

static void test_bad_blocks(void **state)
{
	cJSON *index = test_read_json(BITCOIN "bad-blocks/index.json");
	const cJSON *row;
	unsigned count = 0;

	(void)state;
	cJSON_ArrayForEach(row, cJSON_GetObjectItem(index, "blocks"))
	{
		char path[256];
		size_t len;
		char *data;

		(void)snprintf(path, sizeof(path), "bad-blocks/%s", text_member(row, "file"));
		data = read_vector(path, "", &len);
		assert_int_equal(len, cJSON_GetNumberValue(cJSON_GetObjectItem(row, "size")));
		expect_refused(data, len, text_member(row, "why"));
		free(data);
		count++;
	}
	assert_int_equal(count, 14);
	cJSON_Delete(index);
}

/* Wherever a block is cut, and whichever of its bits is changed, it is refused: only witness
 * bytes are not covered by the block hash. */
static void test_every_cut_is_refused(void **state)
{
	size_t len;
	char *raw = read_vector("blocks/main-170", ".bin", &len);

	(void)state;
	for (size_t cut = 0; cut < len; cut++)
		expect_refused(raw, cut, "cut short");
	free(raw);
}

static void test_every_changed_bit_is_refused(void **state)
{
	size_t len;
	char *raw = read_vector("blocks/main-170", ".bin", &len);

	(void)state;
	for (size_t bit = 36 * 8; bit < len * 8; bit++) {
		bool in_header_tail = bit >= 68 * 8 && bit < 80 * 8;

		raw[bit / 8] ^= (char)(1 << bit % 8);
		if (!in_header_tail) /* time, bits, nonce: another block hash, no other content */
			expect_refused(raw, len, "one bit changed");
		raw[bit / 8] ^= (char)(1 << bit % 8);
	}
	free(raw);
}

static void test_hex(void **state)
{
	static const struct {
		const char *why, *hex;
		bool ok;
	} rows[] = {
		{ "nothing is zero bytes", "", true },
		{ "both cases", "00ffAbcD", true },
		{ "odd number of digits", "abc", false },
		{ "a letter after f", "0g", false },
		{ "the character before 0", "/0", false },
		{ "the character after 9", "0:", false },
		{ "the characters round the letters", "@G", false },
		{ "a space", "0 ", false },
		{ "bytes above 127", "\xff\xff", false },
		{ "a bad pair among good ones", "00zz00", false },
	};
	uint8_t out[8];

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (btc_hex_decode(rows[i].hex, strlen(rows[i].hex), out) != rows[i].ok)
			fail_msg("%s", rows[i].why);
	assert_true(btc_hex_decode("00ffAbcD", 8, out));
	assert_memory_equal(out, "\x00\xff\xab\xcd", 4);
}

#define HEX_LEN (2 * BTC_HEX_WIDE + 12) /* some of it for each of the ways */

/* `decode` sees all `len` digits in memory of just that length. */
static void check_one_odd_digit(bool (*decode)(const char *, size_t, uint8_t *), size_t len,
				size_t at, char c)
{
	char *hex = malloc(len), one[3] = "55";
	uint8_t *out = malloc(len / 2);

	assert_non_null(hex);
	assert_non_null(out);
	memset(hex, '5', len);
	hex[at] = one[at % 2] = c;
	if (c != '\0' && strchr("0123456789abcdefABCDEF", c) != NULL) {
		assert_true(decode(hex, len, out));
		for (size_t i = 0; i < len / 2; i++)
			assert_int_equal(out[i], i == at / 2 ? strtoul(one, NULL, 16) : 0x55);
	} else {
		assert_false(decode(hex, len, out));
	}
	free(hex);
	free(out);
}

/* Every byte at every place: the decoders take many digits at a time. */
static void test_hex_every_byte_everywhere(void **state)
{
	(void)state;
	for (size_t at = 0; at < HEX_LEN; at++) {
		for (int c = 0; c < 256; c++) {
			check_one_odd_digit(btc_hex_decode, HEX_LEN, at, (char)c);
			check_one_odd_digit(btc_hex_plain, HEX_LEN, at, (char)c);
			if (btc_hex_wide_works() && at < 2 * BTC_HEX_WIDE)
				check_one_odd_digit(btc_hex_wide, 2 * BTC_HEX_WIDE, at, (char)c);
		}
	}
}

/* Each length: even ones are decoded to the last digit and not beyond, odd ones refused. */
static void test_hex_every_length(void **state)
{
	(void)state;
	for (size_t len = 0; len <= HEX_LEN; len++) {
		uint8_t out[HEX_LEN / 2 + 1];
		char hex[HEX_LEN];

		memset(out, 0xee, sizeof(out));
		memset(hex, 'a', sizeof(hex));
		assert_int_equal(btc_hex_decode(hex, len, out), len % 2 == 0);
		for (size_t i = 0; len % 2 == 0 && i < sizeof(out); i++)
			assert_int_equal(out[i], i < len / 2 ? 0xaa : 0xee);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_blocks),
		cmocka_unit_test(test_bad_blocks),
		cmocka_unit_test(test_every_cut_is_refused),
		cmocka_unit_test(test_every_changed_bit_is_refused),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_hex_every_byte_everywhere),
		cmocka_unit_test(test_hex_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
