/* REST, of both generations: the modern paths begin with /api/v1, the legacy ones do not.
 *
 *   outputs:  [metadata ->] outputs -> health (the rules; modern only)
 *   inject:   injectTransaction
 *   status:   transaction [-> version]
 *   spent:    metadata (the head) -> uxout
 *   blocks:   blocks (a range)
 *   health:   health -> version -> metadata -> connections -> progress -> block 0; what an answer
 *             has told is not asked for again
 *
 * What differs between versions is seen from the answers: 0.22 has no /health; outputs tell the
 * head since 0.25, which is also when they began to take POST.
 *
 * "404 Not Found" is what a node says of a transaction that it does not know, and the other
 * generation of it says the same of the page.  So "not known" is believed only of a node that goes
 * on speaking the same API. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/node/sky_api.h"

#define GET_ADDRESSES_MAX 100 /* more go into the body of a POST, where that is understood */

/* The whole of a request is its path. */
static void ask_path(const struct sky_work *w, struct sky_request *r, const char *path)
{
	(void)buf_puts(&r->path, w->api->prefix);
	(void)buf_puts(&r->path, path);
}

/* --- outputs ---------------------------------------------------------------------------------- */

static bool wants_head(const struct sky_work *w)
{
	return w->want_head;
}

static void ask_head(const struct sky_work *w, struct sky_request *r)
{
	ask_path(w, r, "/blockchain/metadata");
}

static int take_head(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	int rc;

	if (a->status != 200)
		return sky_reply_refused(a, "metadata", err);
	rc = sky_rest_read_head(a->body, a->len, &w->head_seq, err);
	w->head_known = rc == 0;
	return rc;
}

static void ask_outputs(const struct sky_work *w, struct sky_request *r)
{
	r->post = w->asked_count > GET_ADDRESSES_MAX && !w->get_only;
	ask_path(w, r, r->post ? "/outputs" : "/outputs?addrs=");
	if (r->post) {
		r->content_type = "application/x-www-form-urlencoded";
		(void)buf_puts(&r->body, "addrs=");
	}
	sky_append_addresses(r->post ? &r->body : &r->path, w);
}

/* The head that was asked for before is not above that of the outputs. */
static int take_unspents(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	int rc;

	sky_unspents_release(&w->outputs);
	rc = sky_rest_read_outputs(a->body, a->len, w->asked, w->asked_count, &w->outputs, err);
	if (rc < 0)
		return rc;
	if (w->outputs.head_known)
		w->head_seq = w->outputs.head_seq;
	else if (!w->head_known) {
		w->want_head = true;
		return SKY_STEP_AGAIN;
	}
	return SKY_STEP_NEXT;
}

static int take_outputs(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	if (a->status == 405 && w->asked_count > GET_ADDRESSES_MAX && !w->get_only) {
		w->get_only = true;
		return SKY_STEP_AGAIN;
	}
	if (a->status != 200)
		return sky_reply_refused(a, "outputs", err);
	return take_unspents(w, a, err);
}

static void ask_health(const struct sky_work *w, struct sky_request *r)
{
	ask_path(w, r, "/health");
}

/* A node that does not tell its rules (its health is switched off) is no obstacle. */
static int take_policy(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	(void)err;
	sky_rest_read_policy(a->body, a->status == 200 ? a->len : 0, &w->policy);
	return SKY_STEP_NEXT;
}

static const struct sky_step outputs_steps[] = {
	{ wants_head, ask_head, take_head },
	{ NULL, ask_outputs, take_outputs },
	{ NULL, ask_health, take_policy },
	{ NULL, NULL, NULL },
};

static const struct sky_step legacy_outputs_steps[] = {
	{ wants_head, ask_head, take_head },
	{ NULL, ask_outputs, take_outputs },
	{ NULL, NULL, NULL },
};

/* --- inject ----------------------------------------------------------------------------------- */

