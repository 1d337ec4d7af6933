/* Everything that is printed from the table of keys. */
#include <string.h>

#include "common/conf/conf_keys.h"

#define WIDTH 78

/* The words of `text`, each line begun with `indent` and kept within WIDTH; `used` columns of the
 * first one are taken. */
static void print_wrapped(struct buf *out, const char *indent, size_t used, const char *text)
{
	size_t column = used;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (column + 1 + len > WIDTH) {
			buf_printf(out, "\n%s", indent);
			column = strlen(indent);
		}
		buf_append(out, " ", 1);
		buf_append(out, text, len);
		column += 1 + len;
		text += len + strspn(text + len, " ");
	}
	buf_putc(out, '\n');
}

/* A default or sample as it stands in the file. */
static void print_literal(struct buf *out, const struct conf_key *key, const char *value)
{
	if (key->type == &conf_strings && value[0] == '\0')
		buf_puts(out, "[]");
	else if (key->type->quoted)
		conf_value_quote(out, value);
	else
		buf_puts(out, value);
}

static const char *name_in_section(const struct conf_key *key)
{
	size_t len = conf_section_len(key->name);

	return len > 0 ? key->name + len + 1 : key->name;
}

/* Is this the first key of its section? */
static bool begins_section(unsigned i)
{
	size_t len = conf_section_len(conf_keys[i].name);

	return len > 0 && (i == 0 || conf_section_len(conf_keys[i - 1].name) != len ||
			   memcmp(conf_keys[i - 1].name, conf_keys[i].name, len) != 0);
}

/* --- --help -------------------------------------------------------------------------------- */
void conf_print_help(struct buf *out)
{
	for (unsigned i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];

		if (key->type == &conf_ignored)
			continue;
		buf_printf(out, "  %s (%s", key->name, key->type->name);
		if (key->value[0] != '\0') {
			buf_puts(out, ", default ");
			print_literal(out, key, key->value);
		}
		buf_puts(out, ")\n     ");
		print_wrapped(out, "     ", 5, key->sentence);
	}
}

/* --- etc/teller.ini.example ---------------------------------------------------------------- */
static const char example_head[] =
	"# Configuration of teller.  Printed from the table of keys; every key is here.\n"
	"#\n"
	"# Copy it to ~/.teller-skycoin/teller.ini and take away the '#' of what you set; what\n"
	"# stands behind the '#' is the default, or a sample where there is none.  Quotes are\n"
	"# needed where a value holds a '#' or ';' after a space, or begins with a bracket.\n"
	"# Durations: 300ms, 20s, 1m30s, 2h.  Check it: tellerctl config check.\n";

static void print_example_key(struct buf *out, const struct conf_key *key)
{
	const char *value = key->sample != NULL ? key->sample : key->value;

	buf_puts(out, "\n#");
	print_wrapped(out, "#", 1, key->sentence);
	buf_printf(out, "#%s = ", name_in_section(key));
	print_literal(out, key, value);
	buf_putc(out, '\n');
}

void conf_print_example(struct buf *out)
{
	buf_puts(out, example_head);
	for (unsigned i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];

		if (begins_section(i))
			buf_printf(out, "\n[%.*s]\n", (int)conf_section_len(key->name), key->name);
		if (key->type != &conf_ignored)
			print_example_key(out, key);
	}
}

/* --- doc/CONFIG.md ------------------------------------------------------------------------- */
static const char markdown_head[] =
	"# Configuration\n"
	"\n"
	"Printed from the table of keys (`common/conf/conf_keys.c`); do not edit.\n"
	"\n"
	"The file is `teller.ini` or `config.toml` in the data directory (`-d`, default\n"
	"`~/.teller-skycoin`), or what `-c` names. Values stand as in TOML or bare:\n"
	"`http_addr = \"127.0.0.1:7071\"` and `http_addr = 127.0.0.1:7071` are the same. A "
	"comment\n"
	"begins with `#` or `;` at the start of a line or after a space. Relative paths are "
	"looked\n"
	"for in the data directory, then in the working directory. Durations: `300ms`, `20s`,\n"
	"`1m30s`, `2h`. All mistakes are reported at once, with file, line and key; unknown keys\n"
	"only warn. `[sky_exchanger.exchange_client]` is another name of `[sky_exchanger.c2cx]`.\n"
	"Secrets are shown as `<redacted>` wherever values are printed.\n";

static const char table_head[] =
	"\n| key | type | default | meaning |\n| --- | --- | --- | --- |\n";

static void print_markdown_row(struct buf *out, const struct conf_key *key)
{
	buf_printf(out, "| `%s` | %s | ", name_in_section(key), key->type->name);
	if (key->value[0] != '\0') {
		buf_putc(out, '`');
		print_literal(out, key, key->value);
		buf_putc(out, '`');
	}
	buf_printf(out, " | %s%s |\n", key->sentence, key->secret ? " (secret)" : "");
}

void conf_print_markdown(struct buf *out)
{
	buf_puts(out, markdown_head);
	buf_puts(out, "\n## Without a section\n");
	buf_puts(out, table_head);
	for (unsigned i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];

		if (begins_section(i))
			buf_printf(out, "\n## `[%.*s]`\n%s", (int)conf_section_len(key->name),
				   key->name, table_head);
		print_markdown_row(out, key);
	}
}

/* --- values in force ----------------------------------------------------------------------- */
static void print_value(const struct conf *c, const struct conf_key *key, struct buf *out)
{
	const char *text = conf_value_of(c, key);

	if (key->secret && text[0] != '\0')
		buf_puts(out, "<redacted>");
	else
		key->type->print(text, out);
}

void conf_print_values(const struct conf *c, struct buf *out)
{
	for (unsigned i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];

		if (key->type == &conf_ignored)
			continue;
		buf_printf(out, "%s = ", key->name);
		print_value(c, key, out);
		buf_putc(out, '\n');
	}
}
