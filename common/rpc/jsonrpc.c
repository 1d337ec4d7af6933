/* Calls to one node: a number for each, so that an answer can be told from another's.
 *
 * "2.0" is what every node takes: Core and btcd do not mind, Ethereum nodes insist, and answers
 * come in both forms (jsonrpc_answer). */
#include "common/rpc/jsonrpc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/rpc/jsonrpc_answer.h"

#define REQUEST_MAX (16U << 20)

struct jsonrpc {
	struct http_client *http;
	uint64_t last_id;
	LIST_HEAD(rpc_call_list, rpc_call) calls;
};

struct rpc_call {
	LIST_ENTRY(rpc_call) entry;
	uint64_t id;
	bool hex;
	jsonrpc_fn fn;
	void *arg;
};

int jsonrpc_new(struct loop *l, const struct http_options *o, struct jsonrpc **ret, struct err *err)
{
	struct jsonrpc *j = calloc(1, sizeof(*j));
	int rc;

	if (j == NULL)
		return err_set(err, ERR_BUSY, "out of memory");
	rc = http_client_new(l, o, &j->http, err);
	if (rc < 0)
		free(j);
	else
		*ret = j;
	return rc;
}

void jsonrpc_free(struct jsonrpc *j)
{
	struct rpc_call *c, *next;

	if (j == NULL)
		return;
	http_client_free(j->http);
	for (c = LIST_FIRST(&j->calls); c != NULL; c = next) {
		next = LIST_NEXT(c, entry);
		free(c);
	}
	free(j);
}

/* --- a call ----------------------------------------------------------------------------------- */

static struct rpc_call *call_new(struct jsonrpc *j, bool hex, jsonrpc_fn fn, void *arg)
{
	struct rpc_call *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort(); /* as the loop does */
	c->id = ++j->last_id;
	c->hex = hex;
	c->fn = fn;
	c->arg = arg;
	LIST_INSERT_HEAD(&j->calls, c, entry);
	return c;
}

static void answer_unreachable(struct jsonrpc_answer *a, const struct err *err)
{
	memset(a, 0, sizeof(*a));
	a->reply.kind = JSONRPC_UNREACHABLE;
	(void)snprintf(a->reply.text, sizeof(a->reply.text), "%.255s", err->text);
}

/* The node may be freed by fn: nothing of it is touched afterwards. */
static void on_done(void *arg, int status, struct buf *body, const struct err *err)
{
	struct rpc_call *c = arg, call = *c;
	struct jsonrpc_answer a;

	LIST_REMOVE(c, entry);
	free(c);
	if (err != NULL)
		answer_unreachable(&a, err);
	else if (call.hex)
		jsonrpc_answer_read_hex(&a, status, buf_text(body), body->len, call.id);
	else
		jsonrpc_answer_read(&a, status, buf_text(body), body->len, call.id);
	call.fn(call.arg, &a.reply);
	jsonrpc_answer_release(&a);
}

static void call_send(struct jsonrpc *j, struct rpc_call *c, const char *method, const char *params)
{
	struct buf body = BUF_INIT(REQUEST_MAX);
	struct http_request r = {
		.method = "POST", .path = "", .large = c->hex, .content_type = "application/json"
	};

	(void)buf_printf(&body,
			 "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64 ",\"method\":\"%s\",\"params\":%s}",
			 c->id, method, params);
	if (body.failed)
		abort(); /* no request of ours is that long */
	r.body = body.data;
	r.body_len = body.len;
	http_send(j->http, &r, on_done, c);
	buf_release(&body);
}

void jsonrpc_call(struct jsonrpc *j, const char *method, const char *params, jsonrpc_fn fn,
		  void *arg)
{
	call_send(j, call_new(j, false, fn, arg), method, params);
}

void jsonrpc_call_hex(struct jsonrpc *j, const char *method, const char *params, jsonrpc_fn fn,
		      void *arg)
{
	call_send(j, call_new(j, true, fn, arg), method, params);
}
