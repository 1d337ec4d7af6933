/* The fields of a form in a request's body (urlencoded or multipart). */
#ifndef TELLER_APID_HTTP_FORM_H
#define TELLER_APID_HTTP_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"

#define HTTP_FORM_FIELDS_MAX 16
#define HTTP_FORM_NAME_MAX   32
#define HTTP_FORM_VALUE_MAX  256

struct http_form_field {
	char name[HTTP_FORM_NAME_MAX]; /* "" when longer than any that we know */
	char value[HTTP_FORM_VALUE_MAX];
	size_t len;
	bool bad; /* too long, or holds a NUL byte */
};

struct http_form {
	unsigned count;
	struct http_form_field field[HTTP_FORM_FIELDS_MAX];
};

struct MHD_Connection;

/* Read the body of `c` as the form that its Content-Type says; NULL when it is none.  A mistake in
 * the form leaves the fields before it.  The caller frees it with free(). */
struct http_form *http_form_read(struct MHD_Connection *c, const struct buf *body);
/* First field of that name; "" when it is bad, NULL when there is none.  A NULL form has none. */
const char *http_form_get(const struct http_form *f, const char *name);

#endif
