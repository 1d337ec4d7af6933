/* What moved inside the transactions of the recorded block, told in both forms; failed calls, deep
 * ones, and traces with one thing changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scannerd/eth_trace.h"
#include "test/support/test.h"

#define ANVIL VECTORS "ethereum/anvil/"

typedef int (*trace_fn)(const char *json, size_t len, const struct eth_block *b,
			struct eth_moves *ret, struct err *err);

static char *result_text(const char *name)
{
	char path[256], *text;
	cJSON *answer;

	(void)snprintf(path, sizeof(path), ANVIL "%s.response.json", name);
	answer = test_read_json(path);
	text = cJSON_PrintUnformatted(cJSON_GetObjectItem(answer, "result"));
	cJSON_Delete(answer);
	assert_non_null(text);
	return text;
}

static int setup(void **state)
{
	static struct eth_block b;
	char *text = result_text("11-block-mixed-full");
	struct err err;

	if (eth_block_parse(text, strlen(text), &b, &err) < 0)
		fail_msg("%s", err.text);
	free(text);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	eth_block_release(*state);
	return 0;
}

/* "transaction address wei", a line each. */
static void moves_text(const struct eth_block *b, const struct eth_moves *m, char *ret, size_t size)
{
	size_t len = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < m->count; i++) {
		char hash[ETH_HASH_TEXT_MAX], to[ETH_HASH_TEXT_MAX], wei[UNITS_TEXT_MAX];
		struct eth_hash padded = { { 0 } };

		memcpy(padded.b, m->list[i].to, sizeof(m->list[i].to));
		eth_hash_text(&padded, to);
		eth_hash_text(&b->txs[m->list[i].tx].hash, hash);
		units_to_text(m->list[i].value, wei);
		len += (size_t)snprintf(ret + len, size - len, "%s %.42s %s\n", hash, to, wei);
		assert_true(len < size);
	}
}

static void expected_text(char *ret, size_t size)
{
	cJSON *index = test_read_json(ANVIL "index.json");
	const cJSON *mixed = cJSON_GetObjectItem(index, "mixed_block"), *row;
	size_t len = 0;

	cJSON_ArrayForEach(row, cJSON_GetObjectItem(mixed, "expected_internal_credits"))
	{
		len += (size_t)snprintf(ret + len, size - len, "%s %s %s\n",
					cJSON_GetObjectItem(row, "transaction")->valuestring,
					cJSON_GetObjectItem(row, "address")->valuestring,
					cJSON_GetObjectItem(row, "wei")->valuestring);
		assert_true(len < size);
	}
	cJSON_Delete(index);
}

/* All of the block's inner moves are to deposit addresses, so these are all there may be: the one
 * that was rolled back is not among them. */
static void test_recorded_traces(void **state)
{
	static const struct {
		const char *name;
		trace_fn fn;
	} forms[] = {
		{ "18-trace-block-calltracer", eth_trace_calls },
		{ "19-trace-block-flat", eth_trace_flat },
	};
	const struct eth_block *b = *state;
	char expected[2048] = "", got[2048];

	expected_text(expected, sizeof(expected));
	for (size_t i = 0; i < 2; i++) {
		char *text = result_text(forms[i].name);
		struct eth_moves m;
		struct err err;

		if (forms[i].fn(text, strlen(text), b, &m, &err) < 0)
			fail_msg("%s: %s", forms[i].name, err.text);
		moves_text(b, &m, got, sizeof(got));
		assert_string_equal(got, expected);
		eth_moves_release(&m);
		free(text);
	}
}

/* --- made-up traces of a block of one transaction -------------------------------------------- */

#define A20	       "1111111111111111111111111111111111111111"
#define B20	       "2222222222222222222222222222222222222222"
#define H32	       "3333333333333333333333333333333333333333333333333333333333333333"
#define CALL(more)     "{\"type\":\"CALL\",\"to\":\"0x" A20 "\",\"value\":\"0x1\"" more "}"
#define TREE(calls)    "[{\"result\":" CALL(",\"calls\":[" calls "]") "}]"
#define KIND(type)     "{\"type\":\"" type "\",\"to\":\"0x" A20 "\",\"value\":\"0x5\"}"
#define VALUE(v, more) "{\"type\":\"CALL\",\"to\":\"0x" A20 "\",\"value\":\"0x" v "\"" more "}"
#define ENTRY(path, kind, more)                                                                    \
	"{\"action\":" kind ",\"blockHash\":\"0x" H32 "\",\"traceAddress\":[" path                 \
	"],\"transactionHash\":\"0x" H32 "\",\"transactionPosition\":0" more "}"
