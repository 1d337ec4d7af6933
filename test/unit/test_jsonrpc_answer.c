/* Forms of answers that were not recorded: Bitcoin Core's, and broken ones. */
#include "test/support/test.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/rpc/jsonrpc_answer.h"

#define ID 7

static const struct {
	const char *why;
	int status;
	const char *body;
	enum jsonrpc_kind kind;
	long code;
	const char *text; /* part of it */
} rows[] = {
	{ "Core, 1.0: both members", 200, "{\"result\":1,\"error\":null,\"id\":7}\n",
	  JSONRPC_RESULT, 0, "" },
	{ "Core 28, 2.0: one of them", 200, "{\"jsonrpc\":\"2.0\",\"result\":1,\"id\":7}\n",
	  JSONRPC_RESULT, 0, "" },
	{ "Core, 1.0: an error has status 500", 500,
	  "{\"result\":null,\"error\":{\"code\":-28,\"message\":\"Loading block index...\"},"
	  "\"id\":7}\n",
	  JSONRPC_ERROR, -28, "Loading block index..." },
	{ "Core 28, 2.0: an error has status 200", 200,
	  "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-8,\"message\":\"Block height out of range\"},"
	  "\"id\":7}\n",
	  JSONRPC_ERROR, -8, "Block height out of range" },
	{ "Core: method not found", 404,
	  "{\"result\":null,\"error\":{\"code\":-32601,\"message\":\"Method not found\"},\"id\":7}",
	  JSONRPC_ERROR, -32601, "Method not found" },
	{ "Core: too many requests", 503, "Work queue depth exceeded\n", JSONRPC_BUSY, 0,
	  "status 503: Work queue depth exceeded" },
	{ "btcd: too many clients", 503, "", JSONRPC_BUSY, 0, "status 503: too much to do" },
	{ "a hosted node: not so fast", 429, "", JSONRPC_BUSY, 0, "status 429" },
	{ "Core: address not allowed", 403, "", JSONRPC_UNAUTHORIZED, 0, "status 403" },
	{ "Core: wrong password", 401, "", JSONRPC_UNAUTHORIZED, 0, "status 401" },
	{ "Core: not a POST", 405, "JSONRPC server handles only POST requests", JSONRPC_GARBAGE, 0,
	  "(status 405)" },
	{ "nothing at all", 200, "", JSONRPC_GARBAGE, 0, "empty body" },
	{ "a page of a proxy", 502, "<html>\r\n<b>Bad\tGateway", JSONRPC_GARBAGE, 0,
	  "<html>  <b>Bad Gateway" },
	{ "half an answer", 200, "{\"result\":1,\"err", JSONRPC_GARBAGE, 0, "no JSON-RPC" },
	{ "two answers", 200, "{\"result\":1,\"id\":7}{\"result\":1,\"id\":7}", JSONRPC_GARBAGE, 0,
	  "no JSON-RPC" },
	{ "an array", 200, "[{\"result\":1,\"id\":7}]", JSONRPC_GARBAGE, 0, "no JSON-RPC" },
	{ "neither member", 200, "{\"id\":7}", JSONRPC_GARBAGE, 0, "no JSON-RPC" },
	{ "a null result is one", 200, "{\"result\":null,\"error\":null,\"id\":7}", JSONRPC_RESULT,
	  0, "" },
	{ "another id", 200, "{\"result\":1,\"error\":null,\"id\":8}", JSONRPC_GARBAGE, 0,
	  "another request" },
	{ "no id", 200, "{\"result\":1,\"error\":null}", JSONRPC_GARBAGE, 0, "another request" },
	{ "an error with another id", 200, "{\"error\":{\"code\":1},\"id\":8}", JSONRPC_GARBAGE, 0,
	  "another request" },
	{ "an error with a null id", 200, "{\"error\":{\"code\":1,\"message\":\"m\"},\"id\":null}",
	  JSONRPC_ERROR, 1, "m" },
	{ "an error that is a text", 401, "{\"error\":\"invalid project id\"}", JSONRPC_ERROR, 0,
	  "invalid project id" },
	{ "an error without anything", 200, "{\"error\":{},\"id\":7}", JSONRPC_ERROR, 0,
	  "without a message" },
	{ "both an error and a result", 200,
	  "{\"result\":1,\"error\":{\"code\":-1,\"message\":\"m\"},\"id\":7}", JSONRPC_ERROR, -1,
	  "m" },
};

