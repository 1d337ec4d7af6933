/* The client where the recordings, one by one, say nothing: several requests in a row, tokens,
 * passwords, and nodes that are not what they were, or nothing at all. */
#include "test/support/sky_replay.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/node/sky_api.h"
#include "common/node/sky_url.h"

#define MODERN "rest-modern.json"
#define LEGACY "rest-legacy.json"
#define TXID   "6bf959576c922d9102c81e60a41a5dbb1d9605e81d95c9ffc9b9cae4fe21af56"

/* A page that a node, or anything else, has not. */
#define MISSING                                                                                    \
	{                                                                                          \
		.status = 404, .body = "404 Not Found\n"                                           \
	}

static char *rawtx_of(const cJSON *call)
{
	cJSON *request = cJSON_Parse(sky_member(call, "request", "body"));
	char *hex = strdup(cJSON_GetObjectItem(request, "rawtx")->valuestring);

	cJSON_Delete(request);
	return hex;
}

static void inject(struct sky_world *w, const cJSON *call)
{
	char *hex = rawtx_of(call);

	sky_world_inject(w, hex);
	free(hex);
}

static void assert_says(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("'%s' is not in '%s'", what, text);
}

/* --- outputs ------------------------------------------------------------------------------------
 */

static void ask_many_outputs(struct sky_world *w, const char *first)
{
	struct sky_address asked[SKY_ADDRESSES_MAX] = { 0 };

	assert_int_equal(sky_addresses(first, asked), 3);
	for (unsigned i = 3; i < SKY_ADDRESSES_MAX; i++)
		asked[i].key_hash.b[0] = (uint8_t)i;
	w->node->ops->outputs(w->node, asked, SKY_ADDRESSES_MAX, sky_on_outputs, w);
	sky_world_wait(w);
}

static void check_recorded_outputs(const struct sky_world *w, const cJSON *call)
{
	cJSON *answer = cJSON_Parse(sky_member(call, "response", "body"));

	sky_check_outputs(w, answer);
	cJSON_Delete(answer);
}

/* Many addresses go into the body of a POST; the recorded answer is that to the wallet's three. */
static void test_outputs_post(void **state)
{
	cJSON *rec = sky_recording(MODERN);
	const cJSON *call = sky_call(rec, "outputs_post");
	const char *three = strchr(sky_member(call, "request", "body"), '=') + 1;
	struct peer_exchange list[] = { sky_played(sky_call(rec, "csrf")), sky_played(call),
					sky_played(sky_call(rec, "health")) };
	char begins[256];
	struct sky_world w;

	(void)state;
	(void)snprintf(begins, sizeof(begins), "\r\n\r\naddrs=%s,", three);
	list[1].head_has = begins;
	sky_world_init(&w, "rest", list, 3);
	ask_many_outputs(&w, three);
	check_recorded_outputs(&w, call);
	sky_world_release(&w);
	cJSON_Delete(rec);
}

/* 0.24 takes no POST there, and does not tell the head: it is asked again, otherwise. */
static void test_outputs_of_0_24(void **state)
{
	cJSON *rec = sky_recording(LEGACY);
	const cJSON *call = sky_call(rec, "outputs_wallet");
	const char *three = strchr(sky_member(call, "request", "path"), '=') + 1;
	struct peer_exchange list[] = {
		MISSING, /* no token */
		{ .method = "POST", .path = "/api/v1/outputs", .status = 405 },
		sky_played(call),
		sky_played(sky_call(rec, "metadata_later")),
		sky_played(call),
		MISSING, /* no rules */
	};
	struct sky_world w;

	(void)state;
	list[2].path = list[4].path = NULL; /* another prefix, and more addresses */
	list[2].head_has = list[4].head_has = "GET /api/v1/outputs?addrs=2dE9fbtMJ19EcHbCQpXCrc";
	list[3].path = "/api/v1/blockchain/metadata";
	sky_world_init(&w, "rest", list, 6);
	ask_many_outputs(&w, three);
	check_recorded_outputs(&w, call);
	assert_int_equal(w.outputs.head_seq, 5);
	assert_int_equal(w.outputs.policy.burn_factor, 2);
	sky_world_release(&w);
	cJSON_Delete(rec);
}

/* Asked for nothing a node would tell all: it is not asked. */
static void test_no_addresses(void **state)
{
	struct sky_world w;

	(void)state;
	sky_world_init(&w, "rest", NULL, 0);
	w.node->ops->outputs(w.node, NULL, 0, sky_on_outputs, &w);
	sky_world_wait(&w);
	assert_true(w.failed);
	assert_int_equal(w.err.code, ERR_INVALID);
	sky_world_release(&w);
}

