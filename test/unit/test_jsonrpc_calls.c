/* Calls that go together, against nodes that take batches, half take them, and do not. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/rpc/jsonrpc.h"
#include "test/support/http_peer.h"

#define CALLS	  3
#define EXCHANGES 8
#define BTCD_REFUSES                                                                               \
	"{\"result\":null,\"error\":{\"code\":-32700,\"message\":\"Failed to parse request: "      \
	"json: cannot unmarshal array into Go value of type btcjson.Request\"},\"id\":null}"

/* What one call got, in the words of the rows: "r:TEXT", "e:CODE", "g:TEXT", "u", "b". */
struct got {
	char text[CALLS][64];
	unsigned count;
	struct loop *loop;
	struct jsonrpc *free_it; /* in the first reply */
};

struct call_of {
	struct got *got;
	unsigned place;
};

static void describe(const struct jsonrpc_reply *r, char ret[64])
{
	switch (r->kind) {
	case JSONRPC_RESULT: (void)snprintf(ret, 64, "r:%.*s", (int)r->hex_len, r->hex); break;
	case JSONRPC_ERROR: (void)snprintf(ret, 64, "e:%ld", r->code); break;
	case JSONRPC_GARBAGE: (void)snprintf(ret, 64, "g:%.60s", r->text); break;
	case JSONRPC_BUSY: (void)snprintf(ret, 64, "b"); break;
	case JSONRPC_UNREACHABLE:
	case JSONRPC_UNTRUSTED: (void)snprintf(ret, 64, "u"); break;
	case JSONRPC_UNAUTHORIZED: (void)snprintf(ret, 64, "a"); break;
	}
}

static void on_reply(void *arg, const struct jsonrpc_reply *r)
{
	struct call_of *c = arg;
	struct got *g = c->got;

	assert_int_equal(c->place, g->count % CALLS); /* in the order of the list */
	describe(r, g->text[c->place]);
	g->count++;
	if (g->free_it != NULL) {
		jsonrpc_free(g->free_it);
		loop_stop(g->loop);
	}
	if (g->count % CALLS == 0)
		loop_stop(g->loop);
}

static void ask(struct jsonrpc *j, struct call_of calls[CALLS], enum jsonrpc_form form)
{
	struct jsonrpc_call_of list[CALLS];

	for (unsigned i = 0; i < CALLS; i++) {
		list[i] = (struct jsonrpc_call_of){ "m", NULL, on_reply, &calls[i] };
		assert_true(asprintf(&list[i].params, "[%u]", i) > 0);
	}
	jsonrpc_calls(j, form, list, CALLS);
}

static struct jsonrpc *open_node(struct loop *l, const struct peer *p)
{
	struct http_options opt = { .url = peer_url(p),
				    .timeout_ms = 5000,
				    .connect_timeout_ms = 5000,
				    .max_body = 4096,
				    .max_connections = 1 };
	struct jsonrpc *j = NULL;

	assert_int_equal(jsonrpc_new(l, &opt, &j, NULL), 0);
	return j;
}

#define BATCH_ASKED                                                                                \
	"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":[0]},"                         \
	"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"m\",\"params\":[1]},"                          \
	"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"m\",\"params\":[2]}]"

