/* strptime() and strftime() are at home in the C locale here: no program of ours leaves it. */
#include "apid/http_date.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX 64 /* longer than any date */

void http_date_text(int64_t unix_seconds, char ret[HTTP_DATE_MAX])
{
	time_t t = unix_seconds;
	struct tm tm;

	ret[0] = '\0';
	if (gmtime_r(&t, &tm) != NULL)
		(void)strftime(ret, HTTP_DATE_MAX, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

bool http_date_parse(const char *text, int64_t *ret_unix_seconds)
{
	static const char *const forms[] = {
		"%a, %d %b %Y %H:%M:%S GMT",
		"%A, %d-%b-%y %H:%M:%S GMT",
		"%a %b %e %H:%M:%S %Y",
	};

	if (strlen(text) > TEXT_MAX)
		return false;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = { .tm_sec = 0 };
		const char *end = strptime(text, forms[i], &tm);

		if (end == NULL || *end != '\0' || tm.tm_year < 0)
			continue;
		*ret_unix_seconds = timegm(&tm);
		return true;
	}
	return false;
}