static void test_answers(void **state)
{
	struct jsonrpc_answer a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].why);
		jsonrpc_answer_read(&a, rows[i].status, rows[i].body, strlen(rows[i].body), ID);
		assert_int_equal(a.reply.kind, rows[i].kind);
		assert_int_equal(a.reply.code, rows[i].code);
		assert_non_null(strstr(a.reply.text, rows[i].text));
		assert_true((a.reply.result != NULL) == (rows[i].kind == JSONRPC_RESULT));
		jsonrpc_answer_release(&a);
	}
}

static const struct {
	const char *why, *body;
	enum jsonrpc_kind kind;
	const char *hex;
} hex_rows[] = {
	{ "Core, btcd, bcoin", "{\"result\":\"00ff\",\"error\":null,\"id\":7}\n", JSONRPC_RESULT,
	  "00ff" },
	{ "Core 28", "{\"jsonrpc\":\"2.0\",\"result\":\"00ff\",\"id\":7}\n", JSONRPC_RESULT,
	  "00ff" },
	{ "a space after the colon", "{\"result\": \"00ff\", \"error\": null, \"id\": 7}",
	  JSONRPC_RESULT, "00ff" },
	{ "an empty string", "{\"result\":\"\",\"error\":null,\"id\":7}", JSONRPC_RESULT, "" },
	{ "the result comes last",
	  "{\"error\":null,\"id\":7,\"comment\":"
	  "\"a text that is long enough to push the result away from the beginning\","
	  "\"result\":\"00ff\"}",
	  JSONRPC_RESULT, "00ff" },
	{ "an odd length: the decoder's to refuse", "{\"result\":\"00f\",\"error\":null,\"id\":7}",
	  JSONRPC_RESULT, "00f" },
	{ "an escape in it", "{\"result\":\"0\\u0030ff\",\"error\":null,\"id\":7}", JSONRPC_RESULT,
	  "00ff" },
	{ "an escaped quote in it", "{\"result\":\"00\\\"ff\",\"error\":null,\"id\":7}",
	  JSONRPC_RESULT, "00\"ff" },
	{ "an error beside it", "{\"result\":\"00ff\",\"error\":{\"code\":-1},\"id\":7}",
	  JSONRPC_ERROR, NULL },
	{ "an error",
	  "{\"result\":null,\"error\":{\"code\":-5,\"message\":\"Block not found\"},"
	  "\"id\":7}",
	  JSONRPC_ERROR, NULL },
	{ "another id", "{\"result\":\"00ff\",\"error\":null,\"id\":8}", JSONRPC_GARBAGE, NULL },
	{ "no closing quote", "{\"result\":\"00ff", JSONRPC_GARBAGE, NULL },
	{ "nothing after the quote", "{\"result\":\"00ff\"", JSONRPC_GARBAGE, NULL },
	{ "bytes after the answer", "{\"result\":\"00ff\",\"error\":null,\"id\":7}x",
	  JSONRPC_GARBAGE, NULL },
	{ "a result further down", "{\"x\":{\"result\":\"00ff\"},\"result\":\"\",\"id\":7}",
	  JSONRPC_RESULT, "" },
	{ "a result twice", "{\"result\":\"00ff\",\"result\":\"\",\"id\":7}", JSONRPC_GARBAGE,
	  NULL },
	{ "no string", "{\"result\":1,\"error\":null,\"id\":7}", JSONRPC_GARBAGE, NULL },
	{ "null", "{\"result\":null,\"error\":null,\"id\":7}", JSONRPC_GARBAGE, NULL },
	{ "nothing", "", JSONRPC_GARBAGE, NULL },
};

static void test_hex(void **state)
{
	struct jsonrpc_answer a;

	(void)state;
	for (size_t i = 0; i < sizeof(hex_rows) / sizeof(hex_rows[0]); i++) {
		print_message("%s\n", hex_rows[i].why);
		jsonrpc_answer_read_hex(&a, 200, hex_rows[i].body, strlen(hex_rows[i].body), ID);
		assert_int_equal(a.reply.kind, hex_rows[i].kind);
		assert_null(a.reply.result);
		if (hex_rows[i].hex != NULL) {
			assert_int_equal(a.reply.hex_len, strlen(hex_rows[i].hex));
			assert_memory_equal(a.reply.hex, hex_rows[i].hex, a.reply.hex_len);
		}
		jsonrpc_answer_release(&a);
	}
}

