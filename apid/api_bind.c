/* POST /api/bind.  What can be checked without the database is checked here, in the contract's
 * order; exchangerd checks the rest, in the transaction that binds. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "apid/bind_body.h"
#include "apid/client_ip.h"
#include "common/base/clock.h"
#include "common/coin/address_sky.h"
#include "common/json/json.h"
#include "common/store/quota_store.h"

#define ANSWER_MAX	 4096
#define ANSWER_ON_WAY_MS 500 /* from the binding to the client: the commit, the way here */

/* Tomorrow's first second, UTC, is when the quota begins anew. */
static void answer_over_quota(struct http_request *r)
{
	int64_t left_s = QUOTA_DAY_S - clock_unix() % QUOTA_DAY_S;
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, left_s);
	http_add_header(r, "Retry-After", text);
	answer_error(r, 429,
		     "You have been given the maximum number of deposit addresses for today. The "
		     "ones you have stay good.");
}

/* A refusal by exchangerd, in the contract's words. */
static void answer_refused(struct http_request *r, const struct msg_error *e)
{
	static const struct {
		const char *code;
		int status;
		const char *text;
	} rows[] = {
		{ "limit", 500,
		  "The maximum number of addresses have been assigned to this SKY address" },
		{ "not_found", 500, "Deposit address pool is empty" },
		{ "deposit_address", 400,
		  "Invalid skycoin address: it is a deposit address of this service" },
		{ "disabled", 403, "Address binding is disabled" },
	};
	struct err err;

	if (strcmp(e->code, "quota") == 0)
		return answer_over_quota(r);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].code, e->code) == 0)
			return answer_error(r, rows[i].status, "%s", rows[i].text);
	(void)err_set(&err, ERR_IO, "exchangerd: %s", e->message);
	answer_internal(r, &err);
}

static void answer_bound(struct http_request *r, const struct msg_bind_reply *m)
{
	struct buf out = BUF_INIT(ANSWER_MAX);
	struct json_writer w;

	json_writer_init(&w, &out, JSON_INDENTED);
	json_begin_object(&w);
	json_put_string(&w, "deposit_address", m->deposit_address);
	json_put_string(&w, "coin_type", coin_name((enum coin)(uintptr_t)http_context(r)));
	json_put_string(&w, "buy_method", m->buy_method);
	json_end_object(&w);
	answer_json(r, &out);
	buf_release(&out);
}

static void on_bind_reply(void *arg, const struct message *m)
{
	if (m->type == MSG_TYPE_bind_reply)
		answer_bound(arg, &m->u.bind_reply);
	else
		answer_refused(arg, &m->u.error);
}

/* Checks 4 to 7 of the contract.  False: answered. */
static bool check(const struct conf *conf, struct http_request *r, const struct bind_body *b,
		  struct msg_bind *ret)
{
	struct sky_address sky;
	struct err err;

	if (b->sky_address[0] == '\0')
		answer_error(r, 400, "Missing skyaddr");
	else if (b->coin[0] == '\0')
		answer_error(r, 400, "Missing coin_type");
	else if (!coin_parse(b->coin, &ret->coin))
		answer_error(r, 400, "Invalid coin_type");
	else if (!conf->coin[ret->coin].enabled)
		answer_error(r, 400, "%s not enabled", b->coin);
	else if (sky_address_parse(b->sky_address, &sky, &err) < 0)
		answer_error(r, 400, "Invalid skycoin address: %s", err.text);
	else if (sky_address_is_null(&sky)) /* what is sent there is lost: no node does it */
		answer_error(r, 400, "Invalid skycoin address: Null address");
	else if (!conf->bind_enabled)
		answer_error(r, 403, "Address binding is disabled");
	else
		return true;
	return false;
}

void api_bind(struct apid *a, struct http_request *r)
{
	const struct buf *body = http_body(r);
	struct message m = { .type = MSG_TYPE_bind };
	char ip[CLIENT_IP_MAX];
	struct bind_body b;
	struct err err;

	if (bind_body_parse(buf_text(body), body->len, &b, &err) < 0)
		return answer_error(r, 400, "Invalid json request body: %s", err.text);
	if (check(a->d->conf, r, &b, &m.u.bind)) {
		client_ip(r, a->d->conf->behind_proxy, ip);
		client_network(ip, m.u.bind.client);
		/* It fits: a valid address is shorter. */
		(void)snprintf(m.u.bind.sky_address, sizeof(m.u.bind.sky_address), "%s",
			       b.sky_address);
		m.u.bind.until_ms = clock_mono_ms() + RELAY_TIMEOUT_MS - ANSWER_ON_WAY_MS;
		http_set_context(r, (void *)(uintptr_t)m.u.bind.coin);
		ipc_ask(relay_client(a->relay, RELAY_EXCHANGERD), &m, RELAY_TIMEOUT_MS,
			on_bind_reply, r);
	}
	bind_body_release(&b);
}
