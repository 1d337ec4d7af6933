#include "common/rpc/http_peer.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"

/* curl knows localhost without asking anybody; IPv6 addresses come in brackets. */
static bool is_name(const char *host)
{
	struct in_addr v4;

	return host[0] != '[' && inet_pton(AF_INET, host, &v4) != 1 &&
	       strcasecmp(host, "localhost") != 0;
}

static bool read_peer(CURLU *u, const char *address, struct http_peer *ret)
{
	char *scheme = NULL, *host = NULL, *port = NULL;
	uint64_t number = 0;
	bool ok = curl_url_set(u, CURLUPART_URL, address, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		  text_to_u64(port, UINT16_MAX, &number);

	if (ok)
		*ret = (struct http_peer){ .port = (uint16_t)number,
					   .tls = strcmp(scheme, "https") == 0,
					   .by_name = is_name(host) };
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return ok;
}

int http_peer_parse(const char *address, struct http_peer *ret, struct err *err)
{
	const char *scheme = strstr(address, "://") != NULL ? "" : "http://";
	char url[1024];
	int n = snprintf(url, sizeof(url), "%s%s", scheme, address);
	CURLU *u = curl_url();
	bool ok = u != NULL && n > 0 && (size_t)n < sizeof(url) && read_peer(u, url, ret);

	curl_url_cleanup(u);
	return ok ? 0 : err_set(err, ERR_INVALID, "'%s' is no address of a node", address);
}
