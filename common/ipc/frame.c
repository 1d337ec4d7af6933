#include "common/ipc/frame.h"

#include <stdint.h>

#define PREFIX 4

bool frame_put(struct buf *out, const char *json, size_t len)
{
	uint8_t prefix[PREFIX] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
				   (uint8_t)len };

	if (len == 0 || len > FRAME_MAX || out->failed || out->len > out->max ||
	    out->max - out->len < PREFIX + len)
		return false; /* whole or not at all: half a frame would spoil those after it */
	return buf_append(out, prefix, PREFIX) && buf_append(out, json, len);
}

int frame_get(const char *data, size_t len, const char **ret_json, size_t *ret_len,
	      size_t *ret_used)
{
	const uint8_t *p = (const uint8_t *)data;
	size_t size;

	if (len < PREFIX)
		return 0;
	size = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	if (size == 0 || size > FRAME_MAX)
		return -1;
	if (len - PREFIX < size)
		return 0;
	*ret_json = data + PREFIX;
	*ret_len = size;
	*ret_used = PREFIX + size;
	return 1;
}
