/* The files of a folder, for GET and HEAD: an index for a folder, conditional and range requests,
 * compression.  No listing, no name that begins with a dot, nothing outside the folder. */
#ifndef TELLER_APID_STATIC_FILES_H
#define TELLER_APID_STATIC_FILES_H

#include <stdbool.h>

#include "apid/http_server.h"

struct static_files;

/* The folder is held from here on: it may move, and needs no path inside a sandbox.
 * ERR_IO: it cannot be opened; ERR_BUSY: out of memory. */
int static_files_open(const char *folder, struct static_files **ret, struct err *err);
const char *static_files_folder(const struct static_files *s);
void static_files_free(struct static_files *s); /* NULL is fine */
/* Answer the request; NULL: there is nothing, 404. */
void static_files_answer(struct static_files *s, struct http_request *r);

#endif
