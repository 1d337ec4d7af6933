/* The text of one value: TOML strings and one-line lists, or bare words as in an ini file. */
#ifndef TELLER_COMMON_CONF_CONF_VALUE_H
#define TELLER_COMMON_CONF_CONF_VALUE_H

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/conf/conf.h"

enum conf_value_kind {
	CONF_VALUE_BARE,   /* text as it stands: true, 20s, 127.0.0.1:80 */
	CONF_VALUE_QUOTED, /* "basic" or 'literal', decoded */
	CONF_VALUE_LIST,   /* ["a", "b"] */
};

struct conf_value {
	enum conf_value_kind kind;
	char text[CONF_PATH_MAX]; /* of a bare or quoted one */
	struct conf_list list;	  /* of a list */
};

/* ERR_INVALID says what is wrong without repeating the text, which may be a secret. */
int conf_value_parse(const char *raw, struct conf_value *ret, struct err *err);

/* Append `text` as a TOML string that conf_value_parse() reads back. */
void conf_value_quote(struct buf *out, const char *text);

#endif
