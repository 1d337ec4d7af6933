/* The library ends a line at CR LF, at LF and at CR alone, joins folded lines, takes a NUL byte for
 * the end of a value, a blank in a name for a part of it, the first of two Content-Lengths, and
 * chunks in spite of a Content-Length.  It writes NUL over the bytes that ended a text and leaves
 * the texts where they were: so a line that ended as it must has exactly two of them before the
 * next one, and any of the above shows as a wrong distance. */
#include "apid/http_guard.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"

#define LENGTH_DIGITS 19
#define LINE_END      2 /* CR LF */

static const struct http_refusal malformed = { 400, "Bad Request" };
const struct http_refusal http_guard_other_host = { 400, "Bad Request" };
static const struct http_refusal no_coding = { 501, "Transfer coding not supported" };
static const struct http_refusal no_expectation = { 417, "Expectation Failed" };

static void refuse(struct http_guard *g, const struct http_refusal *why)
{
	if (g->no == NULL)
		g->no = why;
}

static void need(struct http_guard *g, bool ok)
{
	if (!ok)
		refuse(g, &malformed);
}

/* RFC 9110, 5.6.2 */
static bool is_token(const char *text)
{
	const char *at = text;

	while (isalnum((unsigned char)*at) ||
	       (*at != '\0' && strchr("!#$%&'*+-.^_`|~", *at) != NULL))
		at++;
	return at > text && *at == '\0';
}

static bool has_controls(const char *text, bool blanks_too)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text == 0x7f ||
		    ((unsigned char)*text < 0x20 && (blanks_too || *text != '\t')) ||
		    (blanks_too && *text == ' '))
			return true;
	return false;
}

static bool is_host(const char *text)
{
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) && strchr("-._~!$&'()*+,;=:[]%", *text) == NULL)
			return false;
	return true;
}

static bool is_absolute(const char *target)
{
	return strncasecmp(target, "http://", 7) == 0 || strncasecmp(target, "https://", 8) == 0;
}

void http_guard_begin(struct http_guard *g, const char *method, const char *target,
		      const char *place, const char *version)
{
	*g = (struct http_guard){ .version_1_1 = strcmp(version, "HTTP/1.0") != 0 };
	need(g, is_token(method) && place == method + strlen(method) + 1);
	need(g, version == place + strlen(target) + 1);
	need(g, !has_controls(target, true));
	need(g, target[0] == '/' || is_absolute(target) ||
			(strcmp(target, "*") == 0 && strcmp(method, "OPTIONS") == 0));
	g->expected = version + strlen(version) + LINE_END;
}

bool http_guard_has_many_values(const char *target)
{
	unsigned count = 0;

	for (; *target != '\0' && count <= HTTP_QUERY_MAX; target++)
		count += *target == '&';
	return count > HTTP_QUERY_MAX;
}

static void take_length(struct http_guard *g, const char *value)
{
	size_t digits = strspn(value, "0123456789");

	g->lengths++;
	need(g, digits > 0 && digits <= LENGTH_DIGITS && value[digits] == '\0');
}

static void take_coding(struct http_guard *g, const char *value)
{
	g->codings++;
	g->chunked = strcasecmp(value, "chunked") == 0;
	if (!g->chunked)
		refuse(g, &no_coding);
}

static void take_host(struct http_guard *g, const char *value)
{
	g->hosts++;
	g->host = value;
	need(g, is_host(value));
}

void http_guard_header(struct http_guard *g, const char *name, const char *value)
{
	size_t len = strlen(name);

	need(g, name == g->expected && is_token(name));
	if (g->no != NULL)
		return;
	need(g, value > name + len &&
			strspn(name + len + 1, " \t") >= (size_t)(value - name) - len - 1);
	need(g, !has_controls(value, false));
	g->expected = value + strlen(value) + LINE_END;
	if (strcasecmp(name, "Content-Length") == 0)
		take_length(g, value);
	else if (strcasecmp(name, "Transfer-Encoding") == 0)
		take_coding(g, value);
	else if (strcasecmp(name, "Host") == 0)
		take_host(g, value);
	else if (strcasecmp(name, "Expect") == 0 && strcasecmp(value, "100-continue") != 0)
		refuse(g, &no_expectation);
}

const struct http_refusal *http_guard_end(struct http_guard *g, const char *end)
{
	need(g, g->expected + LINE_END == end);
	need(g, g->hosts == 1 || (g->hosts == 0 && !g->version_1_1));
	need(g, g->lengths + g->codings <= 1);
	need(g, g->codings == 0 || g->version_1_1);
	return g->no;
}

const char *http_guard_path(const char *target, const char *host, bool *ret_other_host)
{
	const char *authority;
	size_t len;

	*ret_other_host = false;
	if (!is_absolute(target))
		return target;
	authority = strstr(target, "://") + 3;
	len = strcspn(authority, "/");
	*ret_other_host =
		host == NULL || strlen(host) != len || strncasecmp(host, authority, len) != 0;
	return authority[len] == '\0' ? "/" : authority + len;
}
