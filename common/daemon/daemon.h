/* What every daemon's main would repeat: arguments, configuration, log, data directory, lock and
 * pid file, database, loop, signals, socket, orderly stop.
 *
 *   int main(int argc, char **argv) { return daemon_main(argc, argv, &scannerd_daemon); }
 *
 * Only what a person must mend (a mistake in the configuration, a foreign or newer database: exit
 * 2) or a second daemon of the same kind on the same data directory (exit 1) ends the program;
 * everything else is waited for with back-off and shown in health. */
#ifndef TELLER_COMMON_DAEMON_DAEMON_H
#define TELLER_COMMON_DAEMON_DAEMON_H

#include "common/conf/conf.h"
#include "common/daemon/commit_group.h"
#include "common/daemon/confine.h"
#include "common/daemon/health.h"
#include "common/ipc/ipc_server.h"
#include "common/loop/loop.h"
#include "common/store/store.h"

/* What a daemon's rooms are given. */
struct daemon {
	const struct conf *conf;
	struct loop *loop;
	struct store *store;
	struct commit_group *commits; /* NULL for a reader */
	struct health *health;
	struct ipc_server *server; /* NULL for apid: nobody asks it */
	struct confine *confine;   /* NULL for a daemon without a sandbox */
	void *state;		   /* what start() made */
};

struct daemon_def {
	const char *name;
	enum ipc_role role;
	enum store_role store_role;
	const char *summary; /* one sentence for --help */
	/* Make the rooms.  ERR_BUSY and ERR_IO: all is undone and tried again, with back-off.
	 * Others end the program with their text, exit status 2 for ERR_INVALID, else 1.  When it
	 * fails after it has set d->state, stop() is called. */
	int (*start)(struct daemon *d, struct err *err);
	/* Name what is still needed once start() has worked: the sandbox closes before the loop
	 * brings the first answer or message, and for good.  NULL: the daemon has none. */
	void (*confine)(const struct daemon *d, struct sandbox_plan *p);
	/* Files that are read again while the sandbox is closed, by confine_open(); their folders
	 * must exist.  NULL: none. */
	int (*reads)(const struct conf *conf, struct confine_files *ret, struct err *err);
	/* Stop in good order: no new work.  Called before the loop is closed, or before a start
	 * that failed is tried again. */
	void (*stop)(struct daemon *d);
	/* A question for this daemon, `health` included (daemon_health_reply() helps).
	 * NULL: apid. */
	void (*on_ask)(struct daemon *d, struct ipc_ask *ask, const struct message *m);
	/* SIGHUP, after the log was reopened; may be NULL. */
	void (*on_hup)(struct daemon *d);
};

int daemon_main(int argc, char **argv, const struct daemon_def *def);

/* Fill name, version, uptime and problems of a health_reply; the caller adds error, balance,
 * detail (a JSON text, or NULL for {}) and answers. */
void daemon_health_reply(const struct daemon *d, const char *name, struct message *reply);
/* <dir>/run/<name>.sock */
int daemon_socket_path(const struct conf *conf, const char *name, char *ret, size_t size,
		       struct err *err);
#endif
