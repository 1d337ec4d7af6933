/* Which names may be asked for. */
#ifndef TELLER_APID_STATIC_PATH_H
#define TELLER_APID_STATIC_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* Of a decoded path: does it begin with '/', and is none of its parts empty (but the last) or
 * begins with a dot? */
bool static_path_is_plain(const char *path);
bool static_path_is_folder(const char *path); /* ends with '/' */
/* The last part, without slashes, escaped as in a URL.  False: it does not fit. */
bool static_path_last(const char *path, char *ret, size_t size);

#endif