#define FLAT_CALL(v)	"{\"callType\":\"call\",\"to\":\"0x" A20 "\",\"value\":\"0x" v "\"}"
#define FLAT_KIND(k)	"{\"callType\":\"" k "\",\"to\":\"0x" A20 "\",\"value\":\"0x5\"}"
#define TOP		ENTRY("", FLAT_CALL("9"), ",\"type\":\"call\"")
#define MOVE(path, v)	ENTRY(path, FLAT_CALL(v), ",\"type\":\"call\"")
#define FAILED(path, v) ENTRY(path, FLAT_CALL(v), ",\"type\":\"call\",\"error\":\"Reverted\"")

// clang-format off
static const struct {
	const char *why;
	trace_fn fn;
	const char *json, *moves; /* values, or NULL: refused */
	const char *complaint;
} rows[] = {
	{ "calls that move value", eth_trace_calls,
	  TREE(KIND("CALL") "," KIND("CREATE") "," KIND("CREATE2") "," KIND("SELFDESTRUCT")), "5 5 5 5 ", NULL },
	{ "calls that do not", eth_trace_calls,
	  TREE(KIND("DELEGATECALL") "," KIND("STATICCALL") "," KIND("CALLCODE") "," KIND("call")), "", NULL },
	{ "no value, no move", eth_trace_calls, TREE(VALUE("0", "")), "", NULL },
	{ "no value told", eth_trace_calls, TREE("{\"type\":\"CALL\",\"to\":\"0x" A20 "\"}"), "", NULL },
	{ "nobody told", eth_trace_calls, TREE("{\"type\":\"CREATE\",\"value\":\"0x1\",\"error\":\"out of gas\"}"), "", NULL },
	{ "the order of execution", eth_trace_calls,
	  TREE(VALUE("2", ",\"calls\":[" VALUE("3", "") "]") "," VALUE("4", "")), "2 3 4 ", NULL },
	{ "a failed call voids what it called", eth_trace_calls,
	  TREE(VALUE("2", "") "," VALUE("3", ",\"calls\":[" VALUE("4", "") "],\"error\":\"execution reverted\"") "," VALUE("5", "")),
	  "2 5 ", NULL },
	{ "the same with the error told first", eth_trace_calls,
	  TREE(VALUE("3", ",\"error\":\"execution reverted\",\"calls\":[" VALUE("4", ",\"calls\":[" VALUE("6", "") "]") "]")), "", NULL },
	{ "a failed call within one that did not", eth_trace_calls,
	  TREE(VALUE("2", ",\"calls\":[" VALUE("3", ",\"error\":\"x\"") "," VALUE("4", "") "]")), "2 4 ", NULL },
	{ "a failed transaction", eth_trace_calls,
	  "[{\"result\":" CALL(",\"calls\":[" VALUE("2", "") "],\"error\":\"execution reverted\"") "}]", "", NULL },
	{ "an error that is none", eth_trace_calls, TREE(VALUE("2", ",\"error\":null")), "2 ", NULL },
	{ "geth could not trace it", eth_trace_calls, "[{\"error\":\"execution timeout\"}]", NULL, "was not traced" },
	{ "one trace too many", eth_trace_calls, "[{\"result\":" CALL("") "},{\"result\":" CALL("") "}]", NULL, "more traces" },
	{ "none", eth_trace_calls, "[]", NULL, "0 traces for 1" },
	{ "of another transaction", eth_trace_calls, "[{\"txHash\":\"0x" A20 "\",\"result\":" CALL("") "}]", NULL, "of another transaction" },
	{ "a call of no type", eth_trace_calls, TREE("{\"to\":\"0x" A20 "\"}"), NULL, "lacks its type" },
	{ "a value of 129 bits", eth_trace_calls, TREE(VALUE("100000000000000000000000000000000", "")), NULL, "no number of wei" },
	{ "the same, which nobody has: it fails, and hides no other", eth_trace_calls,
	  TREE(VALUE("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", ",\"error\":\"insufficient balance for transfer\"") "," VALUE("2", "")), "2 ", NULL },
	{ "an address that is none", eth_trace_calls, TREE("{\"type\":\"CALL\",\"to\":\"0x11\",\"value\":\"0x1\"}"), NULL, "no address" },
	{ "no list", eth_trace_calls, "{}", NULL, "array expected" },

	{ "flat: calls", eth_trace_flat, "[" TOP "," MOVE("0", "2") "," MOVE("0,0", "3") "," MOVE("1", "4") "]", "2 3 4 ", NULL },
	{ "flat: calls that do not move value", eth_trace_flat,
	  "[" TOP "," ENTRY("0", FLAT_KIND("delegatecall"), ",\"type\":\"call\"") ","
	  ENTRY("1", FLAT_KIND("staticcall"), ",\"type\":\"call\"") ","
	  ENTRY("2", FLAT_KIND("callcode"), ",\"type\":\"call\"") "]", "", NULL },
	{ "flat: a contract is made", eth_trace_flat,
	  "[" TOP "," ENTRY("0", "{\"value\":\"0x7\"}", ",\"type\":\"create\",\"result\":{\"address\":\"0x" B20 "\"}") "]", "7 ", NULL },
	{ "flat: a contract destroys itself", eth_trace_flat,
	  "[" TOP "," ENTRY("0", "{\"refundAddress\":\"0x" B20 "\",\"balance\":\"0x8\"}", ",\"type\":\"suicide\",\"result\":null") "]", "8 ", NULL },
	{ "flat: a failed call voids what it called", eth_trace_flat,
	  "[" TOP "," FAILED("0", "2") "," MOVE("0,0", "3") "," MOVE("0,0,5", "3") "," MOVE("1", "4") "]", "4 ", NULL },
	{ "flat: the same deeper", eth_trace_flat,
	  "[" TOP "," MOVE("0", "2") "," FAILED("0,0", "3") "," MOVE("0,0,0", "4") "," MOVE("0,1", "5") "," MOVE("1", "6") "]", "2 5 6 ", NULL },
	{ "flat: one after the other fails", eth_trace_flat,
	  "[" TOP "," FAILED("0", "2") "," FAILED("1", "3") "," MOVE("1,0", "4") "," MOVE("10", "5") "]", "5 ", NULL },
	{ "flat: a failed transaction", eth_trace_flat, "[" FAILED("", "1") "," MOVE("0", "2") "]", "", NULL },
	{ "flat: the reward of a block", eth_trace_flat,
	  "[" TOP ",{\"action\":{\"author\":\"0x" A20 "\",\"value\":\"0x1\"},\"blockHash\":\"0x" H32 "\",\"traceAddress\":[],"
	  "\"type\":\"reward\",\"transactionPosition\":null,\"transactionHash\":null}]", "", NULL },
	{ "flat: a child before its parent", eth_trace_flat, "[" TOP "," MOVE("0,0", "3") "," FAILED("0", "2") "]", NULL, "out of order" },
	{ "flat: twice", eth_trace_flat, "[" TOP "," MOVE("0", "3") "," MOVE("0", "3") "]", NULL, "out of order" },
	{ "flat: a transaction that does not begin", eth_trace_flat, "[" MOVE("0", "3") "]", NULL, "does not begin" },
	{ "flat: none", eth_trace_flat, "[]", NULL, "0 transactions for 1" },
	{ "flat: of another block", eth_trace_flat,
	  "[{\"action\":" FLAT_CALL("1") ",\"blockHash\":\"0x" A20 "111111111111111111111111\",\"traceAddress\":[],\"type\":\"call\","
	  "\"transactionHash\":\"0x" H32 "\",\"transactionPosition\":0}]", NULL, "of another block" },
	{ "flat: of another transaction", eth_trace_flat,
	  "[{\"action\":" FLAT_CALL("1") ",\"blockHash\":\"0x" H32 "\",\"traceAddress\":[],\"type\":\"call\","
	  "\"transactionHash\":\"0x" A20 "111111111111111111111111\",\"transactionPosition\":0}]", NULL, "of another transaction" },
	{ "flat: no path", eth_trace_flat, "[{\"action\":{},\"blockHash\":\"0x" H32 "\",\"type\":\"call\"}]", NULL, "lacks a member" },
	{ "flat: a value that is none", eth_trace_flat, "[" TOP "," MOVE("0", "x") "]", NULL, "without sense" },
	{ "flat: a position that is none", eth_trace_flat,
	  "[{\"action\":{},\"blockHash\":\"0x" H32 "\",\"type\":\"call\",\"traceAddress\":[],\"transactionPosition\":-1}]", NULL, "index expected" },
};
// clang-format on

