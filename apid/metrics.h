/* The figures that GET /metrics shows, in the text format 0.0.4 of Prometheus.  One table has their
 * names, types and words, and prints doc/METRICS.md. */
#ifndef TELLER_APID_METRICS_H
#define TELLER_APID_METRICS_H

#include "apid/relay.h"
#include "common/json/json.h"
#include "common/store/deposit_list.h"

struct request_figures;

#define METRICS_DAEMONS (RELAY_PEERS + 1) /* apid itself is the last one */

/* What they are made of; whatever could not be read is not shown. */
struct metrics_view {
	const struct relay_health *daemon[METRICS_DAEMONS];
	struct json *detail[METRICS_DAEMONS]; /* NULL: none */
	const struct request_figures *requests;
	bool have_counts, have_errored, have_refused;
	struct deposit_counts counts;
	uint64_t errored, refused;
};

void metrics_print(const struct metrics_view *v, struct buf *out);
/* doc/METRICS.md */
void metrics_print_markdown(struct buf *out);

#endif
