/* The life of a daemon, the same for all four:
 *
 *   arguments -> configuration -> log -> run directory, lock, pid file -> loop
 *     -> database -> start() -> socket -> sandbox -> ready -> ... signal ...
 *     -> stop() -> socket, store, loop closed -> pid file removed
 *
 * When the world is not ready for the second line (a lock, a full disk, a taken port), it is tried
 * again with back-off, inside the loop, so that a signal is heard meanwhile.  Stopping has
 * a limit that no stuck call can outlast: an alarm, not a timer of the loop it might be stuck in.
 * A second SIGTERM ends the process by its default action: the first one gives the signal back. */
#include "common/daemon/daemon.h"

#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/version.h"
#include "common/daemon/daemon_args.h"
#include "common/daemon/ready.h"
#include "common/daemon/run_dir.h"
#include "common/loop/backoff.h"
#include "common/loop/loop_uv.h"

#define STOP_LIMIT_S	   5
#define START_RETRY_MS	   20
#define START_RETRY_MAX_MS 5000

enum { ON_TERM, ON_INT, ON_HUP, SIGNAL_COUNT };

struct running {
	struct daemon d;
	const struct daemon_def *def;
	struct conf *conf;
	struct ipc_users users;
	uv_signal_t signals[SIGNAL_COUNT];
	struct loop_timer *start_timer;
	struct backoff start_backoff;
	char start_error[ERR_TEXT_MAX]; /* said already */
	char pidfile[CONF_PATH_MAX];	/* "" when none was written */
	int lock_fd;
	bool started;
	int status;
};

static int64_t started_ms;

/* --- helpers for the daemons ---------------------------------------------------------------- */

int daemon_socket_path(const struct conf *conf, const char *name, char *ret, size_t size,
		       struct err *err)
{
	int n = snprintf(ret, size, "%s/run/%s.sock", conf->dir, name);

	if (n < 0 || (size_t)n >= size)
		return err_set(err, ERR_INVALID, "data directory '%s' has too long a name",
			       conf->dir);
	return 0;
}

void daemon_health_reply(const struct daemon *d, const char *name, struct message *reply)
{
	struct msg_health_reply *r = &reply->u.health_reply;
	struct buf problems = BUF_INIT(65536);

	reply->type = MSG_TYPE_health_reply;
	(void)snprintf(r->daemon, sizeof(r->daemon), "%s", name);
	(void)snprintf(r->version, sizeof(r->version), "%s", teller_version());
	r->uptime_ms = (uint64_t)(clock_mono_ms() - started_ms);
	if (d->confine != NULL)
		confine_check(d->confine);
	health_print(d->health, &problems);
	free(r->problems);
	r->problems = problems.data; /* the message's to free */
}

/* --- configuration -------------------------------------------------------------------------- */

static enum conf_reader conf_reader_of(enum ipc_role role)
{
	switch (role) {
	case IPC_SCANNERD: return CONF_FOR_SCANNERD;
	case IPC_EXCHANGERD: return CONF_FOR_EXCHANGERD;
	case IPC_SENDERD: return CONF_FOR_SENDERD;
	case IPC_APID: return CONF_FOR_APID;
	case IPC_TELLERCTL: break;
	}
	return CONF_FOR_ALL;
}

/* The keys ipc.<daemon>_user, in the order of conf->ipc_user. */
static int users_from_conf(const struct conf *conf, struct ipc_users *ret, bool *ret_shared,
			   struct err *err)
{
	uid_t *const uid[] = { &ret->scannerd, &ret->exchangerd, &ret->senderd, &ret->apid,
			       &ret->tellerctl };

	*ret_shared = false;
	for (size_t i = 0; i < sizeof(uid) / sizeof(uid[0]); i++) {
		const char *name = conf->ipc_user[i];
		const struct passwd *user = name[0] != '\0' ? getpwnam(name) : NULL;

		if (name[0] != '\0' && user == NULL)
			return err_set(err, ERR_INVALID,
				       "ipc.%s_user: there is no system user '%s'",
				       ipc_role_name(1U << i), name);
		*uid[i] = user != NULL ? user->pw_uid : geteuid();
		*ret_shared = *ret_shared || user != NULL;
	}
	return 0;
}

/* Messages, one a line, are for whoever typed the command. */
static int config_load(const struct daemon_args *args, enum conf_reader reader, struct conf **ret)
{
	struct buf messages = BUF_INIT((size_t)1 << 20);
	struct err err = { .text = "" };
	int rc = conf_load(args->config, args->dir, reader, ret, &messages, &err);

	(void)fputs(buf_text(&messages), stderr);
	if (rc < 0 && messages.len == 0)
		(void)fprintf(stderr, "%s\n", err.text);
	buf_release(&messages);
	return rc;
}

