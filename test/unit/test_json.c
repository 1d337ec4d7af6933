/* JSON: what is refused before cJSON sees it, typed getters, and the two layouts of the writer. */
#include "test/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "common/json/json.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define OUT_MAX 65536

static struct json *parse(const char *text)
{
	struct json_limits limits = JSON_LIMITS_DEFAULT;
	struct json *j = NULL;
	struct err err = { 0 };

	if (json_parse(text, strlen(text), &limits, &j, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return j;
}

struct parse_row {
	const char *why;
	const char *text;
	size_t len; /* 0: strlen */
	struct json_limits limits;
	const char *error; /* NULL: accepted */
};

#define USUAL JSON_LIMITS_DEFAULT

static const struct parse_row parse_rows[] = {
	{ "an object", "{\"a\": [1, -2.5e+3, true, false, null, \"x\"]}", 0, USUAL, NULL },
	{ "a scalar is a document", " 7 ", 0, USUAL, NULL },
	{ "nothing", "", 0, USUAL, "EOF" },
	{ "only space is nothing", " \r\n\t", 0, USUAL, "EOF" },
	{ "cut short", "{\"a\":", 0, USUAL, "unexpected EOF" },
	{ "cut in a string", "\"abc", 0, USUAL, "unexpected EOF" },
	{ "cut in an escape", "\"\\u12", 0, USUAL, "unexpected EOF" },
	{ "cut in a word", "tru", 0, USUAL, "unexpected EOF" },
	{ "cut in UTF-8", "\"\xe2\x82", 0, USUAL, "invalid UTF-8 at byte 1" },
	{ "bytes after", "{} x", 0, USUAL, "something follows the value at byte 2" },
	{ "a NUL after", "{}\0", 3, USUAL, "something follows the value at byte 2" },
	{ "bytes after, allowed",
	  "{} x\xff",
	  0,
	  { .max_bytes = 64, .max_depth = 4, .trailing_ok = true },
	  NULL },
	{ "two values", "1 2", 0, USUAL, "something follows the value at byte 1" },
	{ "exactly the size limit", "[1,2]", 0, { .max_bytes = 5, .max_depth = 1 }, NULL },
	{ "over the size limit",
	  "[1,2] ",
	  0,
	  { .max_bytes = 5, .max_depth = 1 },
	  "larger than 5 bytes" },
	{ "exactly the depth limit", "[[{}]]", 0, { .max_bytes = 99, .max_depth = 3 }, NULL },
	{ "over the depth limit",
	  "[[[[]]]]",
	  0,
	  { .max_bytes = 99, .max_depth = 3 },
	  "nested too deeply at byte 4" },
	{ "brackets in a string are no depth",
	  "[\"[[[[[\"]",
	  0,
	  { .max_bytes = 99, .max_depth = 1 },
	  NULL },
	{ "siblings are no depth", "[[],[],[]]", 0, { .max_bytes = 99, .max_depth = 2 }, NULL },
	{ "a key twice", "{\"a\":1,\"b\":2,\"a\":3}", 0, USUAL, "key 'a' occurs twice" },
	{ "twice, hidden by an escape", "{\"a\":1,\"\\u0061\":3}", 0, USUAL,
	  "key 'a' occurs twice" },
	{ "twice, deeper", "[{\"x\":{\"k\":1,\"k\":1}}]", 0, USUAL, "key 'k' occurs twice" },
	{ "twice, allowed", "{\"a\":1,\"a\":3}", 0, { 99, 9, .duplicates_ok = true }, NULL },
	{ "the same key in two objects", "[{\"a\":1},{\"a\":2}]", 0, USUAL, NULL },
	{ "NUL in a string", "\"a\0b\"", 5, USUAL, "control character in a string at byte 2" },
	{ "NUL escaped", "\"a\\u0000b\"", 0, USUAL, "NUL escaped in a string at byte 8" },
	{ "NUL between tokens", "[\0]", 3, USUAL, "value expected at byte 1" },
	{ "newline in a string", "\"a\nb\"", 0, USUAL, "control character in a string at byte 2" },
	{ "overlong UTF-8", "\"\xc0\xaf\"", 0, USUAL, "invalid UTF-8 at byte 1" },
	{ "overlong of three", "\"\xe0\x80\xaf\"", 0, USUAL, "invalid UTF-8 at byte 1" },
	{ "surrogate in UTF-8", "\"\xed\xa0\x80\"", 0, USUAL, "invalid UTF-8 at byte 1" },
	{ "above U+10FFFF", "\"\xf4\x90\x80\x80\"", 0, USUAL, "invalid UTF-8 at byte 1" },
	{ "a lone continuation", "\"\x80\"", 0, USUAL, "invalid UTF-8 at byte 1" },
	{ "highest character", "\"\xf4\x8f\xbf\xbf\"", 0, USUAL, NULL },
	{ "surrogate pair", "\"\\ud83d\\ude00\"", 0, USUAL, NULL },
	{ "lone high surrogate", "\"\\ud83d\"", 0, USUAL, "unpaired surrogate at byte 7" },
	{ "lone low surrogate", "\"\\ude00\"", 0, USUAL, "unpaired surrogate at byte 7" },
	{ "two high surrogates", "\"\\ud83d\\ud83d\"", 0, USUAL, "unpaired surrogate at byte 13" },
	{ "unknown escape", "\"\\x41\"", 0, USUAL, "unknown escape at byte 2" },
	{ "bad hex", "\"\\u00g0\"", 0, USUAL, "hex digit expected at byte 5" },
	{ "leading zero", "01", 0, USUAL, "something follows the value at byte 1" },
	{ "leading plus", "+1", 0, USUAL, "value expected at byte 0" },
	{ "no digit after the point", "1.", 0, USUAL, "unexpected EOF" },
	{ "no digit after the sign", "-x", 0, USUAL, "digit expected at byte 1" },
	{ "no digit in the exponent", "[1e]", 0, USUAL, "digit expected at byte 3" },
	{ "hex number", "0x10", 0, USUAL, "something follows the value at byte 1" },
	{ "not a number", "NaN", 0, USUAL, "value expected at byte 0" },
	{ "wrong word", "nulx", 0, USUAL, "unknown word at byte 3" },
	{ "trailing comma", "[1,]", 0, USUAL, "value expected at byte 3" },
	{ "trailing comma in an object", "{\"a\":1,}", 0, USUAL, "string expected at byte 7" },
	{ "missing comma", "[1 2]", 0, USUAL, "',' or end of list expected at byte 3" },
	{ "missing colon", "{\"a\" 1}", 0, USUAL, "':' expected at byte 5" },
	{ "unquoted key", "{a:1}", 0, USUAL, "string expected at byte 1" },
	{ "wrong bracket", "[1}", 0, USUAL, "',' or end of list expected at byte 2" },
	{ "single quotes", "'a'", 0, USUAL, "value expected at byte 0" },
	{ "byte order mark", "\xef\xbb\xbf{}", 0, USUAL, "value expected at byte 0" },
	{ "comment", "/**/1", 0, USUAL, "value expected at byte 0" },
	{ "form feed is no space", "\f1", 0, USUAL, "value expected at byte 0" },
};

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(parse_rows); i++) {
		const struct parse_row *row = &parse_rows[i];
		size_t len = row->len > 0 ? row->len : strlen(row->text);
		char *exact = malloc(
			len > 0 ? len : 1); /* no NUL behind: ASan sees a read past the end */
		struct json *j = NULL;
		struct err err = { 0 };
		int rc;

		assert_non_null(exact);
		memcpy(exact, row->text, len);
		rc = json_parse(exact, len, &row->limits, &j, &err);
		if (row->error == NULL && rc < 0)
			fail_msg("%s: refused: %s", row->why, err.text);
		if (row->error != NULL && (rc != ERR_INVALID || strcmp(err.text, row->error) != 0))
			fail_msg("%s: %d '%s', not '%s'", row->why, rc, err.text, row->error);
		json_free(j);
		free(exact);
	}
}

