/* A strict reader of JSON's grammar that builds nothing.
 *
 * cJSON is lenient: it takes control characters in strings, numbers such as 01, and lets \u0000
 * cut a string short.  Bytes of strangers therefore pass through here first; what cJSON gets is
 * then known to be one well-formed value of bounded depth, so that the only way left for it to
 * fail is a lack of memory.  May never happen: a read at or past `end`. */
#include "common/json/json_scan.h"

#include <stdint.h>
#include <string.h>

#include "common/json/utf8.h"

bool json_scanner_fail(struct json_scanner *s, const char *what)
{
	if (s->at >= s->end)
		(void)err_set(s->err, ERR_INVALID, "unexpected EOF");
	else
		(void)err_set(s->err, ERR_INVALID, "%s at byte %zu", what,
			      (size_t)(s->at - s->start));
	return false;
}

static bool next_is(const struct json_scanner *s, char c)
{
	return s->at < s->end && *s->at == (unsigned char)c;
}

static bool next_is_digit(const struct json_scanner *s)
{
	return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

bool json_scanner_take(struct json_scanner *s, char c)
{
	if (!next_is(s, c))
		return false;
	s->at++;
	return true;
}

void json_scanner_skip_space(struct json_scanner *s)
{
	while (next_is(s, ' ') || next_is(s, '\t') || next_is(s, '\n') || next_is(s, '\r'))
		s->at++;
}

static bool scan_digits(struct json_scanner *s)
{
	if (!next_is_digit(s))
		return json_scanner_fail(s, "digit expected");
	while (next_is_digit(s))
		s->at++;
	return true;
}

static bool scan_number(struct json_scanner *s)
{
	(void)json_scanner_take(s, '-');
	if (!json_scanner_take(s, '0') && !scan_digits(s))
		return false;
	if (json_scanner_take(s, '.') && !scan_digits(s))
		return false;
	if (!json_scanner_take(s, 'e') && !json_scanner_take(s, 'E'))
		return true;
	if (!json_scanner_take(s, '+'))
		(void)json_scanner_take(s, '-');
	return scan_digits(s);
}

static bool scan_word(struct json_scanner *s, const char *word)
{
	for (; *word != '\0'; word++)
		if (!json_scanner_take(s, *word))
			return json_scanner_fail(s, "unknown word");
	return true;
}

/* The four digits of a \u escape. */
static bool scan_hex4(struct json_scanner *s, unsigned *ret)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++, s->at++) {
		if (s->at >= s->end)
			return json_scanner_fail(s, "");
		if (*s->at >= '0' && *s->at <= '9')
			value = value << 4 | (unsigned)(*s->at - '0');
		else if ((*s->at | 0x20) >= 'a' && (*s->at | 0x20) <= 'f')
			value = value << 4 | (unsigned)((*s->at | 0x20) - 'a' + 10);
		else
			return json_scanner_fail(s, "hex digit expected");
	}
	*ret = value;
	return true;
}

/* What follows "\u": a character, or a surrogate with its other half. */
static bool scan_unicode_escape(struct json_scanner *s)
{
	unsigned first, second;

	if (!scan_hex4(s, &first))
		return false;
	if (first == 0)
		return json_scanner_fail(s, "NUL escaped in a string");
	if (first < 0xd800 || first > 0xdfff)
		return true;
	if (first > 0xdbff || !json_scanner_take(s, '\\') || !json_scanner_take(s, 'u'))
		return json_scanner_fail(s, "unpaired surrogate");
	if (!scan_hex4(s, &second))
		return false;
	if (second < 0xdc00 || second > 0xdfff)
		return json_scanner_fail(s, "unpaired surrogate");
	return true;
}

static bool scan_escape(struct json_scanner *s)
{
	if (json_scanner_take(s, 'u'))
		return scan_unicode_escape(s);
	if (s->at >= s->end || *s->at == '\0' || strchr("\"\\/bfnrt", *s->at) == NULL)
		return json_scanner_fail(s, "unknown escape");
	s->at++;
	return true;
}