static int config_check(const struct daemon_args *args)
{
	struct conf *conf = NULL;
	struct ipc_users users;
	struct err err;
	bool shared;
	int rc = config_load(args, CONF_FOR_ALL, &conf);

	if (rc == 0 && (rc = users_from_conf(conf, &users, &shared, &err)) < 0)
		(void)fprintf(stderr, "%s\n", err.text);
	conf_free(conf);
	if (rc < 0)
		return EXIT_CONFIG;
	(void)puts("configuration is fine");
	return EXIT_SUCCESS;
}

static void log_config(const struct conf *conf)
{
	struct buf values = BUF_INIT((size_t)1 << 20);
	char *line, *rest;

	conf_print_values(conf, &values);
	for (rest = values.data; (line = strsep(&rest, "\n")) != NULL;)
		if (line[0] != '\0')
			log_debug("config", "%s", line);
	buf_release(&values);
}

/* --- the database, then the daemon's own rooms ---------------------------------------------- */

static void try_start(void *arg);

/* What this process cannot mend by waiting. */
static void give_up(struct running *r, const struct err *err)
{
	log_error("cannot_run", "reason=\"%s\"", err->text);
	(void)fprintf(stderr, "%s: %s\n", r->def->name, err->text);
	r->status = err->code == ERR_INVALID ? EXIT_CONFIG : EXIT_FAILURE;
	loop_stop(r->d.loop);
}

/* Said once, to the log and to whoever typed the command.  A lock (ERR_BUSY) is another daemon's
 * at work: that is not worth a person's attention. */
static void say_waiting(struct running *r, const struct err *err)
{
	if (strcmp(r->start_error, err->text) == 0)
		return;
	memcpy(r->start_error, err->text, sizeof(r->start_error));
	if (err->code == ERR_BUSY) {
		log_warn("waiting_to_start", "reason=\"%s\"", err->text);
		return;
	}
	log_watch("waiting_to_start", "reason=\"%s\"", err->text);
	(void)fprintf(stderr, "%s: %s; trying again until it works\n", r->def->name, err->text);
}

/* Back to before the database was opened. */
static void undo_start(struct running *r)
{
	if (r->d.commits != NULL)
		commit_group_flush(r->d.commits); /* calls into rooms that stop() frees */
	if (r->started && r->def->stop != NULL)
		r->def->stop(&r->d);
	r->started = false;
	r->d.state = NULL;
	ipc_server_free(r->d.server);
	r->d.server = NULL;
	commit_group_free(r->d.commits);
	r->d.commits = NULL;
	store_close(r->d.store);
	r->d.store = NULL;
}

static void wait_to_start(struct running *r, const struct err *err)
{
	undo_start(r);
	say_waiting(r, err);
	loop_timer_start(r->start_timer, backoff_next(&r->start_backoff));
}

static void on_ask(void *arg, struct ipc_ask *ask, const struct message *m)
{
	struct running *r = arg;

	r->def->on_ask(&r->d, ask, m);
}

static int listen_for_peers(struct running *r, struct err *err)
{
	char path[CONF_PATH_MAX];
	int rc;

	if (r->def->on_ask == NULL)
		return 0;
	rc = daemon_socket_path(r->conf, r->def->name, path, sizeof(path), err);
	if (rc < 0)
		return rc;
	return ipc_server_new(r->d.loop, path, r->def->role, &r->users, on_ask, r, &r->d.server,
			      err);
}

static int start_rooms(struct running *r, struct err *err)
{
	int rc;

	if (r->def->store_role != STORE_READER)
		r->d.commits = commit_group_new(r->d.loop, r->d.store);
	rc = r->def->start(&r->d, err);
	r->started = rc == 0 || r->d.state != NULL;
	return rc < 0 ? rc : listen_for_peers(r, err);
}

/* What was opened before can be written to, whatever the plan says; SQLite opens the write-ahead
 * log of a reader so.  The new connection comes first: the last one to leave would take the log
 * away. */
static int open_store_inside(struct running *r, struct err *err)
{
	struct store *inside = NULL;
	int rc;

	if (r->def->store_role != STORE_READER || r->conf->sandbox == SANDBOX_OFF)
		return 0;
	rc = store_open(r->conf->dbfile, STORE_READER, &inside, err);
	if (rc == 0)
		rc = store_keep_wal(inside, err);
	if (rc < 0) {
		store_close(inside);
		return rc;
	}
	store_close(r->d.store);
	r->d.store = inside;
	return 0;
}

