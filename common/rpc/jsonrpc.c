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
	enum { BATCHES_UNKNOWN, BATCHES_TAKEN, BATCHES_REFUSED } batches;
	bool *gone; /* while calls of a batch are answered: set when one of them frees us */
	LIST_HEAD(rpc_call_list, rpc_call) calls;
};

/* How the answer is read. */
enum rpc_form {
	FORM_TREE = JSONRPC_TREE,
	FORM_HEX = JSONRPC_HEX,
	FORM_RAW = JSONRPC_RAW,
	FORM_BATCH, /* one answer to all: jsonrpc_batch() */
};

struct rpc_call {
	struct jsonrpc *owner;
	LIST_ENTRY(rpc_call) entry;
	uint64_t id; /* of the first, when there are several */
	size_t count;
	enum rpc_form form;
	jsonrpc_fn fn;
	jsonrpc_batch_fn batch_fn;
	void *arg;
	struct jsonrpc_call_of *list; /* jsonrpc_calls(): `count` of them */
};

static void list_free(struct jsonrpc_call_of *list, size_t count)
{
	for (size_t i = 0; list != NULL && i < count; i++)
		free(list[i].params);
	free(list);
}

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
		list_free(c->list, c->count);
		free(c);
	}
	if (j->gone != NULL)
		*j->gone = true;
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

/* What there is when no answer came. */
static void answer_unreachable(struct jsonrpc *j, struct jsonrpc_answer *a, const struct err *err)
{
	memset(a, 0, sizeof(*a));
	a->reply.kind = http_client_untrusted(j->http) ? JSONRPC_UNTRUSTED : JSONRPC_UNREACHABLE;
	(void)snprintf(a->reply.text, sizeof(a->reply.text), "%.255s", err->text);
	if (j->batches == BATCHES_REFUSED)
		j->batches = BATCHES_UNKNOWN;
}

static void read_as(enum rpc_form form, int status, const char *body, size_t len, uint64_t id,
		    struct jsonrpc_answer *a)
{
	if (form == FORM_HEX)
		jsonrpc_answer_read_hex(a, status, body, len, id);
	else if (form == FORM_RAW)
		jsonrpc_answer_read_raw(a, status, body, len, id);
	else
		jsonrpc_answer_read(a, status, body, len, id);
}

static void done_one(const struct rpc_call *call, int status, struct buf *body,
		     const struct err *err)
{
	struct jsonrpc_answer a;

	if (err != NULL)
		answer_unreachable(call->owner, &a, err);
	else
		read_as(call->form, status, buf_text(body), body->len, call->id, &a);
	call->fn(call->arg, &a.reply);
	jsonrpc_answer_release(&a);
}

static void done_batch(const struct rpc_call *call, int status, struct buf *body,
		       const struct err *err)
{
	struct jsonrpc_reply replies[JSONRPC_BATCH_MAX];
	struct jsonrpc_answer a;

	if (err == NULL) {
		jsonrpc_answer_read_batch(&a, status, buf_text(body), body->len, call->id,
					  call->count, replies);
	} else {
		answer_unreachable(call->owner, &a, err);
		for (size_t i = 0; i < call->count; i++)
			replies[i] = a.reply;
	}
	call->batch_fn(call->arg, replies, call->count);
	jsonrpc_answer_release(&a);
}

/* --- calls that went together ----------------------------------------------------------------- */

/* All of them got the same: no array of answers came. */
static void answer_all(const struct rpc_call *call, const struct jsonrpc_answer *a)
{
	bool gone = false;

	call->owner->gone = &gone;
	for (size_t i = 0; i < call->count && !gone; i++)
		call->list[i].fn(call->list[i].arg, &a->reply);
	if (!gone)
		call->owner->gone = NULL;
}

static void read_piece(const struct rpc_call *call, size_t i, int status,
		       const struct json_slice *piece, struct jsonrpc_answer *a)
{
	if (piece->len > 0)
		read_as(call->form, status, piece->text, piece->len, call->id + i, a);
	else
		jsonrpc_answer_missing(a, piece->text != NULL);
}

