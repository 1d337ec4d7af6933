/* A modern Skycoin node, 0.24 and later, over its REST API.
 *
 *   outputs:  [token ->] outputs -> health (the rules) -> answer
 *   inject:   token -> injectTransaction [-> token -> injectTransaction] -> answer
 *   status:   transaction -> answer
 *   spent:    metadata (the head) -> uxout -> answer
 *   health:   health -> progress -> block 0 -> answer
 *
 * A POST needs a CSRF token that lives for 30 seconds, so each POST fetches its own; a node with
 * that check switched off has no such page (404) and wants none.  A token may be refused all the
 * same (a node that was restarted in between): then, once, everything is done again with a fresh
 * one.  That repeats nothing: such a refusal comes before the node looks at the request, and the
 * same transaction may be injected any number of times.
 *
 * May never happen: an answer that is not clearly "yes" or "no" is reported as one of those. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/base/text.h"
#include "common/node/sky_node.h"
#include "common/node/sky_rest_answer.h"
#include "common/node/sky_standing.h"
#include "common/node/sky_tx.h"
#include "common/rpc/http_client.h"

#define TIMEOUT_MS	   30000
#define CONNECT_TIMEOUT_MS 5000
#define BODY_MAX	   (32U << 20) /* outputs take 400 bytes each */
#define CONNECTIONS_MAX	   2
#define GET_ADDRESSES_MAX  100 /* more go into the body of a POST */
#define REQUEST_MAX	   (4U << 20)

struct rest;
struct op;

/* An answer has come, or none (`err`), as in http_done_fn. */
typedef void (*op_answer_fn)(struct op *op, int status, const struct buf *body,
			     const struct err *err);

struct rest {
	struct sky_node base;
	struct loop *loop;
	struct http_client *http;
	char address[SKY_ADDRESS_MAX];
	char genesis[65]; /* "": any */
	LIST_HEAD(op_list, op) ops;
};

/* One operation under way.  It leaves the list before its user is called: he may free the node. */
struct op {
	struct rest *rest;
	LIST_ENTRY(op) entry;
	op_answer_fn on_answer; /* the step after the request that is out */

	/* what is being posted */
	op_answer_fn on_posted; /* the step after it */
	const char *path, *content_type;
	struct buf body;
	char *token_header; /* NULL: none needed */
	bool token_refused;

	/* whose answer is waited for */
	void *arg;
	sky_outputs_fn outputs_fn;
	sky_inject_fn inject_fn;
	sky_status_fn status_fn;
	sky_spent_fn spent_fn;
	sky_health_fn health_fn;

	struct sky_address *asked;
	size_t asked_count;
	struct sky_rest_outputs outputs;
	char txid[65];
	struct sha256 uxid;
	struct sky_spent spent;
	struct sky_health health;
};

/* --- an operation's life ---------------------------------------------------------------------- */

static void *must(void *p)
{
	if (p == NULL)
		abort(); /* as the loop does: without memory for this there is no daemon */
	return p;
}

static struct op *op_new(struct sky_node *n, void *arg)
{
	struct rest *r = (struct rest *)n;
	struct op *op = must(calloc(1, sizeof(*op)));

	op->rest = r;
	op->arg = arg;
	op->body = (struct buf)BUF_INIT(REQUEST_MAX);
	LIST_INSERT_HEAD(&r->ops, op, entry);
	return op;
}

static void op_free(struct op *op)
{
	buf_release(&op->body);
	sky_rest_outputs_release(&op->outputs);
	free(op->token_header);
	free(op->asked);
	free(op);
}

/* --- requests --------------------------------------------------------------------------------- */

static void on_http(void *arg, int status, struct buf *body, const struct err *err)
{
	struct op *op = arg;

	op->on_answer(op, status, body, err);
}