/* A hostile depth must neither overflow the stack nor reach cJSON. */
static void test_deep(void **state)
{
	struct json_limits limits = { .max_bytes = 1 << 20, .max_depth = 1000000 };
	char *text = malloc(1 << 20);
	struct json *j = NULL;
	struct err err;

	(void)state;
	memset(text, '[', 1 << 20);
	assert_int_equal(json_parse(text, 1 << 20, &limits, &j, &err), ERR_INVALID);
	assert_string_equal(err.text, "nested too deeply at byte 257");
	free(text);
}

/* Two bytes of text are a hundred of a tree. */
static void test_many_values(void **state)
{
	struct json_limits limits = { .max_bytes = 99, .max_depth = 9, .max_values = 4 };
	struct json *j = NULL;
	struct err err;

	(void)state;
	assert_int_equal(json_parse("[1,2]", 5, &limits, &j, &err), 0);
	json_free(j);
	assert_int_equal(json_parse("[1,2,3,4]", 9, &limits, &j, &err), ERR_INVALID);
	assert_string_equal(err.text, "more than 4 values");
	assert_int_equal(json_parse("[[],[],[]]", 10, &limits, &j, &err), ERR_INVALID);
}

static void test_getters(void **state)
{
	struct json *j =
		parse("{\"s\":\"x\",\"b\":true,\"n\":7,\"big\":\"18446744073709551615\","
		      "\"neg\":-5,\"half\":0.5,\"a\":[1,\"2\",-1,null],\"o\":{},\"z\":null,"
		      "\"max\":9007199254740991,\"over\":9007199254740993,\"e\":1e400}");
	const struct json *v;
	const char *s;
	uint64_t u;
	int64_t n;
	bool b;
	struct err err;

	(void)state;
	assert_int_equal(json_get_string(j, "s", &s, &err), 0);
	assert_string_equal(s, "x");
	assert_int_equal(json_get_bool(j, "b", &b, &err), 0);
	assert_true(b);
	assert_int_equal(json_get_u64(j, "n", 7, &u, &err), 0);
	assert_int_equal(u, 7);
	assert_int_equal(json_get_u64(j, "big", UINT64_MAX, &u, &err), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(json_get_u64(j, "max", UINT64_MAX, &u, &err), 0);
	assert_true(u == 9007199254740991);
	assert_int_equal(json_get_i64(j, "neg", &n, &err), 0);
	assert_int_equal(n, -5);
	assert_int_equal(json_get_array(j, "a", &v, &err), 0);
	assert_int_equal(json_size(v), 4);
	v = json_first(v);
	assert_true(json_value_u64(v, &u) && u == 1);
	v = json_next(v);
	assert_true(json_value_u64(v, &u) && u == 2);
	v = json_next(v);
	assert_false(json_value_u64(v, &u));
	v = json_next(v);
	assert_int_equal(json_type(v), JSON_NULL);
	assert_null(json_next(v));
	assert_int_equal(json_get_object(j, "o", &v, &err), 0);
	assert_null(json_first(v));
	assert_string_equal(json_key(json_first(j)), "s");
	json_free(j);
}

struct refusal_row {
	const char *why;
	char getter; /* s b u i a o */
	const char *key;
	const char *error;
};

static const struct refusal_row refusal_rows[] = {
	{ "missing", 's', "nothing", "field 'nothing' is missing" },
	{ "number for string", 's', "n", "field 'n' is no string" },
	{ "null is no string", 's', "z", "field 'z' is no string" },
	{ "string for bool", 'b', "s", "field 's' is no bool" },
	{ "above max", 'u', "n", "field 'n' is no integer from 0 to 6" },
	{ "negative", 'u', "neg", "field 'neg' is no integer from 0 to 6" },
	{ "not whole", 'u', "half", "field 'half' is no integer from 0 to 6" },
	{ "infinite", 'i', "e", "field 'e' is no integer" },
	{ "beyond what a double holds", 'i', "over", "field 'over' is no integer" },
	{ "no digits", 'i', "s", "field 's' is no integer" },
	{ "object for array", 'a', "o", "field 'o' is no array" },
	{ "array for object", 'o', "a", "field 'a' is no object" },
};

static int get(const struct json *j, const struct refusal_row *row, struct err *err)
{
	const struct json *v;
	const char *s;
	uint64_t u;
	int64_t n;
	bool b;

	switch (row->getter) {
	case 's': return json_get_string(j, row->key, &s, err);
	case 'b': return json_get_bool(j, row->key, &b, err);
	case 'u': return json_get_u64(j, row->key, 6, &u, err);
	case 'i': return json_get_i64(j, row->key, &n, err);
	case 'a': return json_get_array(j, row->key, &v, err);
	case 'o': return json_get_object(j, row->key, &v, err);
	}
	fail();
	return 0;
}

static void test_getters_refuse(void **state)
{
	struct json *j = parse("{\"s\":\"x\",\"n\":7,\"neg\":-5,\"half\":0.5,\"a\":[],\"o\":{},"
			       "\"z\":null,\"over\":9007199254740992,\"e\":1e400}");

	(void)state;
	for (size_t i = 0; i < LEN(refusal_rows); i++) {
		struct err err = { 0 };

		if (get(j, &refusal_rows[i], &err) != ERR_INVALID ||
		    strcmp(err.text, refusal_rows[i].error) != 0)
			fail_msg("%s: '%s'", refusal_rows[i].why, err.text);
	}
	json_free(j);
}

static void test_members(void **state)
{
	struct json_limits limits = { .max_bytes = 99, .max_depth = 9, .duplicates_ok = true };
	const char *text = "{\"SkyAddr\":\"1\",\"skyaddr\":\"2\",\"a\":1,\"a\":2}";
	struct json *j;
	uint64_t n;

	(void)state;
	assert_int_equal(json_parse(text, strlen(text), &limits, &j, NULL), 0);
	assert_string_equal(json_string(json_get(j, "SkyAddr")), "1");
	assert_string_equal(json_string(json_get(j, "skyaddr")), "2");
	assert_true(json_value_u64(json_get(j, "a"), &n) && n == 2);
	assert_null(json_get(j, "SKYADDR"));
	assert_null(json_get(json_get(j, "a"), "x"));
	assert_null(json_get(NULL, "x"));
	assert_null(json_string(json_get(j, "a")));
	json_free(j);
	json_free(NULL);
}

/* --- writer -------------------------------------------------------------------------------- */
struct string_row {
	const char *why;
	const char *text, *compact, *indented;
};

static const struct string_row string_rows[] = {
	{ "plain", "abc", "\"abc\"", "\"abc\"" },
	{ "quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\"", "\"a\\\"b\\\\c\"" },
	{ "short escapes", "\n\r\t", "\"\\n\\r\\t\"", "\"\\n\\r\\t\"" },
	{ "other control characters", "\b\f\x01\x1f", "\"\\u0008\\u000c\\u0001\\u001f\"",
	  "\"\\u0008\\u000c\\u0001\\u001f\"" },
	{ "delete stays", "\x7f", "\"\x7f\"", "\"\x7f\"" },
	{ "slash stays", "a/b", "\"a/b\"", "\"a/b\"" },
	{ "page escapes", "<a>&", "\"<a>&\"", "\"\\u003ca\\u003e\\u0026\"" },
	{ "line separators", "\xe2\x80\xa8\xe2\x80\xa9", "\"\xe2\x80\xa8\xe2\x80\xa9\"",
	  "\"\\u2028\\u2029\"" },
	{ "their neighbours stay", "\xe2\x80\xa7\xe2\x80\xaa", "\"\xe2\x80\xa7\xe2\x80\xaa\"",
	  "\"\xe2\x80\xa7\xe2\x80\xaa\"" },
	{ "other UTF-8 stays", "\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"",
	  "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
	{ "invalid UTF-8", "a\xff\xc3", "\"a\\ufffd\\ufffd\"", "\"a\\ufffd\\ufffd\"" },
};

static void write_one_string(enum json_layout layout, const char *text, const char *want,
			     const char *why)
{
	struct buf out = BUF_INIT(OUT_MAX);
	struct json_writer w;

	json_writer_init(&w, &out, layout);
	json_write_string(&w, text);
	if (strcmp(buf_text(&out), want) != 0)
		fail_msg("%s: %s, not %s", why, buf_text(&out), want);
	buf_release(&out);
}

static void test_write_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(string_rows); i++) {
		const struct string_row *row = &string_rows[i];

		write_one_string(JSON_COMPACT, row->text, row->compact, row->why);
		write_one_string(JSON_INDENTED, row->text, row->indented, row->why);
	}
}

