/* "gzip;q=0" refuses it, "*" names whatever is not named; no header, no gzip. */
#include "apid/accept_encoding.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t";

/* Is the weight behind a coding ("; q=0.5") zero?  `text` ends at `end`. */
static bool is_refused(const char *text, const char *end)
{
	text += strspn(text, blanks);
	if (text >= end || *text != ';')
		return false;
	text++;
	text += strspn(text, blanks);
	if (end - text < 3 || strncasecmp(text, "q=", 2) != 0)
		return false;
	text += 2;
	return strspn(text, "0.") >= strcspn(text, ", \t;");
}

static bool is_word(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && strncasecmp(text, word, len) == 0;
}

bool accept_encoding_has_gzip(const char *header)
{
	bool named = false, by_name = false, by_star = false;

	while (header != NULL && *header != '\0') {
		const char *end;
		size_t len;

		header += strspn(header, ", \t");
		end = header + strcspn(header, ",");
		len = strcspn(header, ",; \t");
		if (is_word(header, len, "gzip") || is_word(header, len, "x-gzip")) {
			named = true;
			by_name = !is_refused(header + len, end);
		} else if (is_word(header, len, "*")) {
			by_star = !is_refused(header + len, end);
		}
		header = end;
	}
	return named ? by_name : by_star;
}
