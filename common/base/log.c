/* A line is put together in one buffer and handed to the kernel in one write(): lines of several
 * daemons in one file never mix.  Before log_open() lines go to standard error, so that nothing
 * that happens early is lost. */
#include "common/base/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define LOG_LINE_MAX 4096

static struct {
	int fd;
	bool owned;
	bool debug;
	char path[4096];
	char daemon[32];
	log_opener_fn opener; /* NULL: log_open_file() */
	void *opener_arg;
} the_log = { .fd = STDERR_FILENO };

int log_open_file(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

	return fd >= 0 ? fd : err_set_path_errno(err, "cannot open log file '%s'", path);
}

static void log_use(int fd)
{
	if (the_log.owned)
		(void)close(the_log.fd);
	the_log.fd = fd;
	the_log.owned = true;
}

static int log_open_path(const char *path, struct err *err)
{
	int fd = log_open_file(path, err);

	if (fd < 0)
		return fd;
	log_use(fd);
	return 0;
}

static int log_open_by_other(struct err *err)
{
	int fd;
	int rc = the_log.opener(the_log.opener_arg, &fd, err);

	if (rc < 0)
		return err_wrap(err, "cannot open log file '%s'", the_log.path);
	log_use(fd);
	return 0;
}

void log_set_opener(log_opener_fn fn, void *arg)
{
	the_log.opener = fn;
	the_log.opener_arg = arg;
}

int log_open(const char *path, const char *daemon, bool debug, struct err *err)
{
	the_log.debug = debug;
	(void)snprintf(the_log.daemon, sizeof(the_log.daemon), "%s", daemon);
	if (path == NULL || path[0] == '\0') {
		the_log.fd = STDOUT_FILENO;
		return 0;
	}
	if (strlen(path) >= sizeof(the_log.path))
		return err_set(err, ERR_INVALID, "log file name is too long");
	(void)snprintf(the_log.path, sizeof(the_log.path), "%s", path);
	return log_open_path(path, err);
}

int log_reopen(struct err *err)
{
	if (!the_log.owned)
		return 0;
	return the_log.opener != NULL ? log_open_by_other(err) : log_open_path(the_log.path, err);
}

void log_close(void)
{
	if (the_log.owned)
		(void)close(the_log.fd);
	the_log.fd = STDERR_FILENO;
	the_log.owned = false;
}

static int log_prefix(char *line, size_t size, const char *level, const char *event)
{
	struct timeval tv;
	struct tm tm;
	char when[32];

	(void)gettimeofday(&tv, NULL);
	(void)gmtime_r(&tv.tv_sec, &tm);
	(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	return snprintf(line, size, "%s.%03dZ %s %s %s ", when, (int)(tv.tv_usec / 1000), level,
			the_log.daemon, event);
}

/* Escapes control bytes of line[0..n) into `out`; returns the length. */
static size_t log_escape(char *out, size_t size, const char *line, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	size_t len = 0;

	for (size_t i = 0; i < n && len + 5 < size; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c >= 0x20 && c != 0x7f) {
			out[len++] = (char)c;
			continue;
		}
		out[len++] = '\\';
		out[len++] = 'x';
		out[len++] = hex[c >> 4];
		out[len++] = hex[c & 15];
	}
	out[len++] = '\n';
	return len;
}

__attribute__((format(printf, 4, 0))) static void log_line(const char *level, const char *event,
							   const char *tail, const char *fmt,
							   va_list ap)
{
	char line[LOG_LINE_MAX], out[LOG_LINE_MAX + 512];
	size_t room = sizeof(line) - strlen(tail);
	int n = log_prefix(line, room, level, event);
	int m = vsnprintf(line + n, room - (size_t)n, fmt, ap);
	size_t len = (size_t)n + (m > 0 ? (size_t)m : 0);

	if (len >= room)
		len = room - 1;
	len += (size_t)snprintf(line + len, sizeof(line) - len, "%s", tail);
	len = log_escape(out, sizeof(out), line, len);
	if (write(the_log.fd, out, len) < 0)
		return; /* a full disk must not stop payments; health watches the disk */
}

#define LOG_FUNCTION(name, level, tail)                                                            \
	void name(const char *event, const char *fmt, ...)                                         \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		va_start(ap, fmt);                                                                 \
		log_line(level, event, tail, fmt, ap);                                             \
		va_end(ap);                                                                        \
	}

LOG_FUNCTION(log_info, "info", "")
LOG_FUNCTION(log_warn, "warn", "")
LOG_FUNCTION(log_error, "error", "")
LOG_FUNCTION(log_watch, "warn", " notice=WATCH")

void log_debug(const char *event, const char *fmt, ...)
{
	va_list ap;

	if (!the_log.debug)
		return;
	va_start(ap, fmt);
	log_line("debug", event, "", fmt, ap);
	va_end(ap);
}
