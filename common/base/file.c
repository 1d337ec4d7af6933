#include "common/base/file.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

int file_sync_folder(const char *path, struct err *err)
{
	char copy[PATH_MAX];
	int fd, rc = 0;

	(void)snprintf(copy, sizeof(copy), "%s", path); /* dirname() writes into it */
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		rc = err_set_errno(err, "cannot sync the folder of '%s'", path);
	if (fd >= 0)
		(void)close(fd);
	return rc;
}
