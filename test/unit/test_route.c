/* What comes before a handler, and in which order; whose request it is for the rate limit. */
#include "test/support/test.h"

#include "apid/api.h"
#include "apid/client_ip.h"
#include "apid/route.h"
#include "apid/route_table.h"
#include "test/support/doc.h"
#include "test/unit/fake_request.h"

static struct conf conf;
static struct daemon daemon_of_test;
static struct apid apid;
static struct listener listeners[LISTENER_KINDS];

static int setup(void **state)
{
	(void)state;
	conf = (struct conf){ .throttle_max = 2, .throttle_duration_ms = 3600000 };
	daemon_of_test = (struct daemon){ .conf = &conf };
	apid = (struct apid){ .d = &daemon_of_test,
			      .cors = { .allowed = &conf.cors_allowed },
			      .config_text = BUF_INIT(64) };
	(void)buf_puts(&apid.config_text, "{}");
	for (int i = 0; i < LISTENER_KINDS; i++)
		listeners[i] = (struct listener){ .apid = &apid, .kind = (enum listener_kind)i };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_release(&apid.config_text);
	throttle_free(apid.throttle);
	return 0;
}

static void test_table(void **state)
{
	static const struct {
		const char *why;
		enum listener_kind listener;
		const char *method, *path, *body_type;
		bool too_large;
		int status;
		const char *body, *allow;
	} rows[] = {
		{ "served", LISTENER_PUBLIC, "GET", "/api/config", NULL, false, 200, "{}", "" },
		{ "not found", LISTENER_PUBLIC, "GET", "/", NULL, false, 404,
		  "404 page not found\n", "" },
		{ "paths are exact", LISTENER_PUBLIC, "GET", "/api/config/", NULL, false, 404,
		  "404 page not found\n", "" },
		{ "case counts", LISTENER_PUBLIC, "GET", "/API/config", NULL, false, 404,
		  "404 page not found\n", "" },
		{ "the admin's are not the public's", LISTENER_PUBLIC, "GET", "/api/deposits", NULL,
		  false, 404, "404 page not found\n", "" },
		{ "nor the other way round", LISTENER_ADMIN, "GET", "/api/config", NULL, false, 404,
		  "404 page not found\n", "" },
		{ "dummy needs its mode", LISTENER_DUMMY, "GET", "/dummy/sender/broadcasts", NULL,
		  false, 404, "404 page not found\n", "" },
		{ "method", LISTENER_PUBLIC, "POST", "/api/config", NULL, false, 405,
		  "Invalid request method\n", "GET" },
		{ "method, admin", LISTENER_ADMIN, "POST", "/api/deposits", NULL, false, 405,
		  "Method Not Allowed\n", "GET" },
		{ "method before type", LISTENER_PUBLIC, "GET", "/api/bind", "x", true, 405,
		  "Invalid request method\n", "POST" },
		{ "type before size", LISTENER_PUBLIC, "POST", "/api/bind", "x", true, 415,
		  "Invalid content type\n", "" },
		{ "no type", LISTENER_PUBLIC, "POST", "/api/bind", NULL, false, 415,
		  "Invalid content type\n", "" },
		{ "a longer type", LISTENER_PUBLIC, "POST", "/api/bind", "application/json5", false,
		  415, "Invalid content type\n", "" },
		{ "size before the body is looked at", LISTENER_PUBLIC, "POST", "/api/bind",
		  "application/json", true, 413, "Request body too large\n", "" },
		{ "type in another case, with parameters", LISTENER_PUBLIC, "POST", "/api/bind",
		  "Application/JSON;charset=utf-8", false, 400, "Invalid json request body: EOF\n",
		  "" },
		{ "a body where none belongs has a limit too", LISTENER_PUBLIC, "GET",
		  "/api/config", NULL, true, 413, "Request body too large\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_request r = FAKE_REQUEST(
			rows[i].method, rows[i].path, "Host", "127.0.0.1:7711",
			rows[i].body_type != NULL ? "Content-Type" : NULL, rows[i].body_type);

		r.too_large = rows[i].too_large;
		route_request(&listeners[rows[i].listener], &r);
		if (r.status != rows[i].status || strcmp(buf_text(&r.answer), rows[i].body) != 0 ||
		    strcmp(fake_answer_header(&r, "Allow"), rows[i].allow) != 0)
			fail_msg("%s: %d %s", rows[i].why, r.status, buf_text(&r.answer));
		assert_string_equal(fake_answer_header(&r, "X-Frame-Options"), "DENY");
		assert_string_equal(fake_answer_header(&r, "X-Content-Type-Options"), "nosniff");
		fake_release(&r);
	}
}

