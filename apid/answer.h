/* The shapes of the HTTP contract's answers. */
#ifndef TELLER_APID_ANSWER_H
#define TELLER_APID_ANSWER_H

#include "apid/http_server.h"

/* 200 application/json with the text in `json`; 500 when the buffer has failed. */
void answer_json(struct http_request *r, const struct buf *json);
/* 200 with an empty body. */
void answer_empty(struct http_request *r);
/* Plain text with one newline at the end, and nosniff. */
void answer_error(struct http_request *r, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "Internal Server Error"; the reason goes to the log only. */
void answer_internal(struct http_request *r, const struct err *err);

/* A duration as the original writes it: "1m0s", "5m32.001s", "250ms", "0s". */
void duration_text(uint64_t ms, char *ret, size_t size);

#endif
