/* A strict reader of JSON's grammar that builds nothing.
 *
 * cJSON is lenient: it takes control characters in strings, numbers such as 01, and lets \u0000
 * cut a string short.  Bytes of strangers therefore pass through here first; what cJSON gets is
 * then known to be one well-formed value of bounded depth, so that the only way left for it to
 * fail is a lack of memory.  May never happen: a read at or past `end`. */
#include "common/json/json_scan.h"

#include <stdbool.h>
#include <string.h>

#include "common/json/utf8.h"

struct scan {
	const unsigned char *start, *at, *end;
	unsigned depth_left;
	struct err *err;
};

static bool scan_value(struct scan *s);

static bool fail(struct scan *s, const char *what)
{
	if (s->at >= s->end)
		(void)err_set(s->err, ERR_INVALID, "unexpected EOF");
	else
		(void)err_set(s->err, ERR_INVALID, "%s at byte %zu", what,
			      (size_t)(s->at - s->start));
	return false;
}

static bool next_is(const struct scan *s, char c)
{
	return s->at < s->end && *s->at == (unsigned char)c;
}

static bool next_is_digit(const struct scan *s)
{
	return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static bool take(struct scan *s, char c)
{
	if (!next_is(s, c))
		return false;
	s->at++;
	return true;
}

static void skip_space(struct scan *s)
{
	while (next_is(s, ' ') || next_is(s, '\t') || next_is(s, '\n') || next_is(s, '\r'))
		s->at++;
}

static bool scan_digits(struct scan *s)
{
	if (!next_is_digit(s))
		return fail(s, "digit expected");
	while (next_is_digit(s))
		s->at++;
	return true;
}

static bool scan_number(struct scan *s)
{
	(void)take(s, '-');
	if (!take(s, '0') && !scan_digits(s))
		return false;
	if (take(s, '.') && !scan_digits(s))
		return false;
	if (!take(s, 'e') && !take(s, 'E'))
		return true;
	if (!take(s, '+'))
		(void)take(s, '-');
	return scan_digits(s);
}

static bool scan_word(struct scan *s, const char *word)
{
	for (; *word != '\0'; word++)
		if (!take(s, *word))
			return fail(s, "unknown word");
	return true;
}

/* The four digits of a \u escape. */
static bool scan_hex4(struct scan *s, unsigned *ret)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++, s->at++) {
		if (s->at >= s->end)
			return fail(s, "");
		if (*s->at >= '0' && *s->at <= '9')
			value = value << 4 | (unsigned)(*s->at - '0');
		else if ((*s->at | 0x20) >= 'a' && (*s->at | 0x20) <= 'f')
			value = value << 4 | (unsigned)((*s->at | 0x20) - 'a' + 10);
		else
			return fail(s, "hex digit expected");
	}
	*ret = value;
	return true;
}

/* What follows "\u": a character, or a surrogate with its other half. */
static bool scan_unicode_escape(struct scan *s)
{
	unsigned first, second;

	if (!scan_hex4(s, &first))
		return false;
	if (first == 0)
		return fail(s, "NUL escaped in a string");
	if (first < 0xd800 || first > 0xdfff)
		return true;
	if (first > 0xdbff || !take(s, '\\') || !take(s, 'u'))
		return fail(s, "unpaired surrogate");
	if (!scan_hex4(s, &second))
		return false;
	if (second < 0xdc00 || second > 0xdfff)
		return fail(s, "unpaired surrogate");
	return true;
}

static bool scan_escape(struct scan *s)
{
	if (take(s, 'u'))
		return scan_unicode_escape(s);
	if (s->at >= s->end || *s->at == '\0' || strchr("\"\\/bfnrt", *s->at) == NULL)
		return fail(s, "unknown escape");
	s->at++;
	return true;
}

static bool scan_char(struct scan *s)
{
	size_t len = utf8_char_len(s->at, (size_t)(s->end - s->at));

	if (len == 0)
		return fail(s, "invalid UTF-8");
	if (*s->at < 0x20)
		return fail(s, "control character in a string");
	s->at += len;
	return true;
}

static bool scan_string(struct scan *s)
{
	if (!take(s, '"'))
		return fail(s, "string expected");
	while (!take(s, '"'))
		if (!(take(s, '\\') ? scan_escape(s) : scan_char(s)))
			return false;
	return true;
}

static bool scan_member(struct scan *s)
{
	skip_space(s);
	if (!scan_string(s))
		return false;
	skip_space(s);
	if (!take(s, ':'))
		return fail(s, "':' expected");
	return scan_value(s);
}

/* What follows '{' or '[': items with commas between, then `close`. */
static bool scan_items(struct scan *s, char close, bool (*scan_item)(struct scan *))
{
	if (s->depth_left == 0)
		return fail(s, "nested too deeply");
	s->depth_left--;
	skip_space(s);
	if (!take(s, close)) {
		do {
			if (!scan_item(s))
				return false;
			skip_space(s);
		} while (take(s, ','));
		if (!take(s, close))
			return fail(s, "',' or end of list expected");
	}
	s->depth_left++;
	return true;
}

static bool scan_value(struct scan *s)
{
	skip_space(s);
	if (take(s, '{'))
		return scan_items(s, '}', scan_member);
	if (take(s, '['))
		return scan_items(s, ']', scan_value);
	if (next_is(s, '"'))
		return scan_string(s);
	if (next_is(s, 't'))
		return scan_word(s, "true");
	if (next_is(s, 'f'))
		return scan_word(s, "false");
	if (next_is(s, 'n'))
		return scan_word(s, "null");
	if (next_is(s, '-') || next_is_digit(s))
		return scan_number(s);
	return fail(s, "value expected");
}

int json_scan(const char *data, size_t len, unsigned max_depth, size_t *ret_start, size_t *ret_end,
	      struct err *err)
{
	struct scan s = { .err = err };
	const unsigned char *value;

	s.start = s.at = (const unsigned char *)data;
	s.end = s.start + len;
	s.depth_left = max_depth < JSON_SCAN_DEPTH_MAX ? max_depth : JSON_SCAN_DEPTH_MAX;
	skip_space(&s);
	if (s.at == s.end)
		return err_set(err, ERR_INVALID, "EOF");
	value = s.at;
	if (!scan_value(&s))
		return ERR_INVALID;
	*ret_start = (size_t)(value - s.start);
	*ret_end = (size_t)(s.at - s.start);
	return 0;
}
