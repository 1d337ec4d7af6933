/* GET /api/health: the original's figures, and under DEGRADED what is the matter with which daemon.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "common/base/version.h"
#include "common/json/json.h"
#include "common/store/deposit_store.h"

#define ANSWER_MAX (256U * 1024)

struct health_call {
	struct apid *apid;
	struct http_request *request;
};

static void print_problem(struct json_writer *w, const char *daemon, const char *what,
			  const char *text, int64_t since)
{
	json_begin_object(w);
	json_put_string(w, "daemon", daemon);
	json_put_string(w, "what", what);
	json_put_string(w, "text", text);
	json_put_i64(w, "since", since);
	json_end_object(w);
}

/* The problems that a daemon told of itself, as they are. */
static void print_told_problems(struct json_writer *w, const struct relay_health *h)
{
	struct json_limits limits = JSON_LIMITS_DEFAULT;
	struct json *list = NULL;
	const char *what, *text;
	struct err err;
	int64_t since;

	if (h->m.problems == NULL ||
	    json_parse(h->m.problems, strlen(h->m.problems), &limits, &list, &err) < 0)
		return;
	for (const struct json *p = json_first(list); p != NULL; p = json_next(p))
		if (json_get_string(p, "what", &what, &err) == 0 &&
		    json_get_string(p, "text", &text, &err) == 0 &&
		    json_get_i64(p, "since", &since, &err) == 0)
			print_problem(w, h->name, what, text, since);
	json_free(list);
}

static bool has_problems(const struct relay_health *h)
{
	return !h->up || (h->m.problems != NULL && strcmp(h->m.problems, "[]") != 0);
}

static void print_problems(struct json_writer *w, const struct relay_health health[RELAY_PEERS])
{
	json_write_key(w, "problems");
	json_begin_array(w);
	for (int i = 0; i < RELAY_PEERS; i++) {
		if (health[i].up)
			print_told_problems(w, &health[i]);
		else
			print_problem(w, health[i].name, "down", health[i].why, health[i].since);
	}
	json_end_array(w);
}

/* The error of a daemon for clients: what it says of itself, or that it is not there. */
static void put_error(struct json_writer *w, const char *key, const struct relay_health *h)
{
	char down[320];

	(void)snprintf(down, sizeof(down), "%s does not answer: %s", h->name, h->why);
	json_put_string(w, key, h->up ? h->m.error : down);
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
	bool degraded = false;
	struct message own = { .type = MSG_TYPE_health_reply };
	char uptime[48];

	daemon_health_reply(a->d, "apid", &own);
	for (int i = 0; i < RELAY_PEERS; i++)
		degraded |= has_problems(&health[i]);
	json_begin_object(w);
	json_put_string(w, "status", degraded ? "DEGRADED" : "OK");
	json_put_string(w, "application", "teller");
	json_put_string(w, "version", teller_version());
	duration_text(own.u.health_reply.uptime_ms, uptime, sizeof(uptime));
	json_put_string(w, "uptime", uptime);
	print_exchange(w, a, health);
	if (degraded)
		print_problems(w, health);
	json_end_object(w);
	message_release(&own);
}

static void on_health(void *arg, const struct relay_health health[RELAY_PEERS])
{
	struct health_call *call = arg;
	struct buf out = BUF_INIT(ANSWER_MAX);
	struct json_writer w;

	json_writer_init(&w, &out, JSON_INDENTED);
	print_health(&w, call->apid, health);
	answer_json(call->request, &out);
	buf_release(&out);
	free(call);
}

void api_health(struct apid *a, struct http_request *r)
{
	struct health_call *call = calloc(1, sizeof(*call));
	struct err err;

	if (call == NULL) {
		(void)err_set(&err, ERR_IO, "out of memory");
		answer_internal(r, &err);
		return;
	}
	*call = (struct health_call){ .apid = a, .request = r };
	relay_get_health(a->relay, on_health, call);
}
