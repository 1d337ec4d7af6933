/* CSV by RFC 4180, safe to be opened in a spreadsheet: a text that one would take for a formula
 * gets an apostrophe in front. */
#ifndef TELLER_APID_CSV_H
#define TELLER_APID_CSV_H

#include <stdint.h>

#include "common/base/buf.h"

#define CSV_TYPE "text/csv; charset=utf-8; header=present"

struct csv {
	struct buf *out;
	bool in_line;
};

void csv_init(struct csv *c, struct buf *out);
void csv_text(struct csv *c, const char *text);
void csv_u64(struct csv *c, uint64_t n);
void csv_i64(struct csv *c, int64_t n);
/* Digits and perhaps a point, as our own functions print them. */
void csv_digits(struct csv *c, const char *digits);
void csv_end_line(struct csv *c);
/* A line of names, separated by commas already. */
void csv_header(struct csv *c, const char *names);

#endif
