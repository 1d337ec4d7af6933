/* What libmicrohttpd has to say of the requests that it reads, in the log. */
#ifndef TELLER_APID_HTTP_LIBRARY_LOG_H
#define TELLER_APID_HTTP_LIBRARY_LOG_H

#include <stdarg.h>
#include <stdint.h>

struct http_library_log {
	const char *listener; /* its name; not copied */
	int64_t since_ms;     /* clock_mono_ms(): since when lines are counted */
	unsigned lines;
};

/* For MHD_OPTION_EXTERNAL_LOGGER; `log` is a struct http_library_log.  A few lines a second are
 * written, of the others their number. */
void http_library_say(void *log, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

#endif