static bool scan_char(struct json_scanner *s)
{
	size_t len = utf8_char_len(s->at, (size_t)(s->end - s->at));

	if (len == 0)
		return json_scanner_fail(s, "invalid UTF-8");
	if (*s->at < 0x20)
		return json_scanner_fail(s, "control character in a string");
	s->at += len;
	return true;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

#define EIGHT(c) (UINT64_C(0x0101010101010101) * (c))

/* Is one of the eight bytes zero?  Not said for a byte that follows one that is. */
static uint64_t some_zero(uint64_t w)
{
	return (w - EIGHT(1)) & ~w & EIGHT(0x80);
}

/* Are all of the eight plain? */
static bool are_plain(uint64_t w)
{
	uint64_t control = (w - EIGHT(0x20)) & ~w & EIGHT(0x80);
	uint64_t other = some_zero(w ^ EIGHT('"')) | some_zero(w ^ EIGHT('\\')) |
			 some_zero(w ^ EIGHT(0x7f)) | (w & EIGHT(0x80));

	return (control | other) == 0;
}

/* Printable ASCII that needs no second look: most of most documents, and what megabytes of hex
 * consist of.  Eight at once. */
static void skip_plain(struct json_scanner *s)
{
	uint64_t w;

	while (s->end - s->at >= (ptrdiff_t)sizeof(w)) {
		memcpy(&w, s->at, sizeof(w));
		if (!are_plain(w))
			break;
		s->at += sizeof(w);
	}
	while (s->at < s->end && is_plain(*s->at))
		s->at++;
}

bool json_scanner_string(struct json_scanner *s)
{
	if (!json_scanner_take(s, '"'))
		return json_scanner_fail(s, "string expected");
	for (skip_plain(s); !json_scanner_take(s, '"'); skip_plain(s))
		if (!(json_scanner_take(s, '\\') ? scan_escape(s) : scan_char(s)))
			return false;
	return true;
}

bool json_scanner_key(struct json_scanner *s, const char **ret_start, const char **ret_end)
{
	json_scanner_skip_space(s);
	*ret_start = (const char *)s->at + 1;
	if (!json_scanner_string(s))
		return false;
	*ret_end = (const char *)s->at - 1;
	json_scanner_skip_space(s);
	return json_scanner_take(s, ':') || json_scanner_fail(s, "':' expected");
}

static bool scan_member(struct json_scanner *s, void *arg)
{
	const char *start, *end;

	(void)arg;
	return json_scanner_key(s, &start, &end) && json_scanner_value(s);
}

static bool scan_item(struct json_scanner *s, void *arg)
{
	(void)arg;
	return json_scanner_value(s);
}

bool json_scanner_items(struct json_scanner *s, char close, json_scanner_fn fn, void *arg)
{
	if (s->depth_left == 0)
		return json_scanner_fail(s, "nested too deeply");
	s->depth_left--;
	json_scanner_skip_space(s);
	if (!json_scanner_take(s, close)) {
		do {
			if (!fn(s, arg))
				return false;
			json_scanner_skip_space(s);
		} while (json_scanner_take(s, ','));
		if (!json_scanner_take(s, close))
			return json_scanner_fail(s, "',' or end of list expected");
	}
	s->depth_left++;
	return true;
}

/* The quote that ends the string: the first one with an even number of backslashes before it. */
static bool pass_string(struct json_scanner *s)
{
	const unsigned char *from = ++s->at, *quote, *back;

	while ((quote = memchr(s->at, '"', (size_t)(s->end - s->at))) != NULL) {
		s->at = quote + 1;
		for (back = quote; back > from && back[-1] == '\\';)
			back--;
		if ((quote - back) % 2 == 0)
			return true;
	}
	s->at = s->end;
	return json_scanner_fail(s, "");
}

/* Up to the bracket that closes the one which stands here. */
static bool pass_brackets(struct json_scanner *s)
{
	size_t depth = 0;

	while (s->at < s->end) {
		if (*s->at == '"') {
			if (!pass_string(s))
				return false;
			continue;
		}
		depth += *s->at == '{' || *s->at == '[';
		depth -= *s->at == '}' || *s->at == ']';
		s->at++;
		if (depth == 0)
			return true;
	}
	return json_scanner_fail(s, "");
}

/* What is neither string nor list nor object is short, and read as always. */
static bool may_pass(const struct json_scanner *s)
{
	return s->passes && (next_is(s, '{') || next_is(s, '[') || next_is(s, '"'));
}

bool json_scanner_value(struct json_scanner *s)
{
	json_scanner_skip_space(s);
	if (may_pass(s))
		return next_is(s, '"') ? pass_string(s) : pass_brackets(s);
	if (json_scanner_take(s, '{'))
		return json_scanner_items(s, '}', scan_member, NULL);
	if (json_scanner_take(s, '['))
		return json_scanner_items(s, ']', scan_item, NULL);
	if (next_is(s, '"'))
		return json_scanner_string(s);
	if (next_is(s, 't'))
		return scan_word(s, "true");
	if (next_is(s, 'f'))
		return scan_word(s, "false");
	if (next_is(s, 'n'))
		return scan_word(s, "null");
	if (next_is(s, '-') || next_is_digit(s))
		return scan_number(s);
	return json_scanner_fail(s, "value expected");
}

void json_scanner_init(struct json_scanner *s, const char *data, size_t len, unsigned max_depth,
		       struct err *err)
{
	s->start = s->at = (const unsigned char *)data;
	s->end = s->start + len;
	s->depth_left = max_depth;
	s->passes = false;
	s->err = err;
}

int json_scan(const char *data, size_t len, unsigned max_depth, size_t *ret_start, size_t *ret_end,
	      struct err *err)
{
	const unsigned char *value;
	struct json_scanner s;

	json_scanner_init(&s, data, len,
			  max_depth < JSON_SCAN_DEPTH_MAX ? max_depth : JSON_SCAN_DEPTH_MAX, err);
	json_scanner_skip_space(&s);
	if (s.at == s.end)
		return err_set(err, ERR_INVALID, "EOF");
	value = s.at;
	if (!json_scanner_value(&s))
		return ERR_INVALID;
	*ret_start = (size_t)(value - s.start);
	*ret_end = (size_t)(s.at - s.start);
	return 0;
}
