/* A node that lies about outputs, or answers what it should not. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/node/sky_rest_answer.h"

#define OWNER "257w45E1MUkZ5YYhTtFex8LCqFkFLTjwBZW"
#define TXID  "6bf959576c922d9102c81e60a41a5dbb1d9605e81d95c9ffc9b9cae4fe21af56"

/* Two outputs of one address, the second being spent. */
static const char outputs_body[] =
	"{\"head\":{\"seq\":9},\"head_outputs\":["
	"{\"hash\":\"25eb490bc5ea5e691ea5da34ad2c8c17220dd49084c0b56d36224289c3b4404e\","
	"\"block_seq\":1,"
	"\"src_tx\":\"1c986f409ce45faf2ba7998af6d1df58f2adeb1bb8cce067fe57e1df4b846c58\","
	"\"address\":\"257w45E1MUkZ5YYhTtFex8LCqFkFLTjwBZW\",\"coins\":\"1543.209000\","
	"\"hours\":1126,\"calculated_hours\":1130},"
	"{\"hash\":\"93c2aa83d2415ae89f2c9eafd4163cabf7aa77cb60e468c2ff2df25154639f33\","
	"\"block_seq\":1,"
	"\"src_tx\":\"1c986f409ce45faf2ba7998af6d1df58f2adeb1bb8cce067fe57e1df4b846c58\","
	"\"address\":\"257w45E1MUkZ5YYhTtFex8LCqFkFLTjwBZW\",\"coins\":\"1543.209000\","
	"\"hours\":1125,\"calculated_hours\":1129}],"
	"\"outgoing_outputs\":["
	"{\"hash\":\"93c2aa83d2415ae89f2c9eafd4163cabf7aa77cb60e468c2ff2df25154639f33\"}],"
	"\"incoming_outputs\":[]}";

/* The body with the first `what` replaced by `with`; free() it. */
static char *changed(const char *body, const char *what, const char *with)
{
	const char *at = strstr(body, what);
	char *text = NULL;

	assert_non_null(at);
	assert_true(asprintf(&text, "%.*s%s%s", (int)(at - body), body, with, at + strlen(what)) >
		    0);
	return text;
}

static int read_outputs(const char *body, struct sky_unspents *ret, struct err *err)
{
	struct sky_address owner;

	assert_int_equal(sky_address_parse(OWNER, &owner, NULL), 0);
	return sky_rest_read_outputs(body, strlen(body), &owner, 1, ret, err);
}

static void test_outputs(void **state)
{
	struct sky_unspents o;

	(void)state;
	assert_int_equal(read_outputs(outputs_body, &o, NULL), 0);
	assert_int_equal(o.head_seq, 9);
	assert_int_equal(o.count, 1);
	assert_int_equal(o.spendable[0].id.b[0], 0x25);
	assert_int_equal(o.spendable[0].coins.n, 1543209000);
	assert_int_equal(o.spendable[0].hours.n, 1130);
	assert_true(o.head_known);
	assert_false(o.incoming);
	sky_unspents_release(&o);
}

/* As nodes before 0.25 answer. */
static void test_outputs_without_head(void **state)
{
	char *body = changed(outputs_body, "\"head\"", "\"heed\"");
	struct sky_unspents o;

	(void)state;
	assert_int_equal(read_outputs(body, &o, NULL), 0);
	assert_false(o.head_known);
	assert_int_equal(o.count, 1);
	sky_unspents_release(&o);
	free(body);
}

