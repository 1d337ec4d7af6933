/* Reading: text -> prepared lines -> inih -> one value of one key -> its place in struct conf.
 *
 * The reader that inih calls gives it one prepared line at a time, and inih calls back for that
 * line before it asks for the next: so the number of the line that was given last is the number
 * of the value that comes back.  Blank and mistaken lines are never given to it. */
#include <assert.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf/conf_line.h"
#include "common/conf/conf_loading.h"
#include "common/conf/conf_value.h"

#define NAME_MAX_LEN 160 /* a section and a name; longer ones are unknown anyway */
#define GOT_MAX	     64	 /* how much of a wrong value is shown */

static const char c2cx[] = "sky_exchanger.c2cx", alias[] = "sky_exchanger.exchange_client";

struct source {
	struct conf_loading *loading;
	struct conf_text text;
	struct conf_line line;
	struct conf_value value;
};

void conf_set_defaults(struct conf *c)
{
	for (unsigned i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];
		struct conf_value v = { .kind = CONF_VALUE_BARE };
		const char *complaint = NULL;
		bool ok;

		(void)snprintf(v.text, sizeof(v.text), "%s", key->value);
		ok = key->type->set(conf_place(c, key), key->size, &v, key->range, &complaint);
		assert(ok);
		(void)ok;
	}
}

/* --- one value ----------------------------------------------------------------------------- */
/* What stood there, shortened; nothing of a secret. */
static void describe(const struct conf_key *key, const struct conf_value *v, char ret[GOT_MAX + 8])
{
	size_t len = strnlen(v->text, GOT_MAX);

	if (key->secret || key->type == &conf_node) { /* a node's path may be a token */
		(void)snprintf(ret, GOT_MAX + 8, "<redacted>");
		return;
	}
	if (v->kind == CONF_VALUE_LIST) {
		(void)snprintf(ret, GOT_MAX + 8, "a list");
		return;
	}
	(void)snprintf(ret, GOT_MAX + 8, "\"%.*s\"%s", (int)len, v->text,
		       v->text[len] != '\0' ? "..." : "");
}

static void complain(const struct source *s, const struct conf_key *key, const char *complaint)
{
	char got[GOT_MAX + 8];

	describe(key, &s->value, got);
	if (complaint != NULL)
		conf_mistake(s->loading->report, s->line.number, "%s %s, got %s", key->name,
			     complaint, got);
	else
		conf_mistake(s->loading->report, s->line.number, "%s: expected %s, got %s",
			     key->name, key->type->expected, got);
}

/* README of the original lists btc_rpc.cert a second time, as a switch; the program had none. */
static bool is_cert_switch(const struct conf_key *key, const struct conf_value *v)
{
	return key->offset == offsetof(struct conf, btc_rpc_cert) && v->kind == CONF_VALUE_BARE &&
	       (strcmp(v->text, "true") == 0 || strcmp(v->text, "false") == 0);
}

/* False when the value was a mistake, which is then reported. */
static bool set_value(struct source *s, const struct conf_key *key, const char *raw)
{
	const char *complaint = NULL;
	struct err err;

	if (conf_value_parse(raw, &s->value, &err) < 0) {
		conf_mistake(s->loading->report, s->line.number, "%s: expected %s: %s", key->name,
			     key->type->expected, err.text);
		return false;
	}
	if (is_cert_switch(key, &s->value)) {
		conf_warning(s->loading->report, s->line.number,
			     "%s: expected a path; true and false are ignored", key->name);
		return true;
	}
	if (key->type->set(conf_place(s->loading->conf, key), key->size, &s->value, key->range,
			   &complaint))
		return true;
	complain(s, key, complaint);
	return false;
}

static void on_known_key(struct source *s, const struct conf_key *key, const char *raw)
{
	struct conf_loading *l = s->loading;
	size_t i = (size_t)(key - conf_keys);

	if (l->line[i] > 0) {
		conf_mistake(l->report, s->line.number, "%s: given twice, first in line %u",
			     key->name, l->line[i]);
		return;
	}
	l->line[i] = s->line.number;
	l->bad[i] = !set_value(s, key, raw);
}

static void on_unknown_key(const struct source *s, const char *name)
{
	const char *nearest = conf_nearest_key(name);

	if (nearest != NULL)
		conf_warning(s->loading->report, s->line.number,
			     "unknown key '%s', did you mean '%s'?", name, nearest);
	else
		conf_warning(s->loading->report, s->line.number, "unknown key '%s'", name);
}

