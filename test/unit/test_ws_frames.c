/* Frames byte by byte, as RFC 6455 lays them out: what makes a message, what is answered, what ends
 * the connection.  The bytes that go out are unmasked by this file's own code. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/rpc/ws_frames.h"

#define MAX_MESSAGE 1000

struct heard {
	char text[4096]; /* messages, each in brackets */
};

static void on_text(void *arg, const char *text, size_t len)
{
	struct heard *h = arg;
	size_t at = strlen(h->text);

	(void)snprintf(h->text + at, sizeof(h->text) - at, "[%.*s]", (int)len, text);
}

/* What was sent, in words: "ping", "pong:data", "close:code", "text:data". */
static void describe_out(struct ws_frames *f, char *ret, size_t size)
{
	struct buf *out = ws_frames_out(f);
	const uint8_t *at = (const uint8_t *)buf_text(out), *end = at + out->len;

	*ret = '\0';
	while (at < end) {
		static const char *const names[] = {
			[1] = "text", [8] = "close", [9] = "ping", [10] = "pong"
		};
		size_t len = at[1] & 0x7f, used = strlen(ret);
		char data[126] = "";

		assert_true((at[0] & 0xf0) == 0x80); /* whole, nothing reserved */
		assert_true((at[1] & 0x80) != 0);    /* masked */
		assert_true(len < 126 && at + 6 + len <= end);
		for (size_t i = 0; i < len; i++)
			data[i] = (char)(at[6 + i] ^ at[2 + i % 4]);
		if ((at[0] & 15) == 8 && len >= 2)
			(void)snprintf(data, sizeof(data), "%d",
				       (uint8_t)data[0] << 8 | (uint8_t)data[1]);
		(void)snprintf(ret + used, size - used, "%s:%s ", names[at[0] & 15], data);
		at += 6 + len;
	}
	buf_consume(out, out->len);
}

static const struct {
	const char *why, *bytes;
	size_t len;
	const char *heard, *sent;
	const char *end; /* part of it; NULL: it goes on */
} rows[] = {
#define BYTES(s) s, sizeof(s) - 1
	{ "a text", BYTES("\x81\x05Hello"), "[Hello]", "", NULL },
	{ "an empty text", BYTES("\x81\x00"), "[]", "", NULL },
	{ "split in two", BYTES("\x01\x03Hel\x80\x02lo"), "[Hello]", "", NULL },
	{ "split in four, a ping between",
	  BYTES("\x01\x01H\x00\x01"
		"e\x89\x02hi\x00\x00\x80\x03llo"),
	  "[Hello]", "pong:hi ", NULL },
	{ "two texts",
	  BYTES("\x81\x01"
		"a\x81\x01"
		"b"),
	  "[a][b]", "", NULL },
	{ "bytes are nobody's text",
	  BYTES("\x82\x03xyz\x81\x01"
		"a"),
	  "[a]", "", NULL },
	{ "a pong that nobody asked for",
	  BYTES("\x8a\x03xyz\x81\x01"
		"a"),
	  "[a]", "", NULL },
	{ "a ping is answered with its data",
	  BYTES("\x89\x04"
		"data"),
	  "", "pong:data ", NULL },
	{ "not all of a frame", BYTES("\x81\x05Hel"), "", "", NULL },
	{ "a goodbye", BYTES("\x88\x02\x03\xe8"), "", "close:1000 ", "by the peer (code 1000)" },
	{ "a goodbye with a reason",
	  BYTES("\x88\x08\x03\xe9"
		"going."),
	  "", "close:1001 ", "by the peer (code 1001)" },
	{ "a goodbye without a code", BYTES("\x88\x00"), "", "close: ", "by the peer" },
	{ "nothing is heard after a goodbye",
	  BYTES("\x88\x02\x03\xe8\x81\x01"
		"a"),
	  "", "close:1000 ", "by the peer" },
	{ "masked, which a server must not", BYTES("\x81\x81\x01\x02\x03\x04`"), "", "close:1002 ",
	  "broke the protocol" },
	{ "a reserved bit",
	  BYTES("\xc1\x01"
		"a"),
	  "", "close:1002 ", "broke the protocol" },
	{ "an unknown kind",
	  BYTES("\x83\x01"
		"a"),
	  "", "close:1002 ", "broke the protocol" },
	{ "a continuation of nothing",
	  BYTES("\x80\x01"
		"a"),
	  "", "close:1002 ", "broke the protocol" },
	{ "a new text within another",
	  BYTES("\x01\x01"
		"a\x81\x01"
		"b"),
	  "", "close:1002 ", "broke the protocol" },
	{ "a split ping",
	  BYTES("\x09\x01"
		"a"),
	  "", "close: ", "broke the protocol" },
	{ "a ping that is too long", BYTES("\x89\x7e\x00\x7e"), "",
	  "close: ", "broke the protocol" },
	{ "a length in too many bytes", BYTES("\x81\x7e\x00\x05Hello"), "",
	  "close: ", "broke the protocol" },
	{ "a length in far too many bytes", BYTES("\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x05Hello"),
	  "", "close: ", "broke the protocol" },
	{ "a length of 2^63", BYTES("\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x00"), "",
	  "close: ", "broke the protocol" },
	{ "no UTF-8", BYTES("\x81\x02\xc3("), "", "close:1007 ", "no UTF-8" },
	{ "too long by one", BYTES("\x81\x7e\x03\xe9x"), "", "close:1009 ", "too long" },
	{ "too long: 2^40", BYTES("\x81\x7f\x00\x00\x01\x00\x00\x00\x00\x00x"), "", "close:1009 ",
	  "too long" },
	{ "a bad code in a goodbye", BYTES("\x88\x02\x03\xed"), "", "close:1002 ",
	  "broke the protocol" },
};

