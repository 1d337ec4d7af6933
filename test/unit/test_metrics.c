/* What Prometheus reads: every line well-formed, every series under its own heading, and nothing of
 * a daemon that is down. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/metrics.h"
#include "apid/request_figures.h"
#include "test/support/doc.h"
#include "test/unit/fake_request.h"

#define OUT_MAX (1U << 20)

struct world {
	struct relay_health h[METRICS_DAEMONS];
	struct metrics_view v;
};

static void set_daemon(struct world *w, int i, const char *name, const char *detail)
{
	const struct json_limits limits = JSON_LIMITS_DEFAULT;
	struct err err;

	w->h[i] = (struct relay_health){ .name = name, .up = true };
	w->h[i].m.uptime_ms = 61999;
	(void)snprintf(w->h[i].m.version, sizeof(w->h[i].m.version), "abc");
	w->h[i].m.problems = strdup("[]");
	w->v.daemon[i] = &w->h[i];
	if (detail != NULL)
		assert_int_equal(json_parse(detail, strlen(detail), &limits, &w->v.detail[i], &err),
				 0);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	set_daemon(w, RELAY_EXCHANGERD, "exchangerd",
		   "{\"pool\": {\"BTC\": 7, \"ETH\": 0}, \"unassigned\": 2, \"wal_bytes\": 4096}");
	set_daemon(
		w, RELAY_SCANNERD, "scannerd",
		"{\"chains\": [{\"coin\": \"BTC\", \"height\": 90, \"node_tip\": 100}, {\"coin\": "
		"\"ETH\", \"height\": -1, \"node_tip\": -1}]}");
	set_daemon(w, RELAY_SENDERD, "senderd",
		   "{\"waiting\": 3, \"waiting_coins\": \"1.500000\", \"held\": 1}");
	set_daemon(w, RELAY_PEERS, "apid", NULL);
	w->h[RELAY_SENDERD].m.balance = droplets_of(12500000);
	w->h[RELAY_SENDERD].m.hours = hours_of(8);
	free(w->h[RELAY_SCANNERD].m.problems);
	w->h[RELAY_SCANNERD].m.problems =
		strdup("[{\"what\": \"btc_node\", \"text\": \"at 10.0.0.1\", \"since\": 5}]");
	w->v.have_counts = w->v.have_errored = true;
	w->v.counts.of[COIN_ETH][DEPOSIT_DONE] = 12;
	w->v.errored = 4;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < METRICS_DAEMONS; i++) {
		free(w->h[i].m.problems);
		json_free(w->v.detail[i]);
	}
	free(w);
	return 0;
}

static void check_has(const struct buf *out, const char *line)
{
	char whole[256];

	(void)snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (strstr(buf_text(out), whole) == NULL)
		fail_msg("no line '%s' in\n%s", line, buf_text(out));
}

static void check_lacks(const struct buf *out, const char *text)
{
	if (strstr(buf_text(out), text) != NULL)
		fail_msg("'%s' in\n%s", text, buf_text(out));
}

static void test_figures(void **state)
{
	static const char *const lines[] = {
		"teller_up{daemon=\"apid\"} 1",
		"teller_uptime_seconds{daemon=\"senderd\"} 61",
		"teller_build_info{daemon=\"senderd\",version=\"abc\"} 1",
		"teller_problem{daemon=\"scannerd\",problem=\"btc_node\"} 1",
		"teller_deposits{coin=\"ETH\",state=\"done\"} 12",
		"teller_deposits{coin=\"BTC\",state=\"waiting_send\"} 0",
		"teller_deposits_errored 4",
		"teller_deposits_unassigned 2",
		"teller_pool_addresses_remaining{coin=\"BTC\"} 7",
		"teller_payouts_waiting 3",
		"teller_payouts_waiting_sky 1.500000",
		"teller_payout_transactions_held 1",
		"teller_wallet_sky 12.500000",
		"teller_wallet_hours 8",
		"teller_chain_height{coin=\"BTC\"} 90",
		"teller_chain_node_height{coin=\"BTC\"} 100",
		"teller_chain_lag_blocks{coin=\"BTC\"} 10",
		"teller_wal_bytes 4096",
		"# TYPE teller_http_request_seconds histogram",
	};
	struct buf out = BUF_INIT(OUT_MAX);
	struct world *w = *state;

	metrics_print(&w->v, &out);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		check_has(&out, lines[i]);
	check_lacks(&out, "coin=\"ETH\"} -1");		/* not known is not shown */
	check_lacks(&out, "\nteller_payouts_refused "); /* could not be read */
	check_lacks(&out, "10.0.0.1");
	buf_release(&out);
}

