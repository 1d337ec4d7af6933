/* How many requests were answered how, and how soon: counted as they are, in constant memory. */
#ifndef TELLER_APID_REQUEST_FIGURES_H
#define TELLER_APID_REQUEST_FIGURES_H

#include "apid/route_table.h"

struct request_figures;

struct request_figures *request_figures_new(void); /* NULL: out of memory */
void request_figures_free(struct request_figures *f);
/* Count this request when it is answered.  `route` is NULL for pages and what is not found. */
void request_figures_watch(struct request_figures *f, enum listener_kind listener,
			   const struct route *route, struct http_request *r);

/* Statuses that have a count of their own; 0: all others. */
#define REQUEST_STATUSES 20
extern const int request_status[REQUEST_STATUSES];
/* Upper bounds in microseconds, the last one without end. */
#define REQUEST_BUCKETS 12
extern const uint64_t request_bucket_us[REQUEST_BUCKETS - 1];

struct route_figures {
	uint64_t answered[REQUEST_STATUSES];
	uint64_t bucket[REQUEST_BUCKETS]; /* not cumulated */
	uint64_t count, sum_us;
};
/* Those of one route, or of all that has none. */
const struct route_figures *request_figures_of(const struct request_figures *f,
					       enum listener_kind listener,
					       const struct route *route);

#endif