static const struct {
	const char *why;
	int status;
	const char *body;
	const char *got[CALLS];
} rows[] = {
	{ "in order",
	  200,
	  "[{\"result\":\"aa\",\"error\":null,\"id\":1},{\"result\":\"bb\",\"error\":null,"
	  "\"id\":2},{\"result\":\"cc\",\"error\":null,\"id\":3}]\n",
	  { "r:aa", "r:bb", "r:cc" } },
	{ "in another order, in the form of 2.0",
	  200,
	  " [ {\"jsonrpc\":\"2.0\",\"id\":3,\"result\":\"cc\"} , {\"jsonrpc\":\"2.0\",\"id\":1,"
	  "\"result\":\"aa\"}, {\"jsonrpc\":\"2.0\",\"result\":\"bb\",\"id\":2} ] ",
	  { "r:aa", "r:bb", "r:cc" } },
	{ "half failed: what is good is kept",
	  200,
	  "[{\"result\":\"aa\",\"error\":null,\"id\":1},{\"result\":null,\"error\":{\"code\":-5,"
	  "\"message\":\"Block not found\"},\"id\":2},{\"result\":\"cc\",\"id\":3}]",
	  { "r:aa", "e:-5", "r:cc" } },
	{ "one is left out",
	  200,
	  "[{\"result\":\"aa\",\"id\":1},{\"result\":\"cc\",\"id\":3}]",
	  { "r:aa", "g:the node left out an answer of a batch", "r:cc" } },
	{ "one is given twice",
	  200,
	  "[{\"result\":\"aa\",\"id\":1},{\"result\":\"bb\",\"id\":2},{\"result\":\"dd\","
	  "\"id\":2},{\"result\":\"cc\",\"id\":3},{\"result\":\"bb\",\"id\":2}]",
	  { "r:aa", "g:the node gave an answer of a batch twice", "r:cc" } },
	{ "answers to nobody's questions",
	  200,
	  "[{\"result\":\"xx\",\"id\":0},{\"result\":\"xx\",\"id\":4},{\"result\":\"xx\","
	  "\"id\":null},{\"result\":\"xx\"},{\"result\":\"xx\",\"id\":18446744073709551617},"
	  "{\"result\":\"xx\",\"id\":\"1\"},{\"result\":\"aa\",\"id\":1},{\"result\":\"bb\","
	  "\"id\":2},{\"result\":\"cc\",\"id\":3}]",
	  { "r:aa", "r:bb", "r:cc" } },
	{ "an empty array",
	  200,
	  "[]",
	  { "g:the node left out an answer of a batch", "g:the node left out an answer of a batch",
	    "g:the node left out an answer of a batch" } },
	{ "an array of something else",
	  200,
	  "[1,2,3]",
	  { "g:no JSON-RPC answer (status 200): [1,2,3]",
	    "g:no JSON-RPC answer (status 200): [1,2,3]",
	    "g:no JSON-RPC answer (status 200): [1,2,3]" } },
	{ "cut short",
	  200,
	  "[{\"result\":\"aa\",\"id\":1},{\"res",
	  { "g:no JSON-RPC answer (status 200): [{\"result\":\"aa\",\"id\":1},{\"r",
	    "g:no JSON-RPC answer (status 200): [{\"result\":\"aa\",\"id\":1},{\"r",
	    "g:no JSON-RPC answer (status 200): [{\"result\":\"aa\",\"id\":1},{\"r" } },
	{ "one id twice in an element",
	  200,
	  "[{\"result\":\"aa\",\"id\":1,\"id\":2}]",
	  { "g:no JSON-RPC answer (status 200): [{\"result\":\"aa\",\"id\":1,\"id\"",
	    "g:no JSON-RPC answer (status 200): [{\"result\":\"aa\",\"id\":1,\"id\"",
	    "g:no JSON-RPC answer (status 200): [{\"result\":\"aa\",\"id\":1,\"id\"" } },
	{ "Core is loading: one error for all",
	  500,
	  "{\"result\":null,\"error\":{\"code\":-28,\"message\":\"Loading...\"},\"id\":null}",
	  { "e:-28", "e:-28", "e:-28" } },
	{ "too much to do", 503, "Work queue depth exceeded", { "b", "b", "b" } },
	{ "wrong password", 401, "", { "a", "a", "a" } },
};

static void test_what_nodes_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer_exchange e = { .method = "POST",
					   .body_has = BATCH_ASKED,
					   .status = rows[i].status,
					   .body = rows[i].body };
		struct peer *p = peer_start(&e, 1);
		struct got g = { .count = 0 };
		struct call_of calls[CALLS] = { { &g, 0 }, { &g, 1 }, { &g, 2 } };
		struct jsonrpc *j;

		print_message("%s\n", rows[i].why);
		assert_int_equal(loop_new(&g.loop, NULL), 0);
		j = open_node(g.loop, p);
		ask(j, calls, JSONRPC_HEX);
		assert_int_equal(g.count, 0); /* never from inside the call */
		loop_run(g.loop);
		assert_int_equal(g.count, CALLS);
		for (unsigned n = 0; n < CALLS; n++)
			assert_string_equal(g.text[n], rows[i].got[n]);
		jsonrpc_free(j);
		loop_free(g.loop);
		peer_finish(p);
	}
}

/* Rows of what a node that takes one call at a time answers to an array. */
static const char *const one_at_a_time[] = {
	BTCD_REFUSES,
	"{\"result\":\"aa\",\"error\":null,\"id\":1}",
	"{\"error\":{\"code\":-32600,\"message\":\"Invalid Request\"},\"id\":null}",
};

