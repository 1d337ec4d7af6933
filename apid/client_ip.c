/* Everything before the last entry of the last line is the client's own claim: it would be a free
 * choice of identity. */
#include "apid/client_ip.h"

#include <stdio.h>
#include <string.h>

#include "apid/throttle.h"
#include "common/base/text.h"

void client_ip(const struct http_request *r, bool behind_proxy, char ret[CLIENT_IP_MAX])
{
	const char *forwarded = http_last_header(r, "X-Forwarded-For"), *word, *comma;
	size_t len;

	http_peer(r, ret, CLIENT_IP_MAX);
	if (!behind_proxy || forwarded == NULL)
		return;
	comma = strrchr(forwarded, ',');
	word = text_trim(comma != NULL ? comma + 1 : forwarded, " \t", &len);
	if (len < CLIENT_IP_MAX && throttle_is_ip(word, len))
		(void)snprintf(ret, CLIENT_IP_MAX, "%.*s", (int)len, word);
}
