/* A frame: 4 bytes of big-endian length, then a JSON object of at most 1 MiB. */
#ifndef TELLER_COMMON_IPC_FRAME_H
#define TELLER_COMMON_IPC_FRAME_H

#include "common/base/buf.h"

#define FRAME_MAX 1048576

/* Append the frame of `len` bytes to `out`; false when it is too large or `out` is full. */
bool frame_put(struct buf *out, const char *json, size_t len);

/* Look for a whole frame at the start of `len` bytes.
 * 1: *ret_json, *ret_len lie inside `data`, *ret_used bytes were taken.  0: more bytes are needed.
 * -1: the length is 0 or above FRAME_MAX: close the connection. */
int frame_get(const char *data, size_t len, const char **ret_json, size_t *ret_len,
	      size_t *ret_used);

#endif