static void answer_each(const struct rpc_call *call, int status, const struct json_slice *pieces)
{
	struct jsonrpc_answer a;
	bool gone = false;

	call->owner->batches = BATCHES_TAKEN;
	call->owner->gone = &gone;
	for (size_t i = 0; i < call->count && !gone; i++) {
		read_piece(call, i, status, &pieces[i], &a);
		call->list[i].fn(call->list[i].arg, &a.reply);
		jsonrpc_answer_release(&a);
	}
	if (!gone)
		call->owner->gone = NULL;
}

static void call_single(struct jsonrpc *j, enum rpc_form form, const struct jsonrpc_call_of *of);

/* No array came.  A node that takes one call at a time gets them so, from now on. */
static void answer_no_array(const struct rpc_call *call, int status, const struct buf *body)
{
	struct jsonrpc *j = call->owner;
	struct jsonrpc_answer a;

	jsonrpc_answer_read(&a, status, buf_text(body), body->len, call->id);
	if (j->batches != BATCHES_TAKEN && jsonrpc_answer_wants_single(&a)) {
		j->batches = BATCHES_REFUSED;
		for (size_t i = 0; i < call->count; i++)
			call_single(j, call->form, &call->list[i]);
	} else {
		if (a.reply.kind == JSONRPC_RESULT)
			jsonrpc_answer_missing(&a, false);
		answer_all(call, &a);
	}
	jsonrpc_answer_release(&a);
}

static void done_list(const struct rpc_call *call, int status, struct buf *body,
		      const struct err *err)
{
	struct json_slice pieces[JSONRPC_BATCH_MAX];
	struct jsonrpc_answer a;

	if (err != NULL) {
		answer_unreachable(call->owner, &a, err);
		answer_all(call, &a);
	} else if (jsonrpc_answer_cut(buf_text(body), body->len, call->id, call->count, pieces)) {
		answer_each(call, status, pieces);
	} else {
		answer_no_array(call, status, body);
	}
	list_free(call->list, call->count);
}

/* Any fn may free the node: nothing of it is touched afterwards. */
static void on_done(void *arg, int status, struct buf *body, const struct err *err)
{
	struct rpc_call *c = arg, call = *c;

	LIST_REMOVE(c, entry);
	free(c);
	if (call.list != NULL)
		done_list(&call, status, body, err);
	else if (call.form == FORM_BATCH)
		done_batch(&call, status, body, err);
	else
		done_one(&call, status, body, err);
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

static void call_single(struct jsonrpc *j, enum rpc_form form, const struct jsonrpc_call_of *of)
{
	call_one(j, form, of->method, of->params, of->fn, of->arg);
}

static void call_list(struct jsonrpc *j, enum rpc_form form, struct jsonrpc_call_of *list,
		      size_t count)
{
	struct rpc_call *c = call_new(j, form, count, NULL);
	struct buf body = BUF_INIT(REQUEST_MAX);

	c->list = list;
	for (size_t i = 0; i < count; i++) {
		struct jsonrpc_request r = { list[i].method, list[i].params };

		(void)buf_putc(&body, i == 0 ? '[' : ',');
		put_request(&body, c->id + i, &r);
	}
	(void)buf_putc(&body, ']');
	call_send(j, c, &body);
}

void jsonrpc_calls(struct jsonrpc *j, enum jsonrpc_form form, const struct jsonrpc_call_of *list,
		   size_t count)
{
	struct jsonrpc_call_of *copy = calloc(count, sizeof(*copy));

	assert(count > 0 && count <= JSONRPC_BATCH_MAX);
	if (copy == NULL)
		abort(); /* as the loop does */
	memcpy(copy, list, count * sizeof(*copy));
	if (count > 1 && j->batches != BATCHES_REFUSED) {
		call_list(j, (enum rpc_form)form, copy, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		call_single(j, (enum rpc_form)form, &copy[i]);
	list_free(copy, count);
}
