/* What stands between a TOML file and an ini parser.
 *
 * inih would take an indented line for a continuation, knows no quotes, and cuts what is too long.
 * So each line is prepared here: white space at both ends goes, and so does a comment:
 *
 *   name = "quoted # no comment"   # comment       a value that begins with a quote ends with it
 *   name = ["a", "b"]              # comment       a list ends with its bracket, on a later line
 *                                                  if need be
 *   name = bare#word ;still        ; comment       a bare word ends before white space with # or ;
 *
 * What cannot be understood becomes a mistake of that line; nothing is ever cut in silence. */
#include "common/conf/conf_line.h"

#include <string.h>

static const char not_key_value[] = "expected 'key = value'";

void conf_text_init(struct conf_text *t, const char *text, size_t len)
{
	static const char bom[] = "\xef\xbb\xbf";
	size_t skip = len >= 3 && memcmp(text, bom, 3) == 0 ? 3 : 0;

	*t = (struct conf_text){ .at = text + skip, .end = text + len, .line = 1 };
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool bad(struct conf_line *l, const char *mistake)
{
	l->kind = CONF_LINE_BAD;
	l->mistake = mistake;
	return false;
}

/* The end of the line that begins at `at`. */
static const char *line_end(const struct conf_text *t)
{
	const char *newline = memchr(t->at, '\n', (size_t)(t->end - t->at));

	return newline != NULL ? newline : t->end;
}

/* Append the next line of the file, trimmed, to what `l` holds; false when it cannot be held. */
static bool take_physical(struct conf_text *t, struct conf_line *l, size_t *len)
{
	const char *from = t->at, *to = line_end(t);
	size_t n;

	t->at = to < t->end ? to + 1 : t->end;
	t->line++;
	while (from < to && is_space(*from))
		from++;
	while (to > from && is_space(to[-1]))
		to--;
	n = (size_t)(to - from);
	if (memchr(from, '\0', n) != NULL)
		return bad(l, "the line holds a NUL byte");
	if (n >= sizeof(l->text) - *len)
		return bad(l, "the line is too long (8191 bytes at most)");
	memcpy(l->text + *len, from, n);
	*len += n;
	l->text[*len] = '\0';
	return true;
}

/* Cut white space at the end, `end` being where the text ends. */
static void cut(char *from, char *end)
{
	while (end > from && is_space(end[-1]))
		end--;
	*end = '\0';
}

static char *skip_space(char *at)
{
	while (is_space(*at))
		at++;
	return at;
}

static bool only_comment(const char *at)
{
	while (is_space(*at))
		at++;
	return *at == '\0' || *at == '#' || *at == ';';
}

/* The quote that closes the one at `at`, or NULL. */
static char *closing_quote(char *at)
{
	char quote = *at++;

	for (; *at != '\0' && *at != quote; at++)
		if (*at == '\\' && quote == '"' && *++at == '\0')
			return NULL;
	return *at != '\0' ? at : NULL;
}

/* --- the three kinds of value -------------------------------------------------------------- */
static bool prepare_quoted(struct conf_line *l, char *value)
{
	char *close = closing_quote(value);

	if (close == NULL)
		return bad(l, "a quote is not closed");
	if (!only_comment(close + 1))
		return bad(l, "something follows the closing quote");
	close[1] = '\0';
	return true;
}

static bool prepare_bare(char *value)
{
	for (char *at = value; *at != '\0'; at++) {
		if ((*at == '#' || *at == ';') && (at == value || is_space(at[-1]))) {
			cut(value, at);
			return true;
		}
	}
	return true;
}

/* Does a list go on here?  Then the line begins with an item, a sign, or a comment; a line that
 * looks like a key or a section means that a bracket was forgotten. */
static bool list_goes_on(const struct conf_text *t)
{
	const char *at = t->at, *end = line_end(t);

	while (at < end && is_space(*at))
		at++;
	return t->at < t->end && (at == end || strchr("\"',]#", *at) != NULL);
}

enum list_end { LIST_CLOSED, LIST_OPEN, LIST_BAD_QUOTE };

/* Go through the list from *at to its bracket or the end of the text; comments are cut. */
static enum list_end walk_list(char **at)
{
	for (; **at != '\0'; (*at)++) {
		if (**at == ']')
			return LIST_CLOSED;
		if (**at == '#') {
			**at = '\0';
			return LIST_OPEN;
		}
		if (**at == '"' || **at == '\'') {
			char *close = closing_quote(*at);

			if (close == NULL)
				return LIST_BAD_QUOTE;
			*at = close;
		}
	}
	return LIST_OPEN;
}

static bool prepare_list(struct conf_text *t, struct conf_line *l, char *value)
{
	char *at = value + 1;

	for (;;) {
		size_t len;

		switch (walk_list(&at)) {
		case LIST_BAD_QUOTE: return bad(l, "a quote is not closed");
		case LIST_CLOSED:
			if (!only_comment(at + 1))
				return bad(l, "something follows the list (quote a value that "
					      "begins with a bracket)");
			at[1] = '\0';
			return true;
		case LIST_OPEN: break;
		}
		if (!list_goes_on(t))
			return bad(l, "a list is not closed");
		len = (size_t)(at - l->text);
		if (!take_physical(t, l, &len))
			return false;
	}
}

/* --- lines --------------------------------------------------------------------------------- */
static bool prepare_key(struct conf_text *t, struct conf_line *l)
{
	char *sign = strpbrk(l->text, "=:"), *value;

	l->kind = CONF_LINE_KEY;
	if (sign == NULL || sign == l->text)
		return bad(l, not_key_value);
	value = skip_space(sign + 1);
	if (*value == '"' || *value == '\'')
		return prepare_quoted(l, value);
	if (*value == '[')
		return prepare_list(t, l, value);
	return prepare_bare(value);
}

static bool prepare_section(struct conf_line *l)
{
	char *close = strchr(l->text, ']'), *name = skip_space(l->text + 1);
	size_t len;

	l->kind = CONF_LINE_SECTION;
	if (close == NULL || *name == '[' || name == close || !only_comment(close + 1))
		return bad(l, "expected '[section]'");
	cut(name, close);
	if (strlen(name) > CONF_SECTION_MAX)
		return bad(l, "the section's name is too long (49 bytes at most)");
	len = strlen(name);
	memmove(l->text + 1, name, len);
	memcpy(l->text + 1 + len, "]", 2);
	return true;
}

bool conf_line_next(struct conf_text *t, struct conf_line *ret)
{
	size_t len = 0;

	if (t->at >= t->end)
		return false;
	ret->kind = CONF_LINE_BLANK;
	ret->mistake = NULL;
	ret->number = t->line;
	if (!take_physical(t, ret, &len) || only_comment(ret->text))
		return true;
	if (*ret->text == '[')
		(void)prepare_section(ret);
	else
		(void)prepare_key(t, ret);
	return true;
}
