/* Blocks and receipts recorded from anvil and geth, with what must come of them; and the same with
 * one thing changed, which must be refused. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scannerd/eth_block.h"
#include "test/support/test.h"

#define ETHEREUM VECTORS "ethereum/"

/* --- the recordings ------------------------------------------------------------------------ */

static cJSON *recorded(const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), ETHEREUM "%s.response.json", name);
	return test_read_json(path);
}

/* The result's text. */
static char *result_text(const char *name)
{
	cJSON *answer = recorded(name);
	char *text = cJSON_PrintUnformatted(cJSON_GetObjectItem(answer, "result"));

	assert_non_null(text);
	cJSON_Delete(answer);
	return text;
}

static int parse_block(const char *name, struct eth_block *ret, struct err *err)
{
	char *text = result_text(name);
	int rc = eth_block_parse(text, strlen(text), ret, err);

	free(text);
	return rc;
}

static void expect_hash(const struct eth_hash *h, const char *text)
{
	char got[ETH_HASH_TEXT_MAX];

	eth_hash_text(h, got);
	assert_string_equal(got, text);
}

static const char *member(const cJSON *j, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(j, key));

	assert_non_null(text);
	return text;
}

/* --- all blocks ---------------------------------------------------------------------------- */

static const char *const blocks[] = {
	"anvil/05-block-0",
	"anvil/06-block-contract-creation",
	"anvil/11-block-mixed-full",
	"anvil/13-block-mixed-byhash",
	"anvil/35-tag-latest",
	"anvil/36-tag-safe",
	"anvil/37-tag-finalized",
	"anvil/38-tag-earliest",
	"anvil/40-reorg-before-parent",
	"anvil/41-reorg-before-tip",
	"anvil/43-reorg-after-parent",
	"anvil/44-reorg-after-tip",
	"geth/eth_getBlockByNumber.get-finalized",
	"geth/eth_getBlockByNumber.get-genesis",
	"geth/eth_getBlockByNumber.get-latest",
};

static void check_head(const struct eth_head *h, const cJSON *j)
{
	assert_int_equal(h->number, strtoll(member(j, "number"), NULL, 16));
	assert_int_equal(h->timestamp, strtoll(member(j, "timestamp"), NULL, 16));
	expect_hash(&h->hash, member(j, "hash"));
	expect_hash(&h->parent, member(j, "parentHash"));
}

static void check_tx(const struct eth_tx *t, const cJSON *j)
{
	const cJSON *to = cJSON_GetObjectItem(j, "to");
	char text[ETH_HASH_TEXT_MAX];
	struct units value;

	expect_hash(&t->hash, member(j, "hash"));
	assert_int_equal(t->has_to, cJSON_IsString(to));
	if (t->has_to) {
		struct eth_hash padded = { { 0 } };

		memcpy(padded.b, t->to, sizeof(t->to));
		eth_hash_text(&padded, text);
		assert_memory_equal(text, to->valuestring, 42);
	}
	assert_true(units_from_hex(member(j, "value") + 2, strlen(member(j, "value")) - 2, &value));
	assert_int_equal(units_compare(t->value, value), 0);
	assert_int_equal(t->outcome, ETH_NOT_TOLD);
}

static void test_every_recorded_block_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		cJSON *answer = recorded(blocks[i]);
		const cJSON *result = cJSON_GetObjectItem(answer, "result");
		const cJSON *txs = cJSON_GetObjectItem(result, "transactions");
		struct eth_block b;
		struct err err;

		if (parse_block(blocks[i], &b, &err) < 0)
			fail_msg("%s: %s", blocks[i], err.text);
		check_head(&b.head, result);
		assert_int_equal(b.tx_count, cJSON_GetArraySize(txs));
		for (size_t n = 0; n < b.tx_count; n++)
			check_tx(&b.txs[n], cJSON_GetArrayItem(txs, (int)n));
		eth_block_release(&b);
		cJSON_Delete(answer);
	}
}

/* Asked for with hashes in place of transactions: enough for a head, not for a block. */
static const char *const heads[] = {
	"anvil/12-block-mixed-hashes",
	"geth/eth_getBlockByNumber.get-block-cancun-fork",
	"geth/eth_getBlockByNumber.get-block-merge-fork",
	"geth/eth_getBlockByNumber.get-block-prague-fork",
	"geth/eth_getBlockByNumber.get-block-shanghai-fork",
};

