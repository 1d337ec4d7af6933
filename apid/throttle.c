/* Whole numbers only: a request costs `duration_ms`, a millisecond brings `max`, a full bucket
 * holds max * duration_ms.  So `max` requests empty it and `duration_ms` fills it, exactly. */
#include "apid/throttle.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "apid/client_key.h"
#include "common/base/clock.h"

#define SETS 4096 /* a power of two */
#define WAYS 4

struct bucket {
	uint64_t key;  /* 0: unused */
	int64_t at_ms; /* when `level` was true */
	uint64_t level;
};

struct throttle {
	uint64_t max, duration_ms;
	uint64_t seed; /* so that nobody can aim at a set */
	struct bucket bucket[SETS][WAYS];
};

struct throttle *throttle_new(uint64_t max, uint64_t duration_ms)
{
	struct throttle *t;

	if (max > UINT32_MAX)
		max = UINT32_MAX; /* as good as no limit, and products stay within 64 bits */
	if (duration_ms > UINT32_MAX)
		duration_ms = UINT32_MAX;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->max = max;
	t->duration_ms = duration_ms;
	t->seed = client_key_seed();
	return t;
}

void throttle_free(struct throttle *t)
{
	free(t);
}

static uint64_t mix(uint64_t h, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x9e3779b97f4a7c15U ^ (h >> 29);
	return h;
}

static uint64_t bucket_key(const struct throttle *t, const char *ip, const char *path)
{
	struct client_key client = client_key_of_text(ip);
	uint64_t h = mix(client_key_hash(&client, t->seed), path, strlen(path));

	return h == 0 ? 1 : h;
}

static uint64_t full_level(const struct throttle *t)
{
	return t->max * t->duration_ms;
}

static uint64_t level_now(const struct throttle *t, const struct bucket *b, int64_t now)
{
	uint64_t passed = now > b->at_ms ? (uint64_t)(now - b->at_ms) : 0;

	if (passed >= t->duration_ms)
		return full_level(t);
	passed = b->level + passed * t->max;
	return passed < full_level(t) ? passed : full_level(t);
}

static struct bucket *find_bucket(struct throttle *t, uint64_t key, int64_t now)
{
	struct bucket *set = t->bucket[key & (SETS - 1)], *best = &set[0];

	for (int i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].key == 0 ||
		    (best->key != 0 && level_now(t, &set[i], now) > level_now(t, best, now)))
			best = &set[i];
	}
	*best = (struct bucket){ .key = key, .at_ms = now, .level = full_level(t) };
	return best;
}

bool throttle_allow(struct throttle *t, const char *ip, const char *path, uint64_t *ret_retry_s)
{
	int64_t now = clock_mono_ms();
	struct bucket *b = find_bucket(t, bucket_key(t, ip, path), now);

	b->level = level_now(t, b, now);
	b->at_ms = now;
	if (b->level >= t->duration_ms) {
		b->level -= t->duration_ms;
		return true;
	}
	*ret_retry_s = (t->duration_ms - b->level) / t->max / 1000 + 1;
	return false;
}

bool throttle_is_ip(const char *text, size_t len)
{
	char ip[INET6_ADDRSTRLEN];

	if (len >= sizeof(ip))
		return false;
	memcpy(ip, text, len);
	ip[len] = '\0';
	return client_key_of_text(ip).len > 0;
}
