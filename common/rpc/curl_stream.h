/* A connection to a peer for a protocol that curl does not speak: curl connects, does TLS with the
 * rules of http_client, and then moves bytes.  Nothing blocks. */
#ifndef TELLER_COMMON_RPC_CURL_STREAM_H
#define TELLER_COMMON_RPC_CURL_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/loop/loop.h"

enum curl_stream_end { CURL_STREAM_OPEN, CURL_STREAM_UNREACHABLE, CURL_STREAM_UNTRUSTED };

struct curl_stream_options {
	const char *url;     /* http or https: which of them says whether there is TLS */
	const char *ca_file; /* NULL or "": the system's; else the only trust anchor */
	uint64_t connect_ms;
};

struct curl_stream_events {
	void (*connected)(void *arg, enum curl_stream_end end, const char *why);
	void (*ready)(void *arg); /* reading, or writing that was short, may go on */
};

struct curl_stream;

int curl_stream_new(struct loop *l, const struct curl_stream_options *o,
		    const struct curl_stream_events *events, void *arg, struct curl_stream **ret,
		    struct err *err);
/* Fine inside an event. */
void curl_stream_free(struct curl_stream *s);

/* Bytes moved; 0: none just now; -1: the connection has ended, *ret_why says how. */
long curl_stream_read(struct curl_stream *s, void *to, size_t size, const char **ret_why);
long curl_stream_write(struct curl_stream *s, const void *from, size_t len, const char **ret_why);

#endif
