/* A configuration while it is being loaded, and the steps of loading. */
#ifndef TELLER_COMMON_CONF_CONF_LOADING_H
#define TELLER_COMMON_CONF_CONF_LOADING_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/conf/conf.h"
#include "common/conf/conf_keys.h"
#include "common/conf/conf_report.h"

#define CONF_FILE_MAX 1048576 /* bytes */

struct conf_loading {
	struct conf *conf; /* dir is set */
	enum conf_reader reader;
	struct conf_report *report;
	char cwd[CONF_PATH_MAX];	/* the working directory, absolute */
	unsigned line[CONF_KEYS_MAX];	/* where each key was given; 0: nowhere */
	bool bad[CONF_KEYS_MAX];	/* its value was a mistake: say no more about it */
	unsigned c2cx_line, alias_line; /* first key in sky_exchanger.c2cx, .exchange_client */
};

/* Step 1: every key gets its default, then what the text says.  Mistakes go to the report;
 * ERR_BUSY: no memory. */
void conf_set_defaults(struct conf *c);
int conf_read(struct conf_loading *l, const char *text, size_t len, struct err *err);

/* Step 2: what one key alone cannot tell: paths become absolute, then the rules among keys. */
void conf_resolve_paths(struct conf_loading *l);
void conf_check_rules(struct conf_loading *l);

/* What was given for a key named in the table. */
unsigned conf_line_of(const struct conf_loading *l, const char *key);
bool conf_is_bad(const struct conf_loading *l, const char *key);

/* All steps on a text in memory, called `label` in messages; otherwise as conf_load(). */
int conf_load_text(const char *label, const char *text, size_t len, const char *dir,
		   enum conf_reader reader, struct conf **ret, struct buf *messages,
		   struct err *err);

/* Where the configuration is.  The data directory: made if missing, absolute. */
int conf_find_dir(const char *dir, char ret[CONF_PATH_MAX], struct err *err);
/* The file; *ret is empty when none was asked for and none is there. */
int conf_find_file(const char *file, const char *dir, char ret[CONF_PATH_MAX], struct err *err);

/* `path` as seen from `dir`: itself when absolute.  False when too long. */
bool conf_join(const char *dir, const char *path, char ret[CONF_PATH_MAX]);
bool conf_is_file(const char *path);

#endif
