/* Percent escapes: what is decoded never grows, holds no NUL byte, and escaped and decoded again
 * is the same. */
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apid/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *escape_all(const char *text)
{
	char *out = calloc(3, strlen(text) + 1);

	if (out == NULL)
		abort();
	for (size_t i = 0; text[i] != '\0'; i++)
		(void)snprintf(out + 3 * i, 4, "%%%02x", (unsigned)(unsigned char)text[i]);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *again;
	size_t before, len;

	if (text == NULL)
		abort();
	before = strlen(text);
	len = uri_unescape(text);
	if (len > before || strlen(text) != len)
		abort();
	again = escape_all(text);
	if (uri_unescape(again) != len || strcmp(again, text) != 0)
		abort();
	free(again);
	free(text);
	return 0;
}
