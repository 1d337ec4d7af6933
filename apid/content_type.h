/* What a file is, by the end of its name. */
#ifndef TELLER_APID_CONTENT_TYPE_H
#define TELLER_APID_CONTENT_TYPE_H

#include <stdbool.h>

struct content_type {
	const char *extension, *name;
	bool shrinks; /* worth compressing */
};

/* Bytes of no known kind when the name has no ending that is known. */
const struct content_type *content_type_of(const char *path);

#endif
