/* The codec, for every message and every field of the list: what is encoded is decoded, what is
 * out of range is refused.  The list itself makes the rows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ipc/frame.h"
#include "common/ipc/message.h"
#include "test/support/test.h"

/* --- filling and comparing, from the list --------------------------------------------------- */
enum variant { LOWEST, HIGHEST };

static void fill_text(char *to, size_t size, enum variant v)
{
	memset(to, 0, size);
	if (v == HIGHEST)
		memset(to, '"', size - 1); /* each one grows when it is escaped */
}

#define FILL_U64(p, v)	    (p) = (v) == LOWEST ? 0 : UINT64_MAX
#define FILL_I64(p, v)	    (p) = (v) == LOWEST ? -INT64_MAX : INT64_MAX
#define FILL_U32(p, v)	    (p) = (v) == LOWEST ? 0 : UINT32_MAX
#define FILL_BOOL(p, v)	    (p) = (v) != LOWEST
#define FILL_COIN(p, v)	    (p) = (v) == LOWEST ? COIN_BTC : COIN_SKY
#define FILL_UNITS(p, v)    (p).n = (v) == LOWEST ? 0 : ~(unsigned __int128)0
#define FILL_DROPLETS(p, v) (p).n = (v) == LOWEST ? 0 : UINT64_MAX
#define FILL_HOURS(p, v)    (p).n = (v) == LOWEST ? 0 : UINT64_MAX
#define FILL_ADDRESS(p, v)  fill_text(p, sizeof(p), v)
#define FILL_TXID(p, v)	    fill_text(p, sizeof(p), v)
#define FILL_NAME(p, v)	    fill_text(p, sizeof(p), v)
#define FILL_TEXT(p, v)	    fill_text(p, sizeof(p), v)
#define FILL_JSON(p, v)	    (p) = (v) == LOWEST ? NULL : strdup("[{\"a\":[1,-2,\"\\u00e9\"]},null]")

#define SAME_PLAIN(a, b)    assert_memory_equal(&(a), &(b), sizeof(a))
#define SAME_TEXT_OF(a, b)  assert_string_equal(a, b)
#define SAME_U64(a, b)	    SAME_PLAIN(a, b)
#define SAME_I64(a, b)	    SAME_PLAIN(a, b)
#define SAME_U32(a, b)	    SAME_PLAIN(a, b)
#define SAME_BOOL(a, b)	    SAME_PLAIN(a, b)
#define SAME_COIN(a, b)	    SAME_PLAIN(a, b)
#define SAME_UNITS(a, b)    SAME_PLAIN(a, b)
#define SAME_DROPLETS(a, b) SAME_PLAIN(a, b)
#define SAME_HOURS(a, b)    SAME_PLAIN(a, b)
#define SAME_ADDRESS(a, b)  SAME_TEXT_OF(a, b)
#define SAME_TXID(a, b)	    SAME_TEXT_OF(a, b)
#define SAME_NAME(a, b)	    SAME_TEXT_OF(a, b)
#define SAME_TEXT(a, b)	    SAME_TEXT_OF(a, b)

static void same_json(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		assert_true(a == b);
	else
		assert_string_equal(
			strstr(b, "null") != NULL ? "[{\"a\":[1,-2,\"\xc3\xa9\"]},null]" : a, b);
}
#define SAME_JSON(a, b) same_json(a, b)

#define FILL_FIELD(S, KIND, f, m) FILL_##KIND(to->u.S.f, v);
#define SAME_FIELD(S, KIND, f, m) SAME_##KIND(a->u.S.f, b->u.S.f);
#define FILL_AND_SAME(name, FIELDS, askers, answerers, reply)                                      \
	static void fill_##name(struct message *to, enum variant v)                                \
	{                                                                                          \
		to->type = MSG_TYPE_##name;                                                        \
		FIELDS(FILL_FIELD, name)                                                           \
	}                                                                                          \
	static void same_##name(const struct message *a, const struct message *b)                  \
	{                                                                                          \
		FIELDS(SAME_FIELD, name)                                                           \
	}
MESSAGES(FILL_AND_SAME)

