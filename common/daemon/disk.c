/* A full disk stops every commit, and with it every customer.  The warning comes while there is
 * still room for the log line that says it. */
#include "common/daemon/disk.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
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

uint64_t disk_free(const char *dir)
{
	struct statvfs fs;

	return statvfs(dir, &fs) < 0 ? 0 : (uint64_t)fs.f_bavail * fs.f_frsize;
}

uint64_t disk_file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : (uint64_t)st.st_size;
}

/* It is emptied by a commit that finds no reader in it.  One that grows shows that a reader stays
 * in it for good, which makes every read slower and fills the disk. */
void disk_check_wal(struct health *h, const char *dbfile, uint64_t most)
{
	uint64_t size = disk_wal_size(dbfile);

	if (size <= most)
		health_clear(h, "wal");
	else
		health_raise(h, "wal",
			     "the database's write-ahead log '%s-wal' has grown beyond %" PRIu64
			     " MiB: somebody reads the database and does not end: look for another "
			     "program that has it open, or for a backup that hangs",
			     dbfile, most >> 20);
}

uint64_t disk_wal_size(const char *dbfile)
{
	char path[4200];

	(void)snprintf(path, sizeof(path), "%s-wal", dbfile);
	return disk_file_size(path);
}
