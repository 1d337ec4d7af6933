/* Everything before the last entry of the last line is the client's own claim: it would be a free
 * choice of identity. */
#include "apid/client_ip.h"

#include <arpa/inet.h>
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

/* An IPv4 client of an IPv6 socket is one of IPv4. */
void client_network(const char *ip, char ret[CLIENT_NETWORK_MAX])
{
	struct in6_addr a;
	char text[INET6_ADDRSTRLEN];

	(void)snprintf(ret, CLIENT_NETWORK_MAX, "%.*s", CLIENT_NETWORK_MAX - 1, ip);
	if (inet_pton(AF_INET6, ip, &a) != 1)
		return;
	if (IN6_IS_ADDR_V4MAPPED(&a)) {
		(void)inet_ntop(AF_INET, &a.s6_addr[12], ret, CLIENT_NETWORK_MAX);
		return;
	}
	memset(&a.s6_addr[8], 0, 8);
	(void)inet_ntop(AF_INET6, &a, text, sizeof(text));
	(void)snprintf(ret, CLIENT_NETWORK_MAX, "%.40s/64", text);
}
