/* Enters the sandbox when the daemon has started and before the loop hands it the first answer of a
 * stranger, and tells what the kernel could not hold back: nothing of that is passed in silence.
 *
 * Whatever SQLite could no longer do inside is done before: the folder of the database is synced
 * (the write-ahead log may be a new file), and the write-ahead log stays at the end (removing it
 * would need a right to remove files beside the wallet). */
#include "common/daemon/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/daemon/ready.h"
#include "common/loop/loop_uv.h"

#define TEXT_MAX 1024

struct confine {
	const struct conf *conf;
	struct errands *errands; /* NULL: the sandbox is off */
	struct sandbox_plan plan;
	struct sandbox_report report;
	struct health *health;
	uv_async_t refusal;
	unsigned refused; /* told so far */
	char pidfile[CONF_PATH_MAX];
	struct confine_files files;
	char text[TEXT_MAX];
};

/* A signal handler knows no argument. */
static struct confine *the_confine;

void confine_files_add(struct confine_files *f, const char *path)
{
	memcpy(f->path[f->count++], path, strlen(path) + 1);
}

/* --- errands --------------------------------------------------------------------------------- */

static int open_log(void *arg, int *ret_fd, struct err *err)
{
	struct confine *c = arg;

	return errands_open_log(c->errands, ret_fd, err);
}

static int start_errands(struct confine *c, struct err *err)
{
	struct errands_paths paths = { .log = c->conf->logfile, .pidfile = c->pidfile };
	int rc;

	for (; paths.files < c->files.count; paths.files++)
		paths.file[paths.files] = c->files.path[paths.files];
	rc = errands_start(&paths, c->conf->sandbox, &c->errands, err);

	if (rc == 0)
		log_set_opener(open_log, c);
	return rc;
}

int confine_new(const struct conf *conf, const char *daemon, const struct confine_files *files,
		struct confine **ret, struct err *err)
{
	struct confine *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return err_set(err, ERR_FATAL, "out of memory");
	c->conf = conf;
	c->files = *files;
	rc = conf_pidfile(conf, daemon, c->pidfile, sizeof(c->pidfile), err);
	if (rc == 0 && conf->sandbox != SANDBOX_OFF)
		rc = start_errands(c, err);
	if (rc < 0)
		confine_free(c);
	else
		*ret = c;
	return rc;
}

void confine_leave_loop(struct confine *c)
{
	if (c != NULL)
		sandbox_on_refusal(NULL);
}

void confine_free(struct confine *c)
{
	if (c == NULL)
		return;
	log_set_opener(NULL, NULL);
	errands_end(c->errands);
	sandbox_plan_release(&c->plan);
	the_confine = NULL;
	free(c);
}

static int open_here(const char *path, int *ret_fd, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return err_set_path_errno(err, "cannot open '%s'", path);
	*ret_fd = fd;
	return 0;
}

int confine_open(struct confine *c, const char *path, int *ret_fd, struct err *err)
{
	if (c == NULL || c->errands == NULL)
		return open_here(path, ret_fd, err);
	for (unsigned i = 0; i < c->files.count; i++)
		if (strcmp(c->files.path[i], path) == 0)
			return errands_open_file(c->errands, i, ret_fd, err) < 0
				       ? err_wrap(err, "cannot open '%s'", path)
				       : 0;
	return err_set(err, ERR_INVALID, "'%s' is none of the files that may be read", path);
}

int confine_remove_pidfile(struct confine *c, struct err *err)
{
	if (c->errands != NULL)
		return errands_remove_pidfile(c->errands, err);
	if (unlink(c->pidfile) < 0)
		return err_set_errno(err, "cannot remove '%s'", c->pidfile);
	return 0;
}

/* --- what is told ---------------------------------------------------------------------------- */

const char *confine_text(const struct confine *c)
{
	return c->text;
}