/* A web page whose name was pointed here by DNS sends its own name. */
static void test_host(void **state)
{
	static const struct {
		const char *why;
		enum listener_kind listener;
		const char *path, *host;
		int status;
	} rows[] = {
		{ "a stranger's name", LISTENER_ADMIN, "/api/deposits", "evil.example", 421 },
		{ "for any path", LISTENER_ADMIN, "/", "evil.example:7711", 421 },
		{ "before the method", LISTENER_DUMMY, "/dummy/sender/broadcasts", "evil.example",
		  421 },
		{ "none at all", LISTENER_ADMIN, "/api/deposits", NULL, 421 },
		{ "this machine", LISTENER_ADMIN, "/nothing", "localhost:7711", 404 },
		{ "this machine", LISTENER_DUMMY, "/nothing", "127.0.0.1:4121", 404 },
		{ "the public listener serves every name", LISTENER_PUBLIC, "/api/config",
		  "evil.example", 200 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_request r = FAKE_REQUEST(
			"GET", rows[i].path, rows[i].host != NULL ? "Host" : NULL, rows[i].host);

		route_request(&listeners[rows[i].listener], &r);
		if (r.status != rows[i].status)
			fail_msg("%s: %d", rows[i].why, r.status);
		if (r.status == 421)
			assert_string_equal(buf_text(&r.answer), "Misdirected Request\n");
		fake_release(&r);
	}
}

static void test_document_is_current(void **state)
{
	struct buf out = BUF_INIT(65536);

	(void)state;
	route_print_markdown(&out);
	test_document("doc/ROUTES.md", &out);
	buf_release(&out);
}

/* Answers the status of a request of this client, who comes through a proxy. */
static int ask(const char *method, const char *path, const char *client)
{
	struct http_request r = FAKE_REQUEST(method, path, "X-Forwarded-For", client);
	int status;

	route_request(&listeners[LISTENER_PUBLIC], &r);
	status = r.status;
	fake_release(&r);
	return status;
}

static void test_limit_comes_first(void **state)
{
	(void)state;
	conf.behind_proxy = true;
	apid.throttle = throttle_new(2, 3600000);
	assert_int_equal(ask("PUT", "/api/bind", "10.1.1.1"), 405);
	assert_int_equal(ask("POST", "/api/bind", "10.1.1.1"), 415);
	assert_int_equal(ask("PUT", "/api/bind", "10.1.1.1"), 429);
	assert_int_equal(ask("PUT", "/api/bind", "10.1.1.2"), 405);
	assert_int_equal(ask("PUT", "/api/status", "10.1.1.1"), 405);
	assert_int_equal(ask("GET", "/api/config", "10.1.1.1"), 200);
	assert_int_equal(ask("GET", "/nothing", "10.1.1.1"), 404);
}

static void test_preflights_are_not_counted(void **state)
{
	(void)state;
	apid.throttle = throttle_new(1, 3600000);
	for (int i = 0; i < 3; i++) {
		struct http_request r =
			FAKE_REQUEST("OPTIONS", "/api/bind", "Access-Control-Request-Method",
				     "POST", "Origin", "http://a.example");

		route_request(&listeners[LISTENER_PUBLIC], &r);
		assert_int_equal(r.status, 200);
		assert_string_equal(fake_answer_header(&r, "X-Rate-Limit-Limit"), "");
		fake_release(&r);
	}
	assert_int_equal(ask("PUT", "/api/bind", "10.1.1.1"), 405);
}

static void test_client_ip(void **state)
{
	static const struct {
		const char *why;
		bool behind_proxy;
		const char *first, *second, *ip;
	} rows[] = {
		{ "no proxy: a claim", false, "10.2.2.2", NULL, "10.0.0.1" },
		{ "one entry", true, "10.2.2.2", NULL, "10.2.2.2" },
		{ "the last entry", true, "10.9.9.9,10.2.2.2", NULL, "10.2.2.2" },
		{ "blanks round it", true, "10.9.9.9, \t10.2.2.2 ", NULL, "10.2.2.2" },
		{ "the last line", true, "10.9.9.9", "10.2.2.2", "10.2.2.2" },
		{ "IPv6", true, "2001:db8::7", NULL, "2001:db8::7" },
		{ "no header", true, NULL, NULL, "10.0.0.1" },
		{ "empty", true, "", NULL, "10.0.0.1" },
		{ "empty last entry", true, "10.2.2.2,", NULL, "10.0.0.1" },
		{ "no address", true, "unknown", NULL, "10.0.0.1" },
		{ "with a port", true, "10.2.2.2:80", NULL, "10.0.0.1" },
		{ "very long", true,
		  "1111111111111111111111111111111111111111111111111111111111111111111111", NULL,
		  "10.0.0.1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_request r = FAKE_REQUEST(
			"GET", "/", rows[i].first != NULL ? "X-Forwarded-For" : NULL, rows[i].first,
			rows[i].second != NULL ? "x-forwarded-for" : NULL, rows[i].second);
		char ip[CLIENT_IP_MAX];

		client_ip(&r, rows[i].behind_proxy, ip);
		if (strcmp(ip, rows[i].ip) != 0)
			fail_msg("%s: '%s'", rows[i].why, ip);
		fake_release(&r);
	}
}

static void test_client_network(void **state)
{
	static const struct {
		const char *why, *ip, *network;
	} rows[] = {
		{ "v4 is itself", "10.2.3.4", "10.2.3.4" },
		{ "v6 by its /64", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
		{ "the same customer", "2001:db8:1:2::1", "2001:db8:1:2::/64" },
		{ "in capitals", "2001:DB8:1:2::1", "2001:db8:1:2::/64" },
		{ "v4 through a v6 socket", "::ffff:10.2.3.4", "10.2.3.4" },
		{ "loopback", "::1", "::/64" },
		{ "no address", "unknown", "unknown" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char network[CLIENT_NETWORK_MAX];

		client_network(rows[i].ip, network);
		if (strcmp(network, rows[i].network) != 0)
			fail_msg("%s: %s", rows[i].why, network);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_document_is_current),
		cmocka_unit_test_setup_teardown(test_host, setup, teardown),
		cmocka_unit_test_setup_teardown(test_table, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limit_comes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_preflights_are_not_counted, setup, teardown),
		cmocka_unit_test(test_client_ip),
		cmocka_unit_test(test_client_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