static const struct {
	void (*fill)(struct message *to, enum variant v);
	void (*same)(const struct message *a, const struct message *b);
} by_type[MSG_TYPE_COUNT] = {
#define BY_TYPE(name, FIELDS, askers, answerers, reply)                                            \
	[MSG_TYPE_##name] = { fill_##name, same_##name },
	MESSAGES(BY_TYPE)
};

static void round_trip(enum message_type type, enum variant v)
{
	struct envelope env = { .id = v == LOWEST ? 1 : UINT32_MAX,
				.is_reply = type == MSG_TYPE_error || v == HIGHEST };
	struct message m = { .type = MSG_TYPE_none }, back;
	struct buf text = BUF_INIT(FRAME_MAX), again = BUF_INIT(FRAME_MAX);
	struct envelope env_back;
	struct err err = { .text = "" };

	by_type[type].fill(&m, v);
	message_encode(&m, &env, &text);
	assert_false(text.failed);
	if (message_decode(text.data, text.len, &back, &env_back, &err) < 0)
		fail_msg("%s: %s in %s", message_name(type), err.text, text.data);
	assert_int_equal(back.type, type);
	assert_int_equal(env_back.id, env.id);
	assert_int_equal(env_back.is_reply, env.is_reply);
	by_type[type].same(&m, &back);
	message_release(&m);
	message_encode(&back, &env_back, &again);
	if (v == LOWEST) /* else the escape of a JSON field is spelled otherwise */
		assert_string_equal(buf_text(&again), buf_text(&text));
	message_release(&back);
	buf_release(&text);
	buf_release(&again);
}

static void test_every_message_comes_back(void **state)
{
	(void)state;
	for (int t = MSG_TYPE_none + 1; t < MSG_TYPE_COUNT; t++) {
		round_trip((enum message_type)t, LOWEST);
		round_trip((enum message_type)t, HIGHEST);
	}
}

/* --- ranges of every field ------------------------------------------------------------------ */
enum kind {
	K_U64,
	K_I64,
	K_U32,
	K_BOOL,
	K_COIN,
	K_UNITS,
	K_DROPLETS,
	K_HOURS,
	K_ADDRESS,
	K_TXID,
	K_NAME,
	K_TEXT,
	K_JSON
};

static const struct {
	enum message_type type;
	const char *field;
	enum kind kind;
} fields[] = {
#define FIELD_OF(S, KIND, f, m)				  { MSG_TYPE_##S, #f, K_##KIND },
#define FIELDS_OF(name, FIELDS, askers, answerers, reply) FIELDS(FIELD_OF, name)
	MESSAGES(FIELDS_OF)
};

#define BITS(k)	     (1U << (k))
#define U64_KINDS    (BITS(K_U64) | BITS(K_DROPLETS) | BITS(K_HOURS))
#define INT_KINDS    (U64_KINDS | BITS(K_I64) | BITS(K_UNITS))
#define TEXT_KINDS   (BITS(K_ADDRESS) | BITS(K_TXID) | BITS(K_NAME) | BITS(K_TEXT))
#define STRING_KINDS (INT_KINDS | TEXT_KINDS | BITS(K_COIN))
#define NOT_JSON     (STRING_KINDS | BITS(K_U32) | BITS(K_BOOL))

static const struct {
	const char *why;
	unsigned kinds;
	const char *json;
	bool ok;
} values[] = {
	{ "null is nothing", NOT_JSON, "null", false },
	{ "no object", NOT_JSON, "{}", false },
	{ "no array", NOT_JSON, "[]", false },
	{ "a number is no string", STRING_KINDS, "1", false },
	{ "a bool is no string", STRING_KINDS, "true", false },
	{ "an empty integer", INT_KINDS, "\"\"", false },
	{ "space before digits", INT_KINDS, "\" 1\"", false },
	{ "space after digits", INT_KINDS, "\"1 \"", false },
	{ "a plus", INT_KINDS, "\"+1\"", false },
	{ "hex", INT_KINDS, "\"0x1\"", false },
	{ "a fraction", INT_KINDS, "\"1.0\"", false },
	{ "an exponent", INT_KINDS, "\"1e3\"", false },
	{ "negative where nothing is", INT_KINDS & ~BITS(K_I64), "\"-1\"", false },
	{ "2^64 - 1", U64_KINDS, "\"18446744073709551615\"", true },
	{ "2^64", U64_KINDS, "\"18446744073709551616\"", false },
	{ "far above 2^64", U64_KINDS, "\"99999999999999999999999999\"", false },
	{ "2^63 - 1", BITS(K_I64), "\"9223372036854775807\"", true },
	{ "2^63", BITS(K_I64), "\"9223372036854775808\"", false },
	{ "-(2^63 - 1)", BITS(K_I64), "\"-9223372036854775807\"", true },
	{ "-(2^63 + 1)", BITS(K_I64), "\"-9223372036854775809\"", false },
	{ "a lone minus", BITS(K_I64), "\"-\"", false },
	{ "2^128 - 1", BITS(K_UNITS), "\"340282366920938463463374607431768211455\"", true },
	{ "2^128", BITS(K_UNITS), "\"340282366920938463463374607431768211456\"", false },
	{ "zero", BITS(K_U32), "0", true },
	{ "2^32 - 1", BITS(K_U32), "4294967295", true },
	{ "2^32", BITS(K_U32), "4294967296", false },
	{ "negative number", BITS(K_U32), "-1", false },
	{ "a half", BITS(K_U32), "0.5", false },
	{ "a string is no number", BITS(K_U32), "\"1\"", false },
	{ "a bool is no number", BITS(K_U32), "true", false },
	{ "false", BITS(K_BOOL), "false", true },
	{ "0 is no bool", BITS(K_BOOL), "0", false },
	{ "a string is no bool", BITS(K_BOOL), "\"true\"", false },
	{ "ETH", BITS(K_COIN), "\"ETH\"", true },
	{ "coins are in capitals", BITS(K_COIN), "\"eth\"", false },
	{ "no such coin", BITS(K_COIN), "\"DOGE\"", false },
	{ "no coin", BITS(K_COIN), "\"\"", false },
	{ "an empty text", TEXT_KINDS, "\"\"", true },
	{ "a NUL would cut it short", TEXT_KINDS, "\"a\\u0000b\"", false },
	{ "any value", BITS(K_JSON), "{\"a\": [1.5, \"x\", null, {}]}", true },
	{ "even null", BITS(K_JSON), "null", true },
};

/* The message with one field replaced; `json` NULL: removed. */
static char *message_with(enum message_type type, const char *field, const char *json)
{
	struct message m = { .type = MSG_TYPE_none };
	struct envelope env = { .id = 7, .is_reply = type == MSG_TYPE_error };
	struct buf text = BUF_INIT(FRAME_MAX);
	cJSON *root, *object;
	char *printed;

	by_type[type].fill(&m, LOWEST);
	message_encode(&m, &env, &text);
	root = cJSON_Parse(text.data);
	assert_non_null(root);
	object = type == MSG_TYPE_error ? cJSON_GetObjectItem(root, "error") : root;
	cJSON_DeleteItemFromObjectCaseSensitive(object, field);
	if (json != NULL)
		assert_true(cJSON_AddRawToObject(object, field, json) != NULL);
	printed = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	buf_release(&text);
	return printed;
}

static void expect(const char *why, enum message_type type, const char *field, const char *json,
		   bool ok)
{
	char *text = message_with(type, field, json);
	struct envelope env;
	struct message m;
	struct err err = { .text = "" };
	int rc = message_decode(text, strlen(text), &m, &env, &err);

	if ((rc == 0) != ok)
		fail_msg("%s: %s of %s, %s", why, field, message_name(type), text);
	if (rc == 0)
		message_release(&m);
	else if (strstr(err.text, field) == NULL && strstr(err.text, "byte") == NULL)
		fail_msg("%s: '%s' does not name %s", why, err.text, field);
	free(text);
}

static void test_every_field_is_checked(void **state)
{
	(void)state;
	for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
		expect("missing", fields[f].type, fields[f].field, NULL, false);
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
			if ((values[i].kinds & BITS(fields[f].kind)) != 0)
				expect(values[i].why, fields[f].type, fields[f].field,
				       values[i].json, values[i].ok);
	}
}

