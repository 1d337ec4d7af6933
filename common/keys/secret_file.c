/* The file is opened once and judged by its descriptor, so that what is judged is what is read,
 * whatever somebody does to the path meanwhile.  The bytes go from the kernel into locked memory:
 * no buffer of ours or of a library sees them. */
#include "common/keys/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/keys/secret.h"

/* --- text in locked memory ------------------------------------------------------------------ */
int secret_text_new(size_t len, struct secret_text *ret, struct err *err)
{
	char *data = secret_alloc(len + 1);

	if (data == NULL)
		return err_set(err, ERR_FATAL,
			       "cannot lock %zu bytes of memory (raise the limit: ulimit -l)",
			       len + 1);
	*ret = (struct secret_text){ .data = data, .len = len };
	return 0;
}

void secret_text_free(struct secret_text *t)
{
	secret_free(t->data);
	*t = (struct secret_text){ .data = NULL };
}

/* --- who can read it ------------------------------------------------------------------------ */
static const char *user_name(uid_t uid, char ret[32])
{
	const struct passwd *user = getpwuid(uid);

	if (user != NULL)
		(void)snprintf(ret, 32, "'%.24s'", user->pw_name);
	else
		(void)snprintf(ret, 32, "%u", (unsigned)uid);
	return ret;
}

static bool owner_is_fine(uid_t owner)
{
	return owner == 0 || owner == geteuid() || geteuid() == 0;
}

/* "" when nobody else can. */
static void judge(const struct stat *st, mode_t forbidden, char ret[SECRET_WHY_MAX])
{
	char name[32];

	ret[0] = '\0';
	if (!owner_is_fine(st->st_uid))
		(void)snprintf(ret, SECRET_WHY_MAX,
			       "belongs to user %s, who can read and change it",
			       user_name(st->st_uid, name));
	else if ((st->st_mode & forbidden) != 0)
		(void)snprintf(ret, SECRET_WHY_MAX,
			       "is open to other users (mode %04o, must be 0600)",
			       (unsigned)(st->st_mode & 07777));
}

static int check_privacy(const struct stat *st, const char *path, enum secret_privacy privacy,
			 char ret_shared[SECRET_WHY_MAX], struct err *err)
{
	const mode_t group_too = S_IRWXG | S_IRWXO;
	char why[SECRET_WHY_MAX];

	judge(st, privacy == SECRET_HANDED ? S_IRWXO : group_too, why);
	if (why[0] != '\0' && privacy != SECRET_SHARED)
		return err_set(err, ERR_INVALID, "'%s' %s", path, why);
	if (ret_shared != NULL)
		(void)snprintf(ret_shared, SECRET_WHY_MAX, "%s", why);
	return 0;
}

/* --- reading it ------------------------------------------------------------------------------ */
static int check_size(const struct stat *st, const char *path, size_t max, struct err *err)
{
	if (!S_ISREG(st->st_mode))
		return err_set(err, ERR_INVALID, "'%s' is no regular file", path);
	if (st->st_size < 0 || (uintmax_t)st->st_size > max)
		return err_set(err, ERR_INVALID, "'%s' is larger than %zu bytes", path, max);
	return 0;
}

static int read_whole(int fd, const char *path, struct secret_text *t, struct err *err)
{
	size_t done = 0;

	while (done < t->len) {
		ssize_t n = read(fd, t->data + done, t->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_path_errno(err, "cannot read '%s'", path);
		if (n == 0)
			return err_set(err, ERR_IO, "'%s' was cut short while it was read", path);
		done += (size_t)n;
	}
	return 0;
}

static int read_open(int fd, const char *path, size_t max, enum secret_privacy privacy,
		     struct secret_text *ret, char ret_shared[SECRET_WHY_MAX], struct err *err)
{
	struct secret_text t;
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0)
		return err_set_errno(err, "cannot look at '%s'", path);
	rc = check_size(&st, path, max, err);
	if (rc == 0)
		rc = check_privacy(&st, path, privacy, ret_shared, err);
	if (rc == 0)
		rc = secret_text_new((size_t)st.st_size, &t, err);
	if (rc < 0)
		return rc;
	rc = read_whole(fd, path, &t, err);
	if (rc == 0)
		*ret = t;
	else
		secret_text_free(&t);
	return rc;
}

int secret_file_read(const char *path, size_t max, enum secret_privacy privacy,
		     struct secret_text *ret, char ret_shared[SECRET_WHY_MAX], struct err *err)
{
	/* A pipe must not keep us waiting, a terminal not become ours. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc;

	if (fd < 0 && errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, "'%s' does not exist", path);
	if (fd < 0)
		return err_set_path_errno(err, "cannot open '%s'", path);
	rc = read_open(fd, path, max, privacy, ret, ret_shared, err);
	(void)close(fd);
	return rc;
}
