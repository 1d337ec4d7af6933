#include "apid/route_table.h"

#include <stdio.h>
#include <string.h>

#include "apid/api.h"
#include "common/model/access_token.h"

#define JSON   "application/json"
#define PUBLIC .listener = LISTENER_PUBLIC
#define ADMIN  .listener = LISTENER_ADMIN
#define DUMMY  .listener = LISTENER_DUMMY
#define GET    .method = "GET"
#define DEPOSITS_QUERY                                                                             \
	"status sky_address deposit_address txid since until order limit offset after"

// clang-format off
const struct route routes[] = {
	{ PUBLIC, .path = "/api/bind", .method = "POST", .body_type = JSON, .handler = api_bind,
	  .throttled = true, .says_accept = true,
	  .says = "bind a SKY address to a deposit address; the body is "
		  "`{\"skyaddr\": \"...\", \"coin_type\": \"BTC\"}`" },
	{ PUBLIC, .path = "/api/status", GET, .handler = api_status, .throttled = true,
	  .query = "skyaddr", .says = "the deposits of a SKY address" },
	{ PUBLIC, .path = "/api/config", GET, .handler = api_config,
	  .says = "what is sold, for what" },
	{ PUBLIC, .path = "/api/health", GET, .handler = api_health,
	  .says = "`OK` or `DEGRADED`, the balance, and what is the matter "
		  "([PROBLEMS.md](PROBLEMS.md))" },

	{ ADMIN, .path = "/api/health", GET, .handler = api_health, .says = "the same" },
	{ ADMIN, .path = "/api/daemons", GET, .roles = ACCESS_READ, .handler = api_daemons,
	  .says = "each daemon: up or down, version, its problems in its own words "
		  "([OPERATING.md](OPERATING.md)), its figures in `detail`" },
	{ ADMIN, .path = "/api/deposit-addresses", GET, .roles = ACCESS_READ,
	  .handler = api_deposit_addresses,
	  .says = "of each coin what is left of its pool, and the bound addresses" },
	{ ADMIN, .path = "/api/deposits", GET, .roles = ACCESS_READ, .handler = api_deposits,
	  .query = DEPOSITS_QUERY,
	  .says = "the deposits, in the order of recording, or with `order=desc` the newest first. With "
		  "`limit`, `next` in the answer is what `after` must be for the page that follows, in "
		  "either order; there is none on the last page. The page before one is the other order, "
		  "`after` its first" },
	{ ADMIN, .path = "/api/deposits/counts", GET, .roles = ACCESS_READ,
	  .handler = api_deposit_counts,
	  .says = "how many there are, `by_status` and `by_coin`, and how many of these have an error; "
		  "kept, not counted: at once, however many" },
	{ ADMIN, .path = "/api/deposits/errored", GET, .roles = ACCESS_READ,
	  .handler = api_deposits_errored,
	  .query = DEPOSITS_QUERY,
	  .says = "those with an error" },
	{ ADMIN, .path = "/api/deposits.csv", GET, .roles = ACCESS_READ,
	  .handler = api_deposits_csv,
	  .query = DEPOSITS_QUERY,
	  .says = "the same as CSV: exact decimals of whole coins, times in UTC" },
	{ ADMIN, .path = "/api/deposit", GET, .roles = ACCESS_READ, .handler = api_deposit,
	  .query = "deposit_id coin_type seq",
	  .says = "one deposit, by `deposit_id` (and `coin_type`, where two coins have the same) or by "
		  "`seq`: its payout, and every change of its state with its reason" },
	{ ADMIN, .path = "/api/accounting", GET, .roles = ACCESS_READ,
	  .handler = api_accounting, .query = "period from to",
	  .says = "what was received and sent in all; with `period=day` or `month`, or a time, "
		  "`periods`: a deposit counts when it was recorded, with what was sent for it" },
	{ ADMIN, .path = "/api/accounting.csv", GET, .roles = ACCESS_READ,
	  .handler = api_accounting_csv, .query = "period from to",
	  .says = "the same as CSV, by day unless `period=month`" },
	{ ADMIN, .path = "/metrics", GET, .roles = ACCESS_METRICS | ACCESS_READ,
	  .handler = api_metrics, .says = "figures for Prometheus ([METRICS.md](METRICS.md))" },
	{ ADMIN, .path = "/api/backup", .roles = ACCESS_BACKUP, .handler = api_backup,
	  .says = "a copy of the whole database at one moment, taken while all runs; 503 with `Retry-After` "
		  "while another one is being made" },

	{ DUMMY, .path = "/dummy/scanner/deposit", .handler = api_dummy_deposit,
	  .need = NEED_DUMMY_SCANNER, .query = "addr value height tx n coin",
	  .says = "pretend a deposit (`dummy.scanner`)" },
	{ DUMMY, .path = "/dummy/sender/broadcasts", GET, .handler = api_dummy_broadcasts,
	  .need = NEED_DUMMY_SENDER, .says = "what was sent (`dummy.sender`)" },
	{ DUMMY, .path = "/dummy/sender/confirm", .handler = api_dummy_confirm,
	  .need = NEED_DUMMY_SENDER, .query = "txid seq", .says = "pretend a confirmation" },
};
// clang-format on