static size_t text_size(enum kind kind)
{
	switch (kind) {
	case K_ADDRESS: return ADDRESS_TEXT_MAX;
	case K_TXID: return TXID_TEXT_MAX;
	case K_NAME: return 48;
	case K_TEXT: return 512;
	default: return 0;
	}
}

static void test_texts_fit_or_are_refused(void **state)
{
	(void)state;
	for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
		size_t size = text_size(fields[f].kind);
		char json[600];

		if (size == 0)
			continue;
		memset(json, 'a', sizeof(json));
		json[0] = '"';
		json[size] = '"'; /* size - 1 characters */
		json[size + 1] = '\0';
		expect("longest", fields[f].type, fields[f].field, json, true);
		json[size] = 'a';
		json[size + 1] = '"';
		json[size + 2] = '\0';
		expect("one too long", fields[f].type, fields[f].field, json, false);
	}
}

/* --- what is round the fields --------------------------------------------------------------- */
static void test_envelopes(void **state)
{
	static const struct {
		const char *why, *json;
		enum message_type type; /* none: refused */
	} rows[] = {
		{ "a question", "{\"type\":\"ok\",\"id\":1,\"ok\":true}", MSG_TYPE_ok },
		{ "an answer", "{\"re\":1,\"type\":\"ok\",\"ok\":true}", MSG_TYPE_ok },
		{ "unknown fields are ignored", "{\"re\":1,\"type\":\"ok\",\"ok\":true,\"new\":[]}",
		  MSG_TYPE_ok },
		{ "an error", "{\"re\":1,\"error\":{\"code\":\"busy\",\"message\":\"\"}}",
		  MSG_TYPE_error },
		{ "space around", " {\"re\":1,\"type\":\"ok\",\"ok\":true}\n", MSG_TYPE_ok },
		{ "nothing", "", MSG_TYPE_none },
		{ "no JSON", "hello", MSG_TYPE_none },
		{ "cut off", "{\"re\":1,\"type\":\"ok\",\"ok\":tr", MSG_TYPE_none },
		{ "two values", "{\"re\":1,\"type\":\"ok\",\"ok\":true}{}", MSG_TYPE_none },
		{ "no object", "[1]", MSG_TYPE_none },
		{ "null", "null", MSG_TYPE_none },
		{ "neither id nor re", "{\"type\":\"ok\",\"ok\":true}", MSG_TYPE_none },
		{ "both", "{\"re\":1,\"id\":1,\"type\":\"ok\",\"ok\":true}", MSG_TYPE_none },
		{ "id too large", "{\"id\":4294967296,\"type\":\"ok\",\"ok\":true}",
		  MSG_TYPE_none },
		{ "negative id", "{\"id\":-1,\"type\":\"ok\",\"ok\":true}", MSG_TYPE_none },
		{ "id as text", "{\"id\":\"1\",\"type\":\"ok\",\"ok\":true}", MSG_TYPE_none },
		{ "no type", "{\"id\":1}", MSG_TYPE_none },
		{ "unknown type", "{\"id\":1,\"type\":\"pay\"}", MSG_TYPE_none },
		{ "type none", "{\"id\":1,\"type\":\"none\"}", MSG_TYPE_none },
		{ "type is a number", "{\"id\":1,\"type\":1}", MSG_TYPE_none },
		{ "an error is no type",
		  "{\"re\":1,\"type\":\"error\",\"code\":\"\",\"message\":\"\"}", MSG_TYPE_none },
		{ "an error is no question",
		  "{\"id\":1,\"error\":{\"code\":\"busy\",\"message\":\"\"}}", MSG_TYPE_none },
		{ "an error is an object", "{\"re\":1,\"error\":\"busy\"}", MSG_TYPE_none },
		{ "a key twice", "{\"re\":1,\"re\":2,\"type\":\"ok\",\"ok\":true}", MSG_TYPE_none },
		{ "too deep",
		  "{\"re\":1,\"type\":\"ok\",\"ok\":true,\"x\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"
		  "]]]]}",
		  MSG_TYPE_none },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct envelope env;
		struct message m = { .type = MSG_TYPE_none };
		struct err err;
		int rc = message_decode(rows[i].json, strlen(rows[i].json), &m, &env, &err);

		if (rc == 0)
			message_release(&m);
		if (rc != (rows[i].type == MSG_TYPE_none ? ERR_INVALID : 0) ||
		    (rc == 0 && m.type != rows[i].type))
			fail_msg("%s: %s", rows[i].why, rows[i].json);
	}
}

