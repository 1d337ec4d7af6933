/* Answers: from memory, from a file, or piece by piece.  A stream's pull() is called by
 * libmicrohttpd when the socket has room, so an answer of any size costs one piece of memory, and a
 * client that does not read costs no work.  A stream that has nothing yet rests: its connection is
 * suspended inside pull(), as the library allows.
 *
 * One that breaks off must not look like its end, which in HTTP/1.0, as proxies speak it, is that
 * of the connection: the library would end it in good order. */
#include "apid/http_request.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid/response_cache.h"
#include "common/base/clock.h"
#include "common/base/log.h"

#define STREAM_PIECE (32U * 1024)

void http_add_header(struct http_request *r, const char *name, const char *value)
{
	size_t before = r->head.len;

	if (buf_append(&r->head, name, strlen(name) + 1) &&
	    buf_append(&r->head, value, strlen(value) + 1))
		return;
	log_error("http_header_lost", "listener=%s header=%s", http_server_name(r->server), name);
	r->head.len = before;
	r->head.failed = false;
}

static void end_head(struct http_request *r, const char *type)
{
	if (type != NULL)
		http_add_header(r, "Content-Type", type);
	if (r->close)
		http_add_header(r, "Connection", "close");
}

void http_on_answered(struct http_request *r, http_answered_fn fn, void *arg)
{
	r->answered = fn;
	r->answered_arg = arg;
	r->asked_us = clock_mono_us();
}

static void give(struct http_request *r, int status, struct MHD_Response *response)
{
	r->status = status;
	r->response = response;
	if (response == NULL)
		log_error("http_reply", "listener=%s why=\"out of memory\"",
			  http_server_name(r->server));
	if (r->answered != NULL)
		r->answered(r->answered_arg, status, (uint64_t)(clock_mono_us() - r->asked_us));
	if (r->suspended)
		http_request_resume(r);
}

static void reply_with(struct http_request *r, int status, const char *type,
		       struct MHD_Response *response)
{
	end_head(r, type);
	if (response != NULL)
		response_add_head(response, r->head.data, r->head.len);
	give(r, status, response);
}

void http_reply(struct http_request *r, int status, const char *type, const void *body, size_t len)
{
	struct MHD_Response *response;

	end_head(r, type);
	r->kept = response_cache_get(http_server_responses(r->server), r->head.data, r->head.len,
				     body, len);
	if (r->kept != NULL) {
		give(r, status, response_cache_response(r->kept));
		return;
	}
	response = MHD_create_response_from_buffer(len, (void *)(uintptr_t)body,
						   MHD_RESPMEM_MUST_COPY);
	if (response != NULL)
		response_add_head(response, r->head.data, r->head.len);
	give(r, status, response);
}

void http_reply_fd_part(struct http_request *r, int status, const char *type, int fd, uint64_t from,
			uint64_t size)
{
	struct MHD_Response *response = MHD_create_response_from_fd_at_offset64(size, fd, from);

	if (response == NULL)
		(void)close(fd);
	reply_with(r, status, type, response);
}

void http_reply_fd(struct http_request *r, int status, const char *type, int fd, uint64_t size)
{
	http_reply_fd_part(r, status, type, fd, 0, size);
}

/* --- streams ------------------------------------------------------------------------------- */

struct running_stream {
	struct http_stream stream;
	void *arg;
	struct http_request *request;
};

static ssize_t on_pull(void *arg, uint64_t position, char *out, size_t room)
{
	const struct running_stream *s = arg;
	ssize_t n = s->stream.pull(s->arg, position, out, room);

	if (n == HTTP_STREAM_BROKEN)
		http_request_break(s->request);
	if (n != HTTP_STREAM_LATER)
		return n;
	MHD_suspend_connection(s->request->connection);
	return 0;
}

void http_stream_resume(struct http_request *r)
{
	MHD_resume_connection(r->connection);
	http_server_wake(r->server);
}

static void on_stream_over(void *arg)
{
	struct running_stream *s = arg;

	if (s->stream.done != NULL)
		s->stream.done(s->arg);
	free(s);
}

static struct MHD_Response *stream_response(struct http_request *r,
					    const struct http_stream *stream, void *arg)
{
	struct running_stream *s = malloc(sizeof(*s));
	struct MHD_Response *response = NULL;

	if (s != NULL) {
		*s = (struct running_stream){ .stream = *stream, .arg = arg, .request = r };
		response = MHD_create_response_from_callback(stream->size, STREAM_PIECE, on_pull, s,
							     on_stream_over);
	}
	if (response == NULL) {
		free(s);
		if (stream->done != NULL)
			stream->done(arg);
	}
	return response;
}

void http_reply_stream(struct http_request *r, int status, const char *type,
		       const struct http_stream *s, void *arg)
{
	r->streams = true;
	reply_with(r, status, type, stream_response(r, s, arg));
}