static const struct {
	const char *why, *what, *with, *text;
} lies[] = {
	{ "more coins than there are", "\"1543.209000\"", "\"9543.209000\"", "is not the hash" },
	{ "more hours than were recorded", "\"hours\":1126", "\"hours\":9126", "is not the hash" },
	{ "another source", "\"1c98", "\"1d98", "is not the hash" },
	{ "another id", "\"25eb", "\"26eb", "is not the hash" },
	{ "somebody else's output", OWNER, "CjRYVy7GUe8RUz9qsKPBjEAr3mwZvWCySw",
	  "is not the hash" },
	{ "the same output twice",
	  "{\"hash\":\"93c2aa83d2415ae89f2c9eafd4163cabf7aa77cb60e468c2ff2df25154639f33\","
	  "\"block_seq\":1,"
	  "\"src_tx\":\"1c986f409ce45faf2ba7998af6d1df58f2adeb1bb8cce067fe57e1df4b846c58\","
	  "\"address\":\"257w45E1MUkZ5YYhTtFex8LCqFkFLTjwBZW\",\"coins\":\"1543.209000\","
	  "\"hours\":1125,\"calculated_hours\":1129}",
	  "{\"hash\":\"25eb490bc5ea5e691ea5da34ad2c8c17220dd49084c0b56d36224289c3b4404e\","
	  "\"block_seq\":1,"
	  "\"src_tx\":\"1c986f409ce45faf2ba7998af6d1df58f2adeb1bb8cce067fe57e1df4b846c58\","
	  "\"address\":\"257w45E1MUkZ5YYhTtFex8LCqFkFLTjwBZW\",\"coins\":\"1543.209000\","
	  "\"hours\":1126,\"calculated_hours\":1130}",
	  "the same output twice" },
	{ "a bad address", "\"257w45E1MUkZ5YYhTtFex8LCqFkFLTjwBZW\"",
	  "\"257w45E1MUkZ5YYhTtFex8LCqFkFLTjwBZ1\"", "Invalid checksum" },
	{ "coins as a number", "\"1543.209000\"", "1543.209", "'coins' is no string" },
	{ "coins below zero", "\"1543.209000\"", "\"-1\"", "Negative balance" },
	{ "hours below zero", "\"hours\":1126", "\"hours\":-1", "'hours' is negative" },
	{ "hours as a text", "\"hours\":1126", "\"hours\":\"1126\"", "'hours' is no number" },
	{ "no present hours", "\"calculated_hours\":1130", "\"x\":0",
	  "'calculated_hours' is no number" },
	{ "no id", "\"hash\"", "\"hush\"", "'hash' is missing" },
	{ "an id that is too short", "\"25eb", "\"eb", "'hash' is no hash" },
	{ "a head without a number", "\"seq\"", "\"sec\"", "'seq' is missing" },
	{ "no list of what is pending", "\"outgoing_outputs\"", "\"outgoing\"",
	  "'outgoing_outputs' is missing" },
	{ "a pending spend without an id", "[{\"hash\":\"93c2", "[{\"hash\":\"x3c2", "is no hash" },
	{ "outputs that are no list", "\"head_outputs\":[", "\"head_outputs\":1,\"x\":[",
	  "'head_outputs' is no array" },
	{ "half an answer", "\"incoming_outputs\":[]}", "", "EOF" },
};

static void test_lies(void **state)
{
	struct sky_unspents o;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		char *body = changed(outputs_body, lies[i].what, lies[i].with);

		print_message("%s\n", lies[i].why);
		assert_int_equal(read_outputs(body, &o, &err), ERR_INVALID);
		if (strstr(err.text, lies[i].text) == NULL)
			fail_msg("'%s' is not in '%s'", lies[i].text, err.text);
		assert_null(o.spendable);
		free(body);
	}
}

/* Its id fits, but the wallet has no key for it. */
static void test_not_asked_for(void **state)
{
	struct sky_address other = { .key_hash.b = { 1 } };
	struct sky_unspents o;
	struct err err;

	(void)state;
	assert_int_equal(
		sky_rest_read_outputs(outputs_body, strlen(outputs_body), &other, 1, &o, &err),
		ERR_INVALID);
	assert_non_null(strstr(err.text, "not asked for"));
}

static void test_lists_may_be_null(void **state)
{
	static const char body[] = "{\"head\":{\"seq\":1},\"head_outputs\":null,"
				   "\"outgoing_outputs\":null,\"incoming_outputs\":null}";
	struct sky_unspents o;

	(void)state;
	assert_int_equal(read_outputs(body, &o, NULL), 0);
	assert_int_equal(o.count, 0);
	assert_false(o.incoming);
	sky_unspents_release(&o);
}

static void test_incoming(void **state)
{
	char *body = changed(outputs_body, "\"incoming_outputs\":[]", "\"incoming_outputs\":[{}]");
	struct sky_unspents o;

	(void)state;
	assert_int_equal(read_outputs(body, &o, NULL), 0);
	assert_true(o.incoming);
	sky_unspents_release(&o);
	free(body);
}

/* Above 2^53 a JSON number says no longer how many. */
static void test_huge_hours(void **state)
{
	char *body = changed(outputs_body, "\"calculated_hours\":1130",
			     "\"calculated_hours\":18446744073709551615");
	struct sky_unspents o;

	(void)state;
	assert_int_equal(read_outputs(body, &o, NULL), 0);
	assert_int_equal(o.spendable[0].hours.n, SKY_HOURS_CAP);
	sky_unspents_release(&o);
	free(body);
}

/* --- rules ------------------------------------------------------------------------------------ */