static void op_get(struct op *op, const char *path, op_answer_fn on_answer)
{
	struct http_request r = { .method = "GET", .path = path };

	op->on_answer = on_answer;
	(void)http_send(op->rest->http, &r, on_http, op);
}

/* "<what>: the node answers '503 Service Unavailable - ...'" */
static void set_status_error(struct err *err, const char *what, int status, const struct buf *body)
{
	char text[SKY_ANSWER_TEXT_MAX];

	sky_rest_message(buf_text(body), text);
	if (text[0] != '\0')
		(void)err_set(err, ERR_IO, "%s: the node answers '%s'", what, text);
	else
		(void)err_set(err, ERR_IO, "%s: the node answers with status %d", what, status);
}

static void on_token(struct op *op, int status, const struct buf *body, const struct err *err);

static void post_begin(struct op *op, op_answer_fn on_posted)
{
	op->on_posted = on_posted;
	op_get(op, "/api/v1/csrf", on_token);
}

static void on_post_answer(struct op *op, int status, const struct buf *body, const struct err *err)
{
	if (err == NULL && !op->token_refused && sky_rest_wants_csrf(status, buf_text(body))) {
		op->token_refused = true;
		op_get(op, "/api/v1/csrf", on_token);
		return;
	}
	op->on_posted(op, status, body, err);
}

static void post_send(struct op *op)
{
	struct http_request r = { .method = "POST",
				  .path = op->path,
				  .content_type = op->content_type,
				  .header = op->token_header,
				  .body = op->body.data,
				  .body_len = op->body.len };

	op->on_answer = on_post_answer;
	(void)http_send(op->rest->http, &r, on_http, op);
}

static int take_token(struct op *op, int status, const struct buf *body, struct err *err)
{
	char token[SKY_CSRF_MAX];
	int rc;

	free(op->token_header);
	op->token_header = NULL;
	if (status == 404)
		return 0;
	if (status != 200) {
		set_status_error(err, "csrf", status, body);
		return ERR_IO;
	}
	rc = sky_rest_read_csrf(buf_text(body), body->len, token, err);
	if (rc == 0 && asprintf(&op->token_header, "X-CSRF-Token: %s", token) < 0)
		abort();
	return rc;
}

static void on_token(struct op *op, int status, const struct buf *body, const struct err *err)
{
	struct err mine;

	if (err != NULL)
		op->on_posted(op, 0, NULL, err);
	else if (take_token(op, status, body, &mine) < 0)
		op->on_posted(op, 0, NULL, &mine);
	else
		post_send(op);
}

/* --- outputs ---------------------------------------------------------------------------------- */

static void outputs_finish(struct op *op, const struct sky_policy *policy, const struct err *err)
{
	struct sky_outputs o = { .head_seq = op->outputs.head_seq,
				 .spendable = op->outputs.spendable,
				 .count = op->outputs.count,
				 .incoming = op->outputs.incoming };

	if (policy != NULL)
		o.policy = *policy;
	LIST_REMOVE(op, entry);
	op->outputs_fn(op->arg, err == NULL ? &o : NULL, err);
	op_free(op);
}

/* A node that does not tell its rules (its health is switched off) is no obstacle; one that is
 * not there any more is. */
static void on_policy(struct op *op, int status, const struct buf *body, const struct err *err)
{
	struct sky_policy policy;

	if (err != NULL) {
		outputs_finish(op, NULL, err);
		return;
	}
	sky_rest_read_policy(buf_text(body), status == 200 ? body->len : 0, &policy);
	outputs_finish(op, &policy, NULL);
}

static int take_outputs(struct op *op, int status, const struct buf *body, struct err *err)
{
	if (status != 200) {
		set_status_error(err, "outputs", status, body);
		return ERR_IO;
	}
	return sky_rest_read_outputs(buf_text(body), body->len, op->asked, op->asked_count,
				     &op->outputs, err);
}

