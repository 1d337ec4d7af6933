/* The Accept-Encoding header. */
#ifndef TELLER_APID_ACCEPT_ENCODING_H
#define TELLER_APID_ACCEPT_ENCODING_H

#include <stdbool.h>

/* May the answer be gzipped?  NULL: no. */
bool accept_encoding_has_gzip(const char *header);

#endif
