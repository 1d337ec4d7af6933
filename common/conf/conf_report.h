/* What is wrong with a configuration: gathered while it is read, shown in the order of the file. */
#ifndef TELLER_COMMON_CONF_CONF_REPORT_H
#define TELLER_COMMON_CONF_CONF_REPORT_H

#include <stdbool.h>

#include "common/base/buf.h"

#define CONF_NOTES_MAX	   200 /* shown; a file with more is no configuration */
#define CONF_NOTE_TEXT_MAX 512

struct conf_note {
	unsigned line; /* 0: about no line in particular; shown last */
	bool warning;
	char text[CONF_NOTE_TEXT_MAX];
};

struct conf_report {
	unsigned mistakes; /* counted even when not shown */
	unsigned dropped;
	unsigned count;
	struct conf_note note[CONF_NOTES_MAX];
};

void conf_mistake(struct conf_report *r, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void conf_warning(struct conf_report *r, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Append all, one a line: "[warning: ]<file>[:<line>]: <text>". */
void conf_report_print(struct conf_report *r, const char *file, struct buf *out);

#endif
