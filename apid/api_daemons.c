/* GET /api/daemons: what each daemon says of itself, in its own words, for the operator. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "apid/problem_row.h"
#include "apid/report.h"

#define ANSWER_MAX (512U * 1024)

struct daemons_call {
	struct apid *apid;
	struct http_request *request;
};

static void print_problem(void *arg, const char *daemon, const char *what, const char *text,
			  int64_t since)
{
	struct problem_shown shown;
	struct json_writer *w = arg;

	problem_show(daemon, what, &shown);
	json_begin_object(w);
	json_put_string(w, "what", what);
	json_put_i64(w, "since", since);
	json_put_string(w, "text", text);
	json_put_string(w, "component", shown.component);
	json_put_string(w, "customers", shown.customers);
	json_end_object(w);
}

static void print_told(struct json_writer *w, const struct msg_health_reply *m)
{
	char uptime[48];

	duration_text(m->uptime_ms, uptime, sizeof(uptime));
	json_put_string(w, "version", m->version);
	json_put_string(w, "uptime", uptime);
	json_put_string(w, "error", m->error);
}

static void print_balance(struct json_writer *w, const struct msg_health_reply *m)
{
	char coins[UNITS_TEXT_MAX], hours[24];

	droplets_to_text(m->balance, coins);
	(void)snprintf(hours, sizeof(hours), "%" PRIu64, m->hours.n);
	json_write_key(w, "balance");
	json_begin_object(w);
	json_put_string(w, "coins", coins);
	json_put_string(w, "hours", hours);
	json_end_object(w);
}

static void print_daemon(struct json_writer *w, const struct relay_health *h)
{
	json_begin_object(w);
	json_put_string(w, "name", h->name);
	json_put_bool(w, "up", h->up);
	if (h->up)
		print_told(w, &h->m);
	if (h->up && strcmp(h->name, "senderd") == 0)
		print_balance(w, &h->m);
	json_write_key(w, "problems");
	json_begin_array(w);
	report_each_problem(h, print_problem, w);
	json_end_array(w);
	json_write_key(w, "detail");
	if (!h->up || h->m.detail == NULL || !json_write_json(w, h->m.detail, strlen(h->m.detail)))
		json_write_null(w);
	json_end_object(w);
}

static void on_health(void *arg, const struct relay_health health[RELAY_PEERS])
{
	struct daemons_call *call = arg;
	struct buf out = BUF_INIT(ANSWER_MAX);
	struct relay_health own;
	struct json_writer w;

	report_own(call->apid, &own);
	json_writer_init(&w, &out, JSON_INDENTED);
	json_begin_object(&w);
	json_write_key(&w, "daemons");
	json_begin_array(&w);
	for (int i = 0; i < RELAY_PEERS; i++)
		print_daemon(&w, &health[i]);
	print_daemon(&w, &own);
	json_end_array(&w);
	json_end_object(&w);
	answer_json(call->request, &out);
	report_release(&own);
	buf_release(&out);
	free(call);
}

void api_daemons(struct apid *a, struct http_request *r)
{
	struct daemons_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return answer_internal(r, &(struct err){ .text = "out of memory" });
	*call = (struct daemons_call){ .apid = a, .request = r };
	relay_get_health(a->relay, on_health, call);
}
