/* Blocks recorded at nodes of both generations, and the same with one thing changed, which must be
 * refused: what a lying node, or a broken one, would send. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/node/sky_block_read.h"
#include "test/support/sky_replay.h"

static int read_text(const char *text, uint64_t first, uint64_t last, struct sky_blocks *ret,
		     struct err *err)
{
	return sky_blocks_read(text, strlen(text), first, last, ret, err);
}

/* --- what is in a block ----------------------------------------------------------------------- */

static void check_output(const struct sky_tx_output *o, const cJSON *json)
{
	char address[ADDRESS_TEXT_MAX], coins[UNITS_TEXT_MAX];

	sky_address_to_text(&o->to, address);
	droplets_to_text(o->coins, coins);
	assert_string_equal(address, cJSON_GetObjectItem(json, "dst")->valuestring);
	assert_string_equal(coins, cJSON_GetObjectItem(json, "coins")->valuestring);
}

static void check_tx(const struct sky_block_tx *t, const cJSON *json)
{
	const cJSON *outputs = cJSON_GetObjectItem(json, "outputs");
	char txid[65];

	hex_from_bytes(t->txid.b, sizeof(t->txid.b), txid);
	assert_string_equal(txid, cJSON_GetObjectItem(json, "txid")->valuestring);
	assert_int_equal(t->tx.output_count, cJSON_GetArraySize(outputs));
	for (size_t i = 0; i < t->tx.output_count; i++)
		check_output(&t->tx.outputs[i], cJSON_GetArrayItem(outputs, (int)i));
}

static void check_block(const struct sky_block *b, const cJSON *json, bool tells_ux_hash)
{
	const cJSON *txns = cJSON_GetObjectItem(cJSON_GetObjectItem(json, "body"), "txns");

	assert_int_equal(b->tells_ux_hash, tells_ux_hash);
	assert_int_equal(b->tx_count, cJSON_GetArraySize(txns));
	for (size_t i = 0; i < b->tx_count; i++)
		check_tx(&b->txs[i], cJSON_GetArrayItem(txns, (int)i));
}

static void check_recorded(const char *file, const char *call, uint64_t first, uint64_t last,
			   size_t count, bool modern)
{
	cJSON *rec = sky_recording(file);
	const char *body = sky_member(sky_call(rec, call), "response", "body");
	cJSON *answer = cJSON_Parse(body);
	const cJSON *list = cJSON_GetObjectItem(answer, "blocks");
	struct sky_blocks b;
	struct err err;

	if (read_text(body, first, last, &b, &err) < 0)
		fail_msg("%s %s: %s", file, call, err.text);
	assert_int_equal(b.count, count);
	for (size_t i = 0; i < count; i++)
		check_block(&b.list[i], cJSON_GetArrayItem(list, (int)i), modern);
	sky_blocks_release(&b);
	cJSON_Delete(answer);
	cJSON_Delete(rec);
}

static void test_recorded_blocks(void **state)
{
	(void)state;
	check_recorded("rest-modern.json", "blocks_range", 2, 4, 3, true);
	check_recorded("rest-modern.json", "blocks_past_head", 6, 16, 1, true);
	check_recorded("rest-modern.json", "blocks_beyond", 11, 16, 0, true);
	check_recorded("rest-legacy.json", "blocks_range", 2, 4, 3, false);
	check_recorded("rest-legacy.json", "last_blocks_1000", 0, 255, 7, false);
}

/* --- one thing changed ------------------------------------------------------------------------ */