static void describe(struct confine *c)
{
	struct buf lacks = BUF_INIT(TEXT_MAX - 1);

	sandbox_print_lacks(&c->plan, &c->report, &lacks);
	(void)snprintf(c->text, sizeof(c->text), "%s",
		       !c->report.entered ? "off"
		       : lacks.len == 0	  ? "full"
					  : buf_text(&lacks));
	buf_release(&lacks);
}

/* A whole part that is missing wants a person; what only a newer kernel has does not. */
static void tell(const struct confine *c)
{
	if (!c->report.entered)
		log_warn("sandbox_off", "why=\"sandbox = off\"");
	else if (strcmp(c->text, "full") == 0)
		log_info("sandbox_entered", "landlock_abi=%d", c->report.landlock_abi);
	else if (c->report.landlock_abi == 0 || !c->report.seccomp)
		log_watch("sandbox_missing", "lacks=\"%s\"", c->text);
	else
		log_warn("sandbox_incomplete", "landlock_abi=%d lacks=\"%s\"",
			 c->report.landlock_abi, c->text);
}

static void check_files(const struct confine *c)
{
	const char *lost = c->report.entered ? sandbox_lost(&c->plan) : NULL;

	if (lost == NULL)
		health_clear(c->health, "sandbox_files");
	else
		health_raise(
			c->health, "sandbox_files",
			"'%s' was replaced since the daemon entered its sandbox, and it cannot "
			"read the new one: restart it, which is safe at any time",
			lost);
}

static void check_calls(const struct confine *c)
{
	struct buf names = BUF_INIT(512);

	if (sandbox_refused(&names) > 0)
		health_raise(c->health, "sandbox_refused",
			     "the sandbox refused system calls: %s; this may be an intruder, or a "
			     "library that is newer than this program: find out which",
			     buf_text(&names));
	buf_release(&names);
}

void confine_check(const struct confine *c)
{
	if (c->health == NULL)
		return;
	check_files(c);
	check_calls(c);
}

/* --- refused system calls -------------------------------------------------------------------- */

static void on_refusal(void)
{
	(void)uv_async_send(&the_confine->refusal);
}

/* In the loop, some time after it happened; several may be told together. */
static void on_refusal_told(uv_async_t *handle)
{
	struct confine *c = handle->data;
	struct buf names = BUF_INIT(512);
	unsigned refused = sandbox_refused(&names);

	if (c->refused == 0)
		log_watch("sandbox_refused", "calls=\"%s\"", buf_text(&names));
	c->refused = refused;
	buf_release(&names);
	check_calls(c);
}

static int hear_refusals(struct confine *c, struct loop *l, struct err *err)
{
	int rc = uv_async_init(loop_uv(l), &c->refusal, on_refusal_told);

	if (rc < 0)
		return err_set(err, ERR_FATAL, "cannot hear of refused calls: %s", uv_strerror(rc));
	c->refusal.data = c;
	the_confine = c;
	sandbox_on_refusal(on_refusal);
	return 0;
}

/* --- entering -------------------------------------------------------------------------------- */

struct sandbox_plan *confine_plan(struct confine *c)
{
	return &c->plan;
}

static int prepare(struct confine *c, struct loop *l, struct store *s, struct err *err)
{
	int rc = s != NULL ? store_keep_wal(s, err) : 0;

	if (rc == 0 && s != NULL)
		rc = file_sync_folder(c->conf->dbfile, err);
	if (rc == 0)
		rc = hear_refusals(c, l, err);
	if (rc == 0)
		ready_connect();
	return rc;
}

int confine_enter(struct confine *c, struct loop *l, struct store *s, struct health *h,
		  struct err *err)
{
	int rc = c->conf->sandbox != SANDBOX_OFF ? prepare(c, l, s, err) : 0;

	if (rc == 0)
		rc = sandbox_enter(&c->plan, c->conf->sandbox, &c->report, err);
	if (rc < 0)
		return rc;
	c->health = h;
	describe(c);
	tell(c);
	confine_check(c);
	return 0;
}
