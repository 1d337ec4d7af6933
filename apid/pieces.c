/* Until the server can stream, the pieces are gathered. */
#include "apid/pieces.h"

#include "apid/answer.h"

#define ANSWER_MAX (512U << 20)

void answer_pieces(struct http_request *r, const char *type, const struct pieces *p, void *arg)
{
	struct buf out = BUF_INIT(ANSWER_MAX);
	struct err err = { .text = "" };
	int rc;

	while ((rc = p->next(arg, &out, &err)) == PIECE_MORE && !out.failed)
		;
	if (rc == PIECE_LAST && out.failed)
		rc = err_set(&err, ERR_IO, "the list is too long for one answer");
	if (rc == PIECE_LAST) {
		http_add_header(r, "X-Content-Type-Options", "nosniff");
		http_reply(r, 200, type, buf_text(&out), out.len);
	} else {
		answer_internal(r, &err);
	}
	buf_release(&out);
	p->done(arg);
}
