/* The customers' API: bind, status, config, health. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/coin/address_sky.h"
#include "common/json/json.h"
#include "common/store/binding_store.h"
#include "common/store/deposit_store.h"

#define BLANKS	   " \t\n"
#define STATUS_MAX 1000 /* entries of one answer; max_bound_addrs keeps far below it */

/* --- POST /api/bind -------------------------------------------------------------------------- */

/* What the body says; empty where it says nothing. */
struct bind_body {
	char sky_address[4096];
	char coin[16];
};

static bool is_json_type(const char *type)
{
	size_t len = type == NULL ? 0 : strcspn(type, "; \t");

	return len == strlen("application/json") && strncasecmp(type, "application/json", len) == 0;
}

/* A text field of the body; a text too long to be right is cut, which keeps it wrong. */
static int body_field(const struct json *body, const char *key, char *ret, size_t size,
		      struct err *err)
{
	const struct json *field = json_get_nocase(body, key);
	const char *text;
	size_t len;

	ret[0] = '\0';
	if (field == NULL || json_type(field) == JSON_NULL)
		return 0;
	text = json_string(field);
	if (text == NULL)
		return err_set(err, ERR_INVALID, "field '%s' must be a string", key);
	text = text_trim(text, strcmp(key, "skyaddr") == 0 ? BLANKS : "", &len);
	(void)snprintf(ret, size, "%.*s", (int)(len < size ? len : size), text);
	return 0;
}

static int parse_bind_body(const struct buf *body, struct bind_body *ret, struct err *err)
{
	struct json_limits limits = { .max_bytes = HTTP_BODY_MAX,
				      .max_depth = 32,
				      .trailing_ok = true,
				      .duplicates_ok = true };
	struct json *j = NULL;
	int rc = json_parse(buf_text(body), body->len, &limits, &j, err);

	if (rc == 0 && json_type(j) != JSON_OBJECT)
		rc = err_set(err, ERR_INVALID, "expected an object with skyaddr and coin_type");
	if (rc == 0)
		rc = body_field(j, "skyaddr", ret->sky_address, sizeof(ret->sky_address), err);
	if (rc == 0)
		rc = body_field(j, "coin_type", ret->coin, sizeof(ret->coin), err);
	json_free(j);
	return rc;
}

/* Checks 5 to 7 of the contract.  False: answered. */
static bool check_bind(struct apid *a, struct http_request *r, const struct bind_body *b,
		       enum coin *ret_coin)
{
	struct sky_address sky;
	struct err err;

	if (b->coin[0] == '\0')
		answer_error(r, 400, "Missing coin_type");
	else if (!coin_parse(b->coin, ret_coin))
		answer_error(r, 400, "Invalid coin_type");
	else if (!a->d->conf->coin[*ret_coin].enabled)
		answer_error(r, 400, "%s not enabled", b->coin);
	else if (sky_address_parse(b->sky_address, &sky, &err) < 0)
		answer_error(r, 400, "Invalid skycoin address: %s", err.text);
	else if (!a->d->conf->bind_enabled)
		answer_error(r, 403, "Address binding is disabled");
	else
		return true;
	return false;
}

/* A refusal by exchangerd, in the contract's words. */
static void answer_bind_refused(struct http_request *r, const struct msg_error *e)
{
	static const struct {
		const char *code;
		int status;
		const char *text;
	} rows[] = {
		{ "limit", 500,
		  "The maximum number of addresses have been assigned to this SKY "
		  "address" },
		{ "not_found", 500, "Deposit address pool is empty" },
		{ "disabled", 403, "Address binding is disabled" },
	};
	struct err err;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].code, e->code) == 0) {
			answer_error(r, rows[i].status, "%s", rows[i].text);
			return;
		}
	}
	(void)err_set(&err, ERR_IO, "exchangerd: %s", e->message);
	answer_internal(r, &err);
}