static void values_text(const struct eth_moves *m, char ret[256])
{
	size_t len = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < m->count; i++) {
		char wei[UNITS_TEXT_MAX];

		units_to_text(m->list[i].value, wei);
		len += (size_t)snprintf(ret + len, 256 - len, "%s ", wei);
	}
}

static struct eth_block block_of_one(struct eth_tx *tx)
{
	struct eth_block b = { .txs = tx, .tx_count = 1 };

	memset(tx, 0, sizeof(*tx));
	memset(tx->hash.b, 0x33, sizeof(tx->hash.b));
	memset(b.head.hash.b, 0x33, sizeof(b.head.hash.b));
	return b;
}

static void test_made_up_traces(void **state)
{
	struct eth_tx tx;
	struct eth_block b = block_of_one(&tx);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct eth_moves m = { .list = NULL };
		struct err err = { .text = "" };
		char got[256];
		int rc = rows[i].fn(rows[i].json, strlen(rows[i].json), &b, &m, &err);

		if (rows[i].moves == NULL) {
			if (rc != ERR_INVALID || strstr(err.text, rows[i].complaint) == NULL)
				fail_msg("%s: got %d, '%s'", rows[i].why, rc, err.text);
			continue;
		}
		if (rc < 0)
			fail_msg("%s: %s", rows[i].why, err.text);
		values_text(&m, got);
		if (strcmp(got, rows[i].moves) != 0)
			fail_msg("%s: got '%s'", rows[i].why, got);
		eth_moves_release(&m);
	}
	assert_int_equal(eth_trace_calls("null", 4, &b, NULL, NULL), ERR_NOT_FOUND);
	assert_int_equal(eth_trace_flat("null", 4, &b, NULL, NULL), ERR_NOT_FOUND);
}

