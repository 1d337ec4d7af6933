/* The operations of a node, each a walk through the steps that its API has for the question.
 *
 *   begin -> [find the API] -> step: [token ->] request -> answer -+-> the next step
 *                               ^                                  +-> begin the question again
 *                               |                                  +-> finish
 *                               +-- a refused token, once
 *
 * Which API is spoken is kept until something goes wrong, and found out again then; an operation
 * under way goes on in the one that it began with.
 *
 * A POST of REST needs a CSRF token that lives for 30 seconds, so each POST fetches its own; a node
 * with that check switched off has no such page (404) and wants none.  A legacy node keeps one
 * token for all its clients, so ours may be refused through no fault of ours: then, once, the
 * request is made again with a fresh one.  That repeats nothing: such a refusal comes before the
 * node looks at the request, and the same transaction may be injected any number of times.
 *
 * May never happen: an answer that is not clearly "yes" or "no" is reported as one of those. */
#include "common/node/sky_client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/base/text.h"
#include "common/node/sky_api.h"
#include "common/node/sky_client_tell.h"
#include "common/node/sky_finder.h"
#include "common/node/sky_standing.h"
#include "common/node/sky_tx.h"
#include "common/node/sky_url.h"
#include "common/rpc/http_client.h"

#define TIMEOUT_MS	   30000
#define CONNECT_TIMEOUT_MS 5000
#define BODY_MAX	   (32U << 20) /* outputs take 400 bytes each */
#define CONNECTIONS_MAX	   2

struct op;

struct client {
	struct sky_node base;
	struct loop *loop;
	struct sky_finder finder;  /* with the HTTP client of each place */
	bool fixed;		   /* the API is configured */
	const struct sky_api *api; /* NULL: to be found */
	size_t place;
	uint64_t last_id;
	char genesis[65]; /* "": any */
	LIST_HEAD(op_list, op) ops;
};

/* One operation under way.  It leaves the list before its user is called: he may free the node. */
struct op {
	struct client *client;
	LIST_ENTRY(op) entry;
	enum sky_question question;
	bool waits; /* for the API to be found */
	size_t place;
	const struct sky_step *step;
	struct sky_request request;
	char *token_header; /* NULL: none needed */
	bool token_refused;
	struct sky_work work;
	struct err err; /* of one that could not begin */

	struct sky_told told; /* whose answer is waited for */
};

/* --- an operation's life ---------------------------------------------------------------------- */

static void *must(void *p)
{
	if (p == NULL)
		abort(); /* as the loop does: without memory for this there is no daemon */
	return p;
}

static struct op *op_new(struct sky_node *n, enum sky_question question, void *arg)
{
	struct client *c = (struct client *)n;
	struct op *op = must(calloc(1, sizeof(*op)));

	op->client = c;
	op->question = question;
	op->told.arg = arg;
	sky_request_init(&op->request);
	/* what satisfies every version */
	op->work.policy =
		(struct sky_policy){ .burn_factor = 2, .max_tx_size = 32768, .max_decimals = 3 };
	op->work.inject = SKY_INJECT_UNKNOWN;
	LIST_INSERT_HEAD(&c->ops, op, entry);
	return op;
}

static void op_take_addresses(struct op *op, const struct sky_address *addresses, size_t count)
{
	op->work.asked = must(calloc(count + 1, sizeof(*op->work.asked)));
	op->work.asked_count = count;
	for (size_t i = 0; i < count; i++)
		op->work.asked[i] = addresses[i];
}

static void op_free(struct op *op)
{
	sky_request_release(&op->request);
	sky_unspents_release(&op->work.outputs);
	sky_blocks_release(&op->work.blocks);
	free(op->token_header);
	free(op->work.asked);
	free(op->work.rawtx);
	free(op);
}

/* --- its end -----------------------------------------------------------------------------------
 */

static void fill_health(struct op *op)
{
	struct sky_health *h = &op->work.health;
	struct http_client *http = op->client->finder.http[op->place];

	h->standing = sky_standing_judge(h, op->client->genesis, 0);
	(void)snprintf(h->api, sizeof(h->api), "%s", op->work.api->name);
	(void)snprintf(h->address, sizeof(h->address), "%s", http_client_name(http));
}

/* After any trouble the node may be another one. */
static void forget_api(const struct op *op, const struct err *err)
{
	struct client *c = op->client;
	bool trouble = err != NULL ||
		       (op->question == SKY_ASK_INJECT && op->work.inject == SKY_INJECT_UNKNOWN);

	if (trouble && !c->fixed && c->api == op->work.api && c->place == op->place)
		c->api = NULL;
}

static void op_finish(struct op *op, const struct err *err)
{
	forget_api(op, err);
	LIST_REMOVE(op, entry);
	if (op->question == SKY_ASK_HEALTH && err == NULL)
		fill_health(op);
	sky_tell(op->question, &op->work, &op->told, err);
	op_free(op);
}

/* --- requests --------------------------------------------------------------------------------- */

static void op_step(struct op *op);