static void write_sample(struct json_writer *w)
{
	json_begin_object(w);
	json_put_string(w, "s", "x");
	json_write_key(w, "list");
	json_begin_array(w);
	json_write_u64(w, UINT64_MAX);
	json_write_i64(w, INT64_MIN);
	json_write_digits(w, "340282366920938463463374607431768211455");
	json_begin_object(w);
	json_put_bool(w, "b", true);
	json_end_object(w);
	json_write_null(w);
	json_end_array(w);
	json_write_key(w, "empty list");
	json_begin_array(w);
	json_end_array(w);
	json_write_key(w, "empty object");
	json_begin_object(w);
	json_end_object(w);
	json_put_u64(w, "u", 0);
	json_put_i64(w, "i", -1);
	json_write_key(w, "raw");
	assert_true(json_write_json(w, " {\"a\" :[1.50,{ }],\n\"<\":\"\\u00e9&\"} ", 34));
	json_end_object(w);
}

static const char sample_compact[] =
	"{\"s\":\"x\",\"list\":[18446744073709551615,-9223372036854775808,"
	"340282366920938463463374607431768211455,{\"b\":true},null],\"empty list\":[],"
	"\"empty object\":{},\"u\":0,\"i\":-1,\"raw\":{\"a\":[1.50,{}],\"<\":\"\\u00e9&\"}}";