static void on_outputs(struct op *op, int status, const struct buf *body, const struct err *err)
{
	struct err mine;

	if (err != NULL)
		outputs_finish(op, NULL, err);
	else if (take_outputs(op, status, body, &mine) < 0)
		outputs_finish(op, NULL, &mine);
	else
		op_get(op, "/api/v1/health", on_policy);
}

static void append_addresses(struct op *op)
{
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < op->asked_count; i++) {
		sky_address_to_text(&op->asked[i], text);
		(void)buf_printf(&op->body, "%s%s", i > 0 ? "," : "", text);
	}
	if (op->body.failed)
		abort(); /* no wallet has that many addresses */
}

static void outputs_get(struct op *op)
{
	(void)buf_puts(&op->body, "/api/v1/outputs?addrs=");
	append_addresses(op);
	op_get(op, op->body.data, on_outputs);
}

static void outputs_post(struct op *op)
{
	op->path = "/api/v1/outputs";
	op->content_type = "application/x-www-form-urlencoded";
	(void)buf_puts(&op->body, "addrs=");
	append_addresses(op);
	post_begin(op, on_outputs);
}

/* Asked without an address a node would tell every output there is. */
static void on_no_addresses(void *arg)
{
	struct err err;

	(void)err_set(&err, ERR_INVALID, "outputs: no address to ask for");
	outputs_finish(arg, NULL, &err);
}

static void rest_outputs(struct sky_node *n, const struct sky_address *addresses, size_t count,
			 sky_outputs_fn fn, void *arg)
{
	struct op *op = op_new(n, arg);

	op->outputs_fn = fn;
	op->asked = must(calloc(count + 1, sizeof(*op->asked)));
	op->asked_count = count;
	for (size_t i = 0; i < count; i++)
		op->asked[i] = addresses[i];
	if (count == 0)
		loop_at_turn_end(op->rest->loop, on_no_addresses, op);
	else if (count <= GET_ADDRESSES_MAX)
		outputs_get(op);
	else
		outputs_post(op);
}

/* --- inject ----------------------------------------------------------------------------------- */

static void on_injected(struct op *op, int status, const struct buf *body, const struct err *err)
{
	char text[SKY_ANSWER_TEXT_MAX];
	enum sky_inject_result result = SKY_INJECT_UNKNOWN;

	if (err != NULL)
		(void)snprintf(text, sizeof(text), "%.255s", err->text);
	else
		result = sky_rest_judge_inject(status, buf_text(body), body->len, op->txid, text);
	LIST_REMOVE(op, entry);
	op->inject_fn(op->arg, result, text);
	op_free(op);
}

static void append_hex(struct buf *out, const uint8_t *bytes, size_t len)
{
	char hex[3];

	for (size_t i = 0; i < len; i++) {
		hex_from_bytes(&bytes[i], 1, hex);
		(void)buf_append(out, hex, 2);
	}
}

static void rest_inject(struct sky_node *n, const uint8_t *raw, size_t len, sky_inject_fn fn,
			void *arg)
{
	struct op *op = op_new(n, arg);
	struct sha256 txid = sky_tx_id(raw, len);

	op->inject_fn = fn;
	hex_from_bytes(txid.b, sizeof(txid.b), op->txid);
	op->path = "/api/v1/injectTransaction";
	op->content_type = "application/json";
	(void)buf_puts(&op->body, "{\"rawtx\":\"");
	append_hex(&op->body, raw, len);
	(void)buf_puts(&op->body, "\"}");
	if (op->body.failed)
		abort(); /* far above what a transaction can hold */
	post_begin(op, on_injected);
}

/* --- status ----------------------------------------------------------------------------------- */

static int take_status(struct op *op, int http_status, const struct buf *body,
		       struct sky_rest_tx *ret, struct err *err)
{
	if (http_status == 404)
		return 0;
	if (http_status != 200) {
		set_status_error(err, "transaction", http_status, body);
		return ERR_IO;
	}
	return sky_rest_read_transaction(buf_text(body), body->len, op->txid, ret, err);
}