/* A node whose health is switched off tells no rules: half the hours are burned. */
static void test_unknown_policy(void **state)
{
	cJSON *rec = sky_recording(MODERN);
	const cJSON *call = sky_call(rec, "outputs_none");
	struct peer_exchange list[] = { sky_played(call),
					{ .path = "/api/v1/health",
					  .method = "GET",
					  .status = 403,
					  .body = "403 Forbidden\n" } };
	struct sky_address asked[SKY_ADDRESSES_MAX];
	struct sky_world w;

	(void)state;
	(void)sky_addresses(strchr(list[0].path, '=') + 1, asked);
	sky_world_init(&w, "rest", list, 2);
	w.node->ops->outputs(w.node, asked, 1, sky_on_outputs, &w);
	sky_world_wait(&w);
	assert_false(w.failed);
	assert_int_equal(w.outputs.policy.burn_factor, 2);
	assert_int_equal(w.outputs.policy.max_tx_size, 32768);
	assert_int_equal(w.outputs.policy.max_decimals, 3);
	sky_world_release(&w);
	cJSON_Delete(rec);
}

/* --- inject -------------------------------------------------------------------------------------
 */

static void test_inject_with_second_token(void **state)
{
	cJSON *rec = sky_recording(MODERN);
	const cJSON *csrf = sky_call(rec, "csrf"), *ok = sky_call(rec, "inject_ok");
	struct peer_exchange list[] = { sky_played(csrf),
					sky_played(sky_call(rec, "inject_expired_csrf")),
					sky_played(csrf), sky_played(ok) };
	struct sky_world w;

	(void)state;
	sky_world_init(&w, "rest", list, 4);
	inject(&w, ok);
	assert_int_equal(w.inject, SKY_INJECT_OK);
	sky_world_release(&w);
	cJSON_Delete(rec);
}

/* What leaves it open whether the node has the transaction. */
static void test_inject_unknown(void **state)
{
	static const struct {
		const char *why;
		struct peer_exchange token, post;
		size_t exchanges;
		const char *text;
	} rows[] = {
		{ "dropped after the post, and after it was sent again",
		  { .status = 404 },
		  { .then = PEER_DROP },
		  3,
		  "no answer" },
		{ "dropped before it", { .then = PEER_DROP }, { 0 }, 1, "no answer" },
		{ "no token to be had",
		  { .status = 500, .body = "500 Internal Server Error\n" },
		  { 0 },
		  1,
		  "csrf: the node answers '500" },
		{ "no token in the answer",
		  { .status = 200, .body = "{}" },
		  { 0 },
		  1,
		  "csrf_token" },
		{ "a token with a line end",
		  { .status = 200, .body = "{\"csrf_token\":\"a\\r\\nHost: b\"}" },
		  { 0 },
		  1,
		  "does not fit a header" },
		{ "another txid",
		  { .status = 404 },
		  { .status = 200,
		    .body = "\"0000000000000000000000000000000000000000000000000000000000000000"
			    "\"" },
		  2,
		  "\"0000" },
		{ "a 200 without a txid", { .status = 404 }, { .status = 200 }, 2, "status 200" },
		{ "a 400 that is not the node's",
		  { .status = 404 },
		  { .status = 400, .body = "<html>400 Bad Request</html>" },
		  2,
		  "<html>" },
		{ "a 400 that names no rule",
		  { .status = 404 },
		  { .status = 400, .body = "400 Bad Request - database is locked\n" },
		  2,
		  "database is locked" },
		{ "a rule, but not as a refusal",
		  { .status = 404 },
		  { .status = 500,
		    .body = "500 Internal Server Error - Transaction violates hard constraint: "
			    "x\n" },
		  2,
		  "500 Internal" },
		{ "too many requests", { .status = 404 }, { .status = 429 }, 2, "status 429" },
	};
	cJSON *rec = sky_recording(MODERN);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer_exchange list[] = { rows[i].token, rows[i].post, rows[i].post };
		struct sky_world w;

		print_message("%s\n", rows[i].why);
		sky_world_init(&w, "rest", list, rows[i].exchanges);
		inject(&w, sky_call(rec, "inject_ok"));
		assert_int_equal(w.inject, SKY_INJECT_UNKNOWN);
		assert_says(w.text, rows[i].text);
		sky_world_release(&w);
	}
	cJSON_Delete(rec);
}

