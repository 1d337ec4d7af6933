/* Which API does a node serve, and where?  Asked again after every trouble: operators upgrade nodes
 * under a running service. */
#ifndef TELLER_COMMON_NODE_SKY_FINDER_H
#define TELLER_COMMON_NODE_SKY_FINDER_H

#include "common/node/sky_api.h"
#include "common/rpc/http_client.h"

#define SKY_PLACES_MAX 2

/* `api` is served at `place`; or `err`: none is to be had now. */
typedef void (*sky_found_fn)(void *arg, size_t place, const struct sky_api *api,
			     const struct err *err);

/* Embedded in its user; zeroed, with `http` and `count` set, it is ready. */
struct sky_finder {
	struct http_client *http[SKY_PLACES_MAX]; /* the user's; in the order of trying */
	size_t count;

	bool running;
	size_t place, api; /* being tried */
	struct err first;  /* what the first place said */
	sky_found_fn fn;
	void *arg;
};

/* Calls back once, later; dropped by freeing the clients.  Must not be running. */
void sky_finder_start(struct sky_finder *f, sky_found_fn fn, void *arg);

#endif
