/* What it says is a stranger's doing: a line for each request that is none would fill the disk. */
#include "apid/http_library_log.h"

#include <stdbool.h>
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/log.h"

#define LINES_MAX 10 /* in LINES_MS */
#define LINES_MS  1000

static bool may_say(struct http_library_log *l)
{
	int64_t now = clock_mono_ms();

	if (now - l->since_ms >= LINES_MS) {
		if (l->lines > LINES_MAX)
			log_debug("http_library_more", "listener=%s lines=%u", l->listener,
				  l->lines - LINES_MAX);
		l->since_ms = now;
		l->lines = 0;
	}
	return l->lines++ < LINES_MAX;
}

void http_library_say(void *log, const char *fmt, va_list ap)
{
	struct http_library_log *l = log;
	char text[256];

	if (!may_say(l))
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	log_debug("http_library", "listener=%s text=\"%s\"", l->listener, text);
}