static void on_bind_reply(void *arg, const struct message *m)
{
	struct http_request *r = arg;
	struct buf out = BUF_INIT(4096);
	struct json_writer w;

	if (m->type != MSG_TYPE_bind_reply) {
		answer_bind_refused(r, &m->u.error);
		return;
	}
	json_writer_init(&w, &out, JSON_INDENTED);
	json_begin_object(&w);
	json_put_string(&w, "deposit_address", m->u.bind_reply.deposit_address);
	json_put_string(&w, "coin_type", coin_name((enum coin)(uintptr_t)http_context(r)));
	json_put_string(&w, "buy_method", m->u.bind_reply.buy_method);
	json_end_object(&w);
	answer_json(r, &out);
	buf_release(&out);
}

void api_bind(struct apid *a, struct http_request *r)
{
	struct message m = { .type = MSG_TYPE_bind };
	struct bind_body b;
	struct err err;

	if (!is_json_type(http_header(r, "Content-Type"))) {
		answer_error(r, 415, "Invalid content type");
		return;
	}
	if (parse_bind_body(http_body(r), &b, &err) < 0) {
		answer_error(r, 400, "Invalid json request body: %s", err.text);
		return;
	}
	if (b.sky_address[0] == '\0') {
		answer_error(r, 400, "Missing skyaddr");
		return;
	}
	if (!check_bind(a, r, &b, &m.u.bind.coin))
		return;
	(void)snprintf(m.u.bind.sky_address, sizeof(m.u.bind.sky_address), "%.95s", b.sky_address);
	http_set_context(r, (void *)(uintptr_t)m.u.bind.coin);
	ipc_ask(relay_client(a->relay, RELAY_EXCHANGERD), &m, RELAY_TIMEOUT_MS, on_bind_reply, r);
}

/* --- GET /api/status ------------------------------------------------------------------------- */

struct status_entry {
	int64_t updated_at;
	unsigned order; /* of binding, then of recording */
	const char *status;
	enum coin coin;
};

struct status_list {
	struct store *store;
	struct status_entry *entry;
	unsigned count, room;
	bool bound, failed;
};

static void add_entry(struct status_list *l, int64_t updated_at, const char *status, enum coin coin)
{
	void *grown;

	if (l->count == l->room) {
		l->room = l->room == 0 ? 8 : 2 * l->room;
		grown = reallocarray(l->entry, l->room, sizeof(*l->entry));
		if (grown == NULL || l->count >= STATUS_MAX) {
			l->room = l->count;
			l->entry = grown != NULL ? grown : l->entry;
			l->failed = grown == NULL;
			return;
		}
		l->entry = grown;
	}
	l->entry[l->count] = (struct status_entry){
		.updated_at = updated_at, .order = l->count, .status = status, .coin = coin
	};
	l->count++;
}

static int on_deposit(void *arg, const struct deposit *d, struct err *err)
{
	(void)err;
	add_entry(arg, d->updated_at, deposit_state_public_name(d->state), d->coin);
	return 0;
}

static void on_binding(void *arg, const struct binding *b)
{
	struct status_list *l = arg;
	unsigned before = l->count;
	struct err err;

	l->bound = true;
	if (store_deposit_each_of(l->store, b->coin, b->address, on_deposit, l, &err) < 0)
		l->failed = true;
	if (l->count == before)
		add_entry(l, b->created_at, "waiting_deposit", b->coin);
}

static int compare_entries(const void *a, const void *b)
{
	const struct status_entry *x = a, *y = b;

	if (x->updated_at != y->updated_at)
		return x->updated_at < y->updated_at ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void print_status(struct status_list *l, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out, JSON_INDENTED);
	json_begin_object(&w);
	if (l->bound) {
		if (l->count > 1)
			qsort(l->entry, l->count, sizeof(*l->entry), compare_entries);
		json_write_key(&w, "statuses");
		json_begin_array(&w);
		for (unsigned i = 0; i < l->count; i++) {
			json_begin_object(&w);
			json_put_u64(&w, "seq", i);
			json_put_i64(&w, "updated_at", l->entry[i].updated_at);
			json_put_string(&w, "status", l->entry[i].status);
			json_put_string(&w, "coin_type", coin_name(l->entry[i].coin));
			json_end_object(&w);
		}
		json_end_array(&w);
	}
	json_end_object(&w);
}

