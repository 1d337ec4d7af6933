/* GET /api/backup: a consistent copy of the database while it is written to.  The copy is made by a
 * worker with a connection of its own, into an unlinked file beside the database, so that the loop
 * goes on serving and nothing is left behind whatever happens. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "common/base/clock.h"
#include "common/loop/loop_uv.h"

struct backup {
	uv_work_t work;
	struct http_request *request;
	char dbfile[CONF_PATH_MAX];
	char copy[CONF_PATH_MAX + 32];
	int fd;
	uint64_t size;
	int rc;
	struct err err;
};

static bool stopping; /* the requests are gone */

void api_backup_stop(void)
{
	stopping = true;
}

static int copy_database(struct backup *b)
{
	struct store *s = NULL;
	int rc = store_open(b->dbfile, STORE_READER, &s, &b->err);

	if (rc == 0)
		rc = store_backup(s, b->copy, &b->err);
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

static void on_done(uv_work_t *work, int status)
{
	struct backup *b = work->data;
	char name[80];

	if (stopping) {
		if (b->fd >= 0)
			(void)close(b->fd);
	} else if (status < 0 || b->rc < 0) {
		answer_error(b->request, 500, "backup failed: %s", b->err.text);
	} else {
		(void)snprintf(name, sizeof(name), "attachment; filename=\"teller-%" PRId64 ".db\"",
			       clock_unix());
		http_add_header(b->request, "Content-Disposition", name);
		http_reply_fd(b->request, 200, "application/octet-stream", b->fd, b->size);
	}
	free(b);
}

void api_backup(struct apid *a, struct http_request *r)
{
	static unsigned serial;
	struct backup *b = calloc(1, sizeof(*b));
	struct err err = { .text = "out of memory" };

	if (b == NULL) {
		answer_internal(r, &err);
		return;
	}
	b->work.data = b;
	b->request = r;
	b->fd = -1;
	(void)snprintf(b->err.text, sizeof(b->err.text), "stopped");
	(void)snprintf(b->dbfile, sizeof(b->dbfile), "%s", a->d->conf->dbfile);
	(void)snprintf(b->copy, sizeof(b->copy), "%s.backup-%d-%u", a->d->conf->dbfile,
		       (int)getpid(), serial++);
	(void)uv_queue_work(loop_uv(a->d->loop), &b->work, on_work, on_done);
}