static void op_send(struct op *op, const char *path, bool with_body, http_done_fn fn)
{
	struct http_request h = { .method = "GET",
				  .path = path,
				  .large = op->question == SKY_ASK_BLOCKS };

	if (with_body) {
		h.method = "POST";
		h.content_type = op->request.content_type;
		h.header = op->token_header;
		h.body = buf_text(&op->request.body);
		h.body_len = op->request.body.len;
	}
	http_send(op->client->finder.http[op->place], &h, fn, op);
}

static bool op_wants_token(const struct op *op)
{
	return op->request.post && op->work.api->csrf_path != NULL;
}

static void on_token(void *arg, int status, struct buf *body, const struct err *err);

static void fetch_token(struct op *op)
{
	op_send(op, op->work.api->csrf_path, false, on_token);
}

static int take_answer(struct op *op, int status, const struct buf *body, struct err *err)
{
	struct sky_reply a = { .status = status, .body = buf_text(body), .len = body->len };

	return op->step->take(&op->work, &a, err);
}

static void on_answer(void *arg, int status, struct buf *body, const struct err *err)
{
	struct op *op = arg;
	struct err mine;
	int rc;

	if (err != NULL) {
		op_finish(op, err);
		return;
	}
	if (op_wants_token(op) && !op->token_refused &&
	    sky_rest_wants_csrf(status, buf_text(body))) {
		op->token_refused = true;
		fetch_token(op);
		return;
	}
	rc = take_answer(op, status, body, &mine);
	if (rc < 0) {
		op_finish(op, &mine);
		return;
	}
	op->step = rc == SKY_STEP_AGAIN ? op->work.api->steps[op->question] : op->step + 1;
	op_step(op);
}

static int take_token(struct op *op, int status, const struct buf *body, struct err *err)
{
	struct sky_reply a = { .status = status, .body = buf_text(body), .len = body->len };
	char token[SKY_CSRF_MAX];
	int rc;

	free(op->token_header);
	op->token_header = NULL;
	if (status == 404)
		return 0;
	if (status != 200)
		return sky_reply_refused(&a, "csrf", err);
	rc = sky_rest_read_csrf(buf_text(body), body->len, token, err);
	if (rc == 0 && asprintf(&op->token_header, "X-CSRF-Token: %s", token) < 0)
		abort();
	return rc;
}

static void on_token(void *arg, int status, struct buf *body, const struct err *err)
{
	struct op *op = arg;
	struct err mine;

	if (err != NULL)
		op_finish(op, err);
	else if (take_token(op, status, body, &mine) < 0)
		op_finish(op, &mine);
	else
		op_send(op, buf_text(&op->request.path), true, on_answer);
}

/* Make the step's request. */
static void op_ask(struct op *op)
{
	struct sky_request *r = &op->request;

	sky_request_release(r);
	sky_request_init(r);
	(void)snprintf(op->work.id, sizeof(op->work.id), "%" PRIu64, ++op->client->last_id);
	op->step->ask(&op->work, r);
	if (r->path.failed || r->body.failed)
		abort(); /* no wallet has that many addresses, and no transaction that many bytes */
}

static void op_step(struct op *op)
{
	while (op->step->ask != NULL && op->step->needed != NULL && !op->step->needed(&op->work))
		op->step++;
	if (op->step->ask == NULL) {
		op_finish(op, NULL);
		return;
	}
	op_ask(op);
	if (op_wants_token(op))
		fetch_token(op);
	else
		op_send(op, buf_text(&op->request.path), op->request.post, on_answer);
}

/* --- which API -------------------------------------------------------------------------------- */

/* The first step of every question has a request, so nothing is called back from here. */
static void op_run(struct op *op)
{
	op->waits = false;
	op->place = op->client->place;
	op->work.api = op->client->api;
	op->work.want_head = op->work.api->bare_outputs;
	op->step = op->work.api->steps[op->question];
	op_step(op);
}

static void on_cannot_begin(void *arg)
{
	struct op *op = arg;

	op_finish(op, &op->err);
}

/* The answer is given at the turn's end: who is called may free the node, or ask again. */
static void op_cannot_begin(struct op *op, const struct err *err)
{
	op->waits = false;
	op->err = *err;
	loop_at_turn_end(op->client->loop, on_cannot_begin, op);
}

static void on_found(void *arg, size_t place, const struct sky_api *api, const struct err *err)
{
	struct client *c = arg;
	struct op *op;

	c->api = api;
	c->place = place;
	for (op = LIST_FIRST(&c->ops); op != NULL; op = LIST_NEXT(op, entry)) {
		if (op->waits && err == NULL)
			op_run(op);
		else if (op->waits)
			op_cannot_begin(op, err);
	}
}

static void op_begin(struct op *op)
{
	struct client *c = op->client;

	if (c->api != NULL) {
		op_run(op);
		return;
	}
	op->waits = true;
	if (!c->finder.running)
		sky_finder_start(&c->finder, on_found, c);
}

/* --- the questions ---------------------------------------------------------------------------- */

