/* Who runs on a data directory is decided by a lock that the kernel gives up when its holder dies,
 * not by a file that may be left behind.  The lock file itself is never removed: a third process
 * could else lock a fresh file while the second still holds the old one. */
#include "common/daemon/run_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Shared: the group may make sockets here, but each removes only its own (sticky), and what is
 * made belongs to the group (set-group-id). */
#define MODE_PRIVATE 0700
#define MODE_SHARED  03770

static int path_join(char *ret, size_t size, const char *dir, const char *name, const char *suffix,
		     struct err *err)
{
	int n = snprintf(ret, size, "%s/run%s%s%s", dir, name[0] != '\0' ? "/" : "", name, suffix);

	if (n < 0 || (size_t)n >= size)
		return err_set(err, ERR_INVALID, "data directory '%s' has too long a name", dir);
	return 0;
}

int run_dir_make(const char *dir, bool shared, struct err *err)
{
	mode_t mode = shared ? MODE_SHARED : MODE_PRIVATE;
	char path[PATH_MAX];
	struct stat st;
	int rc = path_join(path, sizeof(path), dir, "", "", err);

	if (rc < 0)
		return rc;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set_path_errno(err, "cannot make the run directory '%s'", path);
	if (lstat(path, &st) < 0)
		return err_set_errno(err, "cannot look at the run directory '%s'", path);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_INVALID, "'%s' is no directory: remove it", path);
	/* Another user's is as its owner made it: the first daemon, or an administrator. */
	if (st.st_uid == geteuid() && (st.st_mode & 07777) != mode && chmod(path, mode) < 0)
		return err_set_errno(err, "cannot set the mode of '%s'", path);
	return 0;
}

/* The holder's pid as text, "unknown" while it has not written it yet. */
static void lock_holder(int fd, char *ret, size_t size)
{
	ssize_t n = pread(fd, ret, size - 1, 0);

	ret[n > 0 ? n : 0] = '\0';
	ret[strspn(ret, "0123456789")] = '\0';
	if (ret[0] == '\0')
		(void)snprintf(ret, size, "unknown");
}

static int lock_fd(int fd, const char *path, const char *name, struct err *err)
{
	char holder[32];

	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return err_set_errno(err, "cannot lock '%s'", path);
	lock_holder(fd, holder, sizeof(holder));
	return err_set(err, ERR_EXISTS,
		       "%s is already running on this data directory (pid %s, lock file %s)", name,
		       holder, path);
}

static int write_pid(int fd, const char *path, struct err *err)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n)
		return err_set_errno(err, "cannot write '%s'", path);
	return 0;
}

int run_dir_lock(const char *dir, const char *name, int *ret_fd, struct err *err)
{
	char path[PATH_MAX];
	int fd, rc = path_join(path, sizeof(path), dir, name, ".lock", err);

	if (rc < 0)
		return rc;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_set_path_errno(err, "cannot open the lock file '%s'", path);
	rc = lock_fd(fd, path, name, err);
	if (rc == 0)
		rc = write_pid(fd, path, err);
	if (rc < 0)
		(void)close(fd);
	else
		*ret_fd = fd;
	return rc;
}

int pidfile_write(const char *path, struct err *err)
{
	char fresh[PATH_MAX];
	int n = snprintf(fresh, sizeof(fresh), "%s.new", path);
	int fd, rc;

	if (n < 0 || (size_t)n >= sizeof(fresh))
		return err_set(err, ERR_INVALID, "pid file name '%s' is too long", path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_set_path_errno(err, "cannot make the pid file '%s'", fresh);
	rc = write_pid(fd, fresh, err);
	(void)close(fd);
	if (rc == 0 && rename(fresh, path) < 0)
		rc = err_set_errno(err, "cannot make the pid file '%s'", path);
	if (rc < 0)
		(void)unlink(fresh);
	return rc;
}
