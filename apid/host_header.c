/* Only what can stand in a URL as it is passes: no blanks, no control characters, no user, no
 * escapes.  Whether such a host exists is not asked. */
#include "apid/host_header.h"

#include <stdint.h>
#include <string.h>

#include "common/base/text.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"
#define HEX	DIGITS "abcdefABCDEF"

/* "" or ":port" */
static bool is_port(const char *text)
{
	uint64_t port;

	if (text[0] == '\0' || strcmp(text, ":") == 0)
		return true;
	return text[0] == ':' && strlen(text) <= 6 && text_to_u64(text + 1, 65535, &port);
}

static size_t name_length(const char *text)
{
	size_t len = strspn(text, LETTERS DIGITS "-._");

	return text[0] == '.' || text[0] == '-' ? 0 : len;
}

static size_t ipv6_length(const char *text)
{
	size_t len = strspn(text + 1, HEX ":.");

	return len >= 2 && text[1 + len] == ']' ? len + 2 : 0;
}

bool host_header_read(const char *header, char ret[HOST_MAX])
{
	size_t len;

	ret[0] = '\0';
	if (header == NULL)
		return false;
	len = header[0] == '[' ? ipv6_length(header) : name_length(header);
	if (len == 0 || len >= HOST_MAX || !is_port(header + len))
		return false;
	memcpy(ret, header, len);
	ret[len] = '\0';
	return true;
}

bool host_header_is(const char *header, const char *name)
{
	char host[HOST_MAX];
	size_t len;

	if (!host_header_read(header, host))
		return false;
	len = strlen(host);
	if (host[len - 1] == '.')
		host[len - 1] = '\0';
	return text_equal_nocase(host, name);
}
