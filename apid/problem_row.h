/* THE table of what a problem of a daemon means to customers.  What a daemon says of it is for the
 * operator and may name nodes, files and addresses; strangers are told what stands here. */
#ifndef TELLER_APID_PROBLEM_ROW_H
#define TELLER_APID_PROBLEM_ROW_H

#include "common/base/buf.h"

#define PROBLEM_TEXT_MAX 256

struct problem_shown {
	char component[48];		  /* a word for programs */
	char text[PROBLEM_TEXT_MAX];	  /* what is the matter */
	char customers[PROBLEM_TEXT_MAX]; /* what it means to them */
	bool told;			  /* the daemon's own words may be shown, too */
};

/* The problem `what` of a daemon; `what` is "down" when it does not answer.  Always filled in: a
 * problem that the table does not know is shown in general words. */
void problem_show(const char *daemon, const char *what, struct problem_shown *ret);
/* Does the table have a row for it? */
bool problem_is_known(const char *daemon, const char *what);

/* doc/PROBLEMS.md */
void problem_print_markdown(struct buf *out);

#endif