/* --- passwords ----------------------------------------------------------------------------------
 */

/* The recorded answers to missing, wrong and right credentials. */
static void test_credentials(void **state)
{
	static const struct {
		const char *name, *user, *pass;
	} rows[] = { { "no_credentials", "", "" },
		     { "wrong_credentials", "user", "wrong" },
		     { "right_credentials", "user", "secret" } };
	cJSON *rec = sky_recording("rest-auth-modern.json"), *modern = sky_recording(MODERN);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const cJSON *call = sky_call(rec, rows[i].name);
		const cJSON *headers =
			cJSON_GetObjectItem(cJSON_GetObjectItem(call, "request"), "headers");
		const cJSON *auth = cJSON_GetObjectItem(headers, "Authorization");
		struct peer_exchange list[] = { sky_played(call),
						sky_played(sky_call(modern, "health")),
						sky_played(sky_call(modern, "progress")),
						sky_played(sky_call(modern, "block_0")) };
		struct sky_client_options o = {
			.api = "auto", .user = rows[i].user, .pass = rows[i].pass, .cert = ""
		};
		struct sky_world w;

		list[0].head_has = auth != NULL ? auth->valuestring : NULL;
		list[0].head_lacks = auth != NULL ? NULL : "Authorization";
		sky_world_init(&w, "rest", list, list[0].status == 200 ? 4 : 1);
		o.address = peer_url(w.peer);
		sky_world_client(&w, &o);
		w.node->ops->health(w.node, sky_on_health, &w);
		sky_world_wait(&w);
		assert_int_equal(w.failed, list[0].status != 200);
		if (w.failed)
			assert_string_equal(w.err.text,
					    "version: the node answers '401 Unauthorized'");
		sky_world_release(&w);
	}
	cJSON_Delete(rec);
	cJSON_Delete(modern);
}

/* --- which API ----------------------------------------------------------------------------------
 */

/* The status of an unknown transaction, in each API: the same operation throughout. */
static void ask_status(struct sky_world *w)
{
	w->node->ops->status(w->node, TXID, sky_on_status, w);
	sky_world_wait(w);
}

static void assert_unknown_tx(struct sky_world *w)
{
	ask_status(w);
	assert_false(w->failed);
	assert_int_equal(w->status, SKY_TX_UNKNOWN);
	sky_world_again(w);
}

#define PLAIN_WEBRPC_STATUS                                                                        \
	{                                                                                          \
		.method = "POST", .path = "/webrpc", .body_has = "\"method\":\"get_status\"}",     \
		.status = 200,                                                                     \
		.body = "{\"id\":\"1\",\"jsonrpc\":\"2.0\",\"result\":{\"running\":true}}"         \
	}
#define WEBRPC_NO_TX                                                                               \
	{                                                                                          \
		.method = "POST", .path = "/webrpc", .body_has = "\"params\":[\"" TXID "\"]}",     \
		.status = 200,                                                                     \
		.body = "{\"id\":null,\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,"             \
			"\"message\":\"transaction doesn't exist\"}}"                              \
	}
#define PAGE(p, s, b)                                                                              \
	{                                                                                          \
		.method = "GET", .path = (p), .status = (s), .body = (b)                           \
	}
#define VERSION_0_27 "{\"version\":\"0.27.1\"}"
#define VERSION_0_22 "{\"version\":\"0.22.0\"}"

/* A node that is upgraded, and put back, under a running client.  Whatever it asked last in the old
 * way fails, or is not believed; the next question is asked in the new way. */