static void feed(struct ws_frames *f, const char *bytes, size_t len, size_t piece)
{
	for (size_t at = 0; at < len; at += piece)
		(void)ws_frames_take(f, (const uint8_t *)bytes + at,
				     len - at < piece ? len - at : piece);
}

static void check_row(size_t i, size_t piece)
{
	struct heard h = { "" };
	struct ws_frames *f = ws_frames_new(MAX_MESSAGE, on_text, &h);
	char sent[512];

	assert_non_null(f);
	feed(f, rows[i].bytes, rows[i].len, piece);
	assert_string_equal(h.text, rows[i].heard);
	describe_out(f, sent, sizeof(sent));
	assert_string_equal(sent, rows[i].sent);
	if (rows[i].end == NULL) {
		assert_null(ws_frames_end(f));
	} else {
		assert_non_null(ws_frames_end(f));
		assert_non_null(strstr(ws_frames_end(f), rows[i].end));
		assert_int_equal(ws_frames_peer_left(f),
				 strstr(rows[i].end, "by the peer") != NULL);
	}
	ws_frames_free(f);
}

/* The same whether the bytes come all at once or one by one. */
static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].why);
		check_row(i, SIZE_MAX / 2);
		check_row(i, 1);
	}
}

/* A message in many parts is limited as a whole. */
static void test_sum_of_parts(void **state)
{
	static const char first[] = "\x01\x7e\x01\xf4", next[] = "\x00\x7e\x01\xf5x";
	struct heard h = { "" };
	struct ws_frames *f = ws_frames_new(MAX_MESSAGE, on_text, &h);
	char part[500];

	(void)state;
	memset(part, 'x', sizeof(part));
	feed(f, first, 4, 4);
	feed(f, part, sizeof(part), sizeof(part));
	assert_null(ws_frames_end(f));
	feed(f, next, 5, 5);
	assert_non_null(strstr(ws_frames_end(f), "too long"));
	ws_frames_free(f);
}

/* A peer that pings without end and reads nothing is given up, not fed from our memory. */
static void test_pings_without_end(void **state)
{
	char ping[127] = "\x89\x7d";
	struct heard h = { "" };
	struct ws_frames *f = ws_frames_new(MAX_MESSAGE, on_text, &h);
	unsigned n = 0;

	(void)state;
	while (n < 100000 && ws_frames_take(f, (const uint8_t *)ping, sizeof(ping)))
		n++;
	assert_true(n < 100000);
	assert_non_null(strstr(ws_frames_end(f), "does not read"));
	assert_true(ws_frames_out(f)->len <= 1 << 20);
	ws_frames_free(f);
}

static void test_sending(void **state)
{
	struct heard h = { "" };
	struct ws_frames *f = ws_frames_new(MAX_MESSAGE, on_text, &h);
	char sent[512];

	(void)state;
	ws_frames_text(f, "{\"id\":1}", 8);
	ws_frames_ping(f);
	ws_frames_goodbye(f);
	describe_out(f, sent, sizeof(sent));
	assert_string_equal(sent, "text:{\"id\":1} ping: close:1000 ");
	ws_frames_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_sum_of_parts),
		cmocka_unit_test(test_pings_without_end),
		cmocka_unit_test(test_sending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