static void test_policy(void **state)
{
	static const struct {
		const char *why, *body;
		unsigned burn, size, decimals;
	} rows[] = {
		{ "a modern node",
		  "{\"user_verify_transaction\":{\"burn_factor\":10,\"max_transaction_size\":16384,"
		  "\"max_decimals\":4},\"unconfirmed_verify_transaction\":{\"burn_factor\":10,"
		  "\"max_transaction_size\":32768,\"max_decimals\":3}}",
		  10, 16384, 3 },
		{ "the pool asks for more than the API",
		  "{\"user_verify_transaction\":{\"burn_factor\":10},"
		  "\"unconfirmed_verify_transaction\":{\"burn_factor\":3}}",
		  3, 32768, 3 },
		{ "nothing said", "{}", 2, 32768, 3 },
		{ "no answer", "", 2, 32768, 3 },
		{ "no JSON", "403 Forbidden", 2, 32768, 3 },
		{ "a factor of nothing", "{\"user_verify_transaction\":{\"burn_factor\":0}}", 2,
		  32768, 3 },
		{ "more places than there are",
		  "{\"user_verify_transaction\":{\"max_decimals\":7}}", 2, 32768, 3 },
		{ "no places", "{\"user_verify_transaction\":{\"max_decimals\":0}}", 2, 32768, 0 },
	};
	struct sky_policy p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].why);
		sky_rest_read_policy(rows[i].body, strlen(rows[i].body), &p);
		assert_int_equal(p.burn_factor, rows[i].burn);
		assert_int_equal(p.max_tx_size, rows[i].size);
		assert_int_equal(p.max_decimals, rows[i].decimals);
	}
}

static void test_health(void **state)
{
	static const struct {
		const char *why, *body;
		int rc;
		int64_t connections;
		const char *coin;
	} rows[] = {
		{ "0.27",
		  "{\"blockchain\":{\"head\":{\"seq\":5}},\"version\":{\"version\":\"1\"},"
		  "\"coin\":\"skycoin\",\"open_connections\":8}",
		  0, 8, "skycoin" },
		{ "0.24 has no coin",
		  "{\"blockchain\":{\"head\":{\"seq\":5}},\"version\":{\"version\":\"1\"}}", 0, -1,
		  "" },
		{ "no head", "{\"version\":{\"version\":\"1\"}}", ERR_INVALID, 0, "" },
		{ "no version", "{\"blockchain\":{\"head\":{\"seq\":5}}}", ERR_INVALID, 0, "" },
		{ "a version that fills the log",
		  "{\"blockchain\":{\"head\":{\"seq\":5}},\"version\":{\"version\":"
		  "\"0123456789012345678901234567890123456789012345678901234567890\"}}",
		  ERR_INVALID, 0, "" },
		{ "no object", "[]", ERR_INVALID, 0, "" },
	};
	struct sky_health h;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(sky_rest_read_health(rows[i].body, strlen(rows[i].body), &h, NULL),
				 rows[i].rc);
		if (rows[i].rc < 0)
			continue;
		assert_int_equal(h.head_seq, 5);
		assert_int_equal(h.open_connections, rows[i].connections);
		assert_string_equal(h.coin, rows[i].coin);
	}
}

/* --- status ----------------------------------------------------------------------------------- */

static void test_transaction(void **state)
{
#define TXN "\"txn\":{\"txid\":\"" TXID "\"}}"
#define STATUS(confirmed, unconfirmed, more)                                                       \
	"{\"status\":{\"confirmed\":" #confirmed ",\"unconfirmed\":" #unconfirmed more "},"
	static const struct {
		const char *why, *body;
		int rc;
		enum sky_tx_status status;
		uint64_t height, block_seq;
	} rows[] = {
		{ "confirmed", STATUS(true, false, ",\"height\":3,\"block_seq\":7") TXN, 0,
		  SKY_TX_CONFIRMED, 3, 7 },
		{ "pending", STATUS(false, true, ",\"height\":0,\"block_seq\":0") TXN, 0,
		  SKY_TX_PENDING, 0, 0 },
		{ "pending: what it says of a block does not count",
		  STATUS(false, true, ",\"height\":1,\"block_seq\":2") TXN, 0, SKY_TX_PENDING, 0,
		  0 },
		{ "neither", STATUS(false, false, ",\"height\":0,\"block_seq\":0") TXN, 0,
		  SKY_TX_UNKNOWN, 0, 0 },
		{ "both", STATUS(true, true, ",\"height\":3,\"block_seq\":7") TXN, ERR_INVALID,
		  SKY_TX_UNKNOWN, 0, 0 },
		{ "confirmed at height 0", STATUS(true, false, ",\"height\":0,\"block_seq\":7") TXN,
		  ERR_INVALID, SKY_TX_UNKNOWN, 0, 0 },
		{ "confirmed in no block", STATUS(true, false, ",\"height\":3") TXN, ERR_INVALID,
		  SKY_TX_UNKNOWN, 0, 0 },
		{ "another transaction",
		  STATUS(true, false, ",\"height\":3,\"block_seq\":7") "\"txn\":{\"txid\":\"00\"}}",
		  ERR_INVALID, SKY_TX_UNKNOWN, 0, 0 },
		{ "no status", "{" TXN, ERR_INVALID, SKY_TX_UNKNOWN, 0, 0 },
		{ "no transaction",
		  "{\"status\":{\"confirmed\":true,\"unconfirmed\":false,\"height\":3}}",
		  ERR_INVALID, SKY_TX_UNKNOWN, 0, 0 },
	};
	struct sky_tx_place tx;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(sky_rest_read_transaction(rows[i].body, strlen(rows[i].body), TXID,
							   &tx, NULL),
				 rows[i].rc);
		assert_int_equal(tx.status, rows[i].status);
		assert_int_equal(tx.height, rows[i].height);
		assert_int_equal(tx.block_seq, rows[i].block_seq);
	}
}

