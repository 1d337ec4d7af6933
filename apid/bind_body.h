/* The body of POST /api/bind. */
#ifndef TELLER_APID_BIND_BODY_H
#define TELLER_APID_BIND_BODY_H

#include <stddef.h>

#include "common/base/err.h"

#define BIND_BODY_MAX 65536
/* What is trimmed from SKY addresses in requests. */
#define BLANKS " \t\n"

struct bind_body {
	char *sky_address; /* trimmed; "" when it says nothing */
	char *coin;	   /* as given; "" when it says nothing */
};

/* One JSON object; bytes behind it, unknown fields and the case of names do not matter; of a name
 * that comes twice the last counts, and null says nothing.  On success *ret is the caller's to
 * release.  ERR_INVALID with the reason; "EOF" for an empty body. */
int bind_body_parse(const char *data, size_t len, struct bind_body *ret, struct err *err);
void bind_body_release(struct bind_body *b);

#endif