/* --- the section with two names ------------------------------------------------------------ */
static bool in_section(const char *name, const char *section)
{
	size_t len = strlen(section);

	return strncmp(name, section, len) == 0 && name[len] == '.';
}

/* sky_exchanger.exchange_client is another name for sky_exchanger.c2cx; not both at once. */
static void use_alias(struct source *s, char name[NAME_MAX_LEN])
{
	struct conf_loading *l = s->loading;
	char key[NAME_MAX_LEN - sizeof(c2cx)];
	unsigned had_other;

	if (in_section(name, c2cx)) {
		had_other = l->c2cx_line == 0 ? l->alias_line : 0;
		l->c2cx_line = s->line.number;
	} else if (in_section(name, alias)) {
		had_other = l->alias_line == 0 ? l->c2cx_line : 0;
		l->alias_line = s->line.number;
		(void)snprintf(key, sizeof(key), "%s", name + strlen(alias));
		(void)snprintf(name, NAME_MAX_LEN, "%s%s", c2cx, key);
	} else {
		return;
	}
	if (had_other > 0)
		conf_mistake(l->report, s->line.number,
			     "%s and %s (line %u) are the same section: use one of them", c2cx,
			     alias, had_other);
}

/* --- between inih and us ------------------------------------------------------------------- */
static int on_pair(void *user, const char *section, const char *name, const char *raw)
{
	struct source *s = user;
	char whole[NAME_MAX_LEN];
	const struct conf_key *key;

	(void)snprintf(whole, sizeof(whole), "%s%s%s", section, *section != '\0' ? "." : "", name);
	use_alias(s, whole);
	key = conf_key_find(whole);
	if (key != NULL)
		on_known_key(s, key, raw);
	else
		on_unknown_key(s, whole);
	return 1;
}

static void check_section(const struct source *s)
{
	char name[CONF_SECTION_MAX + 1];
	const char *nearest;
	size_t len;

	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(s->line.text + 1, "]"),
		       s->line.text + 1);
	if (conf_section_known(name) || strcmp(name, alias) == 0)
		return;
	len = conf_nearest_section(name, &nearest);
	if (len > 0)
		conf_warning(s->loading->report, s->line.number,
			     "unknown section '%s', did you mean '%.*s'?", name, (int)len, nearest);
	else
		conf_warning(s->loading->report, s->line.number, "unknown section '%s'", name);
}

/* Move to the next line that inih shall see; false at the end. */
static bool next_useful_line(struct source *s)
{
	while (conf_line_next(&s->text, &s->line)) {
		switch (s->line.kind) {
		case CONF_LINE_BLANK: continue;
		case CONF_LINE_BAD:
			conf_mistake(s->loading->report, s->line.number, "%s", s->line.mistake);
			continue;
		case CONF_LINE_SECTION: check_section(s); return true;
		case CONF_LINE_KEY: return true;
		}
	}
	return false;
}

/* inih's fgets.  Its buffer is wiped at the end, since passwords went through it. */
static char *give_line(char *to, int size, void *user)
{
	struct source *s = user;
	size_t len;

	if (!next_useful_line(s)) {
		explicit_bzero(to, (size_t)size);
		return NULL;
	}
	len = strlen(s->line.text);
	assert(len < (size_t)size);
	memcpy(to, s->line.text, len + 1);
	return to;
}

/* Our lines are prepared: no continuations, no comments, and room for the longest. */
static void configure_inih(void)
{
	ini_allow_multiline = false;
	ini_allow_inline_comments = false;
	ini_use_stack = false;
	ini_max_line = CONF_LINE_MAX + 8;
	ini_initial_alloc = CONF_LINE_MAX + 8;
}

int conf_read(struct conf_loading *l, const char *text, size_t len, struct err *err)
{
	struct source *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	s->loading = l;
	conf_text_init(&s->text, text, len);
	configure_inih();
	rc = ini_parse_stream(give_line, s, on_pair, s);
	explicit_bzero(s, sizeof(*s));
	free(s);
	if (rc < 0)
		return err_set(err, ERR_BUSY, "out of memory");
	if (rc > 0)
		conf_mistake(l->report, 0, "the parser refused a line");
	return 0;
}
