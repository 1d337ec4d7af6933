/* Who counts as one client: an IPv4 address, or a /64 of IPv6, which is what a provider gives to
 * one customer. */
#ifndef TELLER_APID_CLIENT_KEY_H
#define TELLER_APID_CLIENT_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;

struct client_key {
	uint8_t bytes[8];
	uint8_t len;   /* 4: IPv4, 8: IPv6, 0: neither; all such are one client */
	bool loopback; /* a program of this machine */
};

struct client_key client_key_of_text(const char *ip);
struct client_key client_key_of_sockaddr(const struct sockaddr *a);
/* A number for tables; `seed` so that nobody can aim at a place in them. */
uint64_t client_key_hash(const struct client_key *k, uint64_t seed);
bool client_key_equal(const struct client_key *a, const struct client_key *b);
uint64_t client_key_seed(void);

#endif
