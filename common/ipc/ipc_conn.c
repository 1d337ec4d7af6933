/* Bytes to frames and back.
 *
 *   read:  socket -> chunk (shared) -> frames -> owner;   an unfinished frame waits in `in`
 *   write: messages -> `out` -> (turn end) -> `sending` -> socket
 *
 * One chunk serves all connections, because a read is parsed before the next one is begun; so an
 * idle connection costs next to nothing.  `out` and `sending` change places at each flush: what
 * the kernel does not take at once stays in `sending` until libuv has written it, and what comes
 * meanwhile gathers in `out`.
 *
 * May never happen: a call to the owner after ipc_conn_close(). */
#include "common/ipc/ipc_conn.h"

#include <stdlib.h>

#include "common/ipc/frame.h"
#include "common/loop/loop_uv.h"

#define CHUNK_SIZE 65536
#define KEEP_MAX   CHUNK_SIZE /* a buffer that has grown larger is given back when empty */
#define PREFIX_MAX 4

struct ipc_conn {
	struct loop *loop;
	const struct ipc_conn_owner *calls;
	void *owner;
	uv_pipe_t pipe;
	uv_write_t request;
	struct buf in, out, sending;
	bool started, paused, closing;
	bool writing; /* libuv holds `sending` */
	bool flush_asked, resume_asked;
};

static char chunk[CHUNK_SIZE];

struct ipc_conn *ipc_conn_new(struct loop *l, const struct ipc_conn_owner *calls, void *owner)
{
	struct ipc_conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	c->loop = l;
	c->calls = calls;
	c->owner = owner;
	c->in.max = CHUNK_SIZE + PREFIX_MAX + FRAME_MAX;
	c->out.max = c->sending.max = 4 * IPC_QUEUE_MAX;
	(void)uv_pipe_init(loop_uv(l), &c->pipe, 0);
	c->pipe.data = c;
	return c;
}

uv_pipe_t *ipc_conn_pipe(struct ipc_conn *c)
{
	return &c->pipe;
}

bool ipc_conn_closing(const struct ipc_conn *c)
{
	return c->closing;
}

static void conn_broken(struct ipc_conn *c, const char *why)
{
	if (!c->closing)
		c->calls->on_broken(c->owner, why);
}

static void buf_shrink(struct buf *b)
{
	if (b->cap > KEEP_MAX)
		buf_release(b);
	else
		buf_clear(b);
}

/* --- reading -------------------------------------------------------------------------------- */

/* Hand over the whole frames of `data` until closed or paused.  Returns the bytes taken. */
static size_t take_frames(struct ipc_conn *c, const char *data, size_t len)
{
	size_t taken = 0;

	while (!c->closing && !c->paused) {
		const char *json;
		size_t json_len, used;
		int got = frame_get(data + taken, len - taken, &json, &json_len, &used);

		if (got == 0)
			break;
		if (got < 0) {
			conn_broken(c, "frame of impossible length");
			break;
		}
		taken += used;
		c->calls->on_frame(c->owner, json, json_len);
	}
	return taken;
}

/* The usual case: nothing was left over, so frames are taken from the chunk where it lies. */
static void take_chunk(struct ipc_conn *c, const char *data, size_t len)
{
	size_t taken = 0;

	if (c->in.len == 0) {
		taken = take_frames(c, data, len);
		(void)buf_append(&c->in, data + taken, len - taken);
	} else {
		(void)buf_append(&c->in, data, len);
		taken = take_frames(c, c->in.data, c->in.len);
		buf_consume(&c->in, taken);
	}
	if (c->in.failed)
		conn_broken(c, "out of memory for a frame");
	else if (c->in.len == 0)
		buf_shrink(&c->in);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *ret)
{
	(void)h;
	(void)suggested;
	*ret = uv_buf_init(chunk, sizeof(chunk));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *data)
{
	struct ipc_conn *c = stream->data;

	if (n > 0)
		take_chunk(c, data->base, (size_t)n);
	else if (n < 0)
		conn_broken(c, n == UV_EOF ? "closed by the peer" : uv_strerror((int)n));
}

static void conn_read(struct ipc_conn *c)
{
	int rc = uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);

	if (rc < 0 && rc != UV_EALREADY)
		conn_broken(c, uv_strerror(rc));
}

void ipc_conn_start(struct ipc_conn *c)
{
	c->started = true;
	if (!c->paused)
		conn_read(c);
}

bool ipc_conn_paused(const struct ipc_conn *c)
{
	return c->paused;
}

