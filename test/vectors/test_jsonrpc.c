/* Exchanges recorded at bcoin and btcd, played back to the JSON-RPC client by a peer. */
#include "test/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/rpc/jsonrpc.h"
#include "test/support/http_peer.h"

#define PATIENCE_MS 10000

/* What the recorded answer comes to.  `text`: of the error; of a result its number or string. */
static const struct row {
	const char *node, *name;
	enum jsonrpc_kind kind;
	long code;
	const char *text; /* NULL: not looked at */
	bool hex;	  /* called with jsonrpc_call_hex() */
} rows[] = {
	{ "bcoin", "01-getblockchaininfo", JSONRPC_RESULT, .text = NULL },
	{ "bcoin", "02-getblockcount", JSONRPC_RESULT, .text = "448" },
	{ "bcoin", "06-getchaintips", JSONRPC_RESULT, .text = NULL },
	{ "bcoin", "10-getblockhash-0", JSONRPC_RESULT,
	  .text = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206" },
	{ "bcoin", "14-getblockheader-raw", JSONRPC_RESULT, .hex = true },
	{ "bcoin", "15-getblock-raw-441", JSONRPC_RESULT, .hex = true },
	{ "bcoin", "16-getblock-txids-441", JSONRPC_RESULT, .text = NULL },
	{ "bcoin", "16-getblock-txids-441", JSONRPC_GARBAGE, .text = "the result is no string",
	  .hex = true },
	{ "bcoin", "52-error-unknown-block", JSONRPC_ERROR, -1, "Block not found", false },
	{ "bcoin", "52-error-unknown-block", JSONRPC_ERROR, -1, "Block not found", true },
	{ "bcoin", "55-error-height-out-of-range", JSONRPC_ERROR, -8, "Block height out of range.",
	  false },
	{ "bcoin", "57-error-height-string", JSONRPC_ERROR, -3, "Param #0 must be a int.", false },
	{ "bcoin", "59-error-unknown-method", JSONRPC_ERROR, -32601,
	  "Method not found: nosuchmethod.", false },
	{ "bcoin", "60-error-missing-param", JSONRPC_ERROR, -1, "getblockhash index", false },
	{ "bcoin", "64-error-bad-password", JSONRPC_UNAUTHORIZED, .text = NULL },
	{ "bcoin", "65-error-no-auth", JSONRPC_UNAUTHORIZED, .text = NULL },
	{ "bcoin", "66-error-parse", JSONRPC_ERROR, 0,
	  "Expected double-quoted property name in JSON at position 24", false },
	{ "bcoin", "67-error-empty-body", JSONRPC_ERROR, 0, "Not found.", false },
	{ "bcoin", "68-error-get", JSONRPC_GARBAGE, .text = NULL },
	{ "bcoin", "73-id-null", JSONRPC_GARBAGE, .text = "answer to another request" },
	{ "bcoin", "76-jsonrpc-2", JSONRPC_RESULT, .text = "448" },
	{ "btcd", "01-getblockchaininfo", JSONRPC_RESULT, .text = NULL },
	{ "btcd", "02-getblockcount", JSONRPC_RESULT, .text = "448" },
	{ "btcd", "06-getchaintips", JSONRPC_ERROR, -1, "Command unimplemented", false },
	{ "btcd", "10-getblockhash-0", JSONRPC_RESULT,
	  .text = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206" },
	{ "btcd", "14-getblockheader-raw", JSONRPC_RESULT, .hex = true },
	{ "btcd", "15-getblock-raw-441", JSONRPC_RESULT, .hex = true },
	{ "btcd", "16-getblock-txids-441", JSONRPC_RESULT, .text = NULL },
	{ "btcd", "43-getblock-form-false", JSONRPC_ERROR, -32602, NULL, false },
	{ "btcd", "52-error-unknown-block", JSONRPC_ERROR, -5, "Block not found", false },
	{ "btcd", "52-error-unknown-block", JSONRPC_ERROR, -5, "Block not found", true },
	{ "btcd", "55-error-height-out-of-range", JSONRPC_ERROR, -1, "Block number out of range",
	  false },
	{ "btcd", "57-error-height-string", JSONRPC_ERROR, -32602, NULL, false },
	{ "btcd", "59-error-unknown-method", JSONRPC_ERROR, -32601, "Method not found", false },
	{ "btcd", "60-error-missing-param", JSONRPC_ERROR, -32602,
	  "wrong number of params (expected 1, received 0)", false },
	{ "btcd", "64-error-bad-password", JSONRPC_UNAUTHORIZED, .text = NULL },
	{ "btcd", "65-error-no-auth", JSONRPC_UNAUTHORIZED, .text = NULL },
	{ "btcd", "66-error-parse", JSONRPC_ERROR, -32700,
	  "Failed to parse request: unexpected end of JSON input", false },
	{ "btcd", "67-error-empty-body", JSONRPC_ERROR, -32700, NULL, false },
	{ "btcd", "68-error-get", JSONRPC_ERROR, -32700, NULL, false },
	{ "btcd", "69-batch", JSONRPC_ERROR, -32700, NULL, false },
	{ "btcd", "73-id-null", JSONRPC_UNREACHABLE, .text = NULL },
	{ "btcd", "76-jsonrpc-2", JSONRPC_RESULT, .text = "448" },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* --- the recording ---------------------------------------------------------------------------- */

struct exchange {
	char *request, *response;
	size_t response_len;
	int status; /* 0: closed without a response */
	char *method, *params, *expected;
};

static int recorded_status(const struct row *r)
{
	char path[256];
	cJSON *index, *e;
	int status = -1;

	(void)snprintf(path, sizeof(path), VECTORS "bitcoin/%s/index.json", r->node);
	index = test_read_json(path);
	cJSON_ArrayForEach(e, cJSON_GetObjectItem(index, "exchanges"))
	{
		if (strcmp(cJSON_GetObjectItem(e, "name")->valuestring, r->name) == 0)
			status = cJSON_GetObjectItem(e, "http_status")->valueint;
	}
	cJSON_Delete(index);
	assert_int_not_equal(status, -1);
	return status;
}

static char *recorded_body(const struct row *r, const char *which, size_t *ret_len)
{
	char path[256];

	(void)snprintf(path, sizeof(path), VECTORS "bitcoin/%s/%s.%s.json", r->node, r->name,
		       which);
	return test_read_file(path, ret_len);
}

/* Some recorded requests are broken on purpose; in their place goes one that is not. */
static void exchange_read(const struct row *r, struct exchange *x)
{
	const cJSON *method, *params;
	cJSON *request;

	x->status = recorded_status(r);
	x->request = recorded_body(r, "request", NULL);
	x->response = recorded_body(r, "response", &x->response_len);
	request = cJSON_Parse(x->request);
	method = cJSON_GetObjectItem(request, "method");
	params = cJSON_GetObjectItem(request, "params");
	x->method = strdup(method != NULL ? method->valuestring : "getblockcount");
	x->params = params != NULL ? cJSON_PrintUnformatted(params) : strdup("[]");
	assert_true(asprintf(&x->expected, "\"id\":1,\"method\":\"%s\",\"params\":%s}", x->method,
			     x->params) > 0);
	cJSON_Delete(request);
}

static void exchange_release(struct exchange *x)
{
	free(x->request);
	free(x->response);
	free(x->method);
	free(x->params);
	free(x->expected);
}

/* --- what came of it -------------------------------------------------------------------------- */

struct outcome {
	struct loop *loop;
	const struct row *row;
	const struct exchange *x;
	unsigned answers;
};

static void on_patience(void *arg)
{
	(void)arg;
	fail_msg("no answer");
}

static void check_hex(const struct jsonrpc_reply *r, const struct exchange *x)
{
	cJSON *answer = cJSON_Parse(x->response);
	const char *want = cJSON_GetObjectItem(answer, "result")->valuestring;

	assert_null(r->result);
	assert_int_equal(r->hex_len, strlen(want));
	assert_memory_equal(r->hex, want, r->hex_len);
	cJSON_Delete(answer);
}

static void check_result(const struct jsonrpc_reply *r, const char *want)
{
	uint64_t n, want_n;

	assert_non_null(r->result);
	if (want == NULL)
		assert_true(json_size(r->result) > 0);
	else if (json_string(r->result) != NULL)
		assert_string_equal(json_string(r->result), want);
	else {
		assert_true(json_value_u64(r->result, &n));
		assert_true(text_to_u64(want, UINT64_MAX, &want_n));
		assert_int_equal(n, want_n);
	}
}

static void on_reply(void *arg, const struct jsonrpc_reply *r)
{
	struct outcome *o = arg;

	o->answers++;
	loop_stop(o->loop);
	if (r->kind != o->row->kind)
		fail_msg("kind %d: %s", (int)r->kind, r->text);
	if (r->kind == JSONRPC_RESULT && o->row->hex)
		check_hex(r, o->x);
	else if (r->kind == JSONRPC_RESULT)
		check_result(r, o->row->text);
	else if (o->row->text != NULL)
		assert_string_equal(r->text, o->row->text);
	assert_int_equal(r->code, o->row->code);
	if (r->kind != JSONRPC_RESULT)
		assert_string_not_equal(r->text, "");
}

static void play(const struct row *row)
{
	struct exchange x;
	struct outcome o = { .row = row, .x = &x };
	struct peer_exchange e = { .method = "POST",
				   .path = "/",
				   .head_has = "Authorization: Basic cnBjOnJlZ3Rlc3Q=\r\n" };
	struct http_options opt = { .user = "rpc",
				    .pass = "regtest",
				    .timeout_ms = 3000,
				    .connect_timeout_ms = 3000,
				    .max_body = 1 << 20,
				    .max_connections = 1 };
	struct jsonrpc *j = NULL;
	struct loop_timer *patience;
	struct peer *p;

	exchange_read(row, &x);
	e.body_has = x.expected;
	e.status = x.status;
	e.body = x.response;
	e.body_len = x.response_len;
	e.then = x.status == 0 ? PEER_DROP : PEER_KEEP;
	p = peer_start(&e, 1);
	opt.url = peer_url(p);
	assert_int_equal(loop_new(&o.loop, NULL), 0);
	patience = loop_timer_new(o.loop, on_patience, NULL);
	loop_timer_start(patience, PATIENCE_MS);
	assert_int_equal(jsonrpc_new(o.loop, &opt, &j, NULL), 0);
	if (row->hex)
		jsonrpc_call_hex(j, x.method, x.params, on_reply, &o);
	else
		jsonrpc_call(j, x.method, x.params, on_reply, &o);
	assert_int_equal(o.answers, 0); /* never from inside the call */
	loop_run(o.loop);
	assert_int_equal(o.answers, 1);
	jsonrpc_free(j);
	loop_timer_free(patience);
	loop_free(o.loop);
	peer_finish(p);
	exchange_release(&x);
}

static void test_recorded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		print_message("%s %s\n", rows[i].node, rows[i].name);
		play(&rows[i]);
	}
}

/* --- dropped calls ---------------------------------------------------------------------------- */

struct suicide {
	struct loop *loop;
	struct jsonrpc *j;
	unsigned answers;
};

static void on_reply_free(void *arg, const struct jsonrpc_reply *r)
{
	struct suicide *s = arg;

	s->answers++;
	jsonrpc_free(s->j);
	check_result(r, "448");
	loop_stop(s->loop);
}

/* A daemon that gives up a node may do so on its answer. */
static void test_free_inside_reply(void **state)
{
	static const struct peer_exchange e = {
		.status = 200, .body = "{\"result\":448,\"error\":null,\"id\":1}"
	};
	struct peer *p = peer_start(&e, 1);
	struct http_options opt = { .url = peer_url(p),
				    .timeout_ms = 3000,
				    .connect_timeout_ms = 3000,
				    .max_body = 4096,
				    .max_connections = 1 };
	struct suicide s = { 0 };

	(void)state;
	assert_int_equal(loop_new(&s.loop, NULL), 0);
	assert_int_equal(jsonrpc_new(s.loop, &opt, &s.j, NULL), 0);
	jsonrpc_call(s.j, "getblockcount", "[]", on_reply_free, &s);
	jsonrpc_call(s.j, "getblockcount", "[]", on_reply_free, &s);
	loop_run(s.loop);
	assert_int_equal(s.answers, 1);
	loop_free(s.loop);
	peer_finish(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_free_inside_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
