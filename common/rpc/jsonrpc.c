/* Calls to one node: a number for each, so that an answer can be told from another's.
 *
 * "2.0" is what every node takes: Core and btcd do not mind, Ethereum nodes insist, and answers
 * come in both forms (jsonrpc_answer). */
#include "common/rpc/jsonrpc.h"

#include <assert.h>
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

/* How the answer is read. */
enum rpc_form { FORM_TREE, FORM_HEX, FORM_RAW, FORM_BATCH };

struct rpc_call {
	struct jsonrpc *owner;
	LIST_ENTRY(rpc_call) entry;
	uint64_t id; /* of the first, when there are several */
	size_t count;
	enum rpc_form form;
	jsonrpc_fn fn;
	jsonrpc_batch_fn batch_fn;
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

static struct rpc_call *call_new(struct jsonrpc *j, enum rpc_form form, size_t count, void *arg)
{
	struct rpc_call *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort(); /* as the loop does */
	c->owner = j;
	c->id = j->last_id + 1;
	c->count = count;
	c->form = form;
	c->arg = arg;
	j->last_id += count;
	LIST_INSERT_HEAD(&j->calls, c, entry);
	return c;
}

static void answer_unreachable(const struct rpc_call *call, struct jsonrpc_answer *a,
			       const struct err *err)
{
	memset(a, 0, sizeof(*a));
	a->reply.kind =
		http_client_untrusted(call->owner->http) ? JSONRPC_UNTRUSTED : JSONRPC_UNREACHABLE;
	(void)snprintf(a->reply.text, sizeof(a->reply.text), "%.255s", err->text);
}

static void read_one(const struct rpc_call *call, int status, struct buf *body,
		     const struct err *err, struct jsonrpc_answer *a)
{
	if (err != NULL)
		answer_unreachable(call, a, err);
	else if (call->form == FORM_HEX)
		jsonrpc_answer_read_hex(a, status, buf_text(body), body->len, call->id);
	else if (call->form == FORM_RAW)
		jsonrpc_answer_read_raw(a, status, buf_text(body), body->len, call->id);
	else
		jsonrpc_answer_read(a, status, buf_text(body), body->len, call->id);
}

static void read_batch(const struct rpc_call *call, int status, struct buf *body,
		       const struct err *err, struct jsonrpc_answer *a)
{
	struct jsonrpc_reply replies[JSONRPC_BATCH_MAX];

	if (err == NULL) {
		jsonrpc_answer_read_batch(a, status, buf_text(body), body->len, call->id,
					  call->count, replies);
	} else {
		answer_unreachable(call, a, err);
		for (size_t i = 0; i < call->count; i++)
			replies[i] = a->reply;
	}
	call->batch_fn(call->arg, replies, call->count);
}

/* The node may be freed by fn: nothing of it is touched afterwards. */
static void on_done(void *arg, int status, struct buf *body, const struct err *err)
{
	struct rpc_call *c = arg, call = *c;
	struct jsonrpc_answer a;

	LIST_REMOVE(c, entry);
	free(c);
	if (call.form == FORM_BATCH) {
		read_batch(&call, status, body, err, &a);
	} else {
		read_one(&call, status, body, err, &a);
		call.fn(call.arg, &a.reply);
	}
	jsonrpc_answer_release(&a);
}

/* --- sending ---------------------------------------------------------------------------------- */

static void put_request(struct buf *body, uint64_t id, const struct jsonrpc_request *r)
{
	(void)buf_printf(body,
			 "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64 ",\"method\":\"%s\",\"params\":%s}",
			 id, r->method, r->params);
}

static void call_send(struct jsonrpc *j, struct rpc_call *c, struct buf *body)
{
	struct http_request r = { .method = "POST",
				  .path = "",
				  .large = c->form == FORM_HEX || c->form == FORM_RAW,
				  .content_type = "application/json" };

	if (body->failed)
		abort(); /* no request of ours is that long */
	r.body = body->data;
	r.body_len = body->len;
	http_send(j->http, &r, on_done, c);
	buf_release(body);
}

static void call_one(struct jsonrpc *j, enum rpc_form form, const char *method, const char *params,
		     jsonrpc_fn fn, void *arg)
{
	struct rpc_call *c = call_new(j, form, 1, arg);
	struct jsonrpc_request r = { .method = method, .params = params };
	struct buf body = BUF_INIT(REQUEST_MAX);

	c->fn = fn;
	put_request(&body, c->id, &r);
	call_send(j, c, &body);
}

void jsonrpc_call(struct jsonrpc *j, const char *method, const char *params, jsonrpc_fn fn,
		  void *arg)
{
	call_one(j, FORM_TREE, method, params, fn, arg);
}

void jsonrpc_call_hex(struct jsonrpc *j, const char *method, const char *params, jsonrpc_fn fn,
		      void *arg)
{
	call_one(j, FORM_HEX, method, params, fn, arg);
}

void jsonrpc_call_raw(struct jsonrpc *j, const char *method, const char *params, jsonrpc_fn fn,
		      void *arg)
{
	call_one(j, FORM_RAW, method, params, fn, arg);
}

void jsonrpc_batch(struct jsonrpc *j, const struct jsonrpc_request *list, size_t count,
		   jsonrpc_batch_fn fn, void *arg)
{
	struct rpc_call *c = call_new(j, FORM_BATCH, count, arg);
	struct buf body = BUF_INIT(REQUEST_MAX);

	assert(count > 0 && count <= JSONRPC_BATCH_MAX);
	c->batch_fn = fn;
	for (size_t i = 0; i < count; i++) {
		(void)buf_putc(&body, i == 0 ? '[' : ',');
		put_request(&body, c->id + i, &list[i]);
	}
	(void)buf_putc(&body, ']');
	call_send(j, c, &body);
}
