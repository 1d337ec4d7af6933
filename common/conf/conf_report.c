#include "common/conf/conf_report.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

/* Names and values of a file may hold anything; a terminal must not obey them. */
static void make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

static void note(struct conf_report *r, bool warning, unsigned line, const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

static void note(struct conf_report *r, bool warning, unsigned line, const char *fmt, va_list ap)
{
	struct conf_note *n = &r->note[r->count];

	if (!warning)
		r->mistakes++;
	if (r->count == CONF_NOTES_MAX) {
		r->dropped++;
		return;
	}
	r->count++;
	n->line = line;
	n->warning = warning;
	(void)vsnprintf(n->text, sizeof(n->text), fmt, ap);
	make_printable(n->text);
}

void conf_mistake(struct conf_report *r, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(r, false, line, fmt, ap);
	va_end(ap);
}

void conf_warning(struct conf_report *r, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(r, true, line, fmt, ap);
	va_end(ap);
}

static unsigned place(const struct conf_note *n)
{
	return n->line > 0 ? n->line : UINT_MAX;
}

/* By insertion: few, nearly sorted, and those of one line keep their order. */
static void sort(struct conf_report *r)
{
	for (unsigned i = 1; i < r->count; i++) {
		struct conf_note moved = r->note[i];
		unsigned to = i;

		for (; to > 0 && place(&r->note[to - 1]) > place(&moved); to--)
			r->note[to] = r->note[to - 1];
		r->note[to] = moved;
	}
}

void conf_report_print(struct conf_report *r, const char *file, struct buf *out)
{
	sort(r);
	for (unsigned i = 0; i < r->count; i++) {
		const struct conf_note *n = &r->note[i];

		buf_printf(out, "%s%s", n->warning ? "warning: " : "", file);
		if (n->line > 0)
			buf_printf(out, ":%u", n->line);
		buf_printf(out, ": %s\n", n->text);
	}
	if (r->dropped > 0)
		buf_printf(out, "%s: %u more not shown\n", file, r->dropped);
}
