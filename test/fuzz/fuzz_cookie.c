/* What a cookie file holds: one user and password, or nothing. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/rpc/cookie_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cookie c, again;
	char text[2 * COOKIE_MAX + 2];
	int len;

	if (!cookie_parse((const char *)data, size, &c))
		return 0;
	assert(c.user[0] != '\0' && c.pass[0] != '\0' && strchr(c.user, ':') == NULL);
	len = snprintf(text, sizeof(text), "%s:%s\n", c.user, c.pass);
	assert(len > 0 && cookie_parse(text, (size_t)len, &again));
	assert(strcmp(c.user, again.user) == 0 && strcmp(c.pass, again.pass) == 0);
	return 0;
}