const size_t route_count = sizeof(routes) / sizeof(routes[0]);

static bool is_served(const struct route *route, const struct conf *conf)
{
	switch (route->need) {
	case NEED_NOTHING: return true;
	case NEED_DUMMY_SCANNER: return conf->dummy_scanner;
	case NEED_DUMMY_SENDER: return conf->dummy_sender;
	}
	return false;
}

const struct route *route_find(enum listener_kind listener, const char *path,
			       const struct conf *conf)
{
	for (size_t i = 0; i < route_count; i++)
		if (routes[i].listener == listener && strcmp(routes[i].path, path) == 0 &&
		    is_served(&routes[i], conf))
			return &routes[i];
	return NULL;
}

/* --- doc/ROUTES.md --------------------------------------------------------------------------- */

static const char head[] =
	"# What apid answers\n\n"
	"Printed from the table in `apid/route_table.c` by `make docs`.\n\n"
	"Paths are exact. Errors are a line of plain text. Everything else below `/` is a page: of "
	"`web.static_dir` on\nthe public listener, the operator's on the admin one.\n\n"
	"**Times** (`since`, `until`, `from`, `to`, all included) are Unix seconds or a day such "
	"as "
	"`2026-01-31`, in UTC.\n`since` and `until` are compared with `updated_at`, `from` and "
	"`to` with "
	"the time of recording.\n\n"
	"**Roles.** When `admin_panel.tokens_file` is set, a request needs a token that has the "
	"role: "
	"`Authorization: Bearer TOKEN`\n(`tellerctl admin token NAME ROLE` makes one). Without one "
	"it is "
	"answered 401, with one of another role 403,\nafter ten failures a minute 429. The pages "
	"and "
	"`/api/health` need none. There is no CORS on the admin and\nthe dummy listener, and a "
	"`Host` that "
	"is not in `admin_panel.hosts` is answered 421.\n\n"
	"**Lists** are sent as they are read: however long they are, apid and its client need not "
	"hold "
	"them. A list that\nis cut off by an error ends without its closing bracket, and the "
	"connection is "
	"cut.\n";

static void print_route(const struct route *r, struct buf *out)
{
	char roles[ACCESS_ROLES_TEXT_MAX];

	access_roles_text(r->roles, roles);
	(void)buf_printf(out, "| `%s` | %s | %s | %s%s%s | %s |\n", r->path,
			 r->method != NULL ? r->method : "any", roles, r->query != NULL ? "`" : "",
			 r->query != NULL ? r->query : "", r->query != NULL ? "`" : "", r->says);
}

void route_print_markdown(struct buf *out)
{
	static const char *const names[LISTENER_KINDS] = {
		[LISTENER_PUBLIC] = "Public (`web.http_addr`, `web.https_addr`)",
		[LISTENER_ADMIN] = "Admin (`admin_panel.host`)",
		[LISTENER_DUMMY] = "Dummy (`dummy.http_addr`), for tests",
	};

	(void)buf_puts(out, head);
	for (int l = 0; l < LISTENER_KINDS; l++) {
		(void)buf_printf(out,
				 "\n## %s\n\n| path | method | role | query | what |\n"
				 "| --- | --- | --- | --- | --- |\n",
				 names[l]);
		for (size_t i = 0; i < route_count; i++)
			if ((int)routes[i].listener == l)
				print_route(&routes[i], out);
	}
}
