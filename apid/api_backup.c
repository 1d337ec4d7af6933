/* GET /api/backup: a consistent copy of the database while it is written to.  The copy is made by a
 * worker with a connection of its own, into a file whose name is gone before the first byte is
 * sent: the loop goes on serving, and nothing is left behind but by a kill, and that at the next
 * start. Copies have a folder of their own beside the database, the one place where apid may make
 * files. One at a time: a copy takes the disk's time and room. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/daemon/disk.h"
#include "common/loop/loop_uv.h"

#define FOLDER	    "backup"
#define COPY_PREFIX "copy-"
#define FOLDER_MODE 0700
#define ROOM_LEFT   (128U << 20) /* bytes that a copy leaves free */
#define RETRY_S	    "10"	 /* a script asks again then */

struct backup {
	uv_work_t work;
	struct apid *apid;
	struct http_request *request; /* NULL: forgotten, as is `apid` */
	char dbfile[CONF_PATH_MAX];
	char copy[CONF_PATH_MAX + 48];
	atomic_bool cancelled;
	int fd;
	uint64_t size;
	int rc;
	struct err err;
};

/* --- the worker's part ----------------------------------------------------------------------- */

static int copy_database(struct backup *b)
{
	struct store *s = NULL;
	int rc = store_open(b->dbfile, STORE_READER, &s, &b->err);

	if (rc == 0)
		rc = store_backup(s, b->copy, &b->cancelled, &b->err);
	store_close(s);
	return rc;
}

static int open_copy(struct backup *b)
{
	struct stat st;

	b->fd = open(b->copy, O_RDONLY | O_CLOEXEC);
	if (b->fd < 0 || fstat(b->fd, &st) < 0)
		return err_set_errno(&b->err, "cannot read the copy '%s'", b->copy);
	b->size = (uint64_t)st.st_size;
	return 0;
}

static void on_work(uv_work_t *work)
{
	struct backup *b = work->data;

	b->rc = copy_database(b);
	if (b->rc == 0)
		b->rc = open_copy(b);
	(void)unlink(b->copy); /* may not be there after a failure */
}

/* --- the loop's part ------------------------------------------------------------------------- */

/* Whoever looks at the log later wants to know of every copy, and why there is none of that day. */
static void answer_failure(struct http_request *r, const struct err *err)
{
	log_error("backup_failed", "error=\"%s\"", err->text);
	answer_error(r, 500, "backup failed: %s", err->text);
}

/* The descriptor is the answer's from here on. */
static void answer_copy(struct backup *b)
{
	char name[80];

	log_info("backup_made", "bytes=%" PRIu64, b->size);
	(void)snprintf(name, sizeof(name), "attachment; filename=\"teller-%" PRId64 ".db\"",
		       clock_unix());
	http_add_header(b->request, "Content-Disposition", name);
	http_reply_fd(b->request, 200, "application/octet-stream", b->fd, b->size);
	b->fd = -1;
}

static void on_done(uv_work_t *work, int status)
{
	struct backup *b = work->data;

	if (b->request != NULL) {
		b->apid->backup = NULL;
		if (status == 0 && b->rc == 0)
			answer_copy(b);
		else
			answer_failure(b->request, &b->err);
	}
	if (b->fd >= 0)
		(void)close(b->fd);
	free(b);
}

static struct backup *backup_new(struct apid *a, struct http_request *r)
{
	static unsigned serial;
	struct backup *b = calloc(1, sizeof(*b));
	char folder[CONF_PATH_MAX];

	if (b == NULL)
		return NULL;
	b->work.data = b;
	b->apid = a;
	b->request = r;
	b->fd = -1;
	(void)err_set(&b->err, ERR_BUSY, "stopped");
	(void)snprintf(b->dbfile, sizeof(b->dbfile), "%s", a->d->conf->dbfile);
	api_backup_folder(b->dbfile, folder);
	(void)snprintf(b->copy, sizeof(b->copy), "%s/" COPY_PREFIX "%d-%u", folder, (int)getpid(),
		       serial++);
	return b;
}

/* A copy must not take the room that deposits need: a full disk stops the sale. */
static int check_room(const struct conf *conf, struct err *err)
{
	uint64_t size = disk_file_size(conf->dbfile) + disk_wal_size(conf->dbfile);
	uint64_t have = disk_free(conf->dir);

	if (have >= size + ROOM_LEFT)
		return 0;
	return err_set(err, ERR_IO,
		       "a copy may need %" PRIu64 " MiB, and %" PRIu64 " MiB are free, of which %u "
		       "must stay free: make room",
		       size >> 20, have >> 20, ROOM_LEFT >> 20);
}

static void answer_busy(struct http_request *r)
{
	http_add_header(r, "Retry-After", RETRY_S);
	answer_error(r, 503, "another backup is being made: try again in " RETRY_S " seconds");
}

void api_backup(struct apid *a, struct http_request *r)
{
	struct err err;

	if (a->backup != NULL)
		return answer_busy(r);
	if (check_room(a->d->conf, &err) < 0)
		return answer_failure(r, &err);
	a->backup = backup_new(a, r);
	if (a->backup == NULL)
		return answer_internal(r, &(struct err){ .text = "out of memory" });
	(void)uv_queue_work(loop_uv(a->d->loop), &a->backup->work, on_work, on_done);
}

void api_backup_cancel(struct apid *a)
{
	if (a->backup == NULL)
		return;
	atomic_store(&a->backup->cancelled, true);
	(void)uv_cancel((uv_req_t *)&a->backup->work); /* works if it has not begun */
}

void api_backup_forget(struct apid *a)
{
	if (a->backup == NULL)
		return;
	api_backup_cancel(a); /* it may have been asked for after the stop began */
	a->backup->request = NULL;
	a->backup = NULL;
}

void api_backup_folder(const char *dbfile, char ret[CONF_PATH_MAX])
{
	char file[CONF_PATH_MAX];

	(void)snprintf(file, sizeof(file), "%s", dbfile);
	(void)snprintf(ret, CONF_PATH_MAX, "%s/" FOLDER, dirname(file));
}

static void remove_copies(DIR *dir)
{
	const struct dirent *entry;

	while ((entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, COPY_PREFIX, sizeof(COPY_PREFIX) - 1) == 0 &&
		    unlinkat(dirfd(dir), entry->d_name, 0) == 0)
			log_info("backup_removed",
				 "file=\"%s\" why=\"left by a process that died\"", entry->d_name);
}

int api_backup_prepare(const char *dbfile, struct err *err)
{
	char folder[CONF_PATH_MAX];
	DIR *dir;

	api_backup_folder(dbfile, folder);
	if (mkdir(folder, FOLDER_MODE) < 0 && errno != EEXIST)
		return err_set_path_errno(err, "cannot make the folder '%s'", folder);
	dir = opendir(folder);
	if (dir == NULL)
		return err_set_path_errno(err, "cannot open the folder '%s'", folder);
	remove_copies(dir);
	(void)closedir(dir);
	return 0;
}
