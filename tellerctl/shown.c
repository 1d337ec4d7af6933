#include "tellerctl/shown.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the control character at `s`, 0 when it is none: C0, DEL, and C1 in UTF-8. */
static size_t control_len(const unsigned char *s)
{
	bool c1 = s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f;

	return s[0] < 0x20 || s[0] == 0x7f ? 1 : c1 ? 2 : 0;
}

void put_shown(const char *text, struct buf *out)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s != '\0') {
		size_t n = control_len(s);

		(void)buf_putc(out, n > 0 ? '?' : (char)*s);
		s += n > 0 ? n : 1;
	}
}
