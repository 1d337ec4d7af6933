#include "apid/request_figures.h"

#include <stdlib.h>

#define ROUTES_MAX 64

// clang-format off
const int request_status[REQUEST_STATUSES] = { 200, 206, 301, 304, 308, 400, 401, 403, 404, 405, 408,
					       413, 415, 421, 429, 431, 500, 501, 503, 0 };
const uint64_t request_bucket_us[REQUEST_BUCKETS - 1] = { 500, 1000, 2500, 5000, 10000, 25000, 50000,
							  100000, 250000, 1000000, 5000000 };
// clang-format on

struct request_figures {
	struct route_figures route[ROUTES_MAX];
	struct route_figures other[LISTENER_COUNT];
};

struct request_figures *request_figures_new(void)
{
	return route_count <= ROUTES_MAX ? calloc(1, sizeof(struct request_figures)) : NULL;
}

void request_figures_free(struct request_figures *f)
{
	free(f);
}

static unsigned status_place(int status)
{
	unsigned i = 0;

	while (request_status[i] != 0 && request_status[i] != status)
		i++;
	return i;
}

static unsigned bucket_place(uint64_t us)
{
	unsigned i = 0;

	while (i < REQUEST_BUCKETS - 1 && us > request_bucket_us[i])
		i++;
	return i;
}

static void on_answered(void *arg, int status, uint64_t us)
{
	struct route_figures *f = arg;

	f->answered[status_place(status)]++;
	f->bucket[bucket_place(us)]++;
	f->count++;
	f->sum_us += us;
}

static struct route_figures *figures_of(struct request_figures *f, enum listener_kind listener,
					const struct route *route)
{
	return route != NULL ? &f->route[route - routes] : &f->other[listener];
}

void request_figures_watch(struct request_figures *f, enum listener_kind listener,
			   const struct route *route, struct http_request *r)
{
	if (f != NULL)
		http_on_answered(r, on_answered, figures_of(f, listener, route));
}

const struct route_figures *request_figures_of(const struct request_figures *f,
					       enum listener_kind listener,
					       const struct route *route)
{
	return figures_of((struct request_figures *)(uintptr_t)f, listener, route);
}