static const struct {
	const char *why, *body;
	enum jsonrpc_kind kind;
	const char *raw;
} raw_rows[] = {
	{ "an object", "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"a\": [1]}}", JSONRPC_RESULT,
	  "{\"a\": [1]}" },
	{ "spaces round it", " { \"result\" : [ ] , \"id\" : 7 } \n", JSONRPC_RESULT, "[ ]" },
	{ "null", "{\"id\":7,\"result\":null}", JSONRPC_RESULT, "null" },
	{ "1.0: a null error", "{\"result\":1,\"error\":null,\"id\":7}", JSONRPC_RESULT, "1" },
	{ "an error beside it", "{\"result\":1,\"error\":{\"code\":-1},\"id\":7}", JSONRPC_ERROR,
	  NULL },
	{ "an error", "{\"id\":7,\"error\":{\"code\":-32601,\"message\":\"m\"}}", JSONRPC_ERROR,
	  NULL },
	{ "an error with a null id", "{\"id\":null,\"error\":{\"code\":-32600}}", JSONRPC_ERROR,
	  NULL },
	{ "another id", "{\"result\":1,\"id\":8}", JSONRPC_GARBAGE, NULL },
	{ "an id that is a text", "{\"result\":1,\"id\":\"7\"}", JSONRPC_GARBAGE, NULL },
	{ "no id", "{\"result\":1}", JSONRPC_GARBAGE, NULL },
	{ "a result twice", "{\"result\":1,\"result\":2,\"id\":7}", JSONRPC_GARBAGE, NULL },
	{ "a result further down", "{\"x\":{\"result\":1},\"id\":7}", JSONRPC_GARBAGE, NULL },
	{ "bytes after the answer", "{\"result\":1,\"id\":7}x", JSONRPC_GARBAGE, NULL },
	{ "half an answer", "{\"id\":7,\"result\":{\"a\":", JSONRPC_GARBAGE, NULL },
	{ "no JSON within: its reader sees that", "{\"id\":7,\"result\":{\"a\":01}}",
	  JSONRPC_RESULT, "{\"a\":01}" },
	{ "brackets in a string", "{\"result\":[\"}]{[\",{\"a\":\"]\"}],\"id\":7}", JSONRPC_RESULT,
	  "[\"}]{[\",{\"a\":\"]\"}]" },
	{ "an escaped quote", "{\"result\":\"a\\\"}]\",\"id\":7}", JSONRPC_RESULT, "\"a\\\"}]\"" },
	{ "an escaped backslash before the quote", "{\"result\":[\"\\\\\"],\"id\":7}",
	  JSONRPC_RESULT, "[\"\\\\\"]" },
	{ "half a string", "{\"id\":7,\"result\":\"a\\\"", JSONRPC_GARBAGE, NULL },
	{ "a string that ends with a backslash", "{\"id\":7,\"result\":\"\\\\\\\"}",
	  JSONRPC_GARBAGE, NULL },
	{ "a bracket too many", "{\"id\":7,\"result\":[]]}", JSONRPC_GARBAGE, NULL },
	{ "no value", "{\"id\":7,\"result\":}", JSONRPC_GARBAGE, NULL },
	{ "something behind a number", "{\"id\":7,\"result\":447x}", JSONRPC_GARBAGE, NULL },
	{ "nothing", "", JSONRPC_GARBAGE, NULL },
};

static void test_raw(void **state)
{
	struct jsonrpc_answer a;

	(void)state;
	for (size_t i = 0; i < sizeof(raw_rows) / sizeof(raw_rows[0]); i++) {
		print_message("%s\n", raw_rows[i].why);
		jsonrpc_answer_read_raw(&a, 200, raw_rows[i].body, strlen(raw_rows[i].body), ID);
		assert_int_equal(a.reply.kind, raw_rows[i].kind);
		assert_null(a.reply.result);
		if (raw_rows[i].raw != NULL) {
			assert_int_equal(a.reply.raw_len, strlen(raw_rows[i].raw));
			assert_memory_equal(a.reply.raw, raw_rows[i].raw, a.reply.raw_len);
		}
		jsonrpc_answer_release(&a);
	}
}