static void test_heads(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		cJSON *answer = recorded(heads[i]);
		char *text = result_text(heads[i]);
		struct eth_block b;
		struct eth_head h;
		struct err err;

		assert_int_equal(eth_head_parse(text, strlen(text), &h, &err), 0);
		check_head(&h, cJSON_GetObjectItem(answer, "result"));
		assert_int_equal(eth_block_parse(text, strlen(text), &b, &err), ERR_INVALID);
		free(text);
		cJSON_Delete(answer);
	}
}

/* After a reorganisation another hash stands at the height, and the next block follows it. */
static void test_recorded_reorganisation(void **state)
{
	struct eth_block before, parent, tip;
	struct err err;

	(void)state;
	assert_int_equal(parse_block("anvil/41-reorg-before-tip", &before, &err), 0);
	assert_int_equal(parse_block("anvil/43-reorg-after-parent", &parent, &err), 0);
	assert_int_equal(parse_block("anvil/44-reorg-after-tip", &tip, &err), 0);
	assert_int_equal(before.head.number, tip.head.number);
	assert_false(eth_hash_equal(&before.head.hash, &tip.head.hash));
	assert_false(eth_hash_equal(&before.head.parent, &parent.head.hash));
	assert_true(eth_hash_equal(&tip.head.parent, &parent.head.hash));
	assert_int_equal(before.tx_count, 1);
	assert_int_equal(tip.tx_count, 0);
	eth_block_release(&before);
	eth_block_release(&parent);
	eth_block_release(&tip);
}

static void test_what_is_not_there(void **state)
{
	struct eth_block b = { .txs = NULL };
	struct err err;

	(void)state;
	assert_int_equal(parse_block("anvil/27-block-future", &b, &err), ERR_NOT_FOUND);
	assert_int_equal(parse_block("anvil/28-block-unknown-hash", &b, &err), ERR_NOT_FOUND);
	assert_int_equal(parse_block("geth/eth_getBlockByNumber.get-block-notfound", &b, &err),
			 ERR_NOT_FOUND);
	assert_int_equal(eth_receipts_parse("null", 4, &b, &err), ERR_NOT_FOUND);
	assert_int_equal(eth_receipt_parse("null", 4, &b, 0, &err), ERR_NOT_FOUND);
}

/* --- the mixed block ------------------------------------------------------------------------ */

struct mixed {
	cJSON *index;
	const cJSON *expected;
	struct eth_block block;
};

static int mixed_setup(void **state)
{
	struct mixed *m = calloc(1, sizeof(*m));
	char *receipts = result_text("anvil/15-block-mixed-receipts-byhash");
	struct err err;

	assert_non_null(m);
	m->index = test_read_json(ETHEREUM "anvil/index.json");
	m->expected = cJSON_GetObjectItem(m->index, "mixed_block");
	assert_int_equal(parse_block("anvil/11-block-mixed-full", &m->block, &err), 0);
	if (eth_receipts_parse(receipts, strlen(receipts), &m->block, &err) < 0)
		fail_msg("%s", err.text);
	free(receipts);
	*state = m;
	return 0;
}

static int mixed_teardown(void **state)
{
	struct mixed *m = *state;

	eth_block_release(&m->block);
	cJSON_Delete(m->index);
	free(m);
	return 0;
}

static bool pays_deposit_address(const struct mixed *m, const struct eth_tx *t, char ret[67])
{
	const cJSON *address;
	struct eth_hash padded = { { 0 } };

	memcpy(padded.b, t->to, sizeof(t->to));
	eth_hash_text(&padded, ret);
	ret[42] = '\0';
	cJSON_ArrayForEach(address, cJSON_GetObjectItem(m->index, "deposit_addresses"))
	{
		if (t->has_to && strcmp(address->valuestring, ret) == 0)
			return true;
	}
	return false;
}

