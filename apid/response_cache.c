/* One place for each hash.  What is in it is compared, not believed.  A place that a request still
 * needs is not cleared. */
#include "apid/response_cache.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PLACES	      256 /* a power of two */
#define SIZE_MAX_KEPT 4096

struct kept_response {
	struct MHD_Response *response; /* NULL: nothing is here */
	char *bytes;		       /* head, then body */
	size_t head_len, body_len;
	unsigned users;
};

struct response_cache {
	struct kept_response kept[PLACES];
};

struct response_cache *response_cache_new(void)
{
	return calloc(1, sizeof(struct response_cache));
}

static void clear(struct kept_response *k)
{
	if (k->response != NULL)
		MHD_destroy_response(k->response);
	free(k->bytes);
	*k = (struct kept_response){ .response = NULL };
}

void response_cache_free(struct response_cache *c)
{
	for (size_t i = 0; c != NULL && i < PLACES; i++)
		clear(&c->kept[i]);
	free(c);
}

void response_add_head(struct MHD_Response *r, const char *head, size_t head_len)
{
	for (size_t at = 0, value; at < head_len; at = value + strlen(head + value) + 1) {
		value = at + strlen(head + at) + 1;
		(void)MHD_add_response_header(r, head + at, head + value);
	}
}

/* Eight bytes at a time; which place, not what it is. */
static uint64_t mix(uint64_t h, const char *p, size_t len)
{
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = (h ^ word) * 0x9e3779b97f4a7c15U;
		h ^= h >> 29;
	}
	for (; len > 0; len--, p++)
		h = (h ^ (uint8_t)*p) * 1099511628211U;
	return h ^ (h >> 32);
}

static bool is_same(const struct kept_response *k, const char *head, size_t head_len,
		    const void *body, size_t body_len)
{
	return k->response != NULL && k->head_len == head_len && k->body_len == body_len &&
	       memcmp(k->bytes, head, head_len) == 0 &&
	       memcmp(k->bytes + head_len, body, body_len) == 0;
}

static bool fill(struct kept_response *k, const char *head, size_t head_len, const void *body,
		 size_t body_len)
{
	k->bytes = malloc(head_len + body_len + 1);
	if (k->bytes == NULL)
		return false;
	memcpy(k->bytes, head, head_len);
	memcpy(k->bytes + head_len, body, body_len);
	k->head_len = head_len;
	k->body_len = body_len;
	k->response = MHD_create_response_from_buffer(body_len, k->bytes + head_len,
						      MHD_RESPMEM_PERSISTENT);
	if (k->response != NULL)
		response_add_head(k->response, k->bytes, head_len);
	return k->response != NULL;
}

struct kept_response *response_cache_get(struct response_cache *c, const char *head,
					 size_t head_len, const void *body, size_t body_len)
{
	struct kept_response *k;

	if (c == NULL || head_len == 0 || body_len == 0 || head_len + body_len > SIZE_MAX_KEPT)
		return NULL;
	k = &c->kept[mix(mix(head_len, head, head_len), body, body_len) & (PLACES - 1)];
	if (!is_same(k, head, head_len, body, body_len)) {
		if (k->users > 0)
			return NULL;
		clear(k);
		if (!fill(k, head, head_len, body, body_len)) {
			clear(k);
			return NULL;
		}
	}
	k->users++;
	return k;
}

struct MHD_Response *response_cache_response(const struct kept_response *k)
{
	return k->response;
}

void response_cache_release(struct kept_response *k)
{
	k->users--;
}
