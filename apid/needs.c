/* The database, to read: it is opened once more inside (daemon.c), so that neither its file nor its
 * write-ahead log is open for writing.  The -shm file is: readers of a write-ahead log say there
 * what they read, and it was mapped before.  Whoever has taken apid over could disturb the others'
 * readers through it, and nobody's rows.
 *
 * The pages and challenges of certificate authorities, to read; the folder for copies, where a
 * backup is made.  No port to connect to: the other daemons are reached by sockets with a path,
 * which Landlock leaves alone. */
#include "apid/needs.h"

#include <stdio.h>

#include "apid/api.h"
#include "apid/https.h"
#include "apid/static_files.h"

static void need_beside(struct sandbox_plan *p, unsigned rights, const char *dbfile,
			const char *suffix)
{
	char path[CONF_PATH_MAX + 8];

	(void)snprintf(path, sizeof(path), "%s%s", dbfile, suffix);
	sandbox_allow(p, rights, path);
}

static void need_database(struct sandbox_plan *p, const char *dbfile)
{
	need_beside(p, SANDBOX_READ, dbfile, "");
	need_beside(p, SANDBOX_READ, dbfile, "-wal");
	need_beside(p, SANDBOX_READ | SANDBOX_WRITE, dbfile, "-shm");
}

static void need_copies(struct sandbox_plan *p, const char *dbfile)
{
	char folder[CONF_PATH_MAX];

	api_backup_folder(dbfile, folder);
	sandbox_allow(p,
		      SANDBOX_READ | SANDBOX_WRITE | SANDBOX_MAKE | SANDBOX_REMOVE | SANDBOX_LIST,
		      folder);
}

static void need_pages(struct sandbox_plan *p, const struct static_files *pages)
{
	if (pages == NULL)
		return;
	sandbox_allow(p, SANDBOX_READ | SANDBOX_LIST, static_files_folder(pages));
	if (static_files_lender(pages) != NULL)
		sandbox_allow(p, SANDBOX_READ, static_files_lender(pages));
}

void apid_needs(const struct daemon *d, struct sandbox_plan *p)
{
	const struct apid *a = d->state;

	need_database(p, d->conf->dbfile);
	need_copies(p, d->conf->dbfile);
	https_needs(d->conf, p);
	for (int i = 0; i < LISTENER_COUNT; i++)
		need_pages(p, a->listener[i].pages);
}