static void test_down(void **state)
{
	struct buf out = BUF_INIT(OUT_MAX);
	struct world *w = *state;

	w->h[RELAY_SENDERD].up = false;
	json_free(w->v.detail[RELAY_SENDERD]);
	w->v.detail[RELAY_SENDERD] = NULL;
	metrics_print(&w->v, &out);
	check_has(&out, "teller_up{daemon=\"senderd\"} 0");
	check_has(&out, "teller_problem{daemon=\"senderd\",problem=\"down\"} 1");
	check_lacks(&out, "\nteller_wallet_sky ");
	check_lacks(&out, "\nteller_payouts_waiting ");
	check_lacks(&out, "teller_uptime_seconds{daemon=\"senderd\"}");
	buf_release(&out);
}

/* --- requests -------------------------------------------------------------------------------- */

static void test_requests(void **state)
{
	struct request_figures *f = request_figures_new();
	struct http_request r = FAKE_REQUEST("GET", "/api/status", NULL);
	struct buf out = BUF_INIT(OUT_MAX);
	const struct conf conf = { .debug = false };
	struct world *w = *state;
	static const struct {
		int status;
		uint64_t us;
	} answers[] = { { 200, 400 }, { 200, 500 }, { 429, 501 }, { 418, 99000000 } };

	w->v.requests = f;
	request_figures_watch(f, LISTENER_PUBLIC, route_find(LISTENER_PUBLIC, "/api/status", &conf),
			      &r);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		r.answered(r.answered_arg, answers[i].status, answers[i].us);
	request_figures_watch(f, LISTENER_ADMIN, NULL, &r);
	r.answered(r.answered_arg, 404, 1);
	metrics_print(&w->v, &out);
#define OF "{listener=\"public\",route=\"/api/status\","
	check_has(&out, "teller_http_requests_total" OF "status=\"200\"} 2");
	check_has(&out, "teller_http_requests_total" OF "status=\"429\"} 1");
	check_has(&out, "teller_http_requests_total" OF "status=\"0\"} 1");
	check_has(&out, "teller_http_requests_total{listener=\"admin\",route=\"other\",status="
			"\"404\"} 1");
	check_has(&out, "teller_http_rate_limited_total{listener=\"public\",route="
			"\"/api/status\"} 1");
	check_has(&out, "teller_http_request_seconds_bucket" OF "le=\"0.000500\"} 2");
	check_has(&out, "teller_http_request_seconds_bucket" OF "le=\"0.001000\"} 3");
	check_has(&out, "teller_http_request_seconds_bucket" OF "le=\"5.000000\"} 3");
	check_has(&out, "teller_http_request_seconds_bucket" OF "le=\"+Inf\"} 4");
	check_has(&out, "teller_http_request_seconds_sum{listener=\"public\",route="
			"\"/api/status\"} 99.001401");
	check_has(&out, "teller_http_request_seconds_count{listener=\"public\",route="
			"\"/api/status\"} 4");
	check_lacks(&out, "route=\"/api/bind\""); /* nobody asked */
	request_figures_free(f);
	fake_release(&r);
	buf_release(&out);
}

/* Every sample stands under a heading of its own name, and no heading comes twice. */
static void test_every_line_is_well_formed(void **state)
{
	struct buf out = BUF_INIT(OUT_MAX);
	char name[64] = "", line[512];
	const char *text;
	struct world *w = *state;

	metrics_print(&w->v, &out);
	for (text = buf_text(&out); *text != '\0'; text += strcspn(text, "\n") + 1) {
		(void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
		if (strncmp(line, "# HELP ", 7) == 0) {
			(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(line + 7, " "),
				       line + 7);
			assert_ptr_equal(strstr(strstr(buf_text(&out), line) + 1, line), NULL);
		} else if (line[0] != '#') {
			assert_int_equal(strncmp(line, name, strlen(name)), 0);
			assert_non_null(strchr("{ _", line[strlen(name)]));
			assert_int_equal(strspn(strrchr(line, ' ') + 1, "0123456789."),
					 strlen(strrchr(line, ' ') + 1));
		}
	}
	assert_int_equal(buf_text(&out)[out.len - 1], '\n');
	buf_release(&out);
}

static void test_document_is_current(void **state)
{
	struct buf out = BUF_INIT(65536);

	(void)state;
	metrics_print_markdown(&out);
	test_document("doc/METRICS.md", &out);
	buf_release(&out);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_figures),
		T(test_down),
		T(test_requests),
		T(test_every_line_is_well_formed),
		cmocka_unit_test(test_document_is_current),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
