/* webrpc: errors with status 200, and what it may not be taken for. */
#include "test/support/test.h"

#include <string.h>

#include "common/base/text.h"
#include "common/node/sky_webrpc_answer.h"

#define TXID	   "6bf959576c922d9102c81e60a41a5dbb1d9605e81d95c9ffc9b9cae4fe21af56"
#define OWNER	   "257w45E1MUkZ5YYhTtFex8LCqFkFLTjwBZW"
#define OTHER	   "ThWNUP1AHBZ2jN4Jf7tX86UaJkVwMu491b"
#define OK(result) "{\"id\":\"7\",\"jsonrpc\":\"2.0\",\"result\":" result "}"
#define ERROR(code, message)                                                                       \
	"{\"id\":null,\"jsonrpc\":\"2.0\",\"error\":{\"code\":" #code ",\"message\":\"" message    \
	"\"}}"

/* --- the envelope -------------------------------------------------------------------------------
 */

static void test_envelope(void **state)
{
	static const struct {
		const char *why, *body;
		int rc;
		bool result;
		int64_t code;
		const char *text;
	} rows[] = {
		{ "a result", OK("{}"), 0, true, 0, "" },
		{ "an error", ERROR(-32602, "Invalid params"), 0, false, -32602, "Invalid params" },
		{ "an error of ours with our id",
		  "{\"id\":\"7\",\"jsonrpc\":\"2.0\",\"error\":{\"code\":-1,\"message\":\"no\"}}",
		  0, false, -1, "no" },
		{ "a result for somebody else", "{\"id\":\"8\",\"jsonrpc\":\"2.0\",\"result\":{}}",
		  ERR_INVALID, false, 0, "" },
		{ "an id that is a number", "{\"id\":7,\"jsonrpc\":\"2.0\",\"result\":{}}",
		  ERR_INVALID, false, 0, "" },
		{ "a result without an id", "{\"jsonrpc\":\"2.0\",\"result\":{}}", ERR_INVALID,
		  false, 0, "" },
		{ "a null result", OK("null"), ERR_INVALID, false, 0, "" },
		{ "both",
		  "{\"id\":\"7\",\"jsonrpc\":\"2.0\",\"result\":{},\"error\":{\"code\":1,"
		  "\"message\":\"x\"}}",
		  ERR_INVALID, false, 0, "" },
		{ "neither", "{\"id\":\"7\",\"jsonrpc\":\"2.0\"}", ERR_INVALID, false, 0, "" },
		{ "another version", "{\"id\":\"7\",\"jsonrpc\":\"1.0\",\"result\":{}}",
		  ERR_INVALID, false, 0, "" },
		{ "an error without a code",
		  "{\"id\":null,\"jsonrpc\":\"2.0\",\"error\":{\"message\":\"x\"}}", ERR_INVALID,
		  false, 0, "" },
		{ "an error that is a text", "{\"id\":null,\"jsonrpc\":\"2.0\",\"error\":\"x\"}",
		  ERR_INVALID, false, 0, "" },
		{ "a list", "[]", ERR_INVALID, false, 0, "" },
		{ "half", "{\"id\":\"7\",", ERR_INVALID, false, 0, "" },
		{ "nothing", "", ERR_INVALID, false, 0, "" },
	};
	struct sky_webrpc a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(sky_webrpc_read(rows[i].body, strlen(rows[i].body), "7", &a, NULL),
				 rows[i].rc);
		assert_int_equal(a.result != NULL, rows[i].result);
		if (rows[i].rc == 0) {
			assert_int_equal(a.code, rows[i].code);
			assert_string_equal(a.text, rows[i].text);
		}
		sky_webrpc_release(&a);
	}
}

/* Only such an answer makes us believe that webrpc is spoken. */
static void test_speaks(void **state)
{
	static const struct {
		const char *why, *body;
		bool speaks;
	} rows[] = {
		{ "a status", OK("{\"running\":true}"), true },
		{ "an error", ERROR(-32700, "Parse error"), true },
		{ "no version", "{\"result\":{}}", false },
		{ "neither result nor error", "{\"jsonrpc\":\"2.0\"}", false },
		{ "a page", "<html></html>", false },
		{ "nothing", "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(sky_webrpc_speaks(rows[i].body, strlen(rows[i].body)),
				 rows[i].speaks);
	}
}

/* --- injections ---------------------------------------------------------------------------------
 */

static void test_inject(void **state)
{
	static const struct {
		const char *why, *body;
		enum sky_inject_result result;
		const char *text;
	} rows[] = {
		{ "taken", OK("{\"txid\":\"" TXID "\"}"), SKY_INJECT_OK, "" },
		{ "another one was taken", OK("{\"txid\":\"00\"}"), SKY_INJECT_UNKNOWN,
		  "the node took another transaction" },
		{ "taken, but which?", OK("{}"), SKY_INJECT_UNKNOWN,
		  "the node took another transaction" },
		{ "a hard rule",
		  ERROR(-32603,
			"inject transaction failed: Transaction violates hard constraint: x"),
		  SKY_INJECT_REFUSED, "Transaction violates hard constraint: x" },
		{ "a soft rule",
		  ERROR(-32603,
			"inject transaction failed: Transaction violates soft constraint: x"),
		  SKY_INJECT_REFUSED, "Transaction violates soft constraint: x" },
		{ "no transaction", ERROR(-32602, "Invalid transaction: Deserialization failed"),
		  SKY_INJECT_REFUSED, "Invalid transaction: Deserialization failed" },
		{ "without peers: it is kept",
		  ERROR(-32603, "inject transaction failed: Connection pool is empty"),
		  SKY_INJECT_UNKNOWN, "inject transaction failed: Connection pool is empty" },
		{ "an error of the node's", ERROR(-32603, "Internal error"), SKY_INJECT_UNKNOWN,
		  "Internal error" },
	};
	char text[SKY_ANSWER_TEXT_MAX];
	struct sky_webrpc a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(sky_webrpc_read(rows[i].body, strlen(rows[i].body), "7", &a, NULL),
				 0);
		assert_int_equal(sky_webrpc_judge_inject(&a, TXID, text), rows[i].result);
		assert_string_equal(text, rows[i].text);
		sky_webrpc_release(&a);
	}
}

