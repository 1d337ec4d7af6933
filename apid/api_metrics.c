/* GET /metrics: what the daemons say, what the database has counted already, what apid counts. */
#include <stdlib.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "apid/metrics.h"
#include "apid/report.h"
#include "common/store/payout_store.h"

#define ANSWER_MAX (1U << 20)
#define TYPE	   "text/plain; version=0.0.4; charset=utf-8"

struct metrics_call {
	struct apid *apid;
	struct http_request *request;
};

static void read_counts(struct apid *a, struct metrics_view *v)
{
	struct store *s = a->d->store;
	struct err err;

	v->have_counts = store_deposit_counts(s, &v->counts, &err) == 0;
	v->have_errored = store_deposit_error_count(s, &v->errored, &err) == 0;
	v->have_refused = store_payout_refused_count(s, &v->refused, &err) == 0;
}

static void answer_metrics(struct http_request *r, const struct metrics_view *v)
{
	struct buf out = BUF_INIT(ANSWER_MAX);

	metrics_print(v, &out);
	http_add_header(r, "X-Content-Type-Options", "nosniff");
	if (out.failed)
		answer_internal(r, &(struct err){ .text = "the metrics do not fit" });
	else
		http_reply(r, 200, TYPE, buf_text(&out), out.len);
	buf_release(&out);
}

static void on_health(void *arg, const struct relay_health health[RELAY_PEERS])
{
	struct metrics_call *call = arg;
	struct metrics_view v = { .requests = call->apid->figures };
	struct relay_health own;

	report_own(call->apid, &own);
	for (int i = 0; i < RELAY_PEERS; i++)
		v.daemon[i] = &health[i];
	v.daemon[RELAY_PEERS] = &own;
	for (int i = 0; i < METRICS_DAEMONS; i++)
		v.detail[i] = report_detail(v.daemon[i]);
	read_counts(call->apid, &v);
	answer_metrics(call->request, &v);
	for (int i = 0; i < METRICS_DAEMONS; i++)
		json_free(v.detail[i]);
	report_release(&own);
	free(call);
}

void api_metrics(struct apid *a, struct http_request *r)
{
	struct metrics_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return answer_internal(r, &(struct err){ .text = "out of memory" });
	*call = (struct metrics_call){ .apid = a, .request = r };
	relay_get_health(a->relay, on_health, call);
}
