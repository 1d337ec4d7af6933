/* Percent escapes in paths and queries. */
#ifndef TELLER_APID_URI_H
#define TELLER_APID_URI_H

#include <stddef.h>

/* What stands for an escaped NUL byte: no path, no address and no number holds it. */
#define URI_NUL '\x01'

/* Decode %XX in place; answers the new length.  An escape that is none stays as it is, and an
 * escaped NUL becomes URI_NUL: text behind it must not be lost to whoever compares strings. */
size_t uri_unescape(char *text);

#endif
