/* The Range header. */
#ifndef TELLER_APID_HTTP_RANGE_H
#define TELLER_APID_HTTP_RANGE_H

#include <stdint.h>

enum http_range_kind {
	HTTP_RANGE_WHOLE, /* none, not understood, or several: the whole is a right answer */
	HTTP_RANGE_PART,
	HTTP_RANGE_NOWHERE, /* well formed, and beyond the end: 416 */
};

/* Of `size` bytes which are asked for?  `header` may be NULL.  A part is never empty and lies
 * within `size`. */
enum http_range_kind http_range_parse(const char *header, uint64_t size, uint64_t *ret_from,
				      uint64_t *ret_len);

#endif
