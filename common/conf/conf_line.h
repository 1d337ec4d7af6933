/* The lines of a configuration file, made fit for inih: joined, trimmed, without comments. */
#ifndef TELLER_COMMON_CONF_CONF_LINE_H
#define TELLER_COMMON_CONF_CONF_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* The longest line (a list over several lines counts as one); longer ones are mistakes. */
#define CONF_LINE_MAX 8192
/* inih keeps 49 bytes of a section's name and would cut a longer one. */
#define CONF_SECTION_MAX 49

struct conf_text {
	const char *at, *end;
	unsigned line; /* number of the line that `at` begins, from 1 */
};

enum conf_line_kind { CONF_LINE_BLANK, CONF_LINE_SECTION, CONF_LINE_KEY, CONF_LINE_BAD };

struct conf_line {
	enum conf_line_kind kind;
	unsigned number;     /* in the file; of the first, when several were joined */
	const char *mistake; /* of CONF_LINE_BAD; never repeats the line, which may be secret */
	char text[CONF_LINE_MAX]; /* "[section]" or "name = value" */
};

void conf_text_init(struct conf_text *t, const char *text, size_t len);
/* False at the end of the text. */
bool conf_line_next(struct conf_text *t, struct conf_line *ret);

#endif
