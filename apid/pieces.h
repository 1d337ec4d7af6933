/* Answers too long to be held in memory, made piece by piece as the client takes them. */
#ifndef TELLER_APID_PIECES_H
#define TELLER_APID_PIECES_H

#include "apid/http_server.h"

enum piece { PIECE_MORE, PIECE_LAST };

struct pieces {
	/* Append the next piece to `out`, which is empty; some kilobytes, made within a few
	 * milliseconds.  It may be nothing at all, when there is more to look at.  PIECE_MORE,
	 * PIECE_LAST, or an error. */
	int (*next)(void *arg, struct buf *out, struct err *err);
	/* Called once, at the end or when the client went away. */
	void (*done)(void *arg);
	const char *filler; /* what may stand between two pieces and means nothing, or NULL */
};

/* Answers 200 with all pieces; an error in the first one is answered 500.  Headers come first. */
void answer_pieces(struct http_request *r, const char *type, const struct pieces *p, void *arg);

#endif
