/* Answers too long to be held in memory, made piece by piece as the client takes them. */
#ifndef TELLER_APID_PIECES_H
#define TELLER_APID_PIECES_H

#include "apid/http_server.h"
#include "apid/turns.h"

enum piece { PIECE_MORE, PIECE_LAST };

struct pieces {
	/* Append the next piece to `out`; some kilobytes, made within a millisecond or so.  It may
	 * be nothing at all, when there is more to look at.  PIECE_MORE, PIECE_LAST, or an error.
	 */
	int (*next)(void *arg, struct buf *out, struct err *err);
	/* Called once, at the end or when the client went away. */
	void (*done)(void *arg);
};

/* Answers 200 with all pieces; an error before anything was made is answered 500.  Headers come
 * first.  `t` is when they are made. */
void answer_pieces(struct turns *t, struct http_request *r, const char *type,
		   const struct pieces *p, void *arg);

#endif
