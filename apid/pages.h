/* Where the pages are that apid serves. */
#ifndef TELLER_APID_PAGES_H
#define TELLER_APID_PAGES_H

#include "apid/static_files.h"
#include "common/daemon/daemon.h"

/* web.static_dir; when it is not set (or is, to its default) and is not there, the pages that came
 * with Teller.  NULL: there are none, health and the log say so. */
struct static_files *pages_of_customers(const struct daemon *d);
/* NULL: none came with this Teller. */
struct static_files *pages_of_operators(void);

#endif
