#include "apid/answer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "apid/gzip.h"
#include "common/base/log.h"

#define JSON	   "application/json"
#define TEXT_PLAIN "text/plain; charset=utf-8"

/* False: not answered. */
static bool reply_gzipped(struct http_request *r, const struct buf *json)
{
	struct buf small = BUF_INIT(json->len);
	bool ok = gzip_append(&small, json->data, json->len);

	if (ok) {
		http_add_header(r, "Content-Encoding", "gzip");
		http_reply(r, 200, JSON, buf_text(&small), small.len);
	}
	buf_release(&small);
	return ok;
}

void answer_json(struct http_request *r, const struct buf *json)
{
	struct err err;

	if (json->failed) {
		(void)err_set(&err, ERR_IO, "the answer does not fit into %zu bytes", json->max);
		answer_internal(r, &err);
		return;
	}
	http_add_header(r, "X-Content-Type-Options", "nosniff");
	if (json->len < GZIP_WORTH || !http_takes_gzip(r) || !reply_gzipped(r, json))
		http_reply(r, 200, JSON, buf_text(json), json->len);
}

void answer_empty(struct http_request *r)
{
	http_reply(r, 200, NULL, "", 0);
}

void answer_error(struct http_request *r, int status, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text) - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	if ((size_t)n > sizeof(text) - 2)
		n = sizeof(text) - 2;
	text[n] = '\n';
	http_add_header(r, "X-Content-Type-Options", "nosniff");
	http_reply(r, status, TEXT_PLAIN, text, (size_t)n + 1);
}

void answer_internal(struct http_request *r, const struct err *err)
{
	log_error("request_failed", "method=%s path=\"%s\" error=\"%s\"", http_method(r),
		  http_path(r), err->text);
	answer_error(r, 500, "Internal Server Error");
}

void duration_text(uint64_t ms, char *ret, size_t size)
{
	uint64_t s = ms / 1000;
	char fraction[8] = "", lead[48] = "";
	size_t n;

	if (ms > 0 && ms < 1000) {
		(void)snprintf(ret, size, "%" PRIu64 "ms", ms);
		return;
	}
	if (ms % 1000 != 0) {
		(void)snprintf(fraction, sizeof(fraction), ".%03u", (unsigned)(ms % 1000));
		for (n = strlen(fraction); fraction[n - 1] == '0'; n--)
			fraction[n - 1] = '\0';
	}
	if (s >= 3600)
		(void)snprintf(lead, sizeof(lead), "%" PRIu64 "h%" PRIu64 "m", s / 3600,
			       s / 60 % 60);
	else if (s >= 60)
		(void)snprintf(lead, sizeof(lead), "%" PRIu64 "m", s / 60);
	(void)snprintf(ret, size, "%s%" PRIu64 "%ss", lead, s % 60, fraction);
}
