/* Where an address leads: what a sandbox must know of it. */
#ifndef TELLER_COMMON_RPC_HTTP_PEER_H
#define TELLER_COMMON_RPC_HTTP_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

struct http_peer {
	uint16_t port;
	bool tls;
	bool by_name; /* the host must be looked up: it is neither an IP address nor localhost */
};

/* "host:port" or an http or https URL. */
int http_peer_parse(const char *address, struct http_peer *ret, struct err *err);

#endif