static void test_upgraded_under_way(void **state)
{
	static const struct peer_exchange list[] = {
		/* webrpc at first */
		PAGE("/api/v1/version", 404, "404 page not found\n"),
		PAGE("/version", 404, "404 page not found\n"),
		PLAIN_WEBRPC_STATUS,
		WEBRPC_NO_TX,
		/* then a modern node */
		{ .path = "/webrpc",
		  .method = "POST",
		  .status = 403,
		  .body = "403 Forbidden - invalid CSRF token\n" },
		PAGE("/api/v1/version", 200, VERSION_0_27),
		PAGE("/api/v1/transaction?txid=" TXID, 404, "404 Not Found\n"),
		PAGE("/api/v1/version", 200, VERSION_0_27),
		/* then a legacy one: its "not found" means the page, so it is not believed */
		PAGE("/api/v1/transaction?txid=" TXID, 404, "404 Not Found\n"),
		PAGE("/api/v1/version", 404, "404 Not Found\n"),
		PAGE("/api/v1/version", 404, "404 Not Found\n"),
		PAGE("/version", 200, VERSION_0_22),
		PAGE("/transaction?txid=" TXID, 404, "404 Not Found\n"),
		PAGE("/version", 200, VERSION_0_22),
		/* and modern again */
		PAGE("/transaction?txid=" TXID, 404, "404 Not Found\n"),
		PAGE("/version", 404, "404 Not Found\n"),
		PAGE("/api/v1/version", 200, VERSION_0_27),
		PAGE("/api/v1/transaction?txid=" TXID, 404, "404 Not Found\n"),
		PAGE("/api/v1/version", 200, VERSION_0_27),
	};
	struct sky_world w;

	(void)state;
	sky_world_init(&w, "auto", list, sizeof(list) / sizeof(list[0]));
	assert_unknown_tx(&w);
	for (int i = 0; i < 3; i++) {
		ask_status(&w);
		assert_true(w.failed);
		sky_world_again(&w);
		assert_unknown_tx(&w);
	}
	sky_world_release(&w);
}

/* An API that is configured is not looked for, whatever happens. */
static void test_fixed_api(void **state)
{
	static const struct peer_exchange list[] = {
		PAGE("/transaction?txid=" TXID, 500, "500 Internal Server Error\n"),
		PAGE("/transaction?txid=" TXID, 404, "404 Not Found\n"),
		PAGE("/version", 200, VERSION_0_22),
	};
	struct sky_world w;

	(void)state;
	sky_world_init(&w, "legacy-rest", list, 3);
	ask_status(&w);
	assert_true(w.failed);
	sky_world_again(&w);
	assert_unknown_tx(&w);
	sky_world_release(&w);
}

/* Questions that come while the API is being looked for wait for it, all of them. */
static void test_waiting_for_the_api(void **state)
{
	static const struct peer_exchange list[] = {
		PAGE("/api/v1/version", 404, ""),
		PAGE("/version", 404, ""),
		PLAIN_WEBRPC_STATUS,
		WEBRPC_NO_TX,
		WEBRPC_NO_TX,
	};
	struct sky_world w;

	(void)state;
	sky_world_init(&w, "auto", list, 5);
	w.node->ops->status(w.node, TXID, sky_on_status, &w);
	w.node->ops->status(w.node, TXID, sky_on_status, &w);
	while (w.answers < 2)
		loop_run(w.loop);
	assert_false(w.failed);
	sky_world_release(&w);
}

/* What is served there is no node; or one that does not want to tell. */
static void test_no_api(void **state)
{
	static const struct {
		const char *why;
		struct peer_exchange list[3];
		size_t count;
		const char *text;
	} rows[] = {
		{ "nothing is found",
		  { MISSING, MISSING, MISSING },
		  3,
		  "no API of a Skycoin node" },
		{ "a web server's own pages",
		  { { .status = 200, .body = "<html>hello</html>" },
		    { .status = 200, .body = "<html>hello</html>" },
		    { .status = 200, .body = "<html>hello</html>" } },
		  3,
		  "no API of a Skycoin node" },
		{ "JSON of something else",
		  { { .status = 200, .body = "{\"version\":7}" },
		    { .status = 200, .body = "[]" },
		    { .status = 200, .body = "{\"jsonrpc\":\"1.0\",\"result\":1}" } },
		  3,
		  "no API of a Skycoin node" },
		{ "an empty answer",
		  { { .status = 200 }, { .status = 200 }, { .status = 200 } },
		  3,
		  "no API of a Skycoin node" },
		{ "a proxy whose node is gone",
		  { { .status = 502, .body = "502 Bad Gateway" } },
		  1,
		  "version: the node answers '502 Bad Gateway'" },
		{ "a node that serves another host",
		  { { .status = 403, .body = "403 Forbidden - Invalid Host\n" } },
		  1,
		  "version: the node answers '403 Forbidden - Invalid Host'" },
		{ "no HTTP",
		  { { .raw = "SSH-2.0-OpenSSH_9.2\r\n\r\n", .then = PEER_CLOSE } },
		  1,
		  "no answer from" },
		{ "closed without an answer", { { .then = PEER_DROP } }, 1, "no answer from" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sky_world w;

		print_message("%s\n", rows[i].why);
		sky_world_init(&w, "auto", rows[i].list, rows[i].count);
		ask_status(&w);
		assert_true(w.failed);
		assert_says(w.err.text, rows[i].text);
		sky_world_release(&w);
	}
}

/* A port of the kernel's choice that nothing listens on; the descriptor keeps it. */
static int closed_port(char address[64])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	(void)snprintf(address, 64, "127.0.0.1:%u", (unsigned)ntohs(a.sin_port));
	return fd;
}

