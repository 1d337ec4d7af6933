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
/* Serve these names (a list that ends with NULL, constants) from another folder, which is held
 * likewise.  ERR_IO: it cannot be opened. */
int static_files_borrow(struct static_files *s, const char *folder, const char *const *names,
			struct err *err);
const char *static_files_lender(const struct static_files *s); /* its path; NULL: there is none */
void static_files_free(struct static_files *s);		       /* NULL is fine */
/* Answer the request; NULL: there is nothing, 404. */
void static_files_answer(struct static_files *s, struct http_request *r);

#endif
