/* Judged by its descriptor, so that what is judged is what is read: the node may replace it at any
 * time. */
#include "common/rpc/cookie_file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"

static int judge(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		(void)err_set_errno(err, "cannot look at the cookie file '%s'", path);
		return ERR_IO;
	}
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INVALID, "the cookie file '%s' is no regular file", path);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(err, ERR_INVALID,
			       "the cookie file '%s' can be written by other users (mode %04o): "
			       "chmod go-w",
			       path, (unsigned)(st.st_mode & 07777));
	if (st.st_size >= COOKIE_MAX)
		return err_set(err, ERR_INVALID,
			       "the cookie file '%s' is larger than a cookie can be (%d bytes)",
			       path, COOKIE_MAX);
	return 0;
}

bool cookie_parse(const char *text, size_t len, struct cookie *ret)
{
	char line[COOKIE_MAX], *colon;
	size_t n = 0;

	while (n < len && text[n] != '\r' && text[n] != '\n')
		n++;
	if (n >= sizeof(line) || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(line, text, n);
	line[n] = '\0';
	while (n < len && (text[n] == '\r' || text[n] == '\n'))
		n++;
	colon = strchr(line, ':');
	if (n < len || colon == NULL || colon == line || colon[1] == '\0' || !text_is_plain(line))
		return false;
	*colon = '\0';
	(void)text_copy(ret->user, sizeof(ret->user), line);
	(void)text_copy(ret->pass, sizeof(ret->pass), colon + 1);
	explicit_bzero(line, sizeof(line));
	return true;
}

static int read_open(int fd, const char *path, struct cookie *ret, struct err *err)
{
	char text[COOKIE_MAX] = "";
	int rc = judge(fd, path, err);
	ssize_t n;

	if (rc < 0)
		return rc;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0) {
		(void)err_set_errno(err, "cannot read the cookie file '%s'", path);
		rc = ERR_IO;
	} else if (!cookie_parse(text, (size_t)n, ret)) {
		rc = err_set(err, ERR_INVALID,
			     "the cookie file '%s' does not hold one line user:password", path);
	}
	explicit_bzero(text, sizeof(text));
	return rc;
}

int cookie_file_read(const char *path, struct cookie *ret, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	if (fd < 0) {
		(void)err_set_errno(err, "cannot read the cookie file '%s'", path);
		return ERR_IO;
	}
	rc = read_open(fd, path, ret, err);
	(void)close(fd);
	return rc;
}