/* No way back from here: start() cannot be undone and tried again, so it comes last. */
static int enter_sandbox(struct running *r, struct err *err)
{
	struct daemon *d = &r->d;
	int rc;

	if (d->confine == NULL)
		return 0;
	r->def->confine(d, confine_plan(d->confine));
	rc = confine_enter(d->confine, d->loop, d->store, d->health, err);
	if (rc == 0)
		rc = open_store_inside(r, err);
	if (rc == ERR_BUSY || rc == ERR_IO)
		rc = err->code = ERR_FATAL;
	return rc;
}

static void try_start(void *arg)
{
	struct running *r = arg;
	struct err err = { .text = "" };
	int rc = store_open(r->conf->dbfile, r->def->store_role, &r->d.store, &err);

	if (rc == ERR_FATAL) /* another's, a newer one, a damaged one: not worth a restart */
		rc = err.code = ERR_INVALID;
	if (rc == 0)
		rc = start_rooms(r, &err);
	if (rc == ERR_BUSY || rc == ERR_IO)
		return wait_to_start(r, &err);
	if (rc == 0)
		rc = enter_sandbox(r, &err);
	if (rc < 0)
		return give_up(r, &err);
	log_info("ready", "after_ms=%lld", (long long)(clock_mono_ms() - started_ms));
	ready_notify("READY=1");
}

/* --- signals -------------------------------------------------------------------------------- */

static void on_hup(struct running *r)
{
	struct err err;

	if (log_reopen(&err) < 0)
		log_watch("log_not_reopened", "reason=\"%s\"", err.text);
	else
		log_info("log_reopened", "pid=%d", (int)getpid());
	if (r->started && r->def->on_hup != NULL)
		r->def->on_hup(&r->d);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct running *r = handle->data;

	if (number == SIGHUP)
		return on_hup(r);
	log_info("stopping", "signal=%s", strsignal(number));
	(void)uv_signal_stop(&r->signals[ON_TERM]); /* the second one kills */
	(void)uv_signal_stop(&r->signals[ON_INT]);
	loop_stop(r->d.loop);
}

static const int signal_number[SIGNAL_COUNT] = {
	[ON_TERM] = SIGTERM,
	[ON_INT] = SIGINT,
	[ON_HUP] = SIGHUP,
};

/* One that comes before the loop listens waits until it does: a stop is in good order then, too,
 * and a request to reopen the log kills nobody. */
static void signals_hold(int how)
{
	sigset_t all;

	(void)sigemptyset(&all);
	for (int i = 0; i < SIGNAL_COUNT; i++)
		(void)sigaddset(&all, signal_number[i]);
	(void)sigprocmask(how, &all, NULL);
}

static int signals_take(struct running *r, struct err *err)
{
	for (int i = 0; i < SIGNAL_COUNT; i++) {
		int rc = uv_signal_init(loop_uv(r->d.loop), &r->signals[i]);

		r->signals[i].data = r;
		if (rc == 0)
			rc = uv_signal_start(&r->signals[i], on_signal, signal_number[i]);
		if (rc < 0)
			return err_set(err, ERR_IO, "cannot handle signals: %s", uv_strerror(rc));
	}
	signals_hold(SIG_UNBLOCK);
	return 0;
}

#ifdef TELLER_FAULT
/* A test whose machine has no time for it may give more. */
static unsigned stop_limit_s(void)
{
	const char *given = getenv("TELLER_STOP_LIMIT_S");

	return given != NULL ? (unsigned)strtoul(given, NULL, 10) : STOP_LIMIT_S;
}
#else
static unsigned stop_limit_s(void)
{
	return STOP_LIMIT_S;
}
#endif

static void on_stop_limit(int number)
{
	static const char text[] = "the orderly stop took too long: ending at once\n";

	(void)number;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(EXIT_FAILURE);
	_exit(EXIT_FAILURE);
}

/* --- the whole life ------------------------------------------------------------------------- */

/* An operator needs the name of the key, not only of the file. */
static int open_log(struct running *r, struct err *err)
{
	int rc = log_open(r->conf->logfile, r->def->name, r->conf->debug, err);

	return rc < 0 ? err_wrap(err, "logfile") : 0;
}

