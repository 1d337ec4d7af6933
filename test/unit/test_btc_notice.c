/* What btcd was recorded to say over its websocket, and what it never should. */
#include "test/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "scannerd/btc_notice.h"

/* Every message that was received: answers by their id, notifications as such. */
static void test_recorded(void **state)
{
	cJSON *all = test_read_json(VECTORS "bitcoin/btcd/websocket.json"), *f;
	unsigned blocks = 0, answers = 0, refused = 0;

	(void)state;
	cJSON_ArrayForEach(f, cJSON_GetObjectItem(all, "frames"))
	{
		const char *text = cJSON_GetObjectItem(f, "text")->valuestring;
		struct btc_notice n;

		if (strcmp(cJSON_GetObjectItem(f, "direction")->valuestring, "received") != 0)
			continue;
		btc_notice_read(text, strlen(text), &n);
		blocks += n.kind == BTC_NOTICE_BLOCK;
		answers += n.kind == BTC_NOTICE_DONE;
		refused += n.kind == BTC_NOTICE_NO && n.id == 5 &&
			   strcmp(n.text, "Method not found") == 0;
	}
	assert_int_equal(blocks, 8);
	assert_int_equal(answers, 5);
	assert_int_equal(refused, 1);
	cJSON_Delete(all);
}

static const struct {
	const char *why, *text;
	enum btc_notice_kind kind;
} rows[] = {
	{ "another notification",
	  "{\"jsonrpc\":\"1.0\",\"method\":\"txaccepted\",\"params\":[],\"id\":null}",
	  BTC_NOTICE_OTHER },
	{ "parameters of no matter", "{\"method\":\"blockconnected\",\"params\":[[[{}]],null]}",
	  BTC_NOTICE_BLOCK },
	{ "a method that is no text", "{\"method\":7,\"params\":[]}", BTC_NOTICE_OTHER },
	{ "done, in the form of 2.0", "{\"jsonrpc\":\"2.0\",\"result\":null,\"id\":1}",
	  BTC_NOTICE_DONE },
	{ "an id that is none", "{\"result\":null,\"id\":\"1\"}", BTC_NOTICE_OTHER },
	{ "an id that is too large", "{\"result\":null,\"id\":99999999999999999999}",
	  BTC_NOTICE_OTHER },
	{ "an error without an id", "{\"error\":{\"code\":-1},\"id\":null}", BTC_NOTICE_OTHER },
	{ "an error that is a text", "{\"error\":\"no\",\"id\":1}", BTC_NOTICE_NO },
	{ "nothing", "", BTC_NOTICE_BROKEN },
	{ "an array", "[]", BTC_NOTICE_BROKEN },
	{ "cut short", "{\"method\":\"blockconnected\"", BTC_NOTICE_BROKEN },
	{ "two at once", "{\"id\":1}{\"id\":1}", BTC_NOTICE_BROKEN },
	{ "a method twice", "{\"method\":\"a\",\"method\":\"blockconnected\"}", BTC_NOTICE_BROKEN },
	{ "too deep",
	  "{\"params\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
	  BTC_NOTICE_BROKEN },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct btc_notice n;

		print_message("%s\n", rows[i].why);
		btc_notice_read(rows[i].text, strlen(rows[i].text), &n);
		assert_int_equal(n.kind, rows[i].kind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
