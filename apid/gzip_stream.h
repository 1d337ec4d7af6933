/* A file compressed while it is sent, in constant memory. */
#ifndef TELLER_APID_GZIP_STREAM_H
#define TELLER_APID_GZIP_STREAM_H

#include "apid/http_server.h"

struct gzip_stream;

/* NULL: out of memory; else `fd` is the stream's. */
struct gzip_stream *gzip_stream_new(int fd);
extern const struct http_stream gzip_stream_ops; /* its argument: the stream */

#endif