/* Who spent an output: only a whole and fitting answer counts. */
static void test_spent(void **state)
{
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define OWNER "257w45E1MUkZ5YYhTtFex8LCqFkFLTjwBZW"
#define UXOUT(uxid, owner, tx, seq)                                                                \
	"{\"uxid\":\"" uxid "\",\"owner_address\":\"" owner "\",\"spent_tx\":\"" tx                \
	"\",\"spent_block_seq\":" #seq "}"
	static const struct {
		const char *why, *body;
		int rc;
		bool spent;
		uint64_t seq, head;
	} rows[] = {
		{ "unspent", UXOUT(TXID, OWNER, ZEROS, 0), 0, false, 0, 10 },
		{ "spent below the head", UXOUT(TXID, OWNER, TXID, 8), 0, true, 8, 10 },
		{ "spent in a block that came after the head was asked",
		  UXOUT(TXID, OWNER, TXID, 11), 0, true, 11, 11 },
		{ "spent in no block", UXOUT(TXID, OWNER, TXID, 0), ERR_INVALID, false, 0, 0 },
		{ "in a block but unspent", UXOUT(TXID, OWNER, ZEROS, 8), ERR_INVALID, false, 0,
		  0 },
		{ "another output", UXOUT(ZEROS, OWNER, TXID, 8), ERR_INVALID, false, 0, 0 },
		{ "another owner", UXOUT(TXID, "ThWNUP1AHBZ2jN4Jf7tX86UaJkVwMu491b", TXID, 8),
		  ERR_INVALID, false, 0, 0 },
		{ "no spender", "{\"uxid\":\"" TXID "\",\"owner_address\":\"" OWNER "\"}",
		  ERR_INVALID, false, 0, 0 },
		{ "a negative block", UXOUT(TXID, OWNER, TXID, -1), ERR_INVALID, false, 0, 0 },
		{ "null", "null", ERR_INVALID, false, 0, 0 },
	};
	struct sky_address owner;
	struct sha256 uxid;

	(void)state;
	assert_int_equal(sky_address_parse(OWNER, &owner, NULL), 0);
	assert_true(hex_to_bytes(TXID, uxid.b, sizeof(uxid.b)));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sky_spent s = { .head_seq = 10 };

		print_message("%s\n", rows[i].why);
		assert_int_equal(sky_rest_read_spent(rows[i].body, strlen(rows[i].body), &uxid,
						     &owner, &s, NULL),
				 rows[i].rc);
		if (rows[i].rc < 0)
			continue;
		assert_true(s.found);
		assert_int_equal(s.spent, rows[i].spent);
		assert_int_equal(s.spent_seq, rows[i].seq);
		assert_int_equal(s.head_seq, rows[i].head);
		assert_string_equal(s.txid, s.spent ? TXID : "");
	}
}

/* --- the node's words --------------------------------------------------------------------------
 */

