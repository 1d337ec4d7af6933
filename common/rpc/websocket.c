/* CONNECTING -> HANDSHAKE -> OPEN -> CLOSED, each entered once.
 *
 * What may never happen: an event after `closed`; an endless turn (a peer that sends without pause
 * gets TURN_BYTES of it, then others have theirs); waiting for ever (each state has its time, and
 * an open websocket that says nothing is pinged, for a cut cable says nothing either). */
#include "common/rpc/websocket.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/rpc/curl_stream.h"
#include "common/rpc/ws_frames.h"
#include "common/rpc/ws_handshake.h"

#define TURN_BYTES (1U << 20)
#define PIECE	   65536

enum ws_state { WS_CONNECTING, WS_HANDSHAKE, WS_OPEN, WS_CLOSED };

struct websocket {
	struct curl_stream *stream;
	struct ws_frames *frames;
	struct loop_timer *timer; /* until it is open: patience; then: silence */
	struct loop_timer *rest;  /* a turn's share was read, there may be more */
	char *host, *path, *user, *pass;
	uint64_t open_ms, silence_ms;
	const struct websocket_events *events;
	void *arg;

	enum ws_state state;
	struct ws_key key;
	struct buf answer;  /* HANDSHAKE: what came of it */
	struct buf request; /* HANDSHAKE: what is left to send of it */
	bool heard, pinged; /* OPEN: since the timer was started */
	bool busy;	    /* an event may be on the stack */
	bool freed;	    /* by such an event */
};

/* --- life ------------------------------------------------------------------------------------ */