/* Asked without an address a node would tell every output there is. */
static void client_outputs(struct sky_node *n, const struct sky_address *addresses, size_t count,
			   sky_outputs_fn fn, void *arg)
{
	struct op *op = op_new(n, SKY_ASK_OUTPUTS, arg);
	struct err err;

	op->told.fn.outputs = fn;
	op_take_addresses(op, addresses, count);
	if (count > 0) {
		op_begin(op);
		return;
	}
	(void)err_set(&err, ERR_INVALID, "outputs: no address to ask for");
	op_cannot_begin(op, &err);
}

static void client_inject(struct sky_node *n, const uint8_t *raw, size_t len, sky_inject_fn fn,
			  void *arg)
{
	struct op *op = op_new(n, SKY_ASK_INJECT, arg);
	struct sha256 txid = sky_tx_id(raw, len);

	op->told.fn.inject = fn;
	hex_from_bytes(txid.b, sizeof(txid.b), op->work.txid);
	op->work.rawtx = must(malloc(2 * len + 1));
	hex_from_bytes(raw, len, op->work.rawtx);
	op_begin(op);
}

static void client_status(struct sky_node *n, const char *txid, sky_status_fn fn, void *arg)
{
	struct op *op = op_new(n, SKY_ASK_STATUS, arg);

	op->told.fn.status = fn;
	(void)snprintf(op->work.txid, sizeof(op->work.txid), "%s", txid);
	op_begin(op);
}

static void client_spent(struct sky_node *n, const struct sha256 *uxid,
			 const struct sky_address *owner, sky_spent_fn fn, void *arg)
{
	struct op *op = op_new(n, SKY_ASK_SPENT, arg);

	op->told.fn.spent = fn;
	op->work.uxid = *uxid;
	op_take_addresses(op, owner, 1);
	op_begin(op);
}

static void client_blocks(struct sky_node *n, uint64_t first, uint64_t last, sky_blocks_fn fn,
			  void *arg)
{
	struct op *op = op_new(n, SKY_ASK_BLOCKS, arg);

	op->told.fn.blocks = fn;
	op->work.first_seq = first;
	op->work.last_seq = last;
	op_begin(op);
}

static void client_health(struct sky_node *n, sky_health_fn fn, void *arg)
{
	struct op *op = op_new(n, SKY_ASK_HEALTH, arg);

	op->told.fn.health = fn;
	op_begin(op);
}

static void client_pin(struct sky_node *n, const char *genesis)
{
	struct client *c = (struct client *)n;

	(void)snprintf(c->genesis, sizeof(c->genesis), "%s", genesis);
}

/* --- the node --------------------------------------------------------------------------------- */

static void client_free(struct sky_node *n)
{
	struct client *c = (struct client *)n;
	struct op *op, *next;

	for (size_t i = 0; i < c->finder.count; i++)
		http_client_free(c->finder.http[i]); /* drops the requests: no step is taken more */
	for (op = LIST_FIRST(&c->ops); op != NULL; op = next) {
		next = LIST_NEXT(op, entry);
		loop_cancel_turn_end(c->loop, op);
		op_free(op);
	}
	free(c);
}

static const struct sky_node_ops client_ops = {
	.free = client_free,
	.outputs = client_outputs,
	.inject = client_inject,
	.status = client_status,
	.spent = client_spent,
	.blocks = client_blocks,
	.health = client_health,
	.pin = client_pin,
};

static int add_place(struct client *c, const struct sky_client_options *o, const char *url,
		     struct err *err)
{
	struct http_options h = { .url = url,
				  .user = o->user,
				  .pass = o->pass,
				  .ca_file = o->cert,
				  .timeout_ms = TIMEOUT_MS,
				  .connect_timeout_ms = CONNECT_TIMEOUT_MS,
				  .max_body = BODY_MAX,
				  .max_connections = CONNECTIONS_MAX };
	int rc = http_client_new(c->loop, &h, &c->finder.http[c->finder.count], err);

	if (rc == 0)
		c->finder.count++;
	return rc;
}

/* The place that is configured and, where the API is to be found out, what may have become of it.
 */
static int add_places(struct client *c, const struct sky_client_options *o, struct err *err)
{
	char *url = sky_url(o->address, o->cert != NULL && o->cert[0] != '\0');
	char *sibling = c->fixed ? NULL : sky_url_of_rest(url);
	int rc = add_place(c, o, url, err);

	if (rc == 0 && sibling != NULL)
		rc = add_place(c, o, sibling, err);
	free(sibling);
	free(url);
	return rc;
}

int sky_client_new(struct loop *l, const struct sky_client_options *o, struct sky_node **ret,
		   struct err *err)
{
	const struct sky_api *api = sky_api_named(o->api);
	struct client *c;
	int rc;

	if (api == NULL && strcmp(o->api, "auto") != 0)
		return err_set(err, ERR_INVALID, "no API of a Skycoin node is called '%s'", o->api);
	c = must(calloc(1, sizeof(*c)));
	c->base.ops = &client_ops;
	c->loop = l;
	c->fixed = api != NULL;
	c->api = api;
	rc = add_places(c, o, err);
	if (rc < 0) {
		client_free(&c->base);
		return rc;
	}
	*ret = &c->base;
	return 0;
}