static void on_status(struct op *op, int http_status, const struct buf *body, const struct err *err)
{
	struct sky_rest_tx tx = { .status = SKY_TX_UNKNOWN };
	struct err mine;

	if (err == NULL && take_status(op, http_status, body, &tx, &mine) < 0)
		err = &mine;
	LIST_REMOVE(op, entry);
	op->status_fn(op->arg, tx.status, tx.height, tx.block_seq, err);
	op_free(op);
}

static void rest_status(struct sky_node *n, const char *txid, sky_status_fn fn, void *arg)
{
	struct op *op = op_new(n, arg);
	char path[128];

	op->status_fn = fn;
	(void)snprintf(op->txid, sizeof(op->txid), "%s", txid);
	(void)snprintf(path, sizeof(path), "/api/v1/transaction?txid=%s", op->txid);
	op_get(op, path, on_status);
}

/* --- spent ------------------------------------------------------------------------------------ */

static void spent_finish(struct op *op, const struct err *err)
{
	LIST_REMOVE(op, entry);
	op->spent_fn(op->arg, err == NULL ? &op->spent : NULL, err);
	op_free(op);
}

static int take_spent(struct op *op, int status, const struct buf *body, struct err *err)
{
	if (sky_rest_uxout_unknown(status, buf_text(body)))
		return 0;
	if (status != 200) {
		set_status_error(err, "uxout", status, body);
		return ERR_IO;
	}
	return sky_rest_read_spent(buf_text(body), body->len, &op->uxid, &op->asked[0], &op->spent,
				   err);
}

static void on_uxout(struct op *op, int status, const struct buf *body, const struct err *err)
{
	struct err mine;

	if (err == NULL && take_spent(op, status, body, &mine) < 0)
		err = &mine;
	spent_finish(op, err);
}

static int take_head(struct op *op, int status, const struct buf *body, struct err *err)
{
	if (status != 200) {
		set_status_error(err, "metadata", status, body);
		return ERR_IO;
	}
	return sky_rest_read_head(buf_text(body), body->len, &op->spent.head_seq, err);
}

static void on_head(struct op *op, int status, const struct buf *body, const struct err *err)
{
	char path[128] = "/api/v1/uxout?uxid=";
	struct err mine;

	if (err == NULL && take_head(op, status, body, &mine) < 0)
		err = &mine;
	if (err != NULL) {
		spent_finish(op, err);
		return;
	}
	hex_from_bytes(op->uxid.b, sizeof(op->uxid.b), path + strlen(path));
	op_get(op, path, on_uxout);
}

/* The head first: a depth that is taken from it is never too great. */
static void rest_spent(struct sky_node *n, const struct sha256 *uxid,
		       const struct sky_address *owner, sky_spent_fn fn, void *arg)
{
	struct op *op = op_new(n, arg);

	op->spent_fn = fn;
	op->uxid = *uxid;
	op->asked = must(calloc(1, sizeof(*op->asked)));
	op->asked[0] = *owner;
	op_get(op, "/api/v1/blockchain/metadata", on_head);
}

/* --- health ----------------------------------------------------------------------------------- */

static void health_finish(struct op *op, const struct err *err)
{
	struct rest *r = op->rest;
	struct sky_health *h = &op->health;
	const char *text;

	h->standing = sky_standing_judge(h, r->genesis, 0);
	text = sky_standing_text(h->standing);
	(void)snprintf(h->api, sizeof(h->api), "rest");
	(void)snprintf(h->address, sizeof(h->address), "%s", r->address);
	if (text[0] != '\0')
		(void)snprintf(h->problems, sizeof(h->problems), "Skycoin node %s %s", r->address,
			       text);
	LIST_REMOVE(op, entry);
	op->health_fn(op->arg, err == NULL ? h : NULL, err);
	op_free(op);
}

