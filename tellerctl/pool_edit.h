/* Add addresses to the text of a pool file, and leave the rest of it as it is: comments, layout
 * and other members are the operator's. */
#ifndef TELLER_TELLERCTL_POOL_EDIT_H
#define TELLER_TELLERCTL_POOL_EDIT_H

#include "common/pool/pool_file.h"

struct pool_edit {
	enum coin coin;
	enum btc_network network;
	const char *name;     /* of the file, for messages */
	bool json;	      /* form of the file */
	struct buf *mistakes; /* what is wrong with the file as it is, one a line */
};

/* Write `text` with those of `wanted` that it lacks added at its end to `out`, and how many those
 * are to *ret_added.  An empty text is a file that does not exist yet.  The result was read back
 * and holds what it should.  ERR_INVALID: the file has mistakes, or a form that a program cannot
 * safely add to. */
int pool_edit_add(const struct pool_edit *e, const char *text, size_t len,
		  const struct pool_file *wanted, struct buf *out, size_t *ret_added,
		  struct err *err);

/* Replace the file at `path` with `text` in one step, owner and mode kept: whoever reads it sees
 * the old file or the new one, also after a power failure.  ERR_EXISTS: "<path>.tmp" is there. */
int pool_edit_replace(const char *path, const char *text, size_t len, struct err *err);

#endif
