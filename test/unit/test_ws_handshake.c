/* The beginning of a websocket: the example of RFC 6455, what btcd answered, and what is no answer.
 */
#include "test/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "common/rpc/ws_handshake.h"

#define ACCEPT	"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define UPGRADE "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
#define OPEN	UPGRADE "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\n"

static struct ws_key rfc_key(void)
{
	struct ws_key key;

	ws_key_make((const uint8_t *)"the sample nonce", &key);
	return key;
}

/* RFC 6455, section 1.3. */
static void test_key(void **state)
{
	struct ws_key key = rfc_key();

	(void)state;
	assert_string_equal(key.key, "dGhlIHNhbXBsZSBub25jZQ==");
	assert_string_equal(key.accept, ACCEPT);
}

static void test_request(void **state)
{
	struct ws_key key = rfc_key();
	struct buf b = BUF_INIT(4096);

	(void)state;
	ws_request_put(&b, "node.example:8334", "/ws", &key, "rpc", "regtest");
	assert_string_equal(buf_text(&b), "GET /ws HTTP/1.1\r\nHost: node.example:8334\r\n"
					  "Upgrade: websocket\r\nConnection: Upgrade\r\n"
					  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
					  "Sec-WebSocket-Version: 13\r\n"
					  "Authorization: Basic cnBjOnJlZ3Rlc3Q=\r\n\r\n");
	buf_clear(&b);
	ws_request_put(&b, "h:1", "/", &key, "", "");
	assert_null(strstr(buf_text(&b), "Authorization"));
	buf_release(&b);
}

static const struct {
	const char *why, *bytes;
	enum ws_answer answer;
	int status;
} rows[] = {
	{ "the usual", OPEN, WS_ANSWER_OPEN, 101 },
	{ "frames behind it", OPEN "\x81\x02ok", WS_ANSWER_OPEN, 101 },
	{ "names and words in other cases, in a list, with spaces",
	  "HTTP/1.1 101 \r\nUPGRADE:WebSocket \r\nconnection: keep-alive,\tupgrade\r\nX-Y: z:z\r\n"
	  "sec-websocket-accept:  " ACCEPT "\t\r\n\r\n",
	  WS_ANSWER_OPEN, 101 },
	{ "nothing yet", "", WS_ANSWER_PART, 0 },
	{ "the first line", "HTTP/1.1 101 Switching Protocols\r\n", WS_ANSWER_PART, 0 },
	{ "all but the last byte", UPGRADE "Sec-WebSocket-Accept: " ACCEPT "\r\n\r", WS_ANSWER_PART,
	  0 },
	{ "btcd: wrong password",
	  "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain; charset=utf-8\r\n"
	  "Www-Authenticate: Basic realm=\"btcd RPC\"\r\nContent-Length: 18\r\n\r\n401 "
	  "Unauthorized.\n",
	  WS_ANSWER_STATUS, 401 },
	{ "a web server", "HTTP/1.1 200 OK\r\n\r\n", WS_ANSWER_STATUS, 200 },
	{ "elsewhere", "HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\n", WS_ANSWER_STATUS, 301 },
	{ "no HTTP", "SSH-2.0-OpenSSH\r\n\r\n", WS_ANSWER_BROKEN, -1 },
	{ "old HTTP", "HTTP/1.0 101 X\r\n\r\n", WS_ANSWER_BROKEN, -1 },
	{ "a status of four digits", "HTTP/1.1 1011 X\r\n\r\n", WS_ANSWER_BROKEN, -1 },
	{ "a status that is none", "HTTP/1.1 1x1 X\r\n\r\n", WS_ANSWER_BROKEN, -1 },
	{ "no digest", UPGRADE "\r\n", WS_ANSWER_BROKEN, 101 },
	{ "the digest of another key",
	  UPGRADE "Sec-WebSocket-Accept: kBJlT+wTZ4ID28QNMIurhIoroUY=\r\n"
		  "\r\n",
	  WS_ANSWER_BROKEN, 101 },
	{ "the digest twice",
	  UPGRADE "Sec-WebSocket-Accept: " ACCEPT "\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
	  WS_ANSWER_BROKEN, 101 },
	{ "the digest in another case",
	  UPGRADE "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
		  "\r\n",
	  WS_ANSWER_BROKEN, 101 },
	{ "no upgrade",
	  "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
	  WS_ANSWER_BROKEN, 101 },
	{ "an upgrade to something else",
	  "HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT
	  "\r\n\r\n",
	  WS_ANSWER_BROKEN, 101 },
	{ "no connection header",
	  "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
	  WS_ANSWER_BROKEN, 101 },
	{ "a word that only begins with upgrade",
	  "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: upgraded\r\n"
	  "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
	  WS_ANSWER_BROKEN, 101 },
	{ "an extension",
	  UPGRADE "Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Accept: " ACCEPT
		  "\r\n\r\n",
	  WS_ANSWER_BROKEN, 101 },
	{ "a protocol",
	  UPGRADE "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
	  WS_ANSWER_BROKEN, 101 },
	{ "a line without a colon", UPGRADE "hello\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
	  WS_ANSWER_BROKEN, 101 },
	{ "a line that goes on", UPGRADE " folded: x\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
	  WS_ANSWER_BROKEN, 101 },
};

static void test_answers(void **state)
{
	struct ws_key key = rfc_key();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t used = 0;
		int status = 0;
		const char *why = NULL;
		enum ws_answer a;

		print_message("%s\n", rows[i].why);
		a = ws_answer_read(rows[i].bytes, strlen(rows[i].bytes), &key, &used, &status,
				   &why);
		assert_int_equal(a, rows[i].answer);
		assert_int_equal(status, rows[i].status);
		assert_true((why != NULL) == (a == WS_ANSWER_BROKEN));
		if (a == WS_ANSWER_OPEN)
			assert_memory_equal(rows[i].bytes + used - 4, "\r\n\r\n", 4);
	}
}

static void test_endless(void **state)
{
	struct ws_key key = rfc_key();
	char *bytes = malloc(WS_ANSWER_MAX);
	size_t used;
	int status;
	const char *why = NULL;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', WS_ANSWER_MAX);
	assert_int_equal(ws_answer_read(bytes, WS_ANSWER_MAX - 1, &key, &used, &status, &why),
			 WS_ANSWER_PART);
	assert_int_equal(ws_answer_read(bytes, WS_ANSWER_MAX, &key, &used, &status, &why),
			 WS_ANSWER_BROKEN);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
