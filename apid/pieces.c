/* The first piece is made before the status is sent, so that what fails at once is said properly;
 * after that all that is left is to cut the connection.  A source that finds nothing for a while (a
 * filter that lets little through) gives the others a turn: a line end is sent where it means
 * nothing. */
#include "apid/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "apid/answer.h"
#include "common/base/clock.h"
#include "common/base/log.h"

#define PIECE_MAX (1U << 20)
#define TURN_MS	  10

struct pieces_answer {
	const struct pieces *source;
	void *arg;
	struct buf piece;
	size_t sent; /* of the piece */
	bool last;   /* it is the last one */
};

static int next_piece(struct pieces_answer *a, struct err *err)
{
	int rc;

	buf_clear(&a->piece);
	a->sent = 0;
	rc = a->source->next(a->arg, &a->piece, err);
	if (rc >= 0 && a->piece.failed)
		rc = err_set(err, ERR_FATAL, "a piece is longer than %u bytes", PIECE_MAX);
	a->last = rc == PIECE_LAST;
	return rc;
}

/* There is something to send, or nothing more to come. */
static int fill_piece(struct pieces_answer *a, struct err *err)
{
	int64_t begun_ms = clock_mono_ms();
	int rc = 0;

	while (rc >= 0 && a->sent == a->piece.len && !a->last) {
		rc = next_piece(a, err);
		if (rc == PIECE_MORE && a->piece.len == 0 && a->source->filler != NULL &&
		    clock_mono_ms() - begun_ms > TURN_MS)
			(void)buf_puts(&a->piece, a->source->filler);
	}
	return rc < 0 ? rc : 0;
}

static ssize_t on_pull(void *arg, uint64_t position, char *out, size_t room)
{
	struct pieces_answer *a = arg;
	struct err err;
	size_t n;

	(void)position; /* each is asked for once, in order */
	if (fill_piece(a, &err) < 0) {
		log_error("answer_cut", "error=\"%s\"", err.text);
		return HTTP_STREAM_BROKEN;
	}
	n = a->piece.len - a->sent;
	if (n == 0)
		return HTTP_STREAM_END;
	if (n > room)
		n = room;
	memcpy(out, a->piece.data + a->sent, n);
	a->sent += n;
	return (ssize_t)n;
}

static void on_done(void *arg)
{
	struct pieces_answer *a = arg;

	a->source->done(a->arg);
	buf_release(&a->piece);
	free(a);
}

void answer_pieces(struct http_request *r, const char *type, const struct pieces *p, void *arg)
{
	static const struct http_stream stream = { .size = HTTP_SIZE_UNKNOWN,
						   .pull = on_pull,
						   .done = on_done };
	struct pieces_answer *a = calloc(1, sizeof(*a));
	struct err err;

	if (a == NULL) {
		p->done(arg);
		return answer_internal(r, &(struct err){ .text = "out of memory" });
	}
	*a = (struct pieces_answer){ .source = p, .arg = arg, .piece = BUF_INIT(PIECE_MAX) };
	if (fill_piece(a, &err) < 0) {
		answer_internal(r, &err);
		on_done(a);
		return;
	}
	http_add_header(r, "X-Content-Type-Options", "nosniff");
	http_reply_stream(r, 200, type, &stream, a);
}