/* A text that was cut inside a character still fits its field on the other side. */
static void test_cut_text_is_mended(void **state)
{
	struct message m = { .type = MSG_TYPE_error }, back;
	struct envelope env = { .id = 1, .is_reply = true };
	struct buf text = BUF_INIT(FRAME_MAX);
	size_t last = sizeof(m.u.error.message) - 2;
	struct err err = { .text = "" };

	(void)state;
	memset(m.u.error.message, 'x', last + 1);
	m.u.error.message[last] = '\xc3'; /* first byte of two */
	message_encode(&m, &env, &text);
	if (message_decode(text.data, text.len, &back, &env, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(strlen(back.u.error.message), last + 1);
	assert_int_equal(back.u.error.message[last], '?');
	buf_release(&text);
}

static void test_own_json_that_does_not_parse_is_null(void **state)
{
	struct message m = { .type = MSG_TYPE_health_reply }, back;
	struct envelope env = { .id = 1, .is_reply = true };
	struct buf text = BUF_INIT(FRAME_MAX);

	(void)state;
	m.u.health_reply.detail = strdup("{\"queue\": 5, \"hei"); /* cut at a limit */
	m.u.health_reply.problems = strdup("[]");
	message_encode(&m, &env, &text);
	assert_int_equal(message_decode(text.data, text.len, &back, &env, NULL), 0);
	assert_null(back.u.health_reply.detail);
	assert_string_equal(back.u.health_reply.problems, "[]");
	message_release(&m);
	message_release(&back);
	buf_release(&text);
}

static void test_a_frame_full_of_json_is_refused_not_cut(void **state)
{
	struct message m = { .type = MSG_TYPE_health_reply };
	struct envelope env = { .id = 1, .is_reply = true };
	struct buf text = BUF_INIT(FRAME_MAX);
	char *large = malloc(FRAME_MAX + 1);

	(void)state;
	assert_non_null(large);
	memset(large, 'x', FRAME_MAX);
	large[0] = large[FRAME_MAX - 1] = '"';
	large[FRAME_MAX] = '\0';
	m.u.health_reply.detail = large;
	message_encode(&m, &env, &text);
	assert_true(text.failed);
	message_release(&m);
	buf_release(&text);
}

/* --- the list ------------------------------------------------------------------------------- */
static void test_list_is_consistent(void **state)
{
	(void)state;
	for (int i = MSG_TYPE_none + 1; i < MSG_TYPE_COUNT; i++) {
		enum message_type t = (enum message_type)i;
		bool asked = message_askers(t) != 0;

		assert_int_equal(asked, message_answerers(t) != 0);
		assert_int_equal(asked, message_reply(t) != MSG_TYPE_none);
		assert_int_equal(message_askers(t) & ~(unsigned)IPC_ANYONE, 0);
		assert_int_equal(message_answerers(t) & ~(unsigned)IPC_ANYONE, 0);
	}
	assert_int_equal(message_reply(MSG_TYPE_bind), MSG_TYPE_bind_reply);
	assert_int_equal(message_askers(MSG_TYPE_bind), IPC_APID);
}

static void test_role_names(void **state)
{
	static const char *const names[] = { "scannerd", "exchangerd", "senderd", "apid",
					     "tellerctl" };

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(ipc_role_parse(names[i]), 1U << i);
		assert_string_equal(ipc_role_name(1U << i), names[i]);
	}
	assert_int_equal(ipc_role_parse("Scannerd"), 0);
	assert_int_equal(ipc_role_parse(""), 0);
	assert_null(ipc_role_name(0));
	assert_null(ipc_role_name(IPC_SCANNERD | IPC_APID));
	assert_null(ipc_role_name(32));
}

/* Daemons of two versions that both say protocol 1 must understand each other. */
static void test_protocol_number_is_raised_with_the_list(void **state)
{
	static const struct {
		unsigned protocol;
		uint32_t digest;
	} versions[] = {
		{ 1, 0x8e17568b }, { 2, 0x34f43539 }, { 3, 0xa15e3181 }, { 4, 0xd2f84192 },
		{ 5, 0xfeb32844 }, { 6, 0x68e2f366 }, { 7, 0x95632788 },
	};
	size_t last = sizeof(versions) / sizeof(versions[0]) - 1;

	(void)state;
	if (versions[last].protocol != IPC_PROTOCOL ||
	    versions[last].digest != message_list_digest())
		fail_msg("the list of messages has changed: raise IPC_PROTOCOL in messages.h and "
			 "add "
			 "the row { %u, 0x%08x } here; never change an old row",
			 versions[last].protocol + 1, message_list_digest());
}

static void test_printed_document_is_fresh(void **state)
{
	struct buf text = BUF_INIT((size_t)1 << 20);
	char *file = test_read_file("doc/PROTOCOL.md", NULL);

	(void)state;
	message_list_print(&text);
	if (strcmp(file, buf_text(&text)) != 0)
		fail_msg("doc/PROTOCOL.md is not what the list prints: run `make docs`");
	free(file);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_message_comes_back),
		cmocka_unit_test(test_every_field_is_checked),
		cmocka_unit_test(test_texts_fit_or_are_refused),
		cmocka_unit_test(test_envelopes),
		cmocka_unit_test(test_cut_text_is_mended),
		cmocka_unit_test(test_own_json_that_does_not_parse_is_null),
		cmocka_unit_test(test_a_frame_full_of_json_is_refused_not_cut),
		cmocka_unit_test(test_list_is_consistent),
		cmocka_unit_test(test_role_names),
		cmocka_unit_test(test_protocol_number_is_raised_with_the_list),
		cmocka_unit_test(test_printed_document_is_fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
