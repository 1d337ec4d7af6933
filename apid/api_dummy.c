/* The dummy API: deposits out of thin air, and the pretended Skycoin node's blocks.  Served only in
 * dummy mode. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "common/base/text.h"
#include "common/json/json.h"

#define BROADCASTS_MAX (256U << 20)

/* --- /dummy/scanner/deposit ------------------------------------------------------------------ */

/* A required parameter; NULL: answered. */
static const char *require(struct http_request *r, const char *name)
{
	const char *value = http_param(r, name);

	if (value != NULL && value[0] != '\0')
		return value;
	answer_error(r, 400, "%s required", name);
	return NULL;
}

static bool parse_address(struct apid *a, struct http_request *r, struct msg_dummy_deposit *m)
{
	const char *coin = http_param(r, "coin"), *text = require(r, "addr");
	struct address address;
	struct err err;

	if (text == NULL)
		return false;
	m->coin = COIN_BTC;
	if (coin != NULL && coin[0] != '\0' && !coin_parse(coin, &m->coin)) {
		answer_error(r, 400, "invalid coin");
		return false;
	}
	if (address_parse(m->coin, a->d->conf->btc_network, text, &address, &err) < 0) {
		answer_error(r, 400, "invalid addr");
		return false;
	}
	(void)snprintf(m->address, sizeof(m->address), "%s", address.text);
	return true;
}

/* An integer from 0 to 2^63-1. */
static bool parse_integer(struct http_request *r, const char *name, uint64_t *ret)
{
	const char *text = require(r, name);

	if (text == NULL)
		return false;
	if (text_to_u64(text, INT64_MAX, ret))
		return true;
	answer_error(r, 400, "invalid %s", name);
	return false;
}

static bool parse_tx(struct http_request *r, struct msg_dummy_deposit *m)
{
	const char *tx = require(r, "tx");

	if (tx == NULL)
		return false;
	if (text_copy(m->txid, sizeof(m->txid), tx))
		return true;
	answer_error(r, 400, "tx too long");
	return false;
}

static bool parse_n(struct http_request *r, struct msg_dummy_deposit *m)
{
	const char *text = http_param(r, "n");
	uint64_t n = 0;

	if (text != NULL && text[0] != '\0' && !text_to_u64(text, INT64_MAX, &n)) {
		answer_error(r, 400, "invalid n");
		return false;
	}
	if (n > UINT32_MAX) {
		answer_error(r, 400, "n too large");
		return false;
	}
	m->n = (uint32_t)n;
	return true;
}

/* In the contract's order of checks; false: answered. */
static bool parse_deposit(struct apid *a, struct http_request *r, struct msg_dummy_deposit *m)
{
	uint64_t value, height;

	if (!parse_address(a, r, m) || !parse_integer(r, "value", &value) ||
	    !parse_integer(r, "height", &height) || !parse_tx(r, m) || !parse_n(r, m))
		return false;
	m->value = units_of(value);
	m->height = (int64_t)height;
	return true;
}

/* A refusal by `daemon`, in the words that the dummy API has for it. */
static void answer_refused(struct http_request *r, const struct msg_error *e, const char *daemon)
{
	if (strcmp(e->code, "invalid") == 0)
		answer_error(r, 400, "%s", e->message);
	else if (strcmp(e->code, "not_found") == 0)
		answer_error(r, 404, "txn not found");
	else
		answer_error(r, 503, "%s: %s", daemon, e->message);
}

static void on_deposit_reply(void *arg, const struct message *m)
{
	if (m->type != MSG_TYPE_error)
		answer_empty(arg);
	else if (strcmp(m->u.error.code, "busy") == 0)
		answer_error(arg, 503, "deposits channel is full");
	else
		answer_refused(arg, &m->u.error, "scannerd");
}

void api_dummy_deposit(struct apid *a, struct http_request *r)
{
	struct message m = { .type = MSG_TYPE_dummy_deposit };

	if (parse_deposit(a, r, &m.u.dummy_deposit))
		ipc_ask(relay_client(a->relay, RELAY_SCANNERD), &m, RELAY_TIMEOUT_MS,
			on_deposit_reply, r);
}

