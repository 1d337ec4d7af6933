/* Writing JSON, straight into a buffer.
 *
 * The indented layout is what clients of the HTTP contract compare byte by byte: that of Go's
 * encoding/json with an indent of four spaces.  Whoever writes past the buffer's limit finds
 * buf.failed set; misuse (a key in an array, too many levels) is our own mistake and asserts. */
#include "common/json/json.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "common/json/json_scan.h"
#include "common/json/utf8.h"

void json_writer_init(struct json_writer *w, struct buf *out, enum json_layout layout)
{
	*w = (struct json_writer){ .out = out, .layout = layout };
}

/* --- layout -------------------------------------------------------------------------------- */
static void new_line(struct json_writer *w)
{
	if (w->layout != JSON_INDENTED)
		return;
	buf_putc(w->out, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		buf_puts(w->out, "    ");
}

/* Comma and indentation before a key, an element, or nothing before the value of a key. */
static void begin_item(struct json_writer *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (w->depth == 0)
		return;
	if (w->has_items[w->depth - 1])
		buf_putc(w->out, ',');
	w->has_items[w->depth - 1] = true;
	new_line(w);
}

static void end_key(struct json_writer *w)
{
	buf_puts(w->out, w->layout == JSON_INDENTED ? ": " : ":");
	w->after_key = true;
}

static void open_list(struct json_writer *w, char c)
{
	begin_item(w);
	assert(w->depth < JSON_WRITER_DEPTH_MAX);
	buf_putc(w->out, c);
	w->has_items[w->depth++] = false;
}

static void close_list(struct json_writer *w, char c)
{
	assert(w->depth > 0 && !w->after_key);
	w->depth--;
	if (w->has_items[w->depth])
		new_line(w);
	buf_putc(w->out, c);
}

void json_begin_object(struct json_writer *w)
{
	open_list(w, '{');
}

void json_end_object(struct json_writer *w)
{
	close_list(w, '}');
}

void json_begin_array(struct json_writer *w)
{
	open_list(w, '[');
}

void json_end_array(struct json_writer *w)
{
	close_list(w, ']');
}

/* --- strings ------------------------------------------------------------------------------- */
/* The short escape of an ASCII character, or NULL. */
static const char *short_escape(char c)
{
	switch (c) {
	case '"': return "\\\"";
	case '\\': return "\\\\";
	case '\n': return "\\n";
	case '\r': return "\\r";
	case '\t': return "\\t";
	}
	return NULL;
}

/* What Go escapes so that JSON can stand inside a web page: < > & and the two line separators. */
static const char *page_escape(const unsigned char *s, size_t len)
{
	if (len == 1)
		return *s == '<' ? "\\u003c" : *s == '>' ? "\\u003e" : *s == '&' ? "\\u0026" : NULL;
	if (len == 3 && s[0] == 0xe2 && s[1] == 0x80)
		return s[2] == 0xa8 ? "\\u2028" : s[2] == 0xa9 ? "\\u2029" : NULL;
	return NULL;
}

/* A character that is no escape of its own, with the page's escapes in the indented layout. */
static void write_char(struct json_writer *w, const unsigned char *s, size_t len)
{
	const char *escape = w->layout == JSON_INDENTED ? page_escape(s, len) : NULL;

	if (escape != NULL)
		buf_puts(w->out, escape);
	else
		buf_append(w->out, s, len);
}

/* Returns the bytes taken, at least 1. */
static size_t write_escaped_char(struct json_writer *w, const unsigned char *s, size_t left)
{
	size_t len = utf8_char_len(s, left);
	const char *escape = len == 1 ? short_escape((char)*s) : NULL;

	if (len == 0)
		buf_puts(w->out, "\\ufffd");
	else if (escape != NULL)
		buf_puts(w->out, escape);
	else if (*s < 0x20)
		buf_printf(w->out, "\\u%04x", (unsigned)*s);
	else
		write_char(w, s, len);
	return len > 0 ? len : 1;
}

static void write_quoted(struct json_writer *w, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t left = strlen(text), taken;

	buf_putc(w->out, '"');
	for (; left > 0; s += taken, left -= taken)
		taken = write_escaped_char(w, s, left);
	buf_putc(w->out, '"');
}

void json_write_key(struct json_writer *w, const char *key)
{
	assert(!w->after_key);
	begin_item(w);
	write_quoted(w, key);
	end_key(w);
}

void json_write_string(struct json_writer *w, const char *text)
{
	begin_item(w);
	write_quoted(w, text);
}

/* --- other values -------------------------------------------------------------------------- */
void json_write_u64(struct json_writer *w, uint64_t n)
{
	begin_item(w);
	buf_printf(w->out, "%" PRIu64, n);
}

void json_write_i64(struct json_writer *w, int64_t n)
{
	begin_item(w);
	buf_printf(w->out, "%" PRId64, n);
}

void json_write_digits(struct json_writer *w, const char *digits)
{
	const char *first = digits + (*digits == '-');

	assert(*first != '\0' && strspn(first, "0123456789") == strlen(first));
	begin_item(w);
	buf_puts(w->out, digits);
}

void json_write_bool(struct json_writer *w, bool b)
{
	begin_item(w);
	buf_puts(w->out, b ? "true" : "false");
}

void json_write_null(struct json_writer *w)
{
	begin_item(w);
	buf_puts(w->out, "null");
}

void json_put_string(struct json_writer *w, const char *key, const char *text)
{
	json_write_key(w, key);
	json_write_string(w, text);
}

void json_put_u64(struct json_writer *w, const char *key, uint64_t n)
{
	json_write_key(w, key);
	json_write_u64(w, n);
}

void json_put_i64(struct json_writer *w, const char *key, int64_t n)
{
	json_write_key(w, key);
	json_write_i64(w, n);
}

void json_put_bool(struct json_writer *w, const char *key, bool b)
{
	json_write_key(w, key);
	json_write_bool(w, b);
}

/* --- laying out a finished text again ------------------------------------------------------ */
/* From here on the text is known to be well-formed: json_scan() has passed it.  It is copied token
 * by token and not through cJSON, because a number must keep all its digits. */
static bool is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Length of the token at `s`: a string with its quotes, a number, a word, or one sign. */
static size_t token_len(const unsigned char *s, size_t left)
{
	size_t n = 1;

	if (*s == '"') {
		while (s[n] != '"')
			n += s[n] == '\\' ? 2 : 1;
		return n + 1;
	}
	if (strchr("{}[],:", *s) != NULL)
		return 1;
	while (n < left && !is_space(s[n]) && strchr("{}[],:", s[n]) == NULL)
		n++;
	return n;
}

/* Only a key is followed by a colon. */
static bool is_key(const unsigned char *after, size_t left)
{
	while (left > 0 && is_space(*after))
		after++, left--;
	return left > 0 && *after == ':';
}

static void copy_scalar(struct json_writer *w, const unsigned char *s, size_t len)
{
	size_t taken;

	for (; len > 0; s += taken, len -= taken) {
		taken = utf8_char_len(s, len);
		write_char(w, s, taken);
	}
}

static void copy_token(struct json_writer *w, const unsigned char *s, size_t len, size_t left)
{
	switch (*s) {
	case '{': json_begin_object(w); break;
	case '}': json_end_object(w); break;
	case '[': json_begin_array(w); break;
	case ']': json_end_array(w); break;
	case ',':
	case ':': break;
	default:
		begin_item(w);
		copy_scalar(w, s, len);
		if (is_key(s + len, left - len))
			end_key(w);
	}
}

bool json_write_json(struct json_writer *w, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t start, end, n;

	if (json_scan(text, len, JSON_WRITER_DEPTH_MAX - w->depth, &start, &end, NULL) < 0)
		return false;
	for (n = end; n < len; n++)
		if (!is_space(s[n]))
			return false;
	for (; start < end; start += n) {
		n = is_space(s[start]) ? 1 : token_len(s + start, end - start);
		if (!is_space(s[start]))
			copy_token(w, s + start, n, end - start);
	}
	return true;
}