static int write_pidfile(struct running *r, struct err *err)
{
	int rc = conf_pidfile(r->conf, r->def->name, r->pidfile, sizeof(r->pidfile), err);

	if (rc == 0 && r->pidfile[0] != '\0')
		rc = pidfile_write(r->pidfile, err);
	return rc < 0 ? err_wrap(err, "pidfile") : 0;
}

static int take_place(struct running *r, bool shared, struct err *err)
{
	int rc = run_dir_make(r->conf->dir, shared, err);

	if (rc == 0)
		rc = run_dir_lock(r->conf->dir, r->def->name, &r->lock_fd, err);
	if (rc == 0)
		rc = write_pidfile(r, err);
	if (rc < 0)
		r->pidfile[0] = '\0'; /* another's, or none */
	return rc;
}

static void run_loop(struct running *r)
{
	r->d.health = health_new();
	r->start_timer = loop_timer_new(r->d.loop, try_start, r);
	backoff_init(&r->start_backoff, START_RETRY_MS, START_RETRY_MAX_MS);
	loop_timer_start(r->start_timer, 0);
	loop_run(r->d.loop);
}

/* In the order opposite to the start.  Answers that were due have left at the end of the turn. */
static void stop_all(struct running *r)
{
	(void)signal(SIGALRM, on_stop_limit);
	(void)alarm(stop_limit_s());
	ready_notify("STOPPING=1");
	undo_start(r);
	loop_timer_free(r->start_timer);
	for (int i = 0; i < SIGNAL_COUNT; i++)
		if (r->signals[i].data != NULL)
			uv_close((uv_handle_t *)&r->signals[i], NULL);
	confine_leave_loop(r->d.confine);
	loop_free(r->d.loop);
	health_free(r->d.health);
	(void)alarm(0);
}

static int live(struct running *r, struct err *err)
{
	int rc = loop_new(&r->d.loop, err);

	if (rc < 0)
		return rc;
	r->d.conf = r->conf;
	rc = signals_take(r, err);
	if (rc == 0)
		run_loop(r);
	stop_all(r);
	return rc;
}

static int prepare_sandbox(struct running *r, struct err *err)
{
	struct confine_files files = { .count = 0 };
	int rc = r->def->reads != NULL ? r->def->reads(r->conf, &files, err) : 0;

	if (rc < 0 || r->def->confine == NULL)
		return rc;
	return confine_new(r->conf, r->def->name, &files, &r->d.confine, err);
}

static void remove_pidfile(struct running *r)
{
	struct err err;

	if (r->pidfile[0] == '\0')
		return;
	if (r->d.confine == NULL)
		(void)unlink(r->pidfile);
	else if (confine_remove_pidfile(r->d.confine, &err) < 0)
		log_warn("pidfile_not_removed", "file=%s reason=\"%s\"", r->pidfile, err.text);
}

/* With the configuration at hand. */
static int run(struct running *r, struct err *err)
{
	bool shared;
	int rc = users_from_conf(r->conf, &r->users, &shared, err);

	if (rc == 0)
		rc = open_log(r, err);
	if (rc == 0)
		rc = prepare_sandbox(r, err); /* first: the child must not hold our lock */
	if (rc == 0)
		rc = take_place(r, shared, err);
	if (rc < 0)
		return rc;
	log_info("started", "version=%s pid=%d dir=%s", teller_version(), (int)getpid(),
		 r->conf->dir);
	log_config(r->conf);
	rc = live(r, err);
	remove_pidfile(r);
	log_info("stopped", "status=%d", r->status);
	return rc;
}

static int run_with_config(const struct daemon_args *args, const struct daemon_def *def)
{
	struct running r = { .def = def, .lock_fd = -1 };
	struct err err;
	int rc;

	if (config_load(args, conf_reader_of(def->role), &r.conf) < 0)
		return EXIT_CONFIG;
	rc = run(&r, &err);
	if (rc < 0) {
		(void)fprintf(stderr, "%s: %s\n", def->name, err.text);
		r.status = rc == ERR_INVALID ? EXIT_CONFIG : EXIT_FAILURE;
	}
	log_close();
	confine_free(r.d.confine);
	if (r.lock_fd >= 0)
		(void)close(r.lock_fd);
	conf_free(r.conf);
	return r.status;
}

int daemon_main(int argc, char **argv, const struct daemon_def *def)
{
	struct daemon_args args;
	int status;

	(void)umask(077);
	signals_hold(SIG_BLOCK);
	started_ms = clock_mono_ms();
	if (!daemon_args_parse(argc, argv, def, &args, &status))
		return status;
	return args.check_config ? config_check(&args) : run_with_config(&args, def);
}
