/* The Host header: a stranger's bytes that end up in a Location, or are compared with our name. */
#ifndef TELLER_APID_HOST_HEADER_H
#define TELLER_APID_HOST_HEADER_H

#include <stdbool.h>

#define HOST_MAX 256

/* The host without its port: a name, an IPv4 address, or an IPv6 address in its brackets.  False
 * (and "") when it is none of these, or the port is no port. */
bool host_header_read(const char *header, char ret[HOST_MAX]);

/* Does it name this host?  The port, the case and a dot at the end do not matter. */
bool host_header_is(const char *header, const char *name);

#endif