static void ask_inject(const struct sky_work *w, struct sky_request *r)
{
	r->post = true;
	r->content_type = "application/json";
	ask_path(w, r, "/injectTransaction");
	(void)buf_puts(&r->body, "{\"rawtx\":\"");
	(void)buf_puts(&r->body, w->rawtx);
	(void)buf_puts(&r->body, "\"}");
}

static int take_inject(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	(void)err;
	w->inject = sky_rest_judge_inject(a->status, a->body, a->len, w->txid, w->text);
	return SKY_STEP_NEXT;
}

static const struct sky_step inject_steps[] = {
	{ NULL, ask_inject, take_inject },
	{ NULL, NULL, NULL },
};

/* --- status ----------------------------------------------------------------------------------- */

static void ask_transaction(const struct sky_work *w, struct sky_request *r)
{
	ask_path(w, r, "/transaction?txid=");
	(void)buf_puts(&r->path, w->txid);
}

static int take_transaction(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	if (sky_rest_not_found(a->status, a->body))
		return SKY_STEP_NEXT;
	if (a->status != 200)
		return sky_reply_refused(a, "transaction", err);
	return sky_rest_read_transaction(a->body, a->len, w->txid, &w->tx, err);
}

static bool is_unknown(const struct sky_work *w)
{
	return w->tx.status == SKY_TX_UNKNOWN;
}

static void ask_version(const struct sky_work *w, struct sky_request *r)
{
	ask_path(w, r, "/version");
}

static int take_version(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	if (a->status != 200)
		return sky_reply_refused(a, "version", err);
	return sky_rest_read_version(a->body, a->len, w->health.version, err);
}

static const struct sky_step status_steps[] = {
	{ NULL, ask_transaction, take_transaction },
	{ is_unknown, ask_version, take_version },
	{ NULL, NULL, NULL },
};

/* --- spent ------------------------------------------------------------------------------------ */

static void ask_uxout(const struct sky_work *w, struct sky_request *r)
{
	char id[65];

	hex_from_bytes(w->uxid.b, sizeof(w->uxid.b), id);
	ask_path(w, r, "/uxout?uxid=");
	(void)buf_puts(&r->path, id);
}

static int take_uxout(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	w->spent.head_seq = w->head_seq;
	if (sky_rest_uxout_unknown(a->status, a->body))
		return SKY_STEP_NEXT;
	if (a->status != 200)
		return sky_reply_refused(a, "uxout", err);
	return sky_rest_read_spent(a->body, a->len, &w->uxid, &w->asked[0], &w->spent, err);
}

/* The head first: a depth that is taken from it is never too great. */
static const struct sky_step spent_steps[] = {
	{ NULL, ask_head, take_head },
	{ NULL, ask_uxout, take_uxout },
	{ NULL, NULL, NULL },
};

/* --- blocks ----------------------------------------------------------------------------------- */

static void ask_blocks(const struct sky_work *w, struct sky_request *r)
{
	ask_path(w, r, "/blocks");
	(void)buf_printf(&r->path, "?start=%" PRIu64 "&end=%" PRIu64, w->first_seq, w->last_seq);
}

static int take_blocks(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	if (a->status != 200)
		return sky_reply_refused(a, "blocks", err);
	return sky_blocks_read(a->body, a->len, w->first_seq, w->last_seq, &w->blocks, err);
}

static const struct sky_step blocks_steps[] = {
	{ NULL, ask_blocks, take_blocks },
	{ NULL, NULL, NULL },
};

/* --- health ----------------------------------------------------------------------------------- */

/* A page that a node has not, or keeps to itself, leaves what it would tell unknown. */
static bool is_withheld(const struct sky_reply *a)
{
	return a->status == 404 || (a->status == 403 && strstr(a->body, "disabled") != NULL);
}

static int take_health(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	int rc;

	w->health.open_connections = -1;
	if (is_withheld(a))
		return SKY_STEP_NEXT;
	if (a->status != 200)
		return sky_reply_refused(a, "health", err);
	rc = sky_rest_read_health(a->body, a->len, &w->health, err);
	w->head_seq = w->health.head_seq;
	w->head_known = rc == 0;
	return rc;
}

