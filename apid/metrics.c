#include "apid/metrics.h"

#include <inttypes.h>
#include <string.h>

#include "apid/report.h"
#include "apid/request_figures.h"

struct metric {
	const char *name, *type;
	const char *labels; /* their names, for the document */
	const char *help;
	void (*print)(const struct metric *m, const struct metrics_view *v, struct buf *out);
	const char *daemon, *field; /* of those that are a figure of a daemon's detail */
};

static const char *const listener_names[LISTENER_COUNT] = { "public", "admin", "dummy" };

/* --- of the daemons -------------------------------------------------------------------------- */

static void print_up(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	for (unsigned i = 0; i < METRICS_DAEMONS; i++)
		(void)buf_printf(out, "%s{daemon=\"%s\"} %d\n", m->name, v->daemon[i]->name,
				 v->daemon[i]->up);
}

static void print_uptime(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	for (unsigned i = 0; i < METRICS_DAEMONS; i++)
		if (v->daemon[i]->up)
			(void)buf_printf(out, "%s{daemon=\"%s\"} %" PRIu64 "\n", m->name,
					 v->daemon[i]->name, v->daemon[i]->m.uptime_ms / 1000);
}

/* Words of our sources: nothing in them needs an escape. */
static void print_build(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	for (unsigned i = 0; i < METRICS_DAEMONS; i++)
		if (v->daemon[i]->up)
			(void)buf_printf(out, "%s{daemon=\"%s\",version=\"%s\"} 1\n", m->name,
					 v->daemon[i]->name, v->daemon[i]->m.version);
}

struct problem_out {
	const char *metric;
	struct buf *out;
};

static void print_problem(void *arg, const char *daemon, const char *what, const char *text,
			  int64_t since)
{
	const struct problem_out *p = arg;

	(void)text, (void)since;
	(void)buf_printf(p->out, "%s{daemon=\"%s\",problem=\"%s\"} 1\n", p->metric, daemon, what);
}

static void print_problems(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	struct problem_out p = { .metric = m->name, .out = out };

	for (unsigned i = 0; i < METRICS_DAEMONS; i++)
		report_each_problem(v->daemon[i], print_problem, &p);
}

static int daemon_place(const struct metrics_view *v, const char *name)
{
	for (int i = 0; i < METRICS_DAEMONS; i++)
		if (strcmp(v->daemon[i]->name, name) == 0)
			return i;
	return METRICS_DAEMONS - 1;
}

static const struct json *detail_of(const struct metric *m, const struct metrics_view *v)
{
	return v->detail[daemon_place(v, m->daemon)];
}

/* A whole number of a daemon's detail. */
static void print_field(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	const struct json *value, *detail = detail_of(m, v);
	uint64_t n;

	value = detail != NULL ? json_get(detail, m->field) : NULL;
	if (value != NULL && json_value_u64(value, &n))
		(void)buf_printf(out, "%s %" PRIu64 "\n", m->name, n);
}

/* A decimal, as it stands there: amounts meet no floating point here. */
static void print_decimal(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	const struct json *detail = detail_of(m, v);
	const char *text = detail != NULL ? json_string(json_get(detail, m->field)) : NULL;

	if (text != NULL && text[0] != '\0' && strspn(text, "0123456789.") == strlen(text))
		(void)buf_printf(out, "%s %s\n", m->name, text);
}

static void print_pool(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	const struct json *detail = detail_of(m, v);
	const struct json *pool = detail != NULL ? json_get(detail, m->field) : NULL;
	uint64_t n;

	if (pool == NULL)
		return;
	for (const struct json *p = json_first(pool); p != NULL; p = json_next(p))
		if (json_key(p) != NULL && json_value_u64(p, &n))
			(void)buf_printf(out, "%s{coin=\"%s\"} %" PRIu64 "\n", m->name, json_key(p),
					 n);
}

/* --- of the chains --------------------------------------------------------------------------- */

typedef bool (*chain_figure_fn)(int64_t height, int64_t tip, int64_t *ret);

static bool chain_height(int64_t height, int64_t tip, int64_t *ret)
{
	(void)tip;
	*ret = height;
	return height >= 0;
}

static bool chain_tip(int64_t height, int64_t tip, int64_t *ret)
{
	(void)height;
	*ret = tip;
	return tip >= 0;
}

static bool chain_lag(int64_t height, int64_t tip, int64_t *ret)
{
	*ret = tip > height ? tip - height : 0;
	return height >= 0 && tip >= 0;
}

static void print_chains(const struct metric *m, const struct metrics_view *v, chain_figure_fn fn,
			 struct buf *out)
{
	const struct json *detail = detail_of(m, v);
	const struct json *chains = detail != NULL ? json_get(detail, "chains") : NULL;
	int64_t height, tip, n;
	const char *coin;
	struct err err;

	if (chains == NULL)
		return;
	for (const struct json *c = json_first(chains); c != NULL; c = json_next(c))
		if (json_get_string(c, "coin", &coin, &err) == 0 &&
		    json_get_i64(c, "height", &height, &err) == 0 &&
		    json_get_i64(c, "node_tip", &tip, &err) == 0 && fn(height, tip, &n))
			(void)buf_printf(out, "%s{coin=\"%s\"} %" PRId64 "\n", m->name, coin, n);
}