static void answer_status(struct apid *a, struct http_request *r, const char *sky_address)
{
	struct status_list l = { .store = a->d->store };
	struct buf out = BUF_INIT(1U << 20);
	struct err err = { .text = "out of memory" };

	if (store_binding_each_of(a->d->store, sky_address, on_binding, &l, &err) < 0 || l.failed) {
		answer_internal(r, &err);
	} else {
		print_status(&l, &out);
		answer_json(r, &out);
	}
	buf_release(&out);
	free(l.entry);
}

void api_status(struct apid *a, struct http_request *r)
{
	const char *given = http_query(r, "skyaddr");
	struct err err = { .text = "out of memory" };
	struct sky_address sky;
	size_t len = 0;
	char *text;

	given = text_trim(given != NULL ? given : "", BLANKS, &len);
	text = strndup(given, len);
	if (len == 0)
		answer_error(r, 400, "Missing skyaddr");
	else if (text == NULL || sky_address_parse(text, &sky, &err) < 0)
		answer_error(r, 400, "Invalid skycoin address: %s", err.text);
	else
		answer_status(a, r, text);
	free(text);
}

/* --- GET /api/config ------------------------------------------------------------------------- */

/* SKY for one whole coin, as a customer is shown it; "0.000000" when the coin has no rate. */
static void shown_rate(const struct conf *conf, enum coin c, char ret[UNITS_TEXT_MAX])
{
	struct units one = units_of(1);
	struct droplets sky = droplets_of(0);
	struct err err;

	for (unsigned i = 0; i < coin_info(c)->decimals; i++)
		one.n *= 10;
	if (conf->coin[c].rate.text[0] != '\0' &&
	    rate_apply(&conf->coin[c].rate, c, one, conf->max_decimals, &sky, &err) < 0)
		sky = droplets_of(0);
	droplets_to_text(sky, ret);
}

static void shown_minimum(const struct conf *conf, enum coin c, char *ret, size_t size)
{
	size_t n;

	(void)snprintf(ret, size, "%s", c == COIN_BTC ? conf->btc_minimum_volume : "0");
	if (strchr(ret, '.') == NULL)
		return;
	for (n = strlen(ret); n > 0 && ret[n - 1] == '0'; n--)
		ret[n - 1] = '\0';
	if (n > 0 && ret[n - 1] == '.')
		ret[n - 1] = '\0';
}

static void print_coin_config(struct json_writer *w, const struct conf *conf, enum coin c)
{
	char rate[UNITS_TEXT_MAX], minimum[CONF_TEXT_MAX];

	shown_rate(conf, c, rate);
	shown_minimum(conf, c, minimum, sizeof(minimum));
	json_write_key(w, coin_info(c)->key);
	json_begin_object(w);
	json_put_bool(w, "enabled", conf->coin[c].enabled);
	json_put_i64(w, "confirmations_required", conf->coin[c].confirmations_required);
	json_put_string(w, "fixed_exchange_rate", rate);
	json_put_string(w, "passthrough_minimum_volume", minimum);
	json_end_object(w);
}

void api_config_print(const struct conf *conf, struct buf *out)
{
	char rate[UNITS_TEXT_MAX];
	struct json_writer w;

	json_writer_init(&w, out, JSON_INDENTED);
	json_begin_object(&w);
	json_put_bool(&w, "enabled", conf->bind_enabled);
	json_put_string(&w, "buy_method", buy_method_name(conf->buy_method));
	json_put_i64(&w, "max_bound_addrs", conf->max_bound_addrs);
	json_put_u64(&w, "max_decimals", conf->max_decimals);
	json_write_key(&w, "deposits");
	json_begin_object(&w);
	for (enum coin c = 0; c < COIN_COUNT; c++)
		print_coin_config(&w, conf, c);
	json_end_object(&w);
	shown_rate(conf, COIN_BTC, rate);
	json_put_string(&w, "sky_btc_exchange_rate", rate);
	json_end_object(&w);
}

void api_config(struct apid *a, struct http_request *r)
{
	answer_json(r, &a->config_text);
}

/* --- GET /api/health ------------------------------------------------------------------------- */

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
	(void)store_deposit_error_count(a->d->store, &errored,
					&err); /* 0 while it cannot be read */
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
	json_put_string(w, "version", daemon_version());
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
	struct buf out = BUF_INIT(256U * 1024);
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
