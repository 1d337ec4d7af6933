/* What a Bitcoin or Ethereum node meant.
 *
 * Nodes disagree about the HTTP status: Core answers an error of one request with 500 and a JSON
 * body, btcd and bcoin with 200 and the same body.  So the body is read first: JSON with an error
 * in it, or with a result for our id, decides; the status speaks only when the body says nothing.
 * Success means that `error` is null or not there (JSON-RPC 1.0 and 2.0 differ in that).  Errors
 * may carry a null id: the node could not read ours.
 *
 * A raw block is megabytes of hex in one string.  No tree is built for it: the hex is cut out of
 * the middle, what is left is a few bytes, and those go through the parser like any other answer.
 * So nothing about them is taken on trust, and the hex itself is checked where it is decoded. */
#include "common/rpc/jsonrpc_answer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/json/json_pull.h"

#define RESULT_WITHIN 64   /* bytes from the start within which "result" must begin */
#define FRAME_MAX     1024 /* bytes round the hex */
#define QUOTE_MAX     120  /* bytes of a strange body that are shown */
#define VALUES_MAX                                                                                 \
	100000 /* of an answer that becomes a tree; most have ten, a batch some hundreds */
#define RAW_DEPTH_MAX 2100 /* a trace nests twice for each of Ethereum's 1,024 levels of calls */

