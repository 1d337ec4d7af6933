/* A copy taken in one read of the database: in WAL mode that is one moment in time, and nobody
 * waits for it.  The copy gets its name only when all of it is on disk. */
#include "common/store/store.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/fault.h"
#include "common/base/file.h"
#include "common/store/stmt.h"

#define PAGES_PER_STEP 256 /* 1 MiB: how soon a cancelled one ends */

static bool is_cancelled(const atomic_bool *cancelled)
{
	FAULT_HOLD("store.backup.step");
	return atomic_load(cancelled);
}

static int copy_pages(struct store *s, sqlite3 *to, const char *path, const atomic_bool *cancelled,
		      struct err *err)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", s->db, "main");
	int rc = SQLITE_OK;

	while (b != NULL && rc == SQLITE_OK && !is_cancelled(cancelled))
		rc = sqlite3_backup_step(b, PAGES_PER_STEP);
	if (b != NULL && rc == SQLITE_OK) { /* not at its end */
		(void)sqlite3_backup_finish(b);
		return err_set(err, ERR_BUSY, "backup of '%s' was cancelled", s->path);
	}
	/* _finish() gives the error of the steps, too */
	rc = b != NULL ? sqlite3_backup_finish(b) : sqlite3_extended_errcode(to);
	if (rc == SQLITE_OK)
		return 0;
	return err_set(err, (rc & 0xff) == SQLITE_BUSY ? ERR_BUSY : ERR_IO,
		       "cannot copy database '%s' to '%s': %s", s->path, path, sqlite3_errstr(rc));
}

/* All steps see the moment of the first: the read transaction round them pins it. */
static int copy_moment(struct store *s, sqlite3 *to, const char *path, const atomic_bool *cancelled,
		       struct err *err)
{
	int rc = store_exec(s, "BEGIN; SELECT 1 FROM sqlite_schema", err);

	if (rc == 0)
		rc = copy_pages(s, to, path, cancelled, err);
	if (sqlite3_get_autocommit(s->db) == 0)
		(void)store_exec(s, "ROLLBACK", NULL); /* nothing was written */
	return rc;
}

/* Fill the file that is there.  It needs no journal: when this fails it is thrown away. */
static int copy_into(struct store *s, const char *path, const atomic_bool *cancelled,
		     struct err *err)
{
	sqlite3 *to = NULL;
	int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL,
				  NULL, NULL);
	if (rc == SQLITE_OK)
		rc = copy_moment(s, to, path, cancelled, err);
	else
		rc = err_set(err, ERR_IO, "cannot write backup '%s': %s", path, sqlite3_errstr(rc));
	(void)sqlite3_close(to); /* what it wrote is synced by its file descriptor */
	return rc;
}

static int backup_through(struct store *s, int fd, const char *temporary, const char *path,
			  const atomic_bool *cancelled, struct err *err)
{
	int rc = copy_into(s, temporary, cancelled, err);

	if (rc < 0)
		return rc;
	if (fsync(fd) < 0)
		return err_set_errno(err, "cannot sync backup '%s'", temporary);
	FAULT("store.backup.before");
	if (rename(temporary, path) < 0)
		return err_set_errno(err, "cannot rename backup '%s' to '%s'", temporary, path);
	return file_sync_folder(path, err);
}

int store_backup(struct store *s, const char *path, const atomic_bool *cancelled, struct err *err)
{
	char temporary[4096];
	int fd, rc;

	assert(!s->begun);
	if (snprintf(temporary, sizeof(temporary), "%s.tmp", path) >= (int)sizeof(temporary))
		return err_set(err, ERR_INVALID, "backup path is too long");
	if (access(path, F_OK) == 0)
		return err_set(err, ERR_EXISTS, "backup '%s' is there already", path);
	(void)unlink(temporary); /* left by one that was killed; open() reports the rest */
	fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set_errno(err, "cannot create backup '%s'", temporary);
	rc = backup_through(s, fd, temporary, path, cancelled, err);
	if (rc < 0)
		(void)unlink(temporary);
	(void)close(fd);
	return rc;
}
