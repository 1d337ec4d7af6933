/* Files are opened once and judged by their descriptors, so that what is judged is what is read.
 * The key may be readable by a group, for that is how certificates are usually shared with the
 * programs that need them (root:ssl-cert 0640); anybody else who could read it could pose as this
 * service, so such a file is refused like a wallet that is open to others. */
#include "apid/tls_files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CERT_MAX (256U * 1024)
#define KEY_MAX	 (64U * 1024)
#define NS	 INT64_C(1000000000)

static struct tls_mark_one look(const char *path)
{
	struct tls_mark_one m = { .there = false };
	struct stat st;

	if (stat(path, &st) < 0)
		return m;
	m.there = true;
	m.device = (uint64_t)st.st_dev;
	m.inode = (uint64_t)st.st_ino;
	m.size = (int64_t)st.st_size;
	m.modified_ns = (int64_t)st.st_mtim.tv_sec * NS + st.st_mtim.tv_nsec;
	m.changed_ns = (int64_t)st.st_ctim.tv_sec * NS + st.st_ctim.tv_nsec;
	return m;
}

void tls_files_look(const struct tls_files *f, struct tls_mark *ret)
{
	ret->cert = look(f->cert);
	ret->key = look(f->key);
}

static bool same(const struct tls_mark_one *a, const struct tls_mark_one *b)
{
	return a->there == b->there && a->device == b->device && a->inode == b->inode &&
	       a->size == b->size && a->modified_ns == b->modified_ns &&
	       a->changed_ns == b->changed_ns;
}

bool tls_mark_same(const struct tls_mark *a, const struct tls_mark *b)
{
	return same(&a->cert, &b->cert) && same(&a->key, &b->key);
}

/* --- reading --------------------------------------------------------------------------------- */

static int check_privacy(const struct stat *st, const char *path, struct err *err)
{
	const mode_t forbidden = S_IRWXO | S_IWGRP;

	if (st->st_uid != 0 && st->st_uid != geteuid() && geteuid() != 0)
		return err_set(err, ERR_INVALID,
			       "'%s' belongs to another user, who can read and change it: it must "
			       "be root's or ours",
			       path);
	if ((st->st_mode & forbidden) != 0)
		return err_set(err, ERR_INVALID,
			       "'%s' is open to other users (mode %04o): it must be 0600, or 0640 "
			       "with a group of those who may pose as this service",
			       path, (unsigned)(st->st_mode & 07777));
	return 0;
}

/* More than 0: there may be more to read. */
static int read_piece(int fd, const char *path, struct buf *ret, struct err *err)
{
	char piece[4096];
	ssize_t n = read(fd, piece, sizeof(piece));
	bool fits = n <= 0 || buf_append(ret, piece, (size_t)n);

	if (n < 0 && errno != EINTR)
		return err_set_path_errno(err, "cannot read '%s'", path);
	explicit_bzero(piece, sizeof(piece)); /* it held the key */
	if (!fits)
		return err_set(err, ERR_INVALID, "'%s' is larger than %zu bytes", path, ret->max);
	return n != 0;
}

static int read_fd(int fd, const char *path, struct buf *ret, struct err *err)
{
	int rc;

	do
		rc = read_piece(fd, path, ret, err);
	while (rc > 0);
	return rc;
}

static int judge_and_read(int fd, const char *path, struct buf *ret, struct err *err)
{
	struct stat st;
	int rc = 0;

	if (fstat(fd, &st) < 0)
		return err_set_errno(err, "cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INVALID, "'%s' is no regular file", path);
	if (ret->secret)
		rc = check_privacy(&st, path, err);
	return rc < 0 ? rc : read_fd(fd, path, ret, err);
}

static int read_one(const struct tls_files *f, const char *path, struct buf *ret, struct err *err)
{
	int fd = -1;
	int rc = f->open(f->arg, path, &fd, err);

	if (rc < 0)
		return rc;
	rc = judge_and_read(fd, path, ret, err);
	(void)close(fd);
	return rc;
}

int tls_files_read(const struct tls_files *f, struct tls_certificate **ret, struct err *err)
{
	struct buf cert = BUF_INIT(CERT_MAX), key = BUF_INIT(KEY_MAX);
	int rc = read_one(f, f->cert, &cert, err);

	key.secret = true;
	if (rc == 0)
		rc = read_one(f, f->key, &key, err);
	if (rc == 0 && (rc = tls_certificate_new(&cert, &key, ret, err)) < 0)
		(void)err_wrap(err, "'%s' and '%s'", f->cert, f->key);
	buf_release(&cert);
	buf_release(&key);
	return rc;
}