/* --- the rest -----------------------------------------------------------------------------------
 */

static void test_unknown_tx(void **state)
{
	static const struct {
		const char *why, *body;
		bool unknown;
	} rows[] = {
		{ "there is none", ERROR(-32600, "transaction doesn't exist"), true },
		{ "another method", ERROR(-32600, "only support http POST"), false },
		{ "another code", ERROR(-32603, "transaction doesn't exist"), false },
		{ "a result", OK("{}"), false },
	};
	struct sky_webrpc a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(sky_webrpc_read(rows[i].body, strlen(rows[i].body), "7", &a, NULL),
				 0);
		assert_int_equal(sky_webrpc_unknown_tx(&a), rows[i].unknown);
		sky_webrpc_release(&a);
	}
}

#define UXOUT(id, tx, seq)                                                                         \
	"{\"uxid\":\"" id "\",\"owner_address\":\"" OWNER "\",\"spent_tx\":\"" tx                  \
	"\",\"spent_block_seq\":" #seq "}"
#define ZEROS	    "0000000000000000000000000000000000000000000000000000000000000000"
#define OF(a, list) "[{\"address\":\"" a "\",\"uxouts\":" list "}]"

static void test_spent(void **state)
{
	static const struct {
		const char *why, *result;
		int rc;
		bool found, spent;
	} rows[] = {
		{ "spent", OF(OWNER, "[" UXOUT(ZEROS, ZEROS, 0) "," UXOUT(TXID, TXID, 3) "]"), 0,
		  true, true },
		{ "unspent", OF(OWNER, "[" UXOUT(TXID, ZEROS, 0) "]"), 0, true, false },
		{ "not among them", OF(OWNER, "[" UXOUT(ZEROS, TXID, 3) "]"), 0, false, false },
		{ "none", OF(OWNER, "[]"), 0, false, false },
		{ "null", OF(OWNER, "null"), 0, false, false },
		{ "of another address", OF(OTHER, "[" UXOUT(TXID, TXID, 3) "]"), ERR_INVALID, false,
		  false },
		{ "no list", OF(OWNER, "7"), ERR_INVALID, false, false },
		{ "no address", "[]", ERR_INVALID, false, false },
		{ "no result", "{}", ERR_INVALID, false, false },
		{ "spent in no block", OF(OWNER, "[" UXOUT(TXID, TXID, 0) "]"), ERR_INVALID, false,
		  false },
	};
	struct sky_address owner;
	struct sha256 uxid;

	(void)state;
	assert_int_equal(sky_address_parse(OWNER, &owner, NULL), 0);
	assert_true(hex_to_bytes(TXID, uxid.b, sizeof(uxid.b)));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sky_spent s = { .head_seq = 9 };
		struct json *j = NULL;

		print_message("%s\n", rows[i].why);
		assert_int_equal(sky_json_parse(rows[i].result, strlen(rows[i].result), &j, NULL),
				 0);
		assert_int_equal(sky_webrpc_read_spent(j, &uxid, &owner, &s, NULL), rows[i].rc);
		json_free(j);
		if (rows[i].rc < 0)
			continue;
		assert_int_equal(s.found, rows[i].found);
		assert_int_equal(s.spent, rows[i].spent);
		assert_int_equal(s.head_seq, 9);
	}
}

static void test_chain(void **state)
{
	static const struct {
		const char *why, *result;
		int head_rc, genesis_rc;
	} rows[] = {
		{ "a head", "{\"num_of_blocks\":7}", 0, ERR_INVALID },
		{ "no block at all", "{\"num_of_blocks\":0}", ERR_INVALID, ERR_INVALID },
		{ "the first block",
		  "{\"blocks\":[{\"header\":{\"seq\":0,\"block_hash\":\"" TXID "\"}}]}",
		  ERR_INVALID, 0 },
		{ "another block",
		  "{\"blocks\":[{\"header\":{\"seq\":1,\"block_hash\":\"" TXID "\"}}]}",
		  ERR_INVALID, ERR_INVALID },
		{ "no blocks", "{\"blocks\":[]}", ERR_INVALID, ERR_INVALID },
		{ "a hash that is none",
		  "{\"blocks\":[{\"header\":{\"seq\":0,\"block_hash\":\"xy\"}}]}", ERR_INVALID,
		  ERR_INVALID },
	};
	char genesis[65];
	uint64_t head;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json *j = NULL;

		print_message("%s\n", rows[i].why);
		assert_int_equal(sky_json_parse(rows[i].result, strlen(rows[i].result), &j, NULL),
				 0);
		assert_int_equal(sky_webrpc_read_head(j, &head, NULL), rows[i].head_rc);
		assert_int_equal(sky_webrpc_read_genesis(j, genesis, NULL), rows[i].genesis_rc);
		json_free(j);
		if (rows[i].head_rc == 0)
			assert_int_equal(head, 6);
		if (rows[i].genesis_rc == 0)
			assert_string_equal(genesis, TXID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_envelope), cmocka_unit_test(test_speaks),
		cmocka_unit_test(test_inject),	 cmocka_unit_test(test_unknown_tx),
		cmocka_unit_test(test_spent),	 cmocka_unit_test(test_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
