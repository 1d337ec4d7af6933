/* Nothing is made but in a turn of its own: while there is nothing to send, the request waits for
 * its answer, or its connection rests.  What fails before the first byte is said properly; after
 * that all that is left is to cut the connection.
 *
 *   asked -> turn, turn, ... something to send -> headers, sent -> rests -> turn, ... -> the end */
#include "apid/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "apid/answer.h"
#include "common/base/clock.h"
#include "common/base/log.h"

#define PIECE_MAX  (1U << 20)
#define PIECE_GOOD (32U * 1024) /* worth being sent */

struct pieces_answer {
	const struct pieces *source;
	void *arg;
	struct http_request *request;
	const char *type;
	struct turns *turns;
	struct turn turn;
	struct buf piece;
	size_t sent;		  /* of the piece */
	bool begun, last, failed; /* begun: the headers are on their way */
};

static void drop_piece(struct pieces_answer *a)
{
	buf_clear(&a->piece);
	a->sent = 0;
}

/* As much as a turn allows. */
static int make_some(struct pieces_answer *a, struct err *err)
{
	int64_t begun_ms = clock_mono_ms();
	int rc = PIECE_MORE;

	drop_piece(a);
	if (turns_are_over(a->turns))
		return err_set(err, ERR_BUSY, "stopped");
	do {
		rc = a->source->next(a->arg, &a->piece, err);
		if (rc >= 0 && a->piece.failed)
			rc = err_set(err, ERR_FATAL, "a piece is longer than %u bytes", PIECE_MAX);
	} while (rc == PIECE_MORE && a->piece.len < PIECE_GOOD &&
		 clock_mono_ms() - begun_ms < TURN_WORK_MS);
	a->last = rc == PIECE_LAST;
	return rc < 0 ? rc : 0;
}

static void on_done(void *arg)
{
	struct pieces_answer *a = arg;

	turns_forget(a->turns, &a->turn);
	a->source->done(a->arg);
	buf_release(&a->piece);
	free(a);
}

/* The connection is left alone until there is more. */
static ssize_t rest(struct pieces_answer *a)
{
	if (a->failed || turns_are_over(a->turns))
		return HTTP_STREAM_BROKEN;
	turns_ask(a->turns, &a->turn);
	return HTTP_STREAM_LATER;
}

static ssize_t on_pull(void *arg, uint64_t position, char *out, size_t room)
{
	struct pieces_answer *a = arg;
	size_t n = a->piece.len - a->sent;

	(void)position; /* each is asked for once, in order */
	if (n == 0)
		return a->last ? HTTP_STREAM_END : rest(a);
	if (n > room)
		n = room;
	memcpy(out, a->piece.data + a->sent, n);
	a->sent += n;
	return (ssize_t)n;
}

static void begin(struct pieces_answer *a)
{
	static const struct http_stream stream = { .size = HTTP_SIZE_UNKNOWN,
						   .pull = on_pull,
						   .done = on_done };

	a->begun = true;
	http_add_header(a->request, "X-Content-Type-Options", "nosniff");
	http_reply_stream(a->request, 200, a->type, &stream, a);
}

static void refuse(struct pieces_answer *a, const struct err *err)
{
	if (turns_are_over(a->turns))
		answer_error(a->request, 503, "Service Unavailable");
	else
		answer_internal(a->request, err);
	on_done(a);
}

static void fail(struct pieces_answer *a, const struct err *err)
{
	if (!a->begun)
		return refuse(a, err);
	log_error("answer_cut", "error=\"%s\"", err->text);
	a->failed = true;
	drop_piece(a);
	http_stream_resume(a->request);
}

static void on_turn(void *arg)
{
	struct pieces_answer *a = arg;
	struct err err;

	if (make_some(a, &err) < 0)
		fail(a, &err);
	else if (a->piece.len == 0 && !a->last)
		turns_ask(a->turns, &a->turn);
	else if (a->begun)
		http_stream_resume(a->request);
	else
		begin(a);
}

void answer_pieces(struct turns *t, struct http_request *r, const char *type,
		   const struct pieces *p, void *arg)
{
	struct pieces_answer *a = turns_are_over(t) ? NULL : calloc(1, sizeof(*a));

	if (a == NULL) {
		p->done(arg);
		return answer_error(r, 503, "Service Unavailable");
	}
	*a = (struct pieces_answer){ .source = p,
				     .arg = arg,
				     .request = r,
				     .type = type,
				     .turns = t,
				     .turn = { .step = on_turn, .arg = a },
				     .piece = BUF_INIT(PIECE_MAX) };
	turns_ask(t, &a->turn);
}