/* Answers to 7, 8 and 9, as the kinds of the three. */
static const struct {
	const char *why, *body;
	int status;
	enum jsonrpc_kind kinds[3];
} batch_rows[] = {
	{ "in another order",
	  "[{\"id\":9,\"result\":1},{\"id\":7,\"result\":1},{\"id\":8,\"result\":1}]",
	  200,
	  { JSONRPC_RESULT, JSONRPC_RESULT, JSONRPC_RESULT } },
	{ "one is an error",
	  "[{\"id\":7,\"result\":1},{\"id\":8,\"error\":{\"code\":-1}},{\"id\":9,\"result\":null}]",
	  200,
	  { JSONRPC_RESULT, JSONRPC_ERROR, JSONRPC_RESULT } },
	{ "one is left out",
	  "[{\"id\":7,\"result\":1},{\"id\":9,\"result\":1}]",
	  200,
	  { JSONRPC_RESULT, JSONRPC_GARBAGE, JSONRPC_RESULT } },
	{ "one that nobody asked for",
	  "[{\"id\":6,\"result\":1},{\"id\":10,\"result\":1},{\"id\":8,\"result\":1}]",
	  200,
	  { JSONRPC_GARBAGE, JSONRPC_RESULT, JSONRPC_GARBAGE } },
	{ "things that are no answers",
	  "[1,{},[],{\"id\":7}]",
	  200,
	  { JSONRPC_GARBAGE, JSONRPC_GARBAGE, JSONRPC_GARBAGE } },
	{ "no batches here",
	  "{\"id\":null,\"error\":{\"code\":-32600,\"message\":\"m\"}}",
	  200,
	  { JSONRPC_ERROR, JSONRPC_ERROR, JSONRPC_ERROR } },
	{ "an answer to the first alone",
	  "{\"id\":7,\"result\":1}",
	  200,
	  { JSONRPC_GARBAGE, JSONRPC_GARBAGE, JSONRPC_GARBAGE } },
	{ "no password",
	  "",
	  401,
	  { JSONRPC_UNAUTHORIZED, JSONRPC_UNAUTHORIZED, JSONRPC_UNAUTHORIZED } },
	{ "half an answer",
	  "[{\"id\":7,\"result\":1},",
	  200,
	  { JSONRPC_GARBAGE, JSONRPC_GARBAGE, JSONRPC_GARBAGE } },
};

static void test_batch(void **state)
{
	struct jsonrpc_reply replies[3];
	struct jsonrpc_answer a;

	(void)state;
	for (size_t i = 0; i < sizeof(batch_rows) / sizeof(batch_rows[0]); i++) {
		print_message("%s\n", batch_rows[i].why);
		jsonrpc_answer_read_batch(&a, batch_rows[i].status, batch_rows[i].body,
					  strlen(batch_rows[i].body), ID, 3, replies);
		for (unsigned n = 0; n < 3; n++) {
			assert_int_equal(replies[n].kind, batch_rows[i].kinds[n]);
			if (replies[n].kind == JSONRPC_RESULT)
				assert_non_null(replies[n].result);
		}
		jsonrpc_answer_release(&a);
	}
}

/* {"result":[0,0,0, ... ],"id":7}: megabytes of that would be gigabytes of a tree. */
static void test_more_values_than_any_answer_has(void **state)
{
	static const char start[] = "{\"id\":7,\"result\":[0", end[] = "]}";
	struct buf body = BUF_INIT(1 << 20);
	struct jsonrpc_answer a;

	(void)state;
	(void)buf_puts(&body, start);
	for (unsigned i = 0; i < 100000; i++)
		(void)buf_puts(&body, ",0");
	(void)buf_puts(&body, end);
	jsonrpc_answer_read(&a, 200, body.data, body.len, ID);
	assert_int_equal(a.reply.kind, JSONRPC_GARBAGE);
	assert_null(a.root);
	jsonrpc_answer_release(&a);
	jsonrpc_answer_read_hex(&a, 200, body.data, body.len, ID);
	assert_int_equal(a.reply.kind, JSONRPC_GARBAGE);
	jsonrpc_answer_release(&a);
	buf_release(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_more_values_than_any_answer_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
