/* Whose request it is, for the rate limit. */
#ifndef TELLER_APID_CLIENT_IP_H
#define TELLER_APID_CLIENT_IP_H

#include <stdbool.h>
#include <stddef.h>

#include "apid/http_server.h"

#define CLIENT_IP_MAX 64

/* The peer's address as text; behind a proxy the last entry of X-Forwarded-For, which is the one
 * that our own proxy wrote, when it is an address. */
void client_ip(const struct http_request *r, bool behind_proxy, char ret[CLIENT_IP_MAX]);

/* Whom an address stands for: itself, or for IPv6 its /64, which is what one customer has.  What is
 * no address stays as it is. */
#define CLIENT_NETWORK_MAX 48
void client_network(const char *ip, char ret[CLIENT_NETWORK_MAX]);

#endif
