/* A pool file is edited as text, because it is the operator's own; what came out is parsed again
 * before it is used, so that a text that the editing did not understand is never written.
 *
 * "<path>.tmp" is both the new file and the lock against a second tool at work. */
#include "tellerctl/pool_edit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"

/* --- the text ------------------------------------------------------------------------------- */

static int compare_addresses(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void sort_file(struct pool_file *f)
{
	if (f->count > 0)
		qsort(f->address, f->count, sizeof(*f->address), compare_addresses);
}

/* `f` is sorted. */
static bool file_has(const struct pool_file *f, const char *address)
{
	return f->count > 0 && bsearch(address, f->address, f->count, sizeof(*f->address),
				       compare_addresses) != NULL;
}

static int parse(const struct pool_edit *e, const char *text, size_t len, struct pool_file *ret,
		 struct err *err)
{
	return pool_file_parse(e->coin, e->network, e->name, text, len, e->json, ret, e->mistakes,
			       err);
}

static size_t add_lines(const struct pool_file *have, const struct pool_file *wanted,
			struct buf *out)
{
	size_t added = 0;

	if (out->len > 0 && out->data[out->len - 1] != '\n')
		(void)buf_putc(out, '\n');
	for (size_t i = 0; i < wanted->count; i++) {
		if (file_has(have, wanted->address[i]))
			continue;
		(void)buf_printf(out, "%s\n", wanted->address[i]);
		added++;
	}
	return added;
}

/* The bracket that closes the list: addresses and checked JSON hold no other in between. */
static const char *list_end(const struct pool_edit *e, const char *text)
{
	char key[32];
	const char *list;

	if (text[strspn(text, " \t\r\n")] == '[')
		return strrchr(text, ']');
	(void)snprintf(key, sizeof(key), "\"%s_addresses\"", coin_info(e->coin)->key);
	list = strstr(text, key);
	return list != NULL ? strchr(list, ']') : NULL;
}

static size_t add_items(const char *text, const char *end, const struct pool_file *have,
			const struct pool_file *wanted, struct buf *out)
{
	const char *last = end; /* one past what stands before the bracket and its space */
	size_t added = 0;

	while (last > text && strchr(" \t\r\n", last[-1]) != NULL)
		last--;
	(void)buf_append(out, text, (size_t)(last - text));
	for (size_t i = 0; i < wanted->count; i++) {
		if (file_has(have, wanted->address[i]))
			continue;
		(void)buf_printf(out, "%s\n    \"%s\"", added > 0 || last[-1] != '[' ? "," : "",
				 wanted->address[i]);
		added++;
	}
	(void)buf_printf(out, "%s%s", last == end ? "\n" : "", last);
	return added;
}

static int add_to_json(const struct pool_edit *e, const char *text, const struct pool_file *have,
		       const struct pool_file *wanted, struct buf *out, size_t *ret_added,
		       struct err *err)
{
	const char *end = list_end(e, text);

	if (end == NULL)
		return err_set(err, ERR_INVALID, "'%s': cannot find the end of the list", e->name);
	*ret_added = add_items(text, end, have, wanted, out);
	return 0;
}

/* Does the new text hold all that was there, and all that was wanted? */
static int check_result(const struct pool_edit *e, const struct buf *out, size_t count,
			const struct pool_file *wanted, struct err *err)
{
	struct pool_file again;
	int rc = parse(e, buf_text(out), out->len, &again, err);

	sort_file(&again);
	if (rc == 0 && again.count != count)
		rc = ERR_INVALID;
	for (size_t i = 0; rc == 0 && i < wanted->count; i++)
		if (!file_has(&again, wanted->address[i]))
			rc = ERR_INVALID;
	pool_file_release(&again);
	if (rc < 0)
		return err_set(err, ERR_INVALID,
			       "'%s' has a form that this program cannot add to: "
			       "edit it by hand",
			       e->name);
	return 0;
}

static int add_to_text(const struct pool_edit *e, const char *text, size_t len,
		       const struct pool_file *have, const struct pool_file *wanted,
		       struct buf *out, size_t *ret_added, struct err *err)
{
	if (e->json)
		return add_to_json(e, text, have, wanted, out, ret_added, err);
	(void)buf_append(out, text, len);
	*ret_added = add_lines(have, wanted, out);
	return 0;
}

int pool_edit_add(const struct pool_edit *e, const char *text, size_t len,
		  const struct pool_file *wanted, struct buf *out, size_t *ret_added,
		  struct err *err)
{
	struct pool_file have;
	char empty[48];
	size_t added = 0;
	int rc;

	if (e->json && len == 0) {
		len = (size_t)snprintf(empty, sizeof(empty), "{\"%s_addresses\": []}\n",
				       coin_info(e->coin)->key);
		text = empty;
	}
	rc = parse(e, text, len, &have, err);
	sort_file(&have);
	if (rc == 0)
		rc = add_to_text(e, text, len, &have, wanted, out, &added, err);
	if (rc == 0 && out->failed)
		rc = err_set(err, ERR_INVALID, "'%s' would grow too large", e->name);
	if (rc == 0)
		rc = check_result(e, out, have.count + added, wanted, err);
	if (rc == 0)
		*ret_added = added;
	pool_file_release(&have);
	return rc;
}

/* --- the file ------------------------------------------------------------------------------- */

static int write_all(int fd, const char *text, size_t len, struct err *err)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, "cannot write");
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int keep_owner(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? 0 : err_set_errno(err, "cannot look at '%s'", path);
	if (fchown(fd, st.st_uid, st.st_gid) < 0 || fchmod(fd, st.st_mode & 07777) < 0)
		return err_set_errno(err, "cannot keep owner and mode of '%s'", path);
	return 0;
}

static int write_temporary(int fd, const char *path, const char *text, size_t len, struct err *err)
{
	int rc = keep_owner(fd, path, err);

	if (rc == 0)
		rc = write_all(fd, text, len, err);
	if (rc == 0 && fsync(fd) < 0)
		rc = err_set_errno(err, "cannot sync");
	return rc;
}

static int open_temporary(const char *tmp, struct err *err)
{
	int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd >= 0)
		return fd;
	if (errno == EEXIST)
		return err_set(err, ERR_EXISTS,
			       "'%s' is there: another tellerctl is at work, or one was "
			       "interrupted; then remove it",
			       tmp);
	return err_set_errno(err, "cannot make '%s'", tmp);
}

/* `path` is no symbolic link. */
static int replace(const char *path, const char *text, size_t len, struct err *err)
{
	char tmp[PATH_MAX + 8];
	int fd, rc;

	(void)snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	fd = open_temporary(tmp, err);
	if (fd < 0)
		return fd;
	rc = write_temporary(fd, path, text, len, err);
	(void)close(fd); /* synced: nothing is left to fail */
	if (rc == 0 && rename(tmp, path) < 0)
		rc = err_set_errno(err, "cannot rename '%s'", tmp);
	if (rc < 0) {
		(void)unlink(tmp);
		return rc;
	}
	return file_sync_folder(path, err);
}

int pool_edit_replace(const char *path, const char *text, size_t len, struct err *err)
{
	char target[PATH_MAX];

	if (realpath(path, target) != NULL)
		return replace(target, text, len, err);
	if (errno != ENOENT || strlen(path) >= sizeof(target))
		return err_set_errno(err, "cannot look at '%s'", path);
	return replace(path, text, len, err);
}