static const char sample_indented[] = "{\n"
				      "    \"s\": \"x\",\n"
				      "    \"list\": [\n"
				      "        18446744073709551615,\n"
				      "        -9223372036854775808,\n"
				      "        340282366920938463463374607431768211455,\n"
				      "        {\n"
				      "            \"b\": true\n"
				      "        },\n"
				      "        null\n"
				      "    ],\n"
				      "    \"empty list\": [],\n"
				      "    \"empty object\": {},\n"
				      "    \"u\": 0,\n"
				      "    \"i\": -1,\n"
				      "    \"raw\": {\n"
				      "        \"a\": [\n"
				      "            1.50,\n"
				      "            {}\n"
				      "        ],\n"
				      "        \"\\u003c\": \"\\u00e9\\u0026\"\n"
				      "    }\n"
				      "}";

static void test_write_layouts(void **state)
{
	struct buf out = BUF_INIT(OUT_MAX);
	struct json_writer w;

	(void)state;
	json_writer_init(&w, &out, JSON_COMPACT);
	write_sample(&w);
	assert_string_equal(buf_text(&out), sample_compact);
	buf_clear(&out);
	json_writer_init(&w, &out, JSON_INDENTED);
	write_sample(&w);
	assert_string_equal(buf_text(&out), sample_indented);
	buf_release(&out);
}