/* Exactly the transfers that the recording says count, in their order. */
static void test_mixed_block_gives_the_expected_credits(void **state)
{
	const struct mixed *m = *state;
	const cJSON *row = cJSON_GetObjectItem(m->expected, "expected_top_level_credits")->child;

	for (size_t i = 0; i < m->block.tx_count; i++) {
		const struct eth_tx *t = &m->block.txs[i];
		char address[67], hash[ETH_HASH_TEXT_MAX], id[96], wei[UNITS_TEXT_MAX];

		if (t->outcome != ETH_SUCCESS || units_is_zero(t->value) ||
		    !pays_deposit_address(m, t, address))
			continue;
		assert_non_null(row);
		eth_hash_text(&t->hash, hash);
		(void)snprintf(id, sizeof(id), "%s:%zu", hash, i);
		units_to_text(t->value, wei);
		assert_string_equal(id, member(row, "deposit_id"));
		assert_string_equal(address, member(row, "address"));
		assert_string_equal(wei, member(row, "wei"));
		row = row->next;
	}
	assert_null(row);
}

static void test_mixed_block_what_must_not_count(void **state)
{
	const struct mixed *m = *state;
	const cJSON *row;
	unsigned checked = 0;

	cJSON_ArrayForEach(row, cJSON_GetObjectItem(m->expected, "must_not_credit"))
	{
		for (size_t i = 0; i < m->block.tx_count; i++) {
			char hash[ETH_HASH_TEXT_MAX];

			eth_hash_text(&m->block.txs[i].hash, hash);
			if (strcmp(hash, member(row, "transaction")) != 0)
				continue;
			checked++;
			assert_true(m->block.txs[i].outcome == ETH_FAILED ||
				    units_is_zero(m->block.txs[i].value));
		}
	}
	assert_int_equal(checked, 4);
}

/* --- types that stand alone in the recordings ------------------------------------------------ */

/* A transaction asked for alone, as the one of a block. */
static char *block_of(const char *tx_name)
{
	cJSON *answer = recorded(tx_name), *block = cJSON_CreateObject();
	cJSON *tx = cJSON_DetachItemFromObject(answer, "result");
	char *text;

	cJSON_ReplaceItemInObject(tx, "transactionIndex", cJSON_CreateString("0x0"));
	cJSON_AddStringToObject(block, "number", member(tx, "blockNumber"));
	cJSON_AddStringToObject(block, "hash", member(tx, "blockHash"));
	cJSON_AddStringToObject(block, "parentHash", member(tx, "blockHash"));
	cJSON_AddStringToObject(block, "timestamp", "0x1");
	cJSON_AddItemToArray(cJSON_AddArrayToObject(block, "transactions"), tx);
	text = cJSON_PrintUnformatted(block);
	cJSON_Delete(block);
	cJSON_Delete(answer);
	return text;
}

static char *receipt_of(const char *name)
{
	cJSON *answer = recorded(name);
	cJSON *receipt = cJSON_GetObjectItem(answer, "result");
	char *text;

	cJSON_ReplaceItemInObject(receipt, "transactionIndex", cJSON_CreateString("0x0"));
	text = cJSON_PrintUnformatted(receipt);
	cJSON_Delete(answer);
	return text;
}

