/* One range only: several would let a small request ask for a large answer many times over, and no
 * client needs them.  A header that is not understood is as good as none (RFC 9110, 14.2). */
#include "apid/http_range.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"

#define DIGITS_MAX 19 /* what is longer lies beyond any end */

/* Digits at *at, which moves behind them.  False: there are none. */
static bool take_number(const char **at, uint64_t *ret)
{
	size_t len = strspn(*at, "0123456789");
	char digits[DIGITS_MAX + 1];
	const char *from = *at;

	*at += len;
	while (len > 1 && *from == '0') {
		from++;
		len--;
	}
	*ret = UINT64_MAX;
	if (len == 0 || len > DIGITS_MAX)
		return len > 0;
	memcpy(digits, from, len);
	digits[len] = '\0';
	return text_to_u64(digits, UINT64_MAX, ret);
}

static enum http_range_kind last_bytes(uint64_t count, uint64_t size, uint64_t *ret_from,
				       uint64_t *ret_len)
{
	if (count == 0 || size == 0)
		return HTTP_RANGE_NOWHERE;
	*ret_len = count < size ? count : size;
	*ret_from = size - *ret_len;
	return HTTP_RANGE_PART;
}

static enum http_range_kind from_to(uint64_t first, uint64_t last, uint64_t size,
				    uint64_t *ret_from, uint64_t *ret_len)
{
	if (first > last)
		return HTTP_RANGE_WHOLE;
	if (first >= size)
		return HTTP_RANGE_NOWHERE;
	*ret_from = first;
	*ret_len = (last < size ? last + 1 : size) - first;
	return HTTP_RANGE_PART;
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

enum http_range_kind http_range_parse(const char *header, uint64_t size, uint64_t *ret_from,
				      uint64_t *ret_len)
{
	uint64_t first, last = UINT64_MAX;
	const char *at;

	if (header == NULL || strncasecmp(header, "bytes=", 6) != 0)
		return HTTP_RANGE_WHOLE;
	at = skip_blanks(header + 6);
	if (*at == '-') {
		at++;
		if (!take_number(&at, &last) || *skip_blanks(at) != '\0')
			return HTTP_RANGE_WHOLE;
		return last_bytes(last, size, ret_from, ret_len);
	}
	if (!take_number(&at, &first) || *at++ != '-')
		return HTTP_RANGE_WHOLE;
	if (isdigit((unsigned char)*at) && !take_number(&at, &last))
		return HTTP_RANGE_WHOLE;
	if (*skip_blanks(at) != '\0')
		return HTTP_RANGE_WHOLE;
	return from_to(first, last, size, ret_from, ret_len);
}