static bool lacks_version(const struct sky_work *w)
{
	return w->health.version[0] == '\0';
}

static bool lacks_head(const struct sky_work *w)
{
	return !w->head_known;
}

static bool lacks_connections(const struct sky_work *w)
{
	return w->health.open_connections < 0;
}

static int take_health_head(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	int rc = take_head(w, a, err);

	w->health.head_seq = w->head_seq;
	return rc;
}

static void ask_connections(const struct sky_work *w, struct sky_request *r)
{
	ask_path(w, r, "/network/connections");
}

static int take_connections(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	if (is_withheld(a))
		return SKY_STEP_NEXT;
	if (a->status != 200)
		return sky_reply_refused(a, "connections", err);
	return sky_rest_read_connections(a->body, a->len, &w->health.open_connections, err);
}

static void ask_progress(const struct sky_work *w, struct sky_request *r)
{
	ask_path(w, r, "/blockchain/progress");
}

static int take_progress(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	if (is_withheld(a))
		return SKY_STEP_NEXT;
	if (a->status != 200)
		return sky_reply_refused(a, "progress", err);
	return sky_rest_read_progress(a->body, a->len, &w->health.highest_seq, err);
}

static void ask_genesis(const struct sky_work *w, struct sky_request *r)
{
	ask_path(w, r, "/block?seq=0");
}

static int take_genesis(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	if (is_withheld(a))
		return SKY_STEP_NEXT;
	if (a->status != 200)
		return sky_reply_refused(a, "block 0", err);
	return sky_rest_read_genesis(a->body, a->len, w->health.genesis, err);
}

static const struct sky_step health_steps[] = {
	{ NULL, ask_health, take_health },
	{ lacks_version, ask_version, take_version },
	{ lacks_head, ask_head, take_health_head },
	{ lacks_connections, ask_connections, take_connections },
	{ NULL, ask_progress, take_progress },
	{ NULL, ask_genesis, take_genesis },
	{ NULL, NULL, NULL },
};

/* --- is it spoken? ---------------------------------------------------------------------------- */

static void probe(const struct sky_api *api, struct sky_request *r)
{
	(void)buf_puts(&r->path, api->prefix);
	(void)buf_puts(&r->path, "/version");
}

static enum sky_speaks judge_probe(const struct sky_reply *a, struct err *err)
{
	char version[48];

	switch (a->status) {
	case 200:
		return sky_rest_read_version(a->body, a->len, version, NULL) == 0 ? SKY_SPEAKS
										  : SKY_SPEAKS_NOT;
	case 404:
	case 405: return SKY_SPEAKS_NOT;
	default: (void)sky_reply_refused(a, "version", err); return SKY_SPEAKS_TROUBLE;
	}
}

const struct sky_api sky_api_rest = {
	.name = "rest",
	.prefix = "/api/v1",
	.csrf_path = "/api/v1/csrf",
	.probe = probe,
	.judge_probe = judge_probe,
	.steps = { [SKY_ASK_OUTPUTS] = outputs_steps,
		   [SKY_ASK_INJECT] = inject_steps,
		   [SKY_ASK_STATUS] = status_steps,
		   [SKY_ASK_SPENT] = spent_steps,
		   [SKY_ASK_BLOCKS] = blocks_steps,
		   [SKY_ASK_HEALTH] = health_steps },
};

const struct sky_api sky_api_legacy_rest = {
	.name = "legacy-rest",
	.prefix = "",
	.csrf_path = "/csrf",
	.bare_outputs = true,
	.probe = probe,
	.judge_probe = judge_probe,
	.steps = { [SKY_ASK_OUTPUTS] = legacy_outputs_steps,
		   [SKY_ASK_INJECT] = inject_steps,
		   [SKY_ASK_STATUS] = status_steps,
		   [SKY_ASK_SPENT] = spent_steps,
		   [SKY_ASK_BLOCKS] = blocks_steps,
		   [SKY_ASK_HEALTH] = health_steps },
};
