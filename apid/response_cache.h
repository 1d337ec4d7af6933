/* Responses as the library knows them, kept to be sent again: most answers are the same, byte by
 * byte, as one before, and making a response costs dozens of small pieces of memory. */
#ifndef TELLER_APID_RESPONSE_CACHE_H
#define TELLER_APID_RESPONSE_CACHE_H

#include <microhttpd.h>
#include <stddef.h>

struct response_cache;
struct kept_response;

/* NULL: out of memory, as good as none. */
struct response_cache *response_cache_new(void);
/* All were released.  NULL is fine. */
void response_cache_free(struct response_cache *c);

/* The response with this head (name, NUL, value, NUL, ...) and body, made when it is not there.  It
 * stays at least until it is released.  NULL: too large, or its place is taken: make one. */
struct kept_response *response_cache_get(struct response_cache *c, const char *head,
					 size_t head_len, const void *body, size_t body_len);
struct MHD_Response *response_cache_response(const struct kept_response *k);
void response_cache_release(struct kept_response *k);

void response_add_head(struct MHD_Response *r, const char *head, size_t head_len);

#endif
