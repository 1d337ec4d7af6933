/* The log: one event a line, a fixed name, then key=value with the unit in the key.
 *
 *   2026-11-23T02:50:21.123Z info exchangerd deposit_recorded deposit_id=7 coin=BTC txid=...
 *
 * Info: something happened to a deposit.  Warn: odd, going on, and the line says so.  Error:
 * gave up.  log_watch writes a warning that ends in notice=WATCH: what a person must look at,
 * and only that.  Control bytes in values are escaped, so that a stranger's text stays on its
 * line.  Secrets never.  One write() per line with O_APPEND: daemons may share one file. */
#ifndef TELLER_COMMON_BASE_LOG_H
#define TELLER_COMMON_BASE_LOG_H

#include <stdbool.h>

#include "common/base/err.h"

/* Open the log.  `path` empty or NULL: standard output.  `daemon` is copied.  ERR_INVALID: the path
 * is a mistake; ERR_IO. */
int log_open(const char *path, const char *daemon, bool debug, struct err *err);

/* Open the same path again (after logrotate); the old file stays in use when that fails. */
int log_reopen(struct err *err);
/* Who opens it then, for a process that may not do so itself; NULL: we do. */
typedef int (*log_opener_fn)(void *arg, int *ret_fd, struct err *err);
void log_set_opener(log_opener_fn fn, void *arg);
/* A descriptor of a log file, made when it is not there; negative with errno. */
int log_open_file(const char *path, struct err *err);

void log_close(void);

void log_debug(const char *event, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *event, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_warn(const char *event, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_error(const char *event, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_watch(const char *event, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
