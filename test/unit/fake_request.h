/* A request without a server, in place of apid/http_server.c: what apid's rooms ask of it is set
 * by the test, what they answer is kept for it.  For one test file each: it defines functions. */
#ifndef TELLER_TEST_UNIT_FAKE_REQUEST_H
#define TELLER_TEST_UNIT_FAKE_REQUEST_H

#include <stdio.h>
#include <string.h>

#include "apid/http_server.h"
#include "common/base/text.h"

#define FAKE_HEADERS_MAX 32

struct http_request {
	/* set by the test; lists end with NULL */
	const char *method, *path, *peer;
	const char *given[9]; /* name, value, name, value */
	const char *query[9]; /* the same */
	int refused;	      /* 0: no */
	bool too_large, takes_gzip, tls;
	/* kept for the test */
	int status; /* 0: not answered */
	const char *type;
	struct buf body, answer;
	struct {
		const char *name;
		char value[256];
	} header[FAKE_HEADERS_MAX];
	unsigned headers;
	void *context;
	http_answered_fn answered;
	void *answered_arg;
	struct http_stream stream; /* that is not at its end */
	void *stream_arg;
	ssize_t stream_said; /* what was the last pull's answer */
};

#define FAKE_REQUEST(m, p, ...)                                                                    \
	{                                                                                          \
		.method = (m), .path = (p), .peer = "10.0.0.1", .given = { __VA_ARGS__ },          \
		.body = BUF_INIT(1024), .answer = BUF_INIT(65536)                                  \
	}

static inline void fake_release(struct http_request *r)
{
	buf_release(&r->body);
	buf_release(&r->answer);
}

/* All values of one header of the answer, joined as on the wire; "" when there is none. */
static inline const char *fake_answer_header(const struct http_request *r, const char *name)
{
	static char joined[1024];

	joined[0] = '\0';
	for (unsigned i = 0; i < r->headers; i++)
		if (text_equal_nocase(r->header[i].name, name))
			(void)snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined),
				       "%s%s", joined[0] != '\0' ? ", " : "", r->header[i].value);
	return joined;
}

static const char *given_header(const struct http_request *r, const char *name, bool last)
{
	const char *value = NULL;

	for (unsigned i = 0; r->given[i] != NULL; i += 2)
		if (text_equal_nocase(r->given[i], name) && (value == NULL || last))
			value = r->given[i + 1];
	return value;
}

const char *http_method(const struct http_request *r)
{
	return r->method;
}

const char *http_path(const struct http_request *r)
{
	return r->path;
}

const char *http_header(const struct http_request *r, const char *name)
{
	return given_header(r, name, false);
}

const char *http_last_header(const struct http_request *r, const char *name)
{
	return given_header(r, name, true);
}

const char *http_query(const struct http_request *r, const char *name)
{
	for (unsigned i = 0; r->query[i] != NULL; i += 2)
		if (strcmp(r->query[i], name) == 0)
			return r->query[i + 1];
	return NULL;
}

const char *http_param(struct http_request *r, const char *name)
{
	return http_query(r, name);
}

const struct buf *http_body(const struct http_request *r)
{
	return &r->body;
}

bool http_body_is_too_large(const struct http_request *r)
{
	return r->too_large;
}

bool http_is_refused(const struct http_request *r, int *ret_status, const char **ret_text)
{
	*ret_status = r->refused;
	*ret_text = "Bad Request";
	return r->refused != 0;
}

bool http_takes_gzip(const struct http_request *r)
{
	return r->takes_gzip;
}

bool http_is_tls(const struct http_request *r)
{
	return r->tls;
}

size_t http_request_head_size(const struct http_request *r)
{
	return strlen(http_uri(r));
}

const char *http_uri(const struct http_request *r)
{
	return r->path;
}

void http_peer(const struct http_request *r, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s", r->peer);
}

void http_add_header(struct http_request *r, const char *name, const char *value)
{
	if (r->headers == FAKE_HEADERS_MAX)
		return;
	r->header[r->headers].name = name;
	(void)snprintf(r->header[r->headers++].value, sizeof(r->header[0].value), "%s", value);
}

void http_reply(struct http_request *r, int status, const char *type, const void *body, size_t len)
{
	r->status = r->status == 0 ? status : -1; /* exactly once */
	r->type = type;
	(void)buf_append(&r->answer, body, len);
}

void http_reply_fd(struct http_request *r, int status, const char *type, int fd, uint64_t size)
{
	(void)fd;
	(void)size;
	http_reply(r, status, type, "", 0);
}

void http_reply_fd_part(struct http_request *r, int status, const char *type, int fd, uint64_t from,
			uint64_t size)
{
	(void)from;
	http_reply_fd(r, status, type, fd, size);
}

/* A client that takes all that there is. */
void http_stream_resume(struct http_request *r)
{
	char piece[512];
	ssize_t n;

	while ((n = r->stream.pull(r->stream_arg, r->answer.len, piece, sizeof(piece))) > 0)
		(void)buf_append(&r->answer, piece, (size_t)n);
	r->stream_said = n;
	if (n != HTTP_STREAM_LATER && r->stream.done != NULL)
		r->stream.done(r->stream_arg);
}

void http_reply_stream(struct http_request *r, int status, const char *type,
		       const struct http_stream *s, void *arg)
{
	http_reply(r, status, type, "", 0);
	r->stream = *s;
	r->stream_arg = arg;
	http_stream_resume(r);
}

void http_on_answered(struct http_request *r, http_answered_fn fn, void *arg)
{
	r->answered = fn;
	r->answered_arg = arg;
}

void http_set_context(struct http_request *r, void *context)
{
	r->context = context;
}

void *http_context(const struct http_request *r)
{
	return r->context;
}

#endif