/* --- /dummy/sender/broadcasts ---------------------------------------------------------------- */

/* The list comes in pages that fit a message; their elements are gathered here. */
struct broadcasts {
	struct apid *apid;
	struct http_request *request;
	struct buf list;
};

static void ask_broadcasts(struct broadcasts *b, uint64_t from);

static void finish_broadcasts(struct broadcasts *b, const struct msg_error *e)
{
	struct buf out = BUF_INIT(BROADCASTS_MAX);
	struct err err = { .text = "senderd sent a broken list" };
	struct json_writer w;

	(void)buf_putc(&b->list, ']');
	json_writer_init(&w, &out, JSON_INDENTED);
	if (e != NULL)
		answer_refused(b->request, e, "senderd");
	else if (b->list.failed || !json_write_json(&w, buf_text(&b->list), b->list.len))
		answer_internal(b->request, &err);
	else
		answer_json(b->request, &out);
	buf_release(&out);
	buf_release(&b->list);
	free(b);
}

/* Add the elements of the array `page` to the list. */
static void add_page(struct buf *list, const char *page)
{
	size_t len = page == NULL ? 0 : strlen(page);

	if (len <= 2)
		return; /* "[]" */
	if (list->len > 1)
		(void)buf_putc(list, ',');
	(void)buf_append(list, page + 1, len - 2);
}

static void on_broadcasts(void *arg, const struct message *m)
{
	struct broadcasts *b = arg;

	if (m->type == MSG_TYPE_error) {
		finish_broadcasts(b, &m->u.error);
		return;
	}
	add_page(&b->list, m->u.dummy_broadcasts_reply.transactions);
	if (m->u.dummy_broadcasts_reply.next == 0)
		finish_broadcasts(b, NULL);
	else
		ask_broadcasts(b, m->u.dummy_broadcasts_reply.next);
}

static void ask_broadcasts(struct broadcasts *b, uint64_t from)
{
	struct message m = { .type = MSG_TYPE_dummy_broadcasts };

	m.u.dummy_broadcasts.from = from;
	ipc_ask(relay_client(b->apid->relay, RELAY_SENDERD), &m, RELAY_TIMEOUT_MS, on_broadcasts,
		b);
}

void api_dummy_broadcasts(struct apid *a, struct http_request *r)
{
	struct broadcasts *b = calloc(1, sizeof(*b));
	struct err err = { .text = "out of memory" };

	if (b == NULL) {
		answer_internal(r, &err);
		return;
	}
	*b = (struct broadcasts){ .apid = a, .request = r, .list = BUF_INIT(BROADCASTS_MAX) };
	(void)buf_putc(&b->list, '[');
	ask_broadcasts(b, 0);
}

/* --- /dummy/sender/confirm ------------------------------------------------------------------- */

static void on_confirm_reply(void *arg, const struct message *m)
{
	if (m->type != MSG_TYPE_error)
		answer_empty(arg);
	else
		answer_refused(arg, &m->u.error, "senderd");
}

/* False: answered. */
static bool parse_confirm(struct http_request *r, struct msg_dummy_confirm *m)
{
	const char *txid = http_param(r, "txid"), *seq = http_param(r, "seq");
	bool has_txid = txid != NULL && txid[0] != '\0';

	if (!has_txid && (seq == NULL || seq[0] == '\0'))
		answer_error(r, 400, "txid or seq required");
	else if (!has_txid && !text_to_u64(seq, INT64_MAX, &m->seq))
		answer_error(r, 400, "invalid seq");
	else if (has_txid && !text_copy(m->txid, sizeof(m->txid), txid))
		answer_error(r, 404, "txn not found");
	else
		return true;
	return false;
}

void api_dummy_confirm(struct apid *a, struct http_request *r)
{
	struct message m = { .type = MSG_TYPE_dummy_confirm };

	if (parse_confirm(r, &m.u.dummy_confirm))
		ipc_ask(relay_client(a->relay, RELAY_SENDERD), &m, RELAY_TIMEOUT_MS,
			on_confirm_reply, r);
}