void ipc_conn_pause(struct ipc_conn *c)
{
	c->paused = true;
	if (c->started && !c->closing)
		(void)uv_read_stop((uv_stream_t *)&c->pipe);
}

/* Frames that had been read before the pause come first. */
static void conn_resumed(void *arg)
{
	struct ipc_conn *c = arg;

	c->resume_asked = false;
	if (c->paused || !c->started)
		return;
	buf_consume(&c->in, take_frames(c, buf_text(&c->in), c->in.len));
	if (!c->closing && !c->paused)
		conn_read(c);
}

/* At the end of the turn, because the caller may be answering a frame that is being handed over. */
void ipc_conn_resume(struct ipc_conn *c)
{
	c->paused = false;
	if (c->resume_asked || c->closing)
		return;
	c->resume_asked = true;
	loop_at_turn_end(c->loop, conn_resumed, c);
}

/* --- writing -------------------------------------------------------------------------------- */

static void conn_flush(struct ipc_conn *c);

static void on_written(uv_write_t *request, int status)
{
	struct ipc_conn *c = request->data;

	c->writing = false;
	if (c->closing)
		return;
	buf_shrink(&c->sending);
	if (status < 0)
		conn_broken(c, uv_strerror(status));
	else if (c->out.len > 0)
		conn_flush(c);
	else
		c->calls->on_drained(c->owner);
}

/* The kernel took `done` bytes of `sending`: libuv writes the rest when it can. */
static void conn_write_rest(struct ipc_conn *c, size_t done)
{
	uv_buf_t rest = uv_buf_init(c->sending.data + done, (unsigned)(c->sending.len - done));
	int rc;

	c->request.data = c;
	rc = uv_write(&c->request, (uv_stream_t *)&c->pipe, &rest, 1, on_written);
	if (rc < 0)
		conn_broken(c, uv_strerror(rc));
	else
		c->writing = true;
}

static void conn_flush(struct ipc_conn *c)
{
	struct buf swap = c->sending;
	uv_buf_t all;
	int n;

	c->sending = c->out;
	c->out = swap;
	all = uv_buf_init(c->sending.data, (unsigned)c->sending.len);
	n = uv_try_write((uv_stream_t *)&c->pipe, &all, 1);
	if (n < 0 && n != UV_EAGAIN) {
		conn_broken(c, uv_strerror(n));
	} else if (n == (int)c->sending.len) {
		buf_shrink(&c->sending);
		c->calls->on_drained(c->owner);
	} else {
		conn_write_rest(c, n > 0 ? (size_t)n : 0);
	}
}

static void conn_turn_end(void *arg)
{
	struct ipc_conn *c = arg;

	c->flush_asked = false;
	if (c->out.len > 0 && !c->writing)
		conn_flush(c);
}

bool ipc_conn_send(struct ipc_conn *c, const struct message *m, const struct envelope *env)
{
	static struct buf json = BUF_INIT(FRAME_MAX);
	bool ok;

	buf_clear(&json);
	message_encode(m, env, &json);
	ok = !json.failed && frame_put(&c->out, buf_text(&json), json.len);
	buf_shrink(&json);
	if (ok && !c->flush_asked && !c->closing) {
		c->flush_asked = true;
		loop_at_turn_end(c->loop, conn_turn_end, c);
	}
	return ok;
}

size_t ipc_conn_queued(const struct ipc_conn *c)
{
	return c->out.len + uv_stream_get_write_queue_size((const uv_stream_t *)&c->pipe);
}

bool ipc_conn_full(const struct ipc_conn *c)
{
	return ipc_conn_queued(c) >= IPC_QUEUE_MAX;
}

/* --- the end -------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *h)
{
	struct ipc_conn *c = h->data;

	buf_release(&c->in);
	buf_release(&c->out);
	buf_release(&c->sending);
	free(c);
}

/* A last word, such as the error that explains why we close. */
static void conn_last_word(struct ipc_conn *c)
{
	uv_buf_t all = uv_buf_init(c->out.data, (unsigned)c->out.len);

	if (c->started && !c->writing && c->out.len > 0)
		(void)uv_try_write((uv_stream_t *)&c->pipe, &all, 1); /* or never */
}

void ipc_conn_close(struct ipc_conn *c)
{
	if (c == NULL || c->closing)
		return;
	c->closing = true;
	loop_cancel_turn_end(c->loop, c);
	conn_last_word(c);
	uv_close((uv_handle_t *)&c->pipe, on_closed);
}
