/* A full disk stops every commit, and with it every customer.  The warning comes while there is
 * still room for the log line that says it. */
#include "common/daemon/disk.h"

#include <inttypes.h>
#include <sys/statvfs.h>

void disk_check(struct health *h, const char *dir, uint64_t least)
{
	struct statvfs fs;

	if (statvfs(dir, &fs) < 0)
		return;
	if ((uint64_t)fs.f_bavail * fs.f_frsize >= least)
		health_clear(h, "disk");
	else
		health_raise(h, "disk",
			     "fewer than %" PRIu64 " MiB are free on the disk of '%s'; when it is "
			     "full, nothing can be bound, recorded or paid: make room",
			     least >> 20, dir);
}
