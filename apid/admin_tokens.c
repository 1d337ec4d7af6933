/* The file stays open: once apid has locked itself in, that is how it is read again.  One that was
 * replaced by another of its name, as editors and tools of administrators do, is opened anew by the
 * process that runs errands. */
#include "apid/admin_tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct admin_tokens {
	char *path;
	int fd;
	struct access_list list;
};

static int check_private(const char *path, const struct stat *st, struct err *err)
{
	if (!S_ISREG(st->st_mode))
		return err_set(err, ERR_INVALID, "'%s' is no regular file", path);
	if (st->st_size > ACCESS_FILE_MAX)
		return err_set(err, ERR_INVALID, "'%s' is larger than %d bytes", path,
			       ACCESS_FILE_MAX);
	if (st->st_uid != 0 && st->st_uid != geteuid() && geteuid() != 0)
		return err_set(err, ERR_INVALID, "'%s' belongs to another user", path);
	if ((st->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(err, ERR_INVALID,
			       "'%s' is open to other users (mode %04o, must be 0600)", path,
			       (unsigned)(st->st_mode & 07777));
	return 0;
}

static int read_text(int fd, const char *path, struct buf *text, struct err *err)
{
	char piece[4096];
	ssize_t n;

	while ((n = pread(fd, piece, sizeof(piece), (off_t)text->len)) > 0)
		if (!buf_append(text, piece, (size_t)n))
			return err_set(err, ERR_INVALID, "'%s' is too long", path);
	return n < 0 ? err_set_errno(err, "cannot read '%s'", path) : 0;
}

static int read_list(int fd, const char *path, struct access_list *ret, struct err *err)
{
	struct buf text = BUF_INIT(ACCESS_FILE_MAX);
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0)
		return err_set_errno(err, "cannot look at '%s'", path);
	rc = check_private(path, &st, err);
	if (rc == 0)
		rc = read_text(fd, path, &text, err);
	if (rc == 0 && (rc = access_list_parse(buf_text(&text), ret, err)) < 0)
		rc = err_wrap(err, "'%s'", path);
	buf_release(&text);
	return rc;
}

static int open_path(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd >= 0 ? fd : err_set_path_errno(err, "cannot open '%s'", path);
}

int admin_tokens_open(const char *path, struct admin_tokens **ret, struct err *err)
{
	struct admin_tokens *t;
	int rc = 0;

	*ret = NULL;
	if (path[0] == '\0')
		return 0;
	t = calloc(1, sizeof(*t));
	if (t != NULL)
		t->path = strdup(path);
	if (t == NULL || t->path == NULL) {
		free(t);
		return err_set(err, ERR_BUSY, "out of memory");
	}
	t->fd = open_path(path, err);
	rc = t->fd < 0 ? t->fd : read_list(t->fd, path, &t->list, err);
	if (rc < 0)
		admin_tokens_free(t);
	else
		*ret = t;
	return rc < 0 ? err_wrap(err, "admin_panel.tokens_file") : 0;
}

void admin_tokens_free(struct admin_tokens *t)
{
	if (t == NULL)
		return;
	if (t->fd >= 0)
		(void)close(t->fd);
	free(t->path);
	free(t);
}

/* Is the file at the path the one that is open? */
static bool is_the_same(const struct admin_tokens *t)
{
	struct stat there, ours;

	return stat(t->path, &there) == 0 && fstat(t->fd, &ours) == 0 &&
	       there.st_dev == ours.st_dev && there.st_ino == ours.st_ino;
}

int admin_tokens_reload(struct admin_tokens *t, struct confine *c, struct err *err)
{
	int fd = t->fd;
	int rc = is_the_same(t) ? 0 : confine_open(c, t->path, &fd, err);

	if (rc < 0)
		return rc;
	rc = read_list(fd, t->path, &t->list, err);

	if (fd != t->fd) {
		(void)close(rc == 0 ? t->fd : fd);
		if (rc == 0)
			t->fd = fd;
	}
	return rc;
}

unsigned admin_tokens_count(const struct admin_tokens *t)
{
	return t != NULL ? t->list.count : 0;
}

const struct access_token *admin_tokens_find(const struct admin_tokens *t, const char *token)
{
	return access_list_find(&t->list, token);
}
