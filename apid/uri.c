#include "apid/uri.h"

#include "common/base/text.h"

/* The byte that "%XX" at `text` stands for; 0 to 255, or -1. */
static int escaped_byte(const char *text)
{
	uint8_t byte;

	if (text[0] != '%' || text[1] == '\0' || text[2] == '\0' || !hex_decode(text + 1, 2, &byte))
		return -1;
	return byte;
}

size_t uri_unescape(char *text)
{
	const char *from = text;
	char *to = text;

	while (*from != '\0') {
		int byte = escaped_byte(from);

		if (byte < 0) {
			*to++ = *from++;
			continue;
		}
		*to++ = byte == 0 ? URI_NUL : (char)byte;
		from += 3;
	}
	*to = '\0';
	return (size_t)(to - text);
}
