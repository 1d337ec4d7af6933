#include "common/node/sky_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *sky_url(const char *address, bool has_cert)
{
	const char *scheme = has_cert ? "https://" : "http://";
	char *url;
	size_t len;

	if (strstr(address, "://") != NULL)
		scheme = "";
	if (asprintf(&url, "%s%s", scheme, address) < 0)
		abort(); /* as the loop does: without memory for this there is no daemon */
	for (len = strlen(url); len > 0 && url[len - 1] == '/'; len--)
		url[len - 1] = '\0';
	return url;
}

char *sky_url_of_rest(const char *url)
{
	static const char webrpc[] = ":6430";
	size_t len = strlen(url), tail = strlen(webrpc);
	char *sibling;

	if (len < tail || strcmp(url + len - tail, webrpc) != 0)
		return NULL;
	if (asprintf(&sibling, "%.*s:6420", (int)(len - tail), url) < 0)
		abort();
	return sibling;
}