static void print_height(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	print_chains(m, v, chain_height, out);
}

static void print_tip(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	print_chains(m, v, chain_tip, out);
}

static void print_lag(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	print_chains(m, v, chain_lag, out);
}

/* --- of the database ------------------------------------------------------------------------- */

static void print_deposits(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	if (!v->have_counts)
		return;
	for (enum coin c = 0; c < COIN_COUNT; c++)
		for (enum deposit_state s = 0; s < DEPOSIT_STATE_COUNT; s++)
			(void)buf_printf(out, "%s{coin=\"%s\",state=\"%s\"} %" PRIu64 "\n", m->name,
					 coin_name(c), deposit_state_name(s), v->counts.of[c][s]);
}

static void print_errored(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	if (v->have_errored)
		(void)buf_printf(out, "%s %" PRIu64 "\n", m->name, v->errored);
}

static void print_refused(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	if (v->have_refused)
		(void)buf_printf(out, "%s %" PRIu64 "\n", m->name, v->refused);
}

/* --- of the wallet --------------------------------------------------------------------------- */

static void print_coins(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	const struct relay_health *senderd = v->daemon[RELAY_SENDERD];
	char text[UNITS_TEXT_MAX];

	droplets_to_text(senderd->m.balance, text);
	if (senderd->up)
		(void)buf_printf(out, "%s %s\n", m->name, text);
}

static void print_hours(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	const struct relay_health *senderd = v->daemon[RELAY_SENDERD];

	if (senderd->up)
		(void)buf_printf(out, "%s %" PRIu64 "\n", m->name, senderd->m.hours.n);
}

/* --- of requests ----------------------------------------------------------------------------- */

typedef void (*route_figures_fn)(const struct metric *m, const char *listener, const char *path,
				 const struct route_figures *f, struct buf *out);

/* For each route, and for all else of each listener ("other"); none for what was never asked. */
static void each_route(const struct metric *m, const struct metrics_view *v, route_figures_fn fn,
		       struct buf *out)
{
	const struct route_figures *f;

	if (v->requests == NULL)
		return;
	for (size_t i = 0; i < route_count; i++) {
		f = request_figures_of(v->requests, routes[i].listener, &routes[i]);
		if (f->count > 0)
			fn(m, listener_names[routes[i].listener], routes[i].path, f, out);
	}
	for (enum listener_kind l = 0; l < LISTENER_COUNT; l++) {
		f = request_figures_of(v->requests, l, NULL);
		if (f->count > 0)
			fn(m, listener_names[l], "other", f, out);
	}
}

static void print_statuses(const struct metric *m, const char *listener, const char *path,
			   const struct route_figures *f, struct buf *out)
{
	for (unsigned i = 0; i < REQUEST_STATUSES; i++)
		if (f->answered[i] > 0)
			(void)buf_printf(
				out, "%s{listener=\"%s\",route=\"%s\",status=\"%d\"} %" PRIu64 "\n",
				m->name, listener, path, request_status[i], f->answered[i]);
}

static void print_requests(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	each_route(m, v, print_statuses, out);
}

/* 2500 is "0.0025". */
static void print_seconds(uint64_t us, struct buf *out)
{
	(void)buf_printf(out, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

static void print_histogram(const struct metric *m, const char *listener, const char *path,
			    const struct route_figures *f, struct buf *out)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < REQUEST_BUCKETS; i++) {
		sum += f->bucket[i];
		(void)buf_printf(out, "%s_bucket{listener=\"%s\",route=\"%s\",le=\"", m->name,
				 listener, path);
		if (i < REQUEST_BUCKETS - 1)
			print_seconds(request_bucket_us[i], out);
		else
			(void)buf_puts(out, "+Inf");
		(void)buf_printf(out, "\"} %" PRIu64 "\n", sum);
	}
	(void)buf_printf(out, "%s_sum{listener=\"%s\",route=\"%s\"} ", m->name, listener, path);
	print_seconds(f->sum_us, out);
	(void)buf_printf(out, "\n%s_count{listener=\"%s\",route=\"%s\"} %" PRIu64 "\n", m->name,
			 listener, path, f->count);
}

static void print_latency(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	each_route(m, v, print_histogram, out);
}

static uint64_t count_of(const struct route_figures *f, int status)
{
	for (unsigned i = 0; i < REQUEST_STATUSES; i++)
		if (request_status[i] == status)
			return f->answered[i];
	return 0;
}

static void print_route_limited(const struct metric *m, const char *listener, const char *path,
				const struct route_figures *f, struct buf *out)
{
	uint64_t n = count_of(f, 429);

	if (n > 0)
		(void)buf_printf(out, "%s{listener=\"%s\",route=\"%s\"} %" PRIu64 "\n", m->name,
				 listener, path, n);
}

static void print_limited(const struct metric *m, const struct metrics_view *v, struct buf *out)
{
	each_route(m, v, print_route_limited, out);
}