/* Nothing listens: every question fails, and tells where nobody was. */
static void test_closed_port(void **state)
{
	struct sky_client_options o = { .api = "auto", .user = "", .pass = "", .cert = "" };
	char address[64];
	struct sky_world w;
	int fd = closed_port(address);

	(void)state;
	sky_world_init(&w, "auto", NULL, 0);
	o.address = address;
	sky_world_client(&w, &o);
	ask_status(&w);
	assert_true(w.failed);
	assert_says(w.err.text, "cannot reach 'http://");
	assert_says(w.err.text, address);
	sky_world_again(&w);
	sky_world_inject(&w, "00");
	assert_int_equal(w.inject, SKY_INJECT_UNKNOWN);
	assert_says(w.text, "cannot reach");
	sky_world_release(&w);
	(void)close(fd);
}

/* An address of this machine that no other test uses. */
static void own_ip(char ret[32])
{
	unsigned pid = (unsigned)getpid();

	(void)snprintf(ret, 32, "127.%u.%u.%u", 1 + (pid >> 14 & 0x7f), pid >> 7 & 0x7f,
		       1 + (pid & 0x7f));
}

/* The default of old configurations is the webrpc port, which a node that was upgraded has not: its
 * REST is found on the same host, and told to be there. */
static void test_webrpc_port_of_an_upgraded_node(void **state)
{
	cJSON *rec = sky_recording(MODERN);
	struct peer_exchange list[] = { PAGE("/api/v1/version", 200, VERSION_0_27),
					sky_played(sky_call(rec, "health")),
					sky_played(sky_call(rec, "progress")),
					sky_played(sky_call(rec, "block_0")) };
	struct sky_client_options o = { .api = "auto", .user = "", .pass = "", .cert = "" };
	char ip[32], address[64], told[64];
	struct sky_world w;

	(void)state;
	own_ip(ip);
	(void)snprintf(address, sizeof(address), "%s:6430", ip);
	(void)snprintf(told, sizeof(told), "http://%s:6420", ip);
	sky_world_init(&w, "auto", NULL, 0);
	peer_finish(w.peer);
	w.peer = peer_start_at(ip, 6420, list, 4);
	o.address = address;
	sky_world_client(&w, &o);
	w.node->ops->health(w.node, sky_on_health, &w);
	sky_world_wait(&w);
	assert_false(w.failed);
	assert_string_equal(w.health.api, "rest");
	assert_string_equal(w.health.address, told);
	sky_world_release(&w);
	cJSON_Delete(rec);
}

/* Where webrpc is served at that port, it is used. */
static void test_webrpc_port_of_a_legacy_node(void **state)
{
	static const struct peer_exchange list[] = {
		PAGE("/api/v1/version", 404, "404 page not found\n"),
		PAGE("/version", 404, "404 page not found\n"),
		PLAIN_WEBRPC_STATUS,
		WEBRPC_NO_TX,
	};
	struct sky_client_options o = { .api = "auto", .user = "", .pass = "", .cert = "" };
	char ip[32], address[64];
	struct sky_world w;

	(void)state;
	own_ip(ip);
	(void)snprintf(address, sizeof(address), "%s:6430", ip);
	sky_world_init(&w, "auto", NULL, 0);
	peer_finish(w.peer);
	w.peer = peer_start_at(ip, 6430, list, 4);
	o.address = address;
	sky_world_client(&w, &o);
	assert_unknown_tx(&w);
	sky_world_release(&w);
}

/* Nothing at either port: the one that is configured is named. */
static void test_webrpc_port_closed(void **state)
{
	struct sky_client_options o = { .api = "auto", .user = "", .pass = "", .cert = "" };
	char ip[32], address[64];
	struct sky_world w;

	(void)state;
	own_ip(ip);
	(void)snprintf(address, sizeof(address), "%s:6430", ip);
	sky_world_init(&w, "auto", NULL, 0);
	o.address = address;
	sky_world_client(&w, &o);
	ask_status(&w);
	assert_true(w.failed);
	assert_says(w.err.text, address);
	sky_world_release(&w);
}

