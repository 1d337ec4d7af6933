#include "apid/client_key.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "common/base/clock.h"

static struct client_key key_of_v4(const uint8_t address[4])
{
	struct client_key k = { .len = 4, .loopback = address[0] == 127 };

	memcpy(k.bytes, address, 4);
	return k;
}

/* An IPv4 client of an IPv6 socket is one of IPv4. */
static struct client_key key_of_v6(const uint8_t address[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t loopback[16] = { [15] = 1 };
	struct client_key k = { .len = 8 };

	if (memcmp(address, mapped, sizeof(mapped)) == 0)
		return key_of_v4(address + sizeof(mapped));
	memcpy(k.bytes, address, sizeof(k.bytes));
	k.loopback = memcmp(address, loopback, sizeof(loopback)) == 0;
	return k;
}

struct client_key client_key_of_text(const char *ip)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, ip, bytes) == 1)
		return key_of_v4(bytes);
	if (inet_pton(AF_INET6, ip, bytes) == 1)
		return key_of_v6(bytes);
	return (struct client_key){ .len = 0 };
}

struct client_key client_key_of_sockaddr(const struct sockaddr *a)
{
	if (a != NULL && a->sa_family == AF_INET)
		return key_of_v4((const uint8_t *)&((const struct sockaddr_in *)a)->sin_addr);
	if (a != NULL && a->sa_family == AF_INET6)
		return key_of_v6((const uint8_t *)&((const struct sockaddr_in6 *)a)->sin6_addr);
	return (struct client_key){ .len = 0 };
}

uint64_t client_key_hash(const struct client_key *k, uint64_t seed)
{
	uint64_t h = seed;

	for (size_t i = 0; i < k->len; i++)
		h = (h ^ k->bytes[i]) * 0x9e3779b97f4a7c15U ^ (h >> 29);
	return h;
}

bool client_key_equal(const struct client_key *a, const struct client_key *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

uint64_t client_key_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = (uint64_t)clock_mono_ms();
	return seed;
}