static void test_write_json_refuses(void **state)
{
	static const char *const bad[] = {
		"", "{", "1 2", "[1,]", "\"\\u0000\"", "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"
	};
	struct buf out = BUF_INIT(OUT_MAX);
	struct json_writer w;

	(void)state;
	json_writer_init(&w, &out, JSON_COMPACT);
	for (size_t i = 0; i < LEN(bad); i++)
		assert_false(json_write_json(&w, bad[i], strlen(bad[i])));
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

static void test_write_too_much(void **state)
{
	struct buf out = BUF_INIT(8);
	struct json_writer w;

	(void)state;
	json_writer_init(&w, &out, JSON_INDENTED);
	write_sample(&w);
	assert_true(out.failed);
	buf_release(&out);
}

/* --- documents that must not be in the heap -------------------------------------------------- */
struct place {
	char *at;
	size_t size;
};

static bool lies_in(const struct place *p, const void *what)
{
	const char *at = what;

	return at == NULL || (at >= p->at && at < p->at + p->size);
}

static void assert_lies_in(const struct place *p, const struct json *j)
{
	assert_true(lies_in(p, j) && lies_in(p, json_key(j)) && lies_in(p, json_string(j)));
	for (const struct json *child = json_first(j); child != NULL; child = json_next(child))
		assert_lies_in(p, child);
}

static void test_parse_in(void **state)
{
	static const char *const texts[] = {
		"{\"seed\": \"a b\", \"list\": [1, {\"k\": \"\\u00e4\\\"\"}, [], {}, null]}",
		"\"alone\"",
		"[[[[[[1]]]]]]",
		"[\"\",\"\",\"\",\"\"]",
		"[1,2,3,4,5,6,7,8,9,10,11,12]", /* cJSON copies numbers, too */
		"7",
	};
	const struct json_limits limits = JSON_LIMITS_DEFAULT;

	(void)state;
	for (size_t i = 0; i < LEN(texts); i++) {
		size_t len = strlen(texts[i]), room = json_room(texts[i], len);
		struct place p = { .at = malloc(room), .size = room };
		const struct json *j = NULL;
		struct err err;

		assert_int_equal(json_parse_in(texts[i], len, &limits, p.at, p.size, &j, &err), 0);
		assert_lies_in(&p, j);
		free(p.at);
		json_free(parse(texts[i])); /* the heap is used again */
	}
}

static void test_parse_in_refuses(void **state)
{
	static const char twice[] = "{\"a\": 1, \"a\": 2}";
	const struct json_limits limits = JSON_LIMITS_DEFAULT;
	const struct json *j = NULL;
	char place[1024] __attribute__((aligned(16)));
	struct err err;

	(void)state;
	assert_int_equal(
		json_parse_in(twice, strlen(twice), &limits, place, sizeof(place), &j, &err),
		ERR_INVALID);
	assert_int_equal(json_parse_in("[1", 2, &limits, place, sizeof(place), &j, &err),
			 ERR_INVALID);
	assert_int_equal(json_parse_in("[1,2]", 5, &limits, place, 100, &j, &err), ERR_BUSY);
	assert_null(j);
	json_free(parse("[1]")); /* the heap is used again */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_in),       cmocka_unit_test(test_parse_in_refuses),
		cmocka_unit_test(test_parse),	       cmocka_unit_test(test_deep),
		cmocka_unit_test(test_getters),	       cmocka_unit_test(test_getters_refuse),
		cmocka_unit_test(test_members),	       cmocka_unit_test(test_write_strings),
		cmocka_unit_test(test_write_layouts),  cmocka_unit_test(test_write_json_refuses),
		cmocka_unit_test(test_write_too_much), cmocka_unit_test(test_many_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
