#include "apid/csv.h"

#include <inttypes.h>
#include <string.h>

void csv_init(struct csv *c, struct buf *out)
{
	*c = (struct csv){ .out = out };
}

static void begin_field(struct csv *c)
{
	if (c->in_line)
		(void)buf_putc(c->out, ',');
	c->in_line = true;
}

/* How spreadsheets recognise a formula; blanks in front do not keep all of them from it. */
static bool looks_like_formula(const char *text)
{
	const char *first = text + strspn(text, " \t\r\n");

	return first[0] != '\0' && strchr("=+-@", first[0]) != NULL;
}

void csv_text(struct csv *c, const char *text)
{
	bool formula = looks_like_formula(text);

	begin_field(c);
	if (!formula && strpbrk(text, "\",\r\n") == NULL) {
		(void)buf_puts(c->out, text);
		return;
	}
	(void)buf_puts(c->out, formula ? "\"'" : "\"");
	for (; *text != '\0'; text++) {
		if (*text == '"')
			(void)buf_putc(c->out, '"');
		(void)buf_putc(c->out, *text);
	}
	(void)buf_putc(c->out, '"');
}

void csv_u64(struct csv *c, uint64_t n)
{
	begin_field(c);
	(void)buf_printf(c->out, "%" PRIu64, n);
}

void csv_i64(struct csv *c, int64_t n)
{
	begin_field(c);
	(void)buf_printf(c->out, "%" PRId64, n);
}

void csv_digits(struct csv *c, const char *digits)
{
	begin_field(c);
	(void)buf_puts(c->out, digits);
}

void csv_end_line(struct csv *c)
{
	(void)buf_puts(c->out, "\r\n");
	c->in_line = false;
}

void csv_header(struct csv *c, const char *names)
{
	(void)buf_puts(c->out, names);
	csv_end_line(c);
}
