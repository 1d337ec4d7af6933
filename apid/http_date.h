/* Dates in HTTP headers, to the second, always GMT. */
#ifndef TELLER_APID_HTTP_DATE_H
#define TELLER_APID_HTTP_DATE_H

#include <stdbool.h>
#include <stdint.h>

#define HTTP_DATE_MAX 40

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
void http_date_text(int64_t unix_seconds, char ret[HTTP_DATE_MAX]);
/* That form and the two old ones that a server must still read (RFC 9110, 5.6.7). */
bool http_date_parse(const char *text, int64_t *ret_unix_seconds);

#endif