static void test_urls(void **state)
{
	static const struct {
		const char *why, *address;
		bool cert;
		const char *url, *rest;
	} rows[] = {
		{ "the default", "127.0.0.1:6420", false, "http://127.0.0.1:6420", NULL },
		{ "the default of old configurations", "127.0.0.1:6430", false,
		  "http://127.0.0.1:6430", "http://127.0.0.1:6420" },
		{ "an URL", "http://node:6430/", false, "http://node:6430", "http://node:6420" },
		{ "https", "https://node:6430", false, "https://node:6430", "https://node:6420" },
		{ "a certificate asks for https", "node:6420", true, "https://node:6420", NULL },
		{ "unless the URL says otherwise", "http://node:6420", true, "http://node:6420",
		  NULL },
		{ "IPv6", "[::1]:6430", false, "http://[::1]:6430", "http://[::1]:6420" },
		{ "a path", "https://host/sky/", false, "https://host/sky", NULL },
		{ "no port", "http://node", false, "http://node", NULL },
		{ "another port that ends so", "node:16430", false, "http://node:16430", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *url = sky_url(rows[i].address, rows[i].cert), *rest = sky_url_of_rest(url);

		print_message("%s\n", rows[i].why);
		assert_string_equal(url, rows[i].url);
		if (rows[i].rest == NULL)
			assert_null(rest);
		else
			assert_string_equal(rest, rows[i].rest);
		free(url);
		free(rest);
	}
}

/* The names that the configuration takes. */
static void test_api_names(void **state)
{
	static const char *const names[] = { "rest", "legacy-rest", "webrpc" };

	(void)state;
	assert_int_equal(SKY_APIS, sizeof(names) / sizeof(names[0]));
	for (size_t i = 0; i < SKY_APIS; i++)
		assert_ptr_equal(sky_api_named(names[i]), sky_apis[i]);
	assert_null(sky_api_named("auto"));
}

static void test_options(void **state)
{
	static const struct {
		const char *why;
		struct sky_client_options o;
		const char *text;
	} rows[] = {
		{ "no such API", { .address = "127.0.0.1:6420", .api = "soap" }, "called 'soap'" },
		{ "no URL", { .address = "ftp://host", .api = "auto" }, "no http or https" },
		{ "no such certificate",
		  { .address = "https://host", .api = "auto", .cert = "/nowhere/cert.pem" },
		  "/nowhere/cert.pem" },
	};
	struct sky_node *n;
	struct loop *l;
	struct err err;

	(void)state;
	assert_int_equal(loop_new(&l, NULL), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].why);
		assert_true(sky_client_new(l, &rows[i].o, &n, &err) < 0);
		assert_says(err.text, rows[i].text);
	}
	loop_free(l);
}

/* Freed while it looks for the API, while it asks, and with a question that cannot begin. */
static void test_free_under_way(void **state)
{
	static const struct peer_exchange list[] = { { .then = PEER_HANG } };
	static const char *const apis[] = { "auto", "rest", "legacy-rest", "webrpc" };
	struct sky_address asked = { 0 };
	struct sha256 uxid = { 0 };
	struct sky_world w;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		sky_world_init(&w, apis[i], list, 1);
		w.node->ops->outputs(w.node, NULL, 0, sky_on_outputs, &w);
		w.node->ops->outputs(w.node, &asked, 1, sky_on_outputs, &w);
		w.node->ops->status(w.node, "00", sky_on_status, &w);
		w.node->ops->inject(w.node, (const uint8_t *)"x", 1, sky_on_inject, &w);
		w.node->ops->spent(w.node, &uxid, &asked, sky_on_spent, &w);
		w.node->ops->health(w.node, sky_on_health, &w);
		w.node->ops->free(w.node);
		assert_int_equal(w.answers, 0);
		loop_timer_free(w.patience);
		loop_free(w.loop);
		assert_int_equal(w.answers, 0);
		peer_kill(w.peer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outputs_post),
		cmocka_unit_test(test_outputs_of_0_24),
		cmocka_unit_test(test_no_addresses),
		cmocka_unit_test(test_unknown_policy),
		cmocka_unit_test(test_inject_with_second_token),
		cmocka_unit_test(test_inject_unknown),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_upgraded_under_way),
		cmocka_unit_test(test_fixed_api),
		cmocka_unit_test(test_waiting_for_the_api),
		cmocka_unit_test(test_no_api),
		cmocka_unit_test(test_closed_port),
		cmocka_unit_test(test_webrpc_port_of_an_upgraded_node),
		cmocka_unit_test(test_webrpc_port_of_a_legacy_node),
		cmocka_unit_test(test_webrpc_port_closed),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_api_names),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_free_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