static void wipe_free(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

static void destroy(struct websocket *w)
{
	curl_stream_free(w->stream);
	ws_frames_free(w->frames);
	loop_timer_free(w->timer);
	loop_timer_free(w->rest);
	buf_release(&w->answer);
	buf_release(&w->request);
	wipe_free(w->pass);
	free(w->user);
	free(w->host);
	free(w->path);
	free(w);
}

static bool send_out(struct websocket *w, struct buf *out, const char **ret_why)
{
	while (out->len > 0) {
		long n = curl_stream_write(w->stream, out->data, out->len, ret_why);

		if (n < 0)
			return false;
		if (n == 0)
			return true;
		buf_consume(out, (size_t)n);
	}
	return true;
}

void websocket_free(struct websocket *w)
{
	const char *why;

	if (w == NULL)
		return;
	if (w->state == WS_OPEN) {
		ws_frames_goodbye(w->frames);
		(void)send_out(w, ws_frames_out(w->frames), &why);
	}
	w->state = WS_CLOSED;
	w->freed = true;
	if (!w->busy)
		destroy(w);
}

static void close_with(struct websocket *w, enum websocket_end end, const char *why)
{
	if (w->state == WS_CLOSED)
		return;
	w->state = WS_CLOSED;
	loop_timer_stop(w->timer);
	loop_timer_stop(w->rest);
	w->events->closed(w->arg, end, why);
}

/* The end of every callback.  A socket that nobody reads would wake us for ever. */
static void leave(struct websocket *w)
{
	w->busy = false;
	if (w->freed) {
		destroy(w);
	} else if (w->state == WS_CLOSED) {
		curl_stream_free(w->stream);
		w->stream = NULL;
	}
}

/* --- HANDSHAKE ------------------------------------------------------------------------------- */

static void handshake_refused(struct websocket *w, int status)
{
	char why[96];

	(void)snprintf(why, sizeof(why), "status %d in place of a websocket", status);
	close_with(w, status == 401 || status == 403 ? WEBSOCKET_UNAUTHORIZED : WEBSOCKET_REFUSED,
		   why);
}

static void take_frames(struct websocket *w, const uint8_t *bytes, size_t len)
{
	const char *why;

	if (ws_frames_take(w->frames, bytes, len) || w->state == WS_CLOSED)
		return;
	(void)send_out(w, ws_frames_out(w->frames), &why);
	close_with(w, ws_frames_peer_left(w->frames) ? WEBSOCKET_LOST : WEBSOCKET_BROKEN,
		   ws_frames_end(w->frames));
}

static void open_up(struct websocket *w, size_t used)
{
	w->state = WS_OPEN;
	w->heard = w->pinged = false;
	loop_timer_start(w->timer, w->silence_ms);
	w->events->opened(w->arg);
	if (w->state == WS_OPEN && used < w->answer.len)
		take_frames(w, (const uint8_t *)w->answer.data + used, w->answer.len - used);
	buf_release(&w->answer);
}

static void take_answer(struct websocket *w, const uint8_t *bytes, size_t len)
{
	const char *why = NULL;
	size_t used = 0;
	int status = 0;

	(void)buf_append(&w->answer, bytes, len);
	if (w->answer.failed) {
		close_with(w, WEBSOCKET_BROKEN, "the answer has no end");
		return;
	}
	switch (ws_answer_read(w->answer.data, w->answer.len, &w->key, &used, &status, &why)) {
	case WS_ANSWER_PART: return;
	case WS_ANSWER_OPEN: open_up(w, used); return;
	case WS_ANSWER_STATUS: handshake_refused(w, status); return;
	case WS_ANSWER_BROKEN: close_with(w, WEBSOCKET_BROKEN, why); return;
	}
}

/* --- reading --------------------------------------------------------------------------------- */

static void take(struct websocket *w, const uint8_t *bytes, size_t len)
{
	w->heard = true;
	if (w->state == WS_HANDSHAKE)
		take_answer(w, bytes, len);
	else
		take_frames(w, bytes, len);
}

static void read_share(struct websocket *w)
{
	uint8_t piece[PIECE];
	const char *why = NULL;
	size_t total = 0;
	long n = 1;

	while (w->state != WS_CLOSED && total < TURN_BYTES) {
		n = curl_stream_read(w->stream, piece, sizeof(piece), &why);
		if (n <= 0)
			break;
		total += (size_t)n;
		take(w, piece, (size_t)n);
	}
	if (n < 0)
		close_with(w, WEBSOCKET_LOST, why);
	else if (n > 0 && w->state != WS_CLOSED)
		loop_timer_start(w->rest, 0);
}

static void write_out(struct websocket *w)
{
	struct buf *out = w->state == WS_HANDSHAKE ? &w->request : ws_frames_out(w->frames);
	const char *why = NULL;

	if (w->state != WS_CLOSED && !send_out(w, out, &why))
		close_with(w, WEBSOCKET_LOST, why);
}

/* Whatever woke us: go on as far as it goes. */
static void pump(struct websocket *w)
{
	w->busy = true;
	write_out(w);
	read_share(w);
	write_out(w);
	leave(w);
}

static void on_ready(void *arg)
{
	struct websocket *w = arg;

	if (w->state == WS_HANDSHAKE || w->state == WS_OPEN)
		pump(w);
}

static void on_connected(void *arg, enum curl_stream_end end, const char *why)
{
	struct websocket *w = arg;

	if (end == CURL_STREAM_OPEN) {
		w->state = WS_HANDSHAKE;
		loop_timer_start(w->timer, w->open_ms);
		pump(w);
		return;
	}
	w->busy = true;
	close_with(w, end == CURL_STREAM_UNTRUSTED ? WEBSOCKET_UNTRUSTED : WEBSOCKET_LOST, why);
	leave(w);
}

/* --- time ------------------------------------------------------------------------------------ */

static void check_silence(struct websocket *w)
{
	if (!w->heard && w->pinged) {
		close_with(w, WEBSOCKET_LOST, "it says nothing and answers no ping");
		return;
	}
	if (!w->heard)
		ws_frames_ping(w->frames);
	w->pinged = !w->heard;
	w->heard = false;
	loop_timer_start(w->timer, w->silence_ms);
	write_out(w);
}

static void on_timer(void *arg)
{
	struct websocket *w = arg;

	w->busy = true;
	if (w->state == WS_OPEN)
		check_silence(w);
	else
		close_with(w, WEBSOCKET_LOST, "no answer to the handshake in time");
	leave(w);
}

static void on_rest(void *arg)
{
	on_ready(arg);
}

/* --- beginning ------------------------------------------------------------------------------- */

static void on_text(void *arg, const char *text, size_t len)
{
	struct websocket *w = arg;

	if (w->state == WS_OPEN)
		w->events->message(w->arg, text, len);
}

void websocket_send(struct websocket *w, const char *text, size_t len)
{
	if (w->state != WS_OPEN)
		return;
	ws_frames_text(w->frames, text, len);
	loop_timer_start(w->rest, 0);
}

static char *url_part(CURLU *u, CURLUPart part, unsigned flags)
{
	char *text = NULL, *copy;

	if (curl_url_get(u, part, &text, flags) != CURLUE_OK)
		return NULL;
	copy = strdup(text);
	curl_free(text);
	return copy;
}

/* Host header and path, from the URL. */
static bool read_url(struct websocket *w, const char *url)
{
	CURLU *u = curl_url();
	char *host = NULL, *port = NULL;
	bool ok = u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK;

	if (ok) {
		host = url_part(u, CURLUPART_HOST, 0);
		port = url_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
		w->path = url_part(u, CURLUPART_PATH, 0);
		ok = host != NULL && port != NULL && w->path != NULL &&
		     asprintf(&w->host, "%s:%s", host, port) > 0;
	}
	free(host);
	free(port);
	curl_url_cleanup(u);
	return ok;
}

static char *copy_option(const char *text)
{
	return text != NULL && *text != '\0' ? strdup(text) : NULL;
}

static int prepare(struct websocket *w, struct loop *l, const struct websocket_options *o,
		   struct err *err)
{
	uint8_t nonce[WS_NONCE_BYTES];

	w->answer = (struct buf)BUF_INIT(WS_ANSWER_MAX + PIECE);
	w->request = (struct buf)BUF_INIT(65536);
	w->request.secret = true;
	w->open_ms = o->open_ms;
	w->silence_ms = o->silence_ms;
	w->user = copy_option(o->user);
	w->pass = copy_option(o->pass);
	w->timer = loop_timer_new(l, on_timer, w);
	w->rest = loop_timer_new(l, on_rest, w);
	w->frames = ws_frames_new(o->max_message, on_text, w);
	if (w->frames == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	if (!read_url(w, o->url))
		return err_set(err, ERR_INVALID, "the URL of the websocket is none");
	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		return err_set(err, ERR_BUSY, "no randomness");
	ws_key_make(nonce, &w->key);
	ws_request_put(&w->request, w->host, w->path, &w->key, w->user, w->pass);
	return w->request.failed ? err_set(err, ERR_INVALID, "the URL is too long") : 0;
}

int websocket_new(struct loop *l, const struct websocket_options *o,
		  const struct websocket_events *events, void *arg, struct websocket **ret,
		  struct err *err)
{
	static const struct curl_stream_events stream_events = { .connected = on_connected,
								 .ready = on_ready };
	struct curl_stream_options so = { .url = o->url,
					  .ca_file = o->ca_file,
					  .connect_ms = o->open_ms };
	struct websocket *w = calloc(1, sizeof(*w));
	int rc;

	if (w == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	w->events = events;
	w->arg = arg;
	rc = prepare(w, l, o, err);
	if (rc == 0)
		rc = curl_stream_new(l, &so, &stream_events, w, &w->stream, err);
	if (rc < 0)
		destroy(w);
	else
		*ret = w;
	return rc;
}
