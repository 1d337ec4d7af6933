/* The room a daemon locks itself into once it has read what it needs: Landlock (which files, which
 * TCP ports), seccomp (which system calls), no new privileges, no capabilities.  There is no way
 * out of it, and no way to widen it.
 *
 * A daemon says in a plan what it still needs; whatever is not in the plan is refused.  Files that
 * are open already stay open and need no row.  Examples:
 *
 *   senderd:  sandbox_allow(plan, SANDBOX_REMOVE, "<dir>/run");          its socket, at its end
 *             sandbox_allow_tcp(plan, 6420); sandbox_allow_names(plan);  the node
 *             sandbox_allow_trust(plan, NULL);                           its certificate
 *   a daemon that reads the database: READ | WRITE for the file, its -wal and its -shm (readers
 *             write in the -shm), no MAKE and no REMOVE: a connection of another daemon must be
 *             what makes these files.  Without WRITE for the first two, SQLite opens them
 * read-only. one that serves files: READ | LIST for their folder, READ for a certificate's folder
 * (not for the file: whoever renews it makes a new one). one whose backup makes files: READ | WRITE
 * | MAKE | REMOVE for a folder of their own.
 *
 * A rule of a file is a rule of that file, not of its name: a file that is replaced later is
 * refused until the next start (sandbox_lost() tells); a rule of a folder holds for all below.
 * What Landlock does not know at all: looking at a file (stat), listing nothing but knowing a name,
 * connecting to a socket that has a path, UDP. */
#ifndef TELLER_COMMON_SANDBOX_SANDBOX_H
#define TELLER_COMMON_SANDBOX_SANDBOX_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/sandbox/sandbox_mode.h"

enum sandbox_right {
	SANDBOX_READ = 1 << 0,	 /* the content of files */
	SANDBOX_WRITE = 1 << 1,	 /* into files that are there */
	SANDBOX_MAKE = 1 << 2,	 /* files in a folder; to open what was made takes READ or WRITE */
	SANDBOX_REMOVE = 1 << 3, /* files out of a folder */
	SANDBOX_LIST = 1 << 4,	 /* the names in a folder */
};

#define SANDBOX_PATHS_MAX 48
#define SANDBOX_PORTS_MAX 96

struct sandbox_path {
	char *path;
	unsigned rights;	/* enum sandbox_right */
	bool readable;		/* a file that could be read when the sandbox was entered */
	uint64_t device, inode; /* of that file */
};

struct sandbox_plan {
	struct sandbox_path path[SANDBOX_PATHS_MAX];
	unsigned path_count;
	uint16_t tcp[SANDBOX_PORTS_MAX]; /* where connections may go */
	unsigned tcp_count;
	bool names;    /* host names are looked up */
	bool internet; /* IPv4 and IPv6 sockets are made */
	bool overflow; /* more rows than places: entering fails */
};

/* What this kernel can hold, found out when the sandbox was entered. */
struct sandbox_report {
	bool entered;
	int landlock_abi; /* 0: no Landlock */
	bool seccomp;
};

/* A path that does not exist when the sandbox is entered is no mistake: nothing of it is allowed.
 * The same path again adds rights.  The text is copied. */
void sandbox_allow(struct sandbox_plan *p, unsigned rights, const char *path);
/* Connections to this port of any host. */
void sandbox_allow_tcp(struct sandbox_plan *p, uint16_t port);
/* What getaddrinfo() reads and asks. */
void sandbox_allow_names(struct sandbox_plan *p);
/* The system's certificate authorities, or one certificate file instead of them. */
void sandbox_allow_trust(struct sandbox_plan *p, const char *ca_file);
void sandbox_plan_release(struct sandbox_plan *p);

/* For ever.  ERR_INVALID: the mode is `required` and this kernel has no Landlock or no seccomp;
 * ERR_FATAL: anything else went wrong, the process may be half inside and must end.  Threads would
 * stay outside, so there may be none yet. */
int sandbox_enter(struct sandbox_plan *p, enum sandbox_mode mode, struct sandbox_report *ret,
		  struct err *err);

/* What of the plan this kernel cannot hold back, a sentence each with what would be needed, joined
 * by "; "; empty: nothing. */
void sandbox_print_lacks(const struct sandbox_plan *p, const struct sandbox_report *r,
			 struct buf *out);
/* A file of the plan that was replaced since and can no longer be read, or NULL. */
const char *sandbox_lost(const struct sandbox_plan *p);

/* System calls that were refused since the start: how many, and the names of the first few.  The
 * caller of such a call got ENOSYS, as from a kernel that does not have it. */
unsigned sandbox_refused(struct buf *ret_names);
/* Called in a signal handler when one was refused; may be NULL. */
void sandbox_on_refusal(void (*fn)(void));

#endif
