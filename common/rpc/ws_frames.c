/* wslay asks for bytes and gives bytes through callbacks; here they come from one piece of memory
 * and go to another.  What may never happen: more than OUT_MAX bytes waiting to be sent (a peer
 * that pings without end and reads nothing). */
#include "common/rpc/ws_frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <wslay/wslay.h>

#define OUT_MAX (1U << 20)

struct ws_frames {
	wslay_event_context_ptr ctx;
	ws_text_fn fn;
	void *arg;
	const uint8_t *in;
	size_t in_len;
	struct buf out;
	char end[192]; /* empty: in order */
};

static ssize_t on_want_bytes(wslay_event_context_ptr ctx, uint8_t *to, size_t size, int flags,
			     void *arg)
{
	struct ws_frames *f = arg;
	size_t n = f->in_len < size ? f->in_len : size;

	(void)flags;
	if (n == 0) {
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(to, f->in, n);
	f->in += n;
	f->in_len -= n;
	return (ssize_t)n;
}

static ssize_t on_have_bytes(wslay_event_context_ptr ctx, const uint8_t *bytes, size_t len,
			     int flags, void *arg)
{
	struct ws_frames *f = arg;

	(void)flags;
	if (buf_append(&f->out, bytes, len))
		return (ssize_t)len;
	wslay_event_set_error(ctx, WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

/* A mask keeps proxies from taking our bytes for something else: it must be one that nobody can
 * foretell. */
static int on_want_mask(wslay_event_context_ptr ctx, uint8_t *to, size_t size, void *arg)
{
	(void)arg;
	if (getrandom(to, size, 0) == (ssize_t)size)
		return 0;
	wslay_event_set_error(ctx, WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static void on_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *m,
		       void *arg)
{
	struct ws_frames *f = arg;

	(void)ctx;
	if (m->opcode != WSLAY_TEXT_FRAME)
		return;
	/* wslay has no pointer for nothing. */
	f->fn(f->arg, m->msg_length > 0 ? (const char *)m->msg : "", m->msg_length);
}

struct ws_frames *ws_frames_new(size_t max_message, ws_text_fn fn, void *arg)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = on_want_bytes,
		.send_callback = on_have_bytes,
		.genmask_callback = on_want_mask,
		.on_msg_recv_callback = on_message,
	};
	struct ws_frames *f = calloc(1, sizeof(*f));

	if (f == NULL || wslay_event_context_client_init(&f->ctx, &callbacks, f) != 0) {
		free(f);
		return NULL;
	}
	wslay_event_config_set_max_recv_msg_length(f->ctx, max_message);
	f->out = (struct buf)BUF_INIT(OUT_MAX);
	f->fn = fn;
	f->arg = arg;
	return f;
}

void ws_frames_free(struct ws_frames *f)
{
	if (f == NULL)
		return;
	wslay_event_context_free(f->ctx);
	buf_release(&f->out);
	free(f);
}

/* --- how it ends ----------------------------------------------------------------------------- */

/* What wslay found wrong is the code that it closes with; a frame that is none gets no code. */
static const char *code_words(unsigned code)
{
	switch (code) {
	case WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA: return "a text that is no UTF-8";
	case WSLAY_CODE_MESSAGE_TOO_BIG: return "a message that is too long";
	default: return "the peer broke the protocol";
	}
}

static void note_end(struct ws_frames *f)
{
	if (wslay_event_get_close_received(f->ctx))
		(void)snprintf(f->end, sizeof(f->end), "closed by the peer (code %u)",
			       wslay_event_get_status_code_received(f->ctx));
	else
		(void)snprintf(f->end, sizeof(f->end), "%s (code %u)",
			       code_words(wslay_event_get_status_code_sent(f->ctx)),
			       wslay_event_get_status_code_sent(f->ctx));
}

static void flush(struct ws_frames *f)
{
	if (wslay_event_send(f->ctx) != 0 && f->end[0] == '\0')
		(void)snprintf(f->end, sizeof(f->end), "the peer does not read what we send");
}

const char *ws_frames_end(const struct ws_frames *f)
{
	return f->end[0] != '\0' ? f->end : NULL;
}

bool ws_frames_peer_left(const struct ws_frames *f)
{
	return f->end[0] != '\0' && wslay_event_get_close_received(f->ctx);
}

/* --- in and out ------------------------------------------------------------------------------ */

bool ws_frames_take(struct ws_frames *f, const uint8_t *bytes, size_t len)
{
	int rc;

	if (f->end[0] != '\0')
		return false;
	f->in = bytes;
	f->in_len = len;
	rc = wslay_event_recv(f->ctx);
	flush(f); /* what it answers, its last word included */
	if (rc != 0 && f->end[0] == '\0')
		(void)snprintf(f->end, sizeof(f->end), "%s",
			       rc == WSLAY_ERR_NOMEM ? "no memory for a message"
						     : "the peer broke the protocol");
	if (f->end[0] == '\0' && !wslay_event_want_read(f->ctx))
		note_end(f);
	return f->end[0] == '\0';
}

static void queue(struct ws_frames *f, uint8_t opcode, const void *data, size_t len)
{
	struct wslay_event_msg m = { .opcode = opcode, .msg = data, .msg_length = len };

	if (f->end[0] != '\0')
		return;
	(void)wslay_event_queue_msg(f->ctx, &m);
	flush(f);
}

void ws_frames_text(struct ws_frames *f, const char *text, size_t len)
{
	queue(f, WSLAY_TEXT_FRAME, text, len);
}

void ws_frames_ping(struct ws_frames *f)
{
	queue(f, WSLAY_PING, NULL, 0);
}

void ws_frames_goodbye(struct ws_frames *f)
{
	if (f->end[0] != '\0')
		return;
	(void)wslay_event_queue_close(f->ctx, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0);
	flush(f);
}

struct buf *ws_frames_out(struct ws_frames *f)
{
	return &f->out;
}