/* A node that does not tell (a set of its API is switched off) is left unproven. */
static void on_genesis(struct op *op, int status, const struct buf *body, const struct err *err)
{
	struct err mine;

	if (err == NULL && status == 200 &&
	    sky_rest_read_genesis(buf_text(body), body->len, op->health.genesis, &mine) < 0)
		err = &mine;
	health_finish(op, err);
}

static void on_progress(struct op *op, int status, const struct buf *body, const struct err *err)
{
	struct err mine;

	if (err == NULL && status == 200 &&
	    sky_rest_read_progress(buf_text(body), body->len, &op->health.highest_seq, &mine) < 0)
		err = &mine;
	if (err != NULL)
		health_finish(op, err);
	else
		op_get(op, "/api/v1/block?seq=0", on_genesis);
}

static int take_health(int status, const struct buf *body, struct sky_health *ret, struct err *err)
{
	if (status != 200) {
		set_status_error(err, "health", status, body);
		return ERR_IO;
	}
	return sky_rest_read_health(buf_text(body), body->len, ret, err);
}

static void on_health(struct op *op, int status, const struct buf *body, const struct err *err)
{
	struct err mine;

	if (err == NULL && take_health(status, body, &op->health, &mine) < 0)
		err = &mine;
	if (err != NULL)
		health_finish(op, err);
	else
		op_get(op, "/api/v1/blockchain/progress", on_progress);
}

static void rest_health(struct sky_node *n, sky_health_fn fn, void *arg)
{
	struct op *op = op_new(n, arg);

	op->health_fn = fn;
	op_get(op, "/api/v1/health", on_health);
}

static void rest_pin(struct sky_node *n, const char *genesis)
{
	struct rest *r = (struct rest *)n;

	(void)snprintf(r->genesis, sizeof(r->genesis), "%s", genesis);
}

/* --- the node --------------------------------------------------------------------------------- */

static void rest_free(struct sky_node *n)
{
	struct rest *r = (struct rest *)n;
	struct op *op, *next;

	http_client_free(r->http); /* drops the requests, so no step is taken any more */
	for (op = LIST_FIRST(&r->ops); op != NULL; op = next) {
		next = LIST_NEXT(op, entry);
		loop_cancel_turn_end(r->loop, op);
		op_free(op);
	}
	free(r);
}

static const struct sky_node_ops rest_ops = {
	.free = rest_free,
	.outputs = rest_outputs,
	.inject = rest_inject,
	.status = rest_status,
	.spent = rest_spent,
	.health = rest_health,
	.pin = rest_pin,
};

/* host:port becomes an URL; the slash at the end of one goes, paths begin with it. */
static char *url_of(const char *address)
{
	char *url;
	size_t len;

	if (asprintf(&url, "%s%s", strstr(address, "://") != NULL ? "" : "http://", address) < 0)
		abort();
	for (len = strlen(url); len > 0 && url[len - 1] == '/'; len--)
		url[len - 1] = '\0';
	return url;
}

int sky_node_rest_new(struct loop *l, const char *address, const char *user, const char *pass,
		      struct sky_node **ret, struct err *err)
{
	struct rest *r = must(calloc(1, sizeof(*r)));
	char *url = url_of(address);
	struct http_options o = { .url = url,
				  .user = user,
				  .pass = pass,
				  .timeout_ms = TIMEOUT_MS,
				  .connect_timeout_ms = CONNECT_TIMEOUT_MS,
				  .max_body = BODY_MAX,
				  .max_connections = CONNECTIONS_MAX };
	int rc = http_client_new(l, &o, &r->http, err);

	free(url);
	if (rc < 0) {
		free(r);
		return rc;
	}
	r->base.ops = &rest_ops;
	r->loop = l;
	(void)snprintf(r->address, sizeof(r->address), "%s", address);
	*ret = &r->base;
	return 0;
}