/* As deep as Ethereum goes, and deeper than anything goes. */
static char *nested(unsigned levels)
{
	static const char open[] =
		"{\"type\":\"CALL\",\"to\":\"0x" A20 "\",\"value\":\"0x1\",\"calls\":[";
	char *text = malloc(levels * (sizeof(open) + 2) + 32), *at = text;

	assert_non_null(text);
	at += sprintf(at, "[{\"result\":");
	for (unsigned i = 0; i < levels; i++)
		at += sprintf(at, "%s", open);
	for (unsigned i = 0; i < levels; i++)
		at += sprintf(at, "]}");
	(void)sprintf(at, "}]");
	return text;
}

static void test_deep_calls(void **state)
{
	struct eth_tx tx;
	struct eth_block b = block_of_one(&tx);
	struct eth_moves m;
	struct err err;
	char *text = nested(1025); /* the transaction, and 1,024 levels below it */

	(void)state;
	if (eth_trace_calls(text, strlen(text), &b, &m, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(m.count, 1024);
	eth_moves_release(&m);
	free(text);
	text = nested(1026);
	assert_int_equal(eth_trace_calls(text, strlen(text), &b, &m, &err), ERR_INVALID);
	free(text);
	text = nested(100000);
	assert_int_equal(eth_trace_calls(text, strlen(text), &b, &m, &err), ERR_INVALID);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_recorded_traces, setup, teardown),
		cmocka_unit_test(test_made_up_traces),
		cmocka_unit_test(test_deep_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