/* Asked again one by one at once, and one by one ever after; until the node was away. */
static void test_a_node_without_batches(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(one_at_a_time) / sizeof(one_at_a_time[0]); i++) {
		struct peer_exchange list[EXCHANGES] = {
			{ .body_has = BATCH_ASKED, .status = 200, .body = one_at_a_time[i] },
			{ .body_has =
				  "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"m\",\"params\":[0]}",
			  .status = 200,
			  .body = "{\"result\":\"aa\",\"id\":4}" },
			{ .body_has = "\"id\":5",
			  .status = 500,
			  .body = "{\"error\":{\"code\":-8,\"message\":\"no\"},\"id\":5}" },
			{ .body_has = "\"id\":6",
			  .status = 200,
			  .body = "{\"result\":\"cc\",\"id\":6}" },
			{ .body_has = "\"id\":7",
			  .raw = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
			  .then = PEER_CLOSE },
			{ .body_has = "\"id\":8",
			  .status = 200,
			  .body = "{\"result\":\"bb\",\"id\":8}" },
			{ .body_has = "\"id\":9",
			  .status = 200,
			  .body = "{\"result\":\"cc\",\"id\":9}" },
			{ .body_has = "[{\"jsonrpc\":\"2.0\",\"id\":10,",
			  .status = 200,
			  .body = "[{\"result\":\"aa\",\"id\":10},{\"result\":\"bb\",\"id\":11},"
				  "{\"result\":\"cc\",\"id\":12}]" },
		};
		struct peer *p = peer_start(list, EXCHANGES);
		struct got g = { .count = 0 };
		struct call_of calls[CALLS] = { { &g, 0 }, { &g, 1 }, { &g, 2 } };
		static const char *const expected[3][CALLS] = { { "r:aa", "e:-8", "r:cc" },
								{ "u", "r:bb", "r:cc" },
								{ "r:aa", "r:bb", "r:cc" } };
		struct jsonrpc *j;

		assert_int_equal(loop_new(&g.loop, NULL), 0);
		j = open_node(g.loop, p);
		for (unsigned round = 0; round < 3; round++) {
			ask(j, calls, JSONRPC_HEX);
			loop_run(g.loop);
			for (unsigned n = 0; n < CALLS; n++)
				assert_string_equal(g.text[n], expected[round][n]);
		}
		jsonrpc_free(j);
		loop_free(g.loop);
		peer_finish(p);
	}
}

/* A chain that is given up in the first reply hears of no other. */
static void test_freed_in_a_reply(void **state)
{
	static const char *const bodies[] = {
		"[{\"result\":\"aa\",\"id\":1},{\"result\":\"bb\",\"id\":2}]",
		"{\"error\":{\"code\":-28,\"message\":\"Loading\"},\"id\":null}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct peer_exchange e = { .status = 200, .body = bodies[i] };
		struct peer *p = peer_start(&e, 1);
		struct got g = { .count = 0 };
		struct call_of calls[CALLS] = { { &g, 0 }, { &g, 1 }, { &g, 2 } };

		assert_int_equal(loop_new(&g.loop, NULL), 0);
		g.free_it = open_node(g.loop, p);
		ask(g.free_it, calls, JSONRPC_HEX);
		loop_run(g.loop);
		assert_int_equal(g.count, 1);
		loop_free(g.loop);
		peer_finish(p);
	}
}

/* Freed before anything came: nobody is called, nothing is lost (the sanitizer looks). */
static void test_freed_while_under_way(void **state)
{
	struct peer_exchange e = { .then = PEER_HANG };
	struct peer *p = peer_start(&e, 1);
	struct got g = { .count = 0 };
	struct call_of calls[CALLS] = { { &g, 0 }, { &g, 1 }, { &g, 2 } };
	struct jsonrpc *j;

	(void)state;
	assert_int_equal(loop_new(&g.loop, NULL), 0);
	j = open_node(g.loop, p);
	ask(j, calls, JSONRPC_TREE);
	jsonrpc_free(j);
	assert_int_equal(g.count, 0);
	loop_free(g.loop);
	peer_kill(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_nodes_answer),
		cmocka_unit_test(test_a_node_without_batches),
		cmocka_unit_test(test_freed_in_a_reply),
		cmocka_unit_test(test_freed_while_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
