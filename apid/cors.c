/* No credentials, no max-age, no exposed headers.  An empty list allows nobody: the original's
 * library took it to mean everybody, by accident. */
#include "apid/cors.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "apid/answer.h"
#include "common/base/text.h"

static const char *const methods[] = { "GET", "POST", "HEAD" };
static const char *const headers[] = { "Origin", "Accept", "Content-Type" };

static bool matches(const char *pattern, const char *origin)
{
	const char *star = strchr(pattern, '*');
	size_t head, tail, len = strlen(origin);

	if (star == NULL)
		return text_equal_nocase(pattern, origin);
	head = (size_t)(star - pattern);
	tail = strlen(star + 1);
	return len >= head + tail && strncasecmp(pattern, origin, head) == 0 &&
	       text_equal_nocase(star + 1, origin + len - tail);
}

const char *cors_allow(const struct cors *c, const char *origin)
{
	if (origin == NULL || origin[0] == '\0')
		return NULL;
	for (unsigned i = 0; i < c->allowed->count; i++) {
		if (strcmp(c->allowed->item[i], "*") == 0)
			return "*";
		if (matches(c->allowed->item[i], origin))
			return origin;
	}
	return NULL;
}

bool cors_is_preflight(const struct http_request *r)
{
	return strcmp(http_method(r), "OPTIONS") == 0 &&
	       http_header(r, "Access-Control-Request-Method") != NULL;
}

static const char *find_word(const char *const *words, size_t count, const char *word, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(words[i]) == len && strncasecmp(words[i], word, len) == 0)
			return words[i];
	return NULL;
}

/* The asked-for headers in canonical spelling, joined by ", ".  False: one is not allowed. */
static bool allowed_headers(const char *asked, char *ret, size_t size)
{
	size_t used = 0, len;

	ret[0] = '\0';
	while (asked != NULL && *asked != '\0') {
		char one[64];
		const char *word, *known;

		len = strcspn(asked, ",");
		if (len >= sizeof(one))
			return false;
		memcpy(one, asked, len);
		one[len] = '\0';
		asked += len + (asked[len] == ',');
		word = text_trim(one, " \t", &len);
		if (len == 0)
			continue;
		known = find_word(headers, 3, word, len);
		if (known == NULL || used + strlen(known) + 3 > size)
			return false;
		used += (size_t)snprintf(ret + used, size - used, "%s%s", used > 0 ? ", " : "",
					 known);
	}
	return true;
}

void cors_answer_preflight(const struct cors *c, struct http_request *r)
{
	const char *origin = cors_allow(c, http_header(r, "Origin"));
	const char *asked = http_header(r, "Access-Control-Request-Method");
	const char *method = find_word(methods, 3, asked, strlen(asked));
	char list[128];

	http_add_header(r, "Vary", "Origin");
	http_add_header(r, "Vary", "Access-Control-Request-Method");
	http_add_header(r, "Vary", "Access-Control-Request-Headers");
	if (origin != NULL && method != NULL &&
	    allowed_headers(http_header(r, "Access-Control-Request-Headers"), list, sizeof(list))) {
		http_add_header(r, "Access-Control-Allow-Origin", origin);
		http_add_header(r, "Access-Control-Allow-Methods", method);
		if (list[0] != '\0')
			http_add_header(r, "Access-Control-Allow-Headers", list);
	}
	answer_empty(r);
}
