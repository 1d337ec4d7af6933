/* THE table of keys.  All that knows a key by name looks here: loading, --help, the example file,
 * doc/CONFIG.md. */
#ifndef TELLER_COMMON_CONF_CONF_KEYS_H
#define TELLER_COMMON_CONF_CONF_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/conf/conf.h"
#include "common/conf/conf_type.h"

struct conf_key {
	const char *name; /* with its section: "btc_rpc.server" */
	const struct conf_type *type;
	size_t offset, size;  /* place in struct conf */
	const char *value;    /* default, as it would stand in the file without quotes */
	const char *sample;   /* shown in the example file where the default is empty, or NULL */
	const char *sentence; /* what it does: no capital, no full stop */
	const struct conf_range *range; /* NULL: all that the type allows */
	bool secret;			/* shown as <redacted> */
};

extern const struct conf_key conf_keys[];
extern const unsigned conf_key_count;

#define CONF_KEYS_MAX 128 /* for arrays beside the table */

/* NULL when there is none. */
const struct conf_key *conf_key_find(const char *name);
/* Is it the section of at least one key? */
bool conf_section_known(const char *section);
/* Length of the section in a key's name; 0 for none. */
size_t conf_section_len(const char *name);

static inline void *conf_place(struct conf *c, const struct conf_key *key)
{
	return (char *)c + key->offset;
}
static inline const void *conf_value_of(const struct conf *c, const struct conf_key *key)
{
	return (const char *)c + key->offset;
}

/* The known name nearest to a misspelt one, or NULL when none is near. */
const char *conf_nearest_key(const char *name);
/* The same for a section: *ret begins with its name; returns its length, 0 for none. */
size_t conf_nearest_section(const char *section, const char **ret);

#endif