static void reply_set(struct jsonrpc_reply *r, enum jsonrpc_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void reply_set(struct jsonrpc_reply *r, enum jsonrpc_kind kind, const char *fmt, ...)
{
	va_list ap;

	memset(r, 0, sizeof(*r));
	r->kind = kind;
	va_start(ap, fmt);
	(void)vsnprintf(r->text, sizeof(r->text), fmt, ap);
	va_end(ap);
}

/* The start of a body that is no JSON, on one line. */
static void quote_body(const char *body, size_t len, char ret[QUOTE_MAX + 1])
{
	size_t n = len < QUOTE_MAX ? len : QUOTE_MAX;

	for (size_t i = 0; i < n; i++)
		ret[i] = body[i] >= ' ' && body[i] <= '~' ? body[i] : ' ';
	while (n > 0 && ret[n - 1] == ' ')
		n--;
	ret[n] = '\0';
}

/* The body said nothing: the status does. */
static void read_status(struct jsonrpc_reply *r, int status, const char *body, size_t len)
{
	char start[QUOTE_MAX + 1];

	quote_body(body, len, start);
	switch (status) {
	case 401:
		reply_set(r, JSONRPC_UNAUTHORIZED,
			  "the node refuses user or password (status 401)");
		break;
	case 403:
		reply_set(r, JSONRPC_UNAUTHORIZED,
			  "the node does not serve this address (status 403)");
		break;
	case 429:
	case 503:
		reply_set(r, JSONRPC_BUSY, "status %d: %s", status,
			  start[0] != '\0' ? start : "too much to do");
		break;
	default:
		reply_set(r, JSONRPC_GARBAGE, "no JSON-RPC answer (status %d): %s", status,
			  start[0] != '\0' ? start : "empty body");
		break;
	}
}

static void read_error(struct jsonrpc_reply *r, const struct json *error)
{
	const char *message = json_string(json_get(error, "message"));
	int64_t code = 0;

	(void)json_get_i64(error, "code", &code, NULL); /* bcoin leaves it out now and then */
	if (message == NULL)
		message = json_string(error);
	reply_set(r, JSONRPC_ERROR, "%s", message != NULL ? message : "error without a message");
	r->code = (long)code;
}

static bool is_absent(const struct json *j)
{
	return j == NULL || json_type(j) == JSON_NULL;
}

static bool id_is(const struct json *j, uint64_t id)
{
	uint64_t n;

	return j != NULL && json_value_u64(j, &n) && n == id;
}

/* False when the object is neither an error nor a result. */
static bool read_object(struct jsonrpc_reply *r, const struct json *root, uint64_t id)
{
	const struct json *error = json_get(root, "error"), *their_id = json_get(root, "id");
	const struct json *result = json_get(root, "result");

	if (is_absent(error) && result == NULL)
		return false;
	if (!id_is(their_id, id) && (is_absent(error) || !is_absent(their_id)))
		reply_set(r, JSONRPC_GARBAGE, "answer to another request");
	else if (!is_absent(error))
		read_error(r, error);
	else
		*r = (struct jsonrpc_reply){ .kind = JSONRPC_RESULT, .result = result };
	return true;
}

void jsonrpc_answer_read(struct jsonrpc_answer *a, int status, const char *body, size_t len,
			 uint64_t id)
{
	struct json_limits limits = JSON_LIMITS_DEFAULT;

	limits.max_bytes = len; /* the transport had a limit already, but a tree takes more */
	limits.max_values = VALUES_MAX;
	a->root = NULL;
	if (len == 0 || json_parse(body, len, &limits, &a->root, NULL) < 0 ||
	    !read_object(&a->reply, a->root, id))
		read_status(&a->reply, status, body, len);
}

/* --- a long string ---------------------------------------------------------------------------- */

/* Where the string result begins (after its quote), or NULL. */
static const char *find_result(const char *body, size_t len)
{
	static const char key[] = "\"result\":";
	size_t within = len < RESULT_WITHIN ? len : RESULT_WITHIN;
	const char *p = memmem(body, within, key, sizeof(key) - 1);

	if (p == NULL)
		return NULL;
	p += sizeof(key) - 1;
	while (p < body + len && *p == ' ')
		p++;
	return p < body + len && *p == '"' ? p + 1 : NULL;
}

/* Parse the answer without the hex: an empty string stands in for it. */
static bool read_frame(struct jsonrpc_answer *a, const char *body, const char *hex,
		       const char *hex_end, const char *end, uint64_t id)
{
	struct json_limits limits = JSON_LIMITS_DEFAULT;
	struct buf frame = BUF_INIT(FRAME_MAX);
	const char *stand_in;
	bool ok;

	limits.max_depth = 1; /* the answer itself, nothing within */
	ok = buf_append(&frame, body, (size_t)(hex - body)) &&
	     buf_append(&frame, hex_end, (size_t)(end - hex_end)) &&
	     json_parse(frame.data, frame.len, &limits, &a->root, NULL) == 0;
	buf_release(&frame);
	if (!ok || !read_object(&a->reply, a->root, id))
		return false;
	stand_in = json_string(a->reply.result);
	return a->reply.kind == JSONRPC_RESULT && stand_in != NULL && *stand_in == '\0';
}

/* The quote that ends a long string stands near the end of the body, so only that is searched:
 * what is not hex before it is seen by who decodes it, as everything else that is not. */
static const char *find_hex_end(const char *hex, const char *end)
{
	const char *from = end - hex > FRAME_MAX ? end - FRAME_MAX : hex;
	const char *quote = memchr(from, '"', (size_t)(end - from));

	if (quote == NULL || memchr(from, '\\', (size_t)(quote - from)) != NULL)
		return NULL;
	return quote;
}

static bool scan_hex(struct jsonrpc_answer *a, const char *body, size_t len, uint64_t id)
{
	const char *hex = find_result(body, len), *hex_end;
	size_t hex_len;

	if (hex == NULL)
		return false;
	hex_end = find_hex_end(hex, body + len);
	if (hex_end == NULL)
		return false;
	hex_len = (size_t)(hex_end - hex);
	if (hex_len % 2 != 0)
		return false;
	if (!read_frame(a, body, hex, hex_end, body + len, id))
		return false;
	a->reply.result = NULL;
	a->reply.hex = hex;
	a->reply.hex_len = hex_len;
	return true;
}

void jsonrpc_answer_read_hex(struct jsonrpc_answer *a, int status, const char *body, size_t len,
			     uint64_t id)
{
	const char *text;

	a->root = NULL;
	if (scan_hex(a, body, len, id))
		return;
	jsonrpc_answer_release(a);
	jsonrpc_answer_read(a, status, body, len, id);
	if (a->reply.kind != JSONRPC_RESULT)
		return;
	text = json_string(a->reply.result);
	if (text == NULL) {
		reply_set(&a->reply, JSONRPC_GARBAGE, "the result is no string");
		return;
	}
	a->reply.result = NULL;
	a->reply.hex = text;
	a->reply.hex_len = strlen(text);
}

/* --- a result that is read later ----------------------------------------------------------------
 */

struct envelope {
	struct json_slice result, error, id;
};

static bool read_result_slice(void *arg, struct json_pull *p)
{
	return json_pull_value(p, &((struct envelope *)arg)->result);
}

static bool read_error_slice(void *arg, struct json_pull *p)
{
	return json_pull_value(p, &((struct envelope *)arg)->error);
}

static bool read_id_slice(void *arg, struct json_pull *p)
{
	return json_pull_value(p, &((struct envelope *)arg)->id);
}

static bool slice_is(const struct json_slice *s, const char *text)
{
	return s->len == strlen(text) && memcmp(s->text, text, s->len) == 0;
}

/* A result for our id and no error: all else is left to the other reader. */
static bool read_envelope(const char *body, size_t len, uint64_t id, struct json_slice *ret)
{
	static const struct json_pull_field fields[] = {
		{ "result", read_result_slice },
		{ "error", read_error_slice },
		{ "id", read_id_slice },
	};
	struct envelope e = { .error = { NULL, 0 } };
	char number[24];
	struct json_pull p;
	unsigned seen;

	json_pull_init(&p, body, len, RAW_DEPTH_MAX, NULL);
	json_pull_pass(&p);
	if (!json_pull_fields(&p, fields, 3, &e, &seen) || !json_pull_end(&p))
		return false;
	(void)snprintf(number, sizeof(number), "%" PRIu64, id);
	if ((seen & 5U) != 5U || !slice_is(&e.id, number))
		return false;
	*ret = e.result;
	return (seen & 2U) == 0 || slice_is(&e.error, "null");
}

void jsonrpc_answer_read_raw(struct jsonrpc_answer *a, int status, const char *body, size_t len,
			     uint64_t id)
{
	struct json_slice result;

	a->root = NULL;
	if (read_envelope(body, len, id, &result)) {
		a->reply = (struct jsonrpc_reply){ .kind = JSONRPC_RESULT,
						   .raw = result.text,
						   .raw_len = result.len };
		return;
	}
	jsonrpc_answer_read(a, status, body, len, id);
	if (a->reply.kind == JSONRPC_RESULT)
		reply_set(&a->reply, JSONRPC_GARBAGE, "no plain JSON-RPC answer (status %d)",
			  status);
}

/* --- several at once ---------------------------------------------------------------------------
 */

static const char left_out[] = "the node left out an answer of a batch";
static const char given_twice[] = "the node gave an answer of a batch twice";

static void read_element(struct jsonrpc_reply *replies, bool *seen, size_t count, uint64_t first_id,
			 const struct json *element)
{
	struct jsonrpc_reply r;
	uint64_t id;

	if (!json_value_u64(json_get(element, "id"), &id) || id < first_id ||
	    id - first_id >= count || !read_object(&r, element, id))
		return;
	if (seen[id - first_id])
		reply_set(&r, JSONRPC_GARBAGE, "%s", given_twice);
	seen[id - first_id] = true;
	replies[id - first_id] = r;
}

void jsonrpc_answer_read_batch(struct jsonrpc_answer *a, int status, const char *body, size_t len,
			       uint64_t first_id, size_t count, struct jsonrpc_reply *replies)
{
	bool seen[JSONRPC_BATCH_MAX] = { false };
	bool is_array;

	/* An object is one answer to all: an error.  Its id is null, or it is none. */
	jsonrpc_answer_read(a, status, body, len, first_id);
	is_array = a->root != NULL && json_type(a->root) == JSON_ARRAY;
	if (is_array || a->reply.kind == JSONRPC_RESULT)
		reply_set(&a->reply, JSONRPC_GARBAGE, "%s", left_out);
	for (size_t i = 0; i < count; i++)
		replies[i] = a->reply;
	if (!is_array)
		return;
	for (const struct json *e = json_first(a->root); e != NULL; e = json_next(e))
		read_element(replies, seen, count, first_id, e);
}

struct cut {
	uint64_t first_id;
	size_t count;
	struct json_slice *pieces;
	struct json_slice id; /* of the element that is read */
};

static bool read_piece_id(void *arg, struct json_pull *p)
{
	return json_pull_value(p, &((struct cut *)arg)->id);
}

/* The place of the element in the list, or `count`. */
static size_t cut_place(const struct cut *c)
{
	char text[24];
	uint64_t id;

	if (c->id.len >= sizeof(text))
		return c->count;
	memcpy(text, c->id.text, c->id.len);
	text[c->id.len] = '\0';
	return text_to_u64(text, UINT64_MAX, &id) && id >= c->first_id &&
			       id - c->first_id < c->count
		       ? (size_t)(id - c->first_id)
		       : c->count;
}

static bool cut_element(void *arg, struct json_pull *p)
{
	static const struct json_pull_field fields[] = { { "id", read_piece_id } };
	struct cut *c = arg;
	struct json_slice *piece, whole;
	unsigned seen = 0;
	size_t place;

	json_scanner_skip_space(&p->s);
	whole.text = (const char *)p->s.at;
	if (!json_pull_fields(p, fields, 1, c, &seen))
		return false;
	whole.len = (size_t)((const char *)p->s.at - whole.text);
	place = seen != 0 ? cut_place(c) : c->count;
	if (place == c->count)
		return true; /* nothing that was asked for */
	piece = &c->pieces[place];
	if (piece->text != NULL)
		whole.len = 0;
	*piece = whole;
	return true;
}

bool jsonrpc_answer_cut(const char *body, size_t len, uint64_t first_id, size_t count,
			struct json_slice *pieces)
{
	struct cut c = { .first_id = first_id, .count = count, .pieces = pieces };
	struct json_pull p;

	memset(pieces, 0, count * sizeof(*pieces));
	json_pull_init(&p, body, len, RAW_DEPTH_MAX, NULL);
	json_pull_pass(&p);
	return json_pull_array(&p, cut_element, &c) && json_pull_end(&p);
}

void jsonrpc_answer_missing(struct jsonrpc_answer *a, bool twice)
{
	a->root = NULL;
	reply_set(&a->reply, JSONRPC_GARBAGE, "%s", twice ? given_twice : left_out);
}

/* -32700: btcd 0.21 and older cannot read an array; others call it no request, or take the first
 * call out of it. */
bool jsonrpc_answer_wants_single(const struct jsonrpc_answer *a)
{
	static const long codes[] = { -32700, -32600, -32601, -32602 };

	if (a->root == NULL || json_type(a->root) != JSON_OBJECT)
		return false;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (a->reply.kind == JSONRPC_ERROR && a->reply.code == codes[i])
			return true;
	return a->reply.kind == JSONRPC_RESULT;
}

void jsonrpc_answer_release(struct jsonrpc_answer *a)
{
	json_free(a->root);
	a->root = NULL;
}