static void test_every_type_of_transaction(void **state)
{
	static const struct {
		const char *tx, *receipt; /* receipt NULL: not recorded for this one */
		bool has_to;
	} rows[] = {
		{ "get-blob-tx", "get-blob-tx", true },
		{ "get-setcode-tx", "get-setcode-tx", true },
		{ "get-dynamic-fee", NULL, true },
		{ "get-legacy-tx", NULL, true },
		{ "get-legacy-create", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[96], *text;
		struct eth_block b;
		struct err err;

		(void)snprintf(name, sizeof(name), "geth/eth_getTransactionByHash.%s", rows[i].tx);
		text = block_of(name);
		if (eth_block_parse(text, strlen(text), &b, &err) < 0)
			fail_msg("%s: %s", name, err.text);
		free(text);
		assert_int_equal(b.tx_count, 1);
		assert_int_equal(b.txs[0].has_to, rows[i].has_to);
		if (rows[i].receipt != NULL) {
			(void)snprintf(name, sizeof(name), "geth/eth_getTransactionReceipt.%s",
				       rows[i].receipt);
			text = receipt_of(name);
			if (eth_receipt_parse(text, strlen(text), &b, 0, &err) < 0)
				fail_msg("%s: %s", name, err.text);
			free(text);
			assert_int_equal(b.txs[0].outcome, ETH_SUCCESS);
		}
		eth_block_release(&b);
	}
}

/* --- one thing changed ------------------------------------------------------------------------ */

#define HASH_5	"0xd9b7e1b5924859880ad444a30ae486b46fe364d36f9cb349e366b3f807aa2c1e"
#define OTHER_5 "0xd9b7e1b5924859880ad444a30ae486b46fe364d36f9cb349e366b3f807aa2c1f"
#define TX_0	"0xddf5de6a2268f03709c9583c64d23bc4c96c1c7af26729b4ecf50a1d5527defd"
#define TX_1	"0xc9a14fc6529a5bc875ecc3de1de5864404a3cc0f1c1ab13506a3214b0de9ef33"

struct change {
	const char *why, *from, *to; /* the first `from` becomes `to` */
	const char *complaint;
};

static char *changed(const char *text, const struct change *c)
{
	const char *at = strstr(text, c->from);
	char *ret = NULL;

	if (at == NULL)
		fail_msg("%s: '%s' is not in the recording", c->why, c->from);
	assert_true(asprintf(&ret, "%.*s%s%s", (int)(at - text), text, c->to,
			     at + strlen(c->from)) > 0);
	return ret;
}

static void expect_complaint(const struct change *c, int rc, const struct err *err)
{
	if (rc != ERR_INVALID || strstr(err->text, c->complaint) == NULL)
		fail_msg("%s: got %d, '%s'", c->why, rc, rc < 0 ? err->text : "");
}

// clang-format off
static const struct change block_changes[] = {
	{ "another hash than its transactions'", "\"hash\":\"" HASH_5, "\"hash\":\"" OTHER_5, "of another block" },
	{ "a transaction of another block", "\"blockHash\":\"" HASH_5, "\"blockHash\":\"" OTHER_5, "of another block" },
	{ "a transaction of another height", "\"blockNumber\":\"0x5\"", "\"blockNumber\":\"0x6\"", "of another block" },
	{ "a transaction at another place", "\"transactionIndex\":\"0x0\"", "\"transactionIndex\":\"0x1\"", "not at its place" },
	{ "a number that is a number", "\"number\":\"0x5\"", "\"number\":5", "string expected" },
	{ "a number without digits", "\"number\":\"0x5\"", "\"number\":\"0x\"", "no height" },
	{ "a height that none has", "\"number\":\"0x5\"", "\"number\":\"0x80000000\"", "no height" },
	{ "a pending block has no hash", "\"hash\":\"" HASH_5 "\"", "\"hash\":null", "string expected" },
	{ "no parent", "\"parentHash\"", "\"parenthash\"", "parentHash is missing" },
	{ "no transactions", "\"transactions\"", "\"transaction\"", "transactions is missing" },
	{ "a short hash", "\"hash\":\"" TX_0, "\"hash\":\"0x12", "is no hash" },
	{ "a value without 0x", "\"value\":\"0xde", "\"value\":\"de", "no number of wei" },
	{ "a value of 129 bits", "\"value\":\"0xde0b6b3a7640000\"", "\"value\":\"0x100000000000000000000000000000000\"", "no number of wei" },
	{ "a value that is null", "\"value\":\"0xde0b6b3a7640000\"", "\"value\":null", "string expected" },
	{ "a value that stands twice", "\"value\":\"0xde0b6b3a7640000\"", "\"value\":\"0x1\",\"value\":\"0x1\"", "occurs twice" },
	{ "no value", "\"value\":\"0xde0b6b3a7640000\"", "\"v\":\"0x1\"", "lacks a member" },
	{ "a short address", "\"to\":\"0xd1384d", "\"to\":\"0xd1", "no address" },
	{ "escapes where none can be", "\"to\":\"0xd1", "\"to\":\"\\u0030xd1", "without escapes" },
	{ "something behind it", "\"uncles\":[]", "\"uncles\":[]}", "something follows" },
	{ "cut short", "\"uncles\":[]", "\"uncles\":[", "expected" },
};

static const struct change receipt_changes[] = {
	{ "of another block", "\"blockHash\":\"" HASH_5, "\"blockHash\":\"" OTHER_5, "of another block" },
	{ "of another height", "\"blockNumber\":\"0x5\"", "\"blockNumber\":\"0x4\"", "of another block" },
	{ "of another transaction", "\"transactionHash\":\"" TX_0, "\"transactionHash\":\"" TX_1, "of another transaction" },
	{ "at another place", "\"transactionIndex\":\"0x0\"", "\"transactionIndex\":\"0x1\"", "of another transaction" },
	{ "a status that is none", "\"status\":\"0x1\"", "\"status\":\"0x2\"", "neither" },
	{ "a status that is a bool", "\"status\":\"0x1\"", "\"status\":true", "string expected" },
	{ "no status", "\"status\":\"0x1\"", "\"state\":\"0x1\"", "lacks a member" },
	{ "status twice", "\"status\":\"0x1\"", "\"status\":\"0x0\",\"status\":\"0x1\"", "occurs twice" },
};
// clang-format on

static void test_changed_blocks_are_refused(void **state)
{
	char *text = result_text("anvil/11-block-mixed-full");

	(void)state;
	for (size_t i = 0; i < sizeof(block_changes) / sizeof(block_changes[0]); i++) {
		char *bad = changed(text, &block_changes[i]);
		struct eth_block b;
		struct err err;

		expect_complaint(&block_changes[i], eth_block_parse(bad, strlen(bad), &b, &err),
				 &err);
		free(bad);
	}
	free(text);
}

static void expect_untouched(const struct eth_block *b)
{
	for (size_t i = 0; i < b->tx_count; i++)
		assert_int_equal(b->txs[i].outcome, ETH_NOT_TOLD);
}

static void test_changed_receipts_are_refused(void **state)
{
	char *text = result_text("anvil/15-block-mixed-receipts-byhash");
	struct eth_block b;
	struct err err;

	(void)state;
	assert_int_equal(parse_block("anvil/11-block-mixed-full", &b, &err), 0);
	for (size_t i = 0; i < sizeof(receipt_changes) / sizeof(receipt_changes[0]); i++) {
		char *bad = changed(text, &receipt_changes[i]);

		expect_complaint(&receipt_changes[i],
				 eth_receipts_parse(bad, strlen(bad), &b, &err), &err);
		expect_untouched(&b);
		free(bad);
	}
	assert_int_equal(eth_receipts_parse("[]", 2, &b, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "0 receipts for 12 transactions"));
	eth_block_release(&b);
	free(text);
}

/* Blocks before October 2017 have `root` in place of `status`. */
static void test_receipts_without_status_are_refused(void **state)
{
	char *text = result_text("geth/eth_getBlockReceipts.get-block-receipts-by-hash");
	struct eth_block b = { .txs = NULL };
	struct err err;

	(void)state;
	assert_int_equal(eth_receipts_parse(text, strlen(text), &b, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "lacks a member"));
	free(text);
}

/* A receipt asked for alone may be of the same transaction in another block. */
static void test_single_receipts(void **state)
{
	char *text = receipt_of("anvil/16-receipt-success");
	struct eth_block b;
	struct err err;

	(void)state;
	assert_int_equal(parse_block("anvil/11-block-mixed-full", &b, &err), 0);
	assert_int_equal(eth_receipt_parse(text, strlen(text), &b, 0, &err), 0);
	assert_int_equal(b.txs[0].outcome, ETH_SUCCESS);
	assert_int_equal(eth_receipt_parse(text, strlen(text), &b, 1, &err), ERR_INVALID);
	assert_int_equal(b.txs[1].outcome, ETH_NOT_TOLD);
	b.head.hash.b[0] ^= 1;
	assert_int_equal(eth_receipt_parse(text, strlen(text), &b, 0, &err), ERR_NOT_FOUND);
	eth_block_release(&b);
	free(text);
	text = result_text("anvil/17-receipt-failed");
	assert_int_equal(parse_block("anvil/11-block-mixed-full", &b, &err), 0);
	assert_int_equal(eth_receipt_parse(text, strlen(text), &b, 6, &err), 0);
	assert_int_equal(b.txs[6].outcome, ETH_FAILED);
	eth_block_release(&b);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_recorded_block_is_read),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_recorded_reorganisation),
		cmocka_unit_test(test_what_is_not_there),
		cmocka_unit_test_setup_teardown(test_mixed_block_gives_the_expected_credits,
						mixed_setup, mixed_teardown),
		cmocka_unit_test_setup_teardown(test_mixed_block_what_must_not_count, mixed_setup,
						mixed_teardown),
		cmocka_unit_test(test_every_type_of_transaction),
		cmocka_unit_test(test_changed_blocks_are_refused),
		cmocka_unit_test(test_changed_receipts_are_refused),
		cmocka_unit_test(test_receipts_without_status_are_refused),
		cmocka_unit_test(test_single_receipts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
