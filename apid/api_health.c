/* GET /api/health: the original's figures, and under DEGRADED what is the matter with what, since
 * when, and what it means to customers.  Strangers read it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "apid/problem_row.h"
#include "apid/report.h"
#include "common/base/clock.h"
#include "common/base/intruder.h"
#include "common/base/version.h"
#include "common/json/json.h"
#include "common/store/deposit_list.h"

#define TEXT_AGE_MS 10

struct health_call {
	struct apid *apid;
	struct http_request *request;
};

static void print_problem(void *arg, const char *daemon, const char *what, const char *text,
			  int64_t since)
{
	struct problem_shown shown;
	struct json_writer *w = arg;

	(void)text; /* the operator's: it may name nodes, files and addresses */
	problem_show(daemon, what, &shown);
	json_begin_object(w);
	json_put_string(w, "component", shown.component);
	json_put_string(w, "daemon", daemon);
	json_put_i64(w, "since", since);
	json_put_string(w, "text", shown.text);
	json_put_string(w, "customers", shown.customers);
	json_end_object(w);
}

static void print_problems(struct json_writer *w, const struct relay_health health[RELAY_PEERS],
			   const struct relay_health *own)
{
	json_write_key(w, "problems");
	json_begin_array(w);
	for (int i = 0; i < RELAY_PEERS; i++)
		report_each_problem(&health[i], print_problem, w);
	report_each_problem(own, print_problem, w);
	json_end_array(w);
}

static void put_error(struct json_writer *w, const char *key, const struct relay_health *h)
{
	char text[REPORT_ERROR_MAX];

	report_public_error(h, text);
	json_put_string(w, key, text);
}

static void print_exchange(struct json_writer *w, struct apid *a,
			   const struct relay_health health[RELAY_PEERS])
{
	const struct relay_health *sender = &health[RELAY_SENDERD];
	struct droplets coins = sender->up ? sender->m.balance : droplets_of(0);
	uint64_t hours = sender->up ? sender->m.hours.n : 0, errored = 0;
	char text[UNITS_TEXT_MAX];
	struct err err;

	json_write_key(w, "exchange");
	json_begin_object(w);
	json_put_string(w, "buy_method", buy_method_name(a->d->conf->buy_method));
	put_error(w, "processor_error", &health[RELAY_EXCHANGERD]);
	put_error(w, "sender_error", sender);
	json_write_key(w, "balance");
	json_begin_object(w);
	droplets_to_text(coins, text);
	json_put_string(w, "coins", text);
	(void)snprintf(text, sizeof(text), "%" PRIu64, hours);
	json_put_string(w, "hours", text);
	json_end_object(w);
	/* 0 while it cannot be read */
	(void)store_deposit_error_count(a->d->store, &errored, &err);
	json_put_u64(w, "deposit_error_count", errored);
	json_end_object(w);
}

static void print_health(struct json_writer *w, struct apid *a,
			 const struct relay_health health[RELAY_PEERS])
{
	struct relay_health own;
	char uptime[48];
	bool degraded;

	report_own(a, &own);
	degraded = report_has_problems(&own);
	for (int i = 0; i < RELAY_PEERS; i++)
		degraded |= report_has_problems(&health[i]);
	json_begin_object(w);
	json_put_string(w, "status", degraded ? "DEGRADED" : "OK");
	json_put_string(w, "application", "teller");
	json_put_string(w, "version", teller_version());
	duration_text(own.m.uptime_ms, uptime, sizeof(uptime));
	json_put_string(w, "uptime", uptime);
	print_exchange(w, a, health);
	if (degraded)
		print_problems(w, health, &own);
	json_end_object(w);
	report_release(&own);
}

static void on_health(void *arg, const struct relay_health health[RELAY_PEERS])
{
	struct health_call *call = arg;
	struct apid *a = call->apid;
	struct json_writer w;

	buf_clear(&a->health_text);
	json_writer_init(&w, &a->health_text, JSON_INDENTED);
	print_health(&w, a, health);
	a->health_ms = clock_mono_ms();
	answer_json(call->request, &a->health_text);
	free(call);
}

/* The figures are older than that themselves. */
static bool is_fresh(const struct apid *a)
{
	return a->health_text.len > 0 && clock_mono_ms() - a->health_ms <= TEXT_AGE_MS;
}

void api_health(struct apid *a, struct http_request *r)
{
	struct health_call *call;
	struct err err;

	INTRUDER();
	if (is_fresh(a)) {
		answer_json(r, &a->health_text);
		return;
	}
	call = calloc(1, sizeof(*call));
	if (call == NULL) {
		(void)err_set(&err, ERR_IO, "out of memory");
		answer_internal(r, &err);
		return;
	}
	*call = (struct health_call){ .apid = a, .request = r };
	relay_get_health(a->relay, on_health, call);
}
