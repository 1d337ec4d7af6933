/* Addresses of nodes, as they are configured, as URLs. */
#ifndef TELLER_COMMON_NODE_SKY_URL_H
#define TELLER_COMMON_NODE_SKY_URL_H

#include <stdbool.h>

/* host:port becomes an URL, https when `has_cert`; the slashes at the end of one go, for paths
 * begin with one.  The caller's to free(). */
char *sky_url(const char *address, bool has_cert);
/* Where a node whose webrpc was at this URL has its REST: the same host, port 6420 in place of
 * 6430.  NULL for every other URL. */
char *sky_url_of_rest(const char *url);

#endif