/* The text with the first `from` behind `after` replaced; free() it. */
static char *changed(const char *text, const char *after, const char *from, const char *to)
{
	const char *at = strstr(text, after);
	char *made = NULL;

	assert_non_null(at);
	at = strstr(at, from);
	if (at == NULL)
		fail_msg("no '%s' behind '%s'", from, after);
	assert_true(asprintf(&made, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
	return made;
}

/* Block 2 of the recording: a payment of 12.500000, with change. */
static const struct lie {
	const char *why, *after, *from, *to, *text;
} lies[] = {
	{ "more coins", "\"outputs\"", "12.500000", "92.500000", "what its uxid says" },
	{ "fewer hours", "\"outputs\"", "\"hours\": ", "\"hours\": 1", "what its uxid says" },
	{ "another fee", "\"header\"", "\"fee\": ", "\"fee\": 1", "what its hash says" },
	{ "another time", "\"header\"", "\"timestamp\": ", "\"timestamp\": 1",
	  "what its hash says" },
	{ "another version", "\"header\"", "\"version\": ", "\"version\": 1",
	  "what its hash says" },
	{ "another hash", "\"header\"", "\"block_hash\": \"", "\"block_hash\": \"0", "hex" },
	{ "another block", "\"header\"", "\"seq\": 2", "\"seq\": 3", "sent block 3" },
	{ "another type", "\"txns\"", "\"type\": 0", "\"type\": 1", "what its id says" },
	{ "another length", "\"txns\"", "\"length\": ", "\"length\": 1", "what its id says" },
	{ "half an output", "\"outputs\"", "\"dst\"", "\"dust\"", "lacks a member" },
	{ "half a transaction", "\"txns\"", "\"inner_hash\"", "\"inner_has\"", "lacks a member" },
	{ "half a header", "\"header\"", "\"fee\"", "\"fees\"", "lacks a member" },
	{ "no body", "{", "\"body\"", "\"bode\"", "lacks a member" },
	{ "no list", "{", "\"blocks\"", "\"block\"", "no list" },
	{ "a negative amount", "\"outputs\"", "12.500000", "-12.500000", "no amount" },
	{ "seven places", "\"outputs\"", "12.500000", "12.5000000", "no amount" },
	{ "an amount as a number", "\"outputs\"", "\"12.500000\"", "12.500000", "" },
	{ "hours as text", "\"outputs\"",
	  "\"hours\": ", "\"hours\": \"1\", \"was\": ", "whole number" },
	{ "hours with a fraction", "\"outputs\"",
	  "\"hours\": ", "\"hours\": 1.5, \"was\": ", "whole number" },
	{ "hours beyond 64 bits", "\"outputs\"",
	  "\"hours\": ", "\"hours\": 18446744073709551616, \"was\": ", "whole number" },
	{ "a member twice", "\"outputs\"", "\"coins\"", "\"coins\": \"1.000000\", \"coins\"",
	  "twice" },
	{ "something behind it", "{", "]\n}", "]\n} {", "follows" },
};

static char *block_2(void)
{
	cJSON *rec = sky_recording("rest-modern.json");
	char *text = NULL;

	assert_true(asprintf(&text, "{\"blocks\": [%s]\n}",
			     sky_member(sky_call(rec, "block_2"), "response", "body")) > 0);
	cJSON_Delete(rec);
	return text;
}

static void expect_refused(const char *why, const char *text, uint64_t first, uint64_t last,
			   const char *complaint)
{
	struct sky_blocks b;
	struct err err = { .text = "" };

	if (read_text(text, first, last, &b, &err) == 0)
		fail_msg("%s: taken", why);
	if (err.code != ERR_INVALID || strstr(err.text, complaint) == NULL)
		fail_msg("%s: %s", why, err.text);
}

static void test_lies_are_refused(void **state)
{
	char *good = block_2(), *bad;
	struct sky_blocks b;
	struct err err;

	(void)state;
	assert_int_equal(read_text(good, 2, 2, &b, &err), 0);
	sky_blocks_release(&b);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		bad = changed(good, lies[i].after, lies[i].from, lies[i].to);
		expect_refused(lies[i].why, bad, 2, 2, lies[i].text);
		free(bad);
	}
	expect_refused("another block than asked", good, 1, 2, "sent block 2");
	free(good);
}

/* `*text` with each `from` replaced by `to`, which is as long. */
static void replace_hash(char *text, const struct sha256 *from, const struct sha256 *to)
{
	char was[65], is[65];
	char *at = text;

	hex_from_bytes(from->b, sizeof(from->b), was);
	hex_from_bytes(to->b, sizeof(to->b), is);
	assert_non_null(strstr(text, was));
	while ((at = strstr(at, was)) != NULL)
		memcpy(at, is, 64);
}

/* The block with its first output paid to an address of version 1, and all hashes as they are then;
 * `text` becomes its text.  free() it. */
static char *pay_version_1(char *text, struct sky_block *b)
{
	struct sky_block_tx *t = &b->txs[0];
	struct sha256 txid = t->txid, body = b->body_hash, hash = b->hash, uxid, made;
	char was[ADDRESS_TEXT_MAX], is[ADDRESS_TEXT_MAX], *other;
	struct sky_tx_output before = t->tx.outputs[0];

	sky_address_to_text(&before.to, was);
	t->tx.outputs[0].to.version = 1;
	sky_address_to_text(&t->tx.outputs[0].to, is);
	assert_true(sky_block_txid(&t->tx, &t->txid));
	for (size_t i = 0; i < t->tx.output_count; i++) {
		uxid = sky_tx_uxid(&txid, i == 0 ? &before : &t->tx.outputs[i]);
		made = sky_tx_uxid(&t->txid, &t->tx.outputs[i]);
		replace_hash(text, &uxid, &made);
	}
	b->body_hash = sky_block_body_hash(b);
	b->hash = sky_block_hash(b);
	replace_hash(text, &txid, &t->txid);
	if (memcmp(&body, &txid, sizeof(body)) != 0) /* else it is replaced already */
		replace_hash(text, &body, &b->body_hash);
	replace_hash(text, &hash, &b->hash);
	other = changed(text, "\"outputs\"", was, is);
	free(text);
	return other;
}

/* Nobody can spend from such an address, but anybody may pay to it: the chain takes that, and what
 * else is in the block counts. */
static void test_an_address_of_another_version(void **state)
{
	char *text = block_2();
	struct sky_blocks b;
	struct err err;

	(void)state;
	assert_int_equal(read_text(text, 2, 2, &b, &err), 0);
	text = pay_version_1(text, &b.list[0]);
	sky_blocks_release(&b);
	if (read_text(text, 2, 2, &b, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(b.list[0].txs[0].tx.outputs[0].to.version, 1);
	sky_blocks_release(&b);
	free(text);
}

/* Each digit of every hash, id, key and signature. */
static void test_no_digit_may_change(void **state)
{
	char *text = block_2(), was;
	struct sky_blocks b;
	unsigned hashes = 0;

	(void)state;
	for (char *at = text; *at != '\0'; at++) {
		size_t run = strspn(at, "0123456789abcdef");

		for (size_t i = 0; run >= 64 && i < run; i += 7) {
			was = at[i];
			at[i] = was == '0' ? '1' : '0';
			if (read_text(text, 2, 2, &b, NULL) == 0)
				fail_msg("taken with a changed digit at '%.20s'", at);
			at[i] = was;
		}
		hashes += run >= 64;
		at += run > 0 ? run - 1 : 0;
	}
	assert_in_range(hashes, 9, 20);
	free(text);
}

/* A transaction left out, put in twice, or moved. */
static void test_the_list_is_whole(void **state)
{
	cJSON *rec = sky_recording("rest-modern.json"), *root, *txns;
	const char *body = sky_member(sky_call(rec, "block_1"), "response", "body");
	char *text, *inner;

	(void)state;
	for (int how = 0; how < 2; how++) {
		root = cJSON_Parse(body);
		txns = cJSON_GetObjectItem(cJSON_GetObjectItem(root, "body"), "txns");
		if (how == 0)
			cJSON_DeleteItemFromArray(txns, 0);
		else
			cJSON_AddItemToArray(txns,
					     cJSON_Duplicate(cJSON_GetArrayItem(txns, 0), true));
		inner = cJSON_PrintUnformatted(root);
		assert_true(asprintf(&text, "{\"blocks\":[%s]}", inner) > 0);
		expect_refused(how == 0 ? "left out" : "twice", text, 1, 1, "those of its header");
		free(text);
		free(inner);
		cJSON_Delete(root);
	}
	cJSON_Delete(rec);
}

static void test_blocks_follow_each_other(void **state)
{
	cJSON *rec = sky_recording("rest-legacy.json");
	const char *body = sky_member(sky_call(rec, "blocks_range"), "response", "body");
	const char *second = strstr(strstr(body, "\"seq\": 3"), "previous_block_hash");
	char *bad = strdup(body), *at;

	(void)state;
	assert_non_null(bad);
	at = bad + (second - body) + strlen("previous_block_hash\": \"");
	*at = *at == '0' ? '1' : '0';
	expect_refused("another parent", bad, 2, 4, "does not follow");
	expect_refused("too many", body, 2, 3, "more blocks than");
	free(bad);
	cJSON_Delete(rec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded_blocks),
		cmocka_unit_test(test_lies_are_refused),
		cmocka_unit_test(test_an_address_of_another_version),
		cmocka_unit_test(test_no_digit_may_change),
		cmocka_unit_test(test_the_list_is_whole),
		cmocka_unit_test(test_blocks_follow_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
