/* Decoding of values.  A quoted string follows TOML 1.0 on one line: basic strings with escapes,
 * literal strings without.  A lone NUL can come from nowhere: \u0000 is refused. */
#include "common/conf/conf_value.h"

#include <stdint.h>
#include <string.h>

#include "common/base/text.h"

static const char space[] = " \t";

/* Where decoded characters go. */
struct sink {
	char *at, *end; /* one byte before `end` is kept for NUL */
};

static bool sink_put(struct sink *to, char c)
{
	if (to->at + 1 >= to->end)
		return false;
	*to->at++ = c;
	*to->at = '\0';
	return true;
}

static bool sink_put_bytes(struct sink *to, const char *bytes, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!sink_put(to, bytes[i]))
			return false;
	return true;
}

static bool sink_put_utf8(struct sink *to, uint32_t c)
{
	const char four[] = { (char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3f)),
			      (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)) };
	const char three[] = { (char)(0xe0 | c >> 12), four[2], four[3] };
	const char two[] = { (char)(0xc0 | c >> 6), four[3] };

	if (c < 0x80)
		return sink_put(to, (char)c);
	if (c < 0x800)
		return sink_put_bytes(to, two, 2);
	if (c < 0x10000)
		return sink_put_bytes(to, three, 3);
	return sink_put_bytes(to, four, 4);
}

static int too_long(struct err *err)
{
	return err_set(err, ERR_INVALID, "the value is too long");
}

/* The hex digits of \uXXXX or \UXXXXXXXX. */
static int take_unicode(const char **at, size_t digits, struct sink *to, struct err *err)
{
	uint8_t bytes[4] = { 0 };
	uint32_t c = 0;

	if (strnlen(*at, digits) < digits || !hex_decode(*at, digits, bytes))
		return err_set(err, ERR_INVALID, "%zu hex digits expected in an escape", digits);
	for (size_t i = 0; i < digits / 2; i++)
		c = c << 8 | bytes[i];
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return err_set(err, ERR_INVALID, "an escape stands for no character");
	*at += digits;
	return sink_put_utf8(to, c) ? 0 : too_long(err);
}

/* What follows a backslash. */
static int take_escape(const char **at, struct sink *to, struct err *err)
{
	static const char letters[] = "btnfr\"\\", meant[] = "\b\t\n\f\r\"\\";
	char letter = *(*at)++;
	const char *found;

	if (letter == 'u')
		return take_unicode(at, 4, to, err);
	if (letter == 'U')
		return take_unicode(at, 8, to, err);
	found = letter != '\0' ? strchr(letters, letter) : NULL;
	if (found == NULL)
		return err_set(err, ERR_INVALID,
			       "unknown escape in a quoted value "
			       "(a backslash is written \\\\)");
	return sink_put(to, meant[found - letters]) ? 0 : too_long(err);
}

/* A quoted string at *at, which is moved past it. */
static int take_quoted(const char **at, char *ret, size_t size, struct err *err)
{
	struct sink to = { .at = ret, .end = ret + size };
	char quote = *(*at)++;
	int rc = 0;

	*ret = '\0';
	while (rc == 0 && **at != quote) {
		if (**at == '\0')
			return err_set(err, ERR_INVALID, "a quote is not closed");
		if (**at == '\\' && quote == '"') {
			(*at)++;
			rc = take_escape(at, &to, err);
		} else if (!sink_put(&to, *(*at)++)) {
			rc = too_long(err);
		}
	}
	if (rc == 0)
		(*at)++;
	return rc;
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

/* One element up to a comma, a bracket or the end. */
static int take_item(const char **at, struct conf_list *list, struct err *err)
{
	char *item;
	size_t len;

	if (list->count == CONF_LIST_MAX)
		return err_set(err, ERR_INVALID, "more than %d items", CONF_LIST_MAX);
	item = list->item[list->count];
	if (is_quote(**at)) {
		int rc = take_quoted(at, item, sizeof(list->item[0]), err);

		if (rc < 0)
			return rc;
	} else {
		len = strcspn(*at, ", \t]");
		if (len == 0)
			return err_set(err, ERR_INVALID, "an item of the list is missing");
		if (len >= sizeof(list->item[0]))
			return too_long(err);
		memcpy(item, *at, len);
		item[len] = '\0';
		*at += len;
	}
	list->count++;
	*at += strspn(*at, space);
	return 0;
}

/* Items with commas between, a last comma allowed, up to `close`. */
static int take_items(const char **at, char close, struct conf_list *list, struct err *err)
{
	*at += strspn(*at, space);
	while (**at != close) {
		int rc = take_item(at, list, err);

		if (rc < 0)
			return rc;
		if (**at == ',')
			(*at)++;
		else if (**at != close)
			return err_set(err, ERR_INVALID, "',' or ']' expected in the list");
		*at += strspn(*at, space);
	}
	return 0;
}

static int parse_list(const char *raw, struct conf_value *v, struct err *err)
{
	const char *at = raw + 1;
	int rc = take_items(&at, ']', &v->list, err);

	v->kind = CONF_VALUE_LIST;
	if (rc == 0 && at[1] != '\0')
		return err_set(err, ERR_INVALID, "something follows the list");
	return rc;
}

static int parse_quoted(const char *raw, struct conf_value *v, struct err *err)
{
	const char *at = raw;
	int rc = take_quoted(&at, v->text, sizeof(v->text), err);

	v->kind = CONF_VALUE_QUOTED;
	if (rc == 0 && *at != '\0')
		return err_set(err, ERR_INVALID, "something follows the closing quote");
	return rc;
}

int conf_value_parse(const char *raw, struct conf_value *ret, struct err *err)
{
	memset(ret, 0, sizeof(*ret));
	if (*raw == '[')
		return parse_list(raw, ret, err);
	if (is_quote(*raw))
		return parse_quoted(raw, ret, err);
	ret->kind = CONF_VALUE_BARE;
	return text_copy(ret->text, sizeof(ret->text), raw) ? 0 : too_long(err);
}

void conf_value_quote(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\u%04x", c);
		else
			buf_putc(out, *text);
	}
	buf_putc(out, '"');
}