/* "Not known" is taken from the node's own page only. */
static void test_not_found(void **state)
{
	static const struct {
		const char *why;
		int status;
		const char *body;
		bool not_found, uxout_unknown;
	} rows[] = {
		{ "the node's", 404, "404 Not Found\n", true, true },
		{ "without the line end", 404, "404 Not Found", true, true },
		{ "Go's own, for a page", 404, "404 page not found\n", false, false },
		{ "a proxy's", 404, "<html>404 Not Found</html>", false, false },
		{ "with more behind it", 404, "404 Not Found\nnginx\n", false, false },
		{ "with a message", 404, "404 Not Found - block does not exist seq=15\n", false,
		  false },
		{ "empty", 404, "", false, false },
		{ "another status", 200, "404 Not Found\n", false, false },
		{ "an output, of a modern node", 400,
		  "400 Bad Request - uxout of dede does not exist\n", false, true },
		{ "an output that is no hash", 400, "400 Bad Request - Invalid hex length\n", false,
		  false },
		{ "an output, but the node is in trouble", 500,
		  "500 Internal Server Error - uxout of dede does not exist\n", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(sky_rest_not_found(rows[i].status, rows[i].body),
				 rows[i].not_found);
		assert_int_equal(sky_rest_uxout_unknown(rows[i].status, rows[i].body),
				 rows[i].uxout_unknown);
	}
}

/* What decides whether a person must look, or the same bytes go out again by themselves. */
static void test_refusals(void **state)
{
	static const struct {
		const char *why, *body;
		int status;
		enum sky_inject_result result;
		const char *text;
	} rows[] = {
		{ "a hard rule",
		  "400 Bad Request - Transaction violates hard constraint: Duplicate spend\n", 400,
		  SKY_INJECT_REFUSED, "Transaction violates hard constraint: Duplicate spend" },
		{ "a soft rule", "400 Bad Request - Transaction violates soft constraint: fee\n",
		  400, SKY_INJECT_REFUSED, "Transaction violates soft constraint: fee" },
		{ "a user rule", "400 Bad Request - Transaction violates user constraint: null\n",
		  400, SKY_INJECT_REFUSED, "Transaction violates user constraint: null" },
		{ "no transaction", "400 Bad Request - Invalid transaction: Not enough\n", 400,
		  SKY_INJECT_REFUSED, "Invalid transaction: Not enough" },
		{ "a legacy node",
		  "400 Bad Request - inject tx failed: Transaction violates soft constraint: fee\n",
		  400, SKY_INJECT_REFUSED, "Transaction violates soft constraint: fee" },
		{ "a legacy node without peers keeps it",
		  "400 Bad Request - inject tx failed: Connection pool is empty\n", 400,
		  SKY_INJECT_UNKNOWN,
		  "400 Bad Request - inject tx failed: Connection pool is empty" },
		{ "a request that did not arrive whole", "400 Bad Request - unexpected EOF\n", 400,
		  SKY_INJECT_UNKNOWN, "400 Bad Request - unexpected EOF" },
		{ "a rule in the middle of something else",
		  "400 Bad Request - db: Transaction violates hard constraint: x\n", 400,
		  SKY_INJECT_UNKNOWN,
		  "400 Bad Request - db: Transaction violates hard constraint: x" },
		{ "a rule with another status",
		  "503 Service Unavailable - Transaction violates hard constraint: x\n", 503,
		  SKY_INJECT_UNKNOWN,
		  "503 Service Unavailable - Transaction violates hard constraint: x" },
		{ "no peers", "503 Service Unavailable - No addresses provided\n", 503,
		  SKY_INJECT_UNKNOWN, "503 Service Unavailable - No addresses provided" },
		{ "nothing", "", 500, SKY_INJECT_UNKNOWN, "status 500 without a text" },
	};
	char text[SKY_ANSWER_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(sky_rest_judge_inject(rows[i].status, rows[i].body,
						       strlen(rows[i].body), TXID, text),
				 rows[i].result);
		assert_string_equal(text, rows[i].text);
	}
}

/* Lists may be null; what is no list is nothing. */
static void test_connections(void **state)
{
	static const struct {
		const char *why, *body;
		int rc;
		int64_t count;
	} rows[] = {
		{ "two", "{\"connections\":[{},{}]}", 0, 2 },
		{ "none", "{\"connections\":[]}", 0, 0 },
		{ "null", "{\"connections\":null}", 0, 0 },
		{ "not told", "{}", ERR_INVALID, 0 },
		{ "a number", "{\"connections\":2}", ERR_INVALID, 0 },
	};
	int64_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(
			sky_rest_read_connections(rows[i].body, strlen(rows[i].body), &n, NULL),
			rows[i].rc);
		if (rows[i].rc == 0)
			assert_int_equal(n, rows[i].count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outputs),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_not_asked_for),
		cmocka_unit_test(test_lists_may_be_null),
		cmocka_unit_test(test_incoming),
		cmocka_unit_test(test_huge_hours),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_health),
		cmocka_unit_test(test_transaction),
		cmocka_unit_test(test_spent),
		cmocka_unit_test(test_outputs_without_head),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