/* --- the table ------------------------------------------------------------------------------- */

#define GAUGE	"gauge"
#define COUNTER "counter"

// clang-format off
static const struct metric metrics[] = {
	{ "teller_up", GAUGE, "daemon", "1 when the daemon answers", print_up, NULL, NULL },
	{ "teller_uptime_seconds", GAUGE, "daemon", "since it was started", print_uptime, NULL, NULL },
	{ "teller_build_info", GAUGE, "daemon, version", "1; the version it was built from", print_build, NULL, NULL },
	{ "teller_problem", GAUGE, "daemon, problem", "1 while a problem lasts; OPERATING.md has them", print_problems,
	  NULL, NULL },

	{ "teller_deposits", GAUGE, "coin, state", "deposits by their state", print_deposits, NULL, NULL },
	{ "teller_deposits_errored", GAUGE, "", "deposits that have an error", print_errored, NULL, NULL },
	{ "teller_deposits_unassigned", GAUGE, "", "payments to addresses that nobody had bound", print_field,
	  "exchangerd", "unassigned" },
	{ "teller_pool_addresses_remaining", GAUGE, "coin", "deposit addresses that are not bound yet", print_pool,
	  "exchangerd", "pool" },

	{ "teller_payouts_waiting", GAUGE, "", "payouts that can be paid and are not yet in a transaction", print_field,
	  "senderd", "waiting" },
	{ "teller_payouts_waiting_sky", GAUGE, "", "SKY that they come to", print_decimal, "senderd", "waiting_coins" },
	{ "teller_payouts_capped", GAUGE, "", "payouts that a cap makes wait", print_field, "senderd", "capped" },
	{ "teller_payouts_refused", GAUGE, "", "payouts that wait for a person", print_refused, NULL, NULL },
	{ "teller_payout_transactions_open", GAUGE, "", "transactions that are not confirmed yet", print_field, "senderd",
	  "open" },
	{ "teller_payout_transactions_held", GAUGE, "", "transactions that nodes refuse", print_field, "senderd", "held" },
	{ "teller_wallet_sky", GAUGE, "", "SKY in the hot wallet that can be spent", print_coins, NULL, NULL },
	{ "teller_wallet_hours", GAUGE, "", "coin hours of the hot wallet", print_hours, NULL, NULL },
	{ "teller_sky_node_height", GAUGE, "", "last block of the Skycoin node that payouts go through", print_field,
	  "senderd", "node_height" },

	{ "teller_chain_height", GAUGE, "coin", "last block that was scanned", print_height, "scannerd", NULL },
	{ "teller_chain_node_height", GAUGE, "coin", "last block of the node", print_tip, "scannerd", NULL },
	{ "teller_chain_lag_blocks", GAUGE, "coin", "blocks that are still to be scanned", print_lag, "scannerd", NULL },

	{ "teller_database_bytes", GAUGE, "", "size of the database", print_field, "exchangerd", "database_bytes" },
	{ "teller_wal_bytes", GAUGE, "", "size of its write-ahead log", print_field, "exchangerd", "wal_bytes" },
	{ "teller_disk_free_bytes", GAUGE, "", "free where the data directory is", print_field, "exchangerd",
	  "disk_free_bytes" },

	{ "teller_http_requests_total", COUNTER, "listener, route, status",
	  "requests by what they were answered; status 0: any other; route other: pages and what is not found",
	  print_requests, NULL, NULL },
	{ "teller_http_rate_limited_total", COUNTER, "listener, route", "requests that were answered 429", print_limited,
	  NULL, NULL },
	{ "teller_http_request_seconds", "histogram", "listener, route, le", "from the whole request to its answer",
	  print_latency, NULL, NULL },
};
// clang-format on

#define COUNT (sizeof(metrics) / sizeof(metrics[0]))

void metrics_print(const struct metrics_view *v, struct buf *out)
{
	for (size_t i = 0; i < COUNT; i++) {
		(void)buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metrics[i].name,
				 metrics[i].help, metrics[i].name, metrics[i].type);
		metrics[i].print(&metrics[i], v, out);
	}
}

void metrics_print_markdown(struct buf *out)
{
	(void)buf_puts(
		out, "# Metrics\n\n"
		     "Printed from the table in `apid/metrics.c` by `make docs`.\n\n"
		     "`GET /metrics` on the admin listener, for Prometheus (text format 0.0.4); a "
		     "token needs the role `metrics`\nor `read`. A scrape reads counters and "
		     "indexed rows and "
		     "walks through no table of deposits.\nWhat a daemon that is down would have "
		     "told is "
		     "left out. Amounts are exact decimals.\n\n"
		     "    scrape_configs:\n"
		     "      - job_name: teller\n"
		     "        authorization: { credentials_file: /etc/prometheus/teller.token }\n"
		     "        static_configs: [ { targets: [ '127.0.0.1:7711' ] } ]\n\n"
		     "| name | type | labels | what |\n"
		     "| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < COUNT; i++)
		(void)buf_printf(out, "| `%s` | %s | %s | %s |\n", metrics[i].name, metrics[i].type,
				 metrics[i].labels, metrics[i].help);
}
