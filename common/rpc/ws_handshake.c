/* The answer is held to what RFC 6455 demands of it: status 101, both upgrade headers, and the
 * digest of our key, each exactly once; an extension or a protocol that we did not ask for is
 * refused. */
#include "common/rpc/ws_handshake.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/base64.h"
#include "common/crypto/hash.h"

static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

void ws_key_make(const uint8_t nonce[WS_NONCE_BYTES], struct ws_key *ret)
{
	char text[WS_KEY_TEXT - 1 + sizeof(magic)];
	struct hash160 digest;

	base64_encode(nonce, WS_NONCE_BYTES, ret->key);
	memcpy(text, ret->key, WS_KEY_TEXT - 1);
	memcpy(text + WS_KEY_TEXT - 1, magic, sizeof(magic));
	digest = sha1(text, sizeof(text) - 1);
	base64_encode(digest.b, sizeof(digest.b), ret->accept);
}

static void put_credentials(struct buf *b, const char *user, const char *pass)
{
	struct buf plain = BUF_INIT(4096);
	char *text;

	plain.secret = true;
	(void)buf_printf(&plain, "%s:%s", user, pass != NULL ? pass : "");
	text = malloc(base64_text_room(plain.len));
	if (text == NULL || plain.failed) {
		b->failed = true;
	} else {
		base64_encode((const uint8_t *)plain.data, plain.len, text);
		(void)buf_printf(b, "Authorization: Basic %s\r\n", text);
		explicit_bzero(text, strlen(text));
	}
	free(text);
	buf_release(&plain);
}

void ws_request_put(struct buf *b, const char *host, const char *path, const struct ws_key *key,
		    const char *user, const char *pass)
{
	(void)buf_printf(b,
			 "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"
			 "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
			 "Sec-WebSocket-Version: 13\r\n",
			 path, host, key->key);
	if (user != NULL && *user != '\0')
		put_credentials(b, user, pass);
	(void)buf_puts(b, "\r\n");
}

/* --- the answer ------------------------------------------------------------------------------ */

struct text {
	const char *at;
	size_t len;
};

static struct text trimmed(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (struct text){ at, (size_t)(end - at) };
}

static bool text_is(struct text t, const char *word)
{
	return t.len == strlen(word) && strncasecmp(t.at, word, t.len) == 0;
}

/* One of the words between commas. */
static bool text_lists(struct text t, const char *word)
{
	const char *at = t.at, *end = t.at + t.len;

	while (at < end) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *stop = comma != NULL ? comma : end;

		if (text_is(trimmed(at, stop), word))
			return true;
		at = stop + 1;
	}
	return false;
}

struct seen {
	const struct ws_key *key;
	unsigned upgrade, connection, accept;
	const char *why;
};

static void on_header(struct seen *s, struct text name, struct text value)
{
	if (text_is(name, "Upgrade"))
		s->upgrade += text_is(value, "websocket") ? 1 : 2;
	else if (text_is(name, "Connection"))
		s->connection += text_lists(value, "upgrade");
	else if (text_is(name, "Sec-WebSocket-Accept"))
		s->accept += value.len == WS_ACCEPT_TEXT - 1 &&
					     memcmp(value.at, s->key->accept, value.len) == 0
				     ? 1
				     : 2;
	else if (text_is(name, "Sec-WebSocket-Extensions") ||
		 text_is(name, "Sec-WebSocket-Protocol"))
		s->why = "the server speaks an extension that was not asked for";
}

static bool read_header(struct seen *s, const char *line, const char *end)
{
	const char *colon = memchr(line, ':', (size_t)(end - line));

	if (colon == NULL || colon == line || *line == ' ' || *line == '\t') {
		s->why = "a line of the answer is no header";
		return false;
	}
	on_header(s, (struct text){ line, (size_t)(colon - line) }, trimmed(colon + 1, end));
	return s->why == NULL;
}

static enum ws_answer broken(const char **ret_why, const char *why)
{
	*ret_why = why;
	return WS_ANSWER_BROKEN;
}

/* "HTTP/1.1 101 Switching Protocols": the status; -1: it is none. */
static int read_status(const char *line, size_t len)
{
	static const char version[] = "HTTP/1.1 ";
	int status = 0;

	if (len < 12 || memcmp(line, version, 9) != 0 || (len > 12 && line[12] != ' '))
		return -1;
	for (size_t i = 9; i < 12; i++) {
		if (line[i] < '0' || line[i] > '9')
			return -1;
		status = 10 * status + (line[i] - '0');
	}
	return status;
}

static enum ws_answer read_headers(struct seen *s, const char *at, const char *end,
				   const char **ret_why)
{
	while (at < end) {
		const char *line_end = memmem(at, (size_t)(end - at), "\r\n", 2);

		if (!read_header(s, at, line_end))
			return broken(ret_why, s->why);
		at = line_end + 2;
	}
	if (s->upgrade != 1 || s->connection == 0)
		return broken(ret_why, "the server does not upgrade to a websocket");
	if (s->accept != 1)
		return broken(ret_why, "the server answers to another key than ours");
	return WS_ANSWER_OPEN;
}

enum ws_answer ws_answer_read(const char *bytes, size_t len, const struct ws_key *key,
			      size_t *ret_used, int *ret_status, const char **ret_why)
{
	const char *head_end =
		memmem(bytes, len < WS_ANSWER_MAX ? len : WS_ANSWER_MAX, "\r\n\r\n", 4);
	const char *line_end;
	struct seen s = { .key = key };

	if (head_end == NULL)
		return len < WS_ANSWER_MAX ? WS_ANSWER_PART
					   : broken(ret_why, "the answer has no end");
	line_end = memmem(bytes, (size_t)(head_end + 2 - bytes), "\r\n", 2);
	*ret_status = read_status(bytes, (size_t)(line_end - bytes));
	if (*ret_status < 0)
		return broken(ret_why, "the answer is no HTTP/1.1");
	if (*ret_status != 101)
		return WS_ANSWER_STATUS;
	*ret_used = (size_t)(head_end + 4 - bytes);
	return read_headers(&s, line_end + 2, head_end + 2, ret_why);
}
