#include "apid/http_conditional.h"

#include <stddef.h>
#include <string.h>

#include "apid/http_date.h"

/* The tag at `text`: its opaque part with quotes; NULL: there is none.  *ret_end is behind it. */
static const char *take_tag(const char *text, bool *ret_weak, const char **ret_end)
{
	const char *close;

	*ret_weak = strncmp(text, "W/", 2) == 0;
	if (*ret_weak)
		text += 2;
	close = *text == '"' ? strchr(text + 1, '"') : NULL;
	if (close == NULL)
		return NULL;
	*ret_end = close + 1;
	return text;
}

bool http_etag_listed(const char *list, const char *etag, bool weak)
{
	size_t len = strlen(etag);
	const char *tag, *end;
	bool is_weak;

	list += strspn(list, " \t");
	if (strcmp(list, "*") == 0)
		return true;
	for (;; list = end) {
		list += strspn(list, ", \t");
		tag = take_tag(list, &is_weak, &end);
		if (tag == NULL)
			return false;
		if ((weak || !is_weak) && (size_t)(end - tag) == len && memcmp(tag, etag, len) == 0)
			return true;
	}
}

static bool is_later(int64_t modified, const char *date)
{
	int64_t t;

	return !http_date_parse(date, &t) || modified > t;
}

/* A date that is none says nothing. */
static bool is_date(const char *text)
{
	int64_t t;

	return text != NULL && http_date_parse(text, &t);
}

enum http_verdict http_conditional(const struct http_conditions *c, const char *etag,
				   int64_t modified)
{
	if (c->if_match != NULL) {
		if (!http_etag_listed(c->if_match, etag, false))
			return HTTP_PRECONDITION_FAILED;
	} else if (is_date(c->if_unmodified_since) && is_later(modified, c->if_unmodified_since)) {
		return HTTP_PRECONDITION_FAILED;
	}
	if (c->if_none_match != NULL)
		return http_etag_listed(c->if_none_match, etag, true) ? HTTP_NOT_MODIFIED
								      : HTTP_SEND;
	if (is_date(c->if_modified_since) && !is_later(modified, c->if_modified_since))
		return HTTP_NOT_MODIFIED;
	return HTTP_SEND;
}

bool http_if_range_holds(const char *if_range, const char *etag, int64_t modified)
{
	int64_t t;

	if (if_range == NULL)
		return true;
	if (http_date_parse(if_range, &t))
		return t == modified;
	return strcmp(if_range, etag) == 0;
}
