/* JSON-RPC of legacy nodes ("webrpc").
 *
 *   outputs:  get_status (the head) -> get_outputs
 *   inject:   inject_transaction
 *   status:   get_transaction
 *   spent:    get_status (the head) -> get_address_uxouts
 *   blocks:   get_blocks (a range)
 *   health:   get_status -> get_blocks_by_seq of 0
 *
 * It tells neither version nor peers, so such a node cannot show that it is in step. */
#include "common/node/sky_api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/node/sky_webrpc_answer.h"

/* `params` NULL: none, not even an empty list, is what get_status wants. */
static void ask_begin(struct sky_request *r, const char *id, const char *method)
{
	r->post = true;
	r->content_type = "application/json";
	(void)buf_puts(&r->path, "/webrpc");
	(void)buf_printf(&r->body, "{\"id\":\"%s\",\"jsonrpc\":\"2.0\",\"method\":\"%s\"", id,
			 method);
}

static void ask_with_text(const struct sky_work *w, struct sky_request *r, const char *method,
			  const char *param)
{
	ask_begin(r, w->id, method);
	(void)buf_printf(&r->body, ",\"params\":[\"");
	(void)buf_puts(&r->body, param);
	(void)buf_puts(&r->body, "\"]}");
}

static void ask_with_addresses(const struct sky_work *w, struct sky_request *r, const char *method)
{
	char text[ADDRESS_TEXT_MAX];

	ask_begin(r, w->id, method);
	(void)buf_puts(&r->body, ",\"params\":[");
	for (size_t i = 0; i < w->asked_count; i++) {
		sky_address_to_text(&w->asked[i], text);
		(void)buf_printf(&r->body, "%s\"%s\"", i > 0 ? "," : "", text);
	}
	(void)buf_puts(&r->body, "]}");
}

/* --- answers ---------------------------------------------------------------------------------- */

/* Any answer of the node; *ret is the caller's to release. */
static int read_answer(const struct sky_work *w, const struct sky_reply *a, const char *what,
		       struct sky_webrpc *ret, struct err *err)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	if (a->status != 200)
		return sky_reply_refused(a, what, err);
	rc = sky_webrpc_read(a->body, a->len, w->id, ret, err);
	if (rc < 0)
		(void)err_wrap(err, "%s", what);
	return rc;
}

/* A result, nothing else. */
static int read_result(const struct sky_work *w, const struct sky_reply *a, const char *what,
		       struct sky_webrpc *ret, struct err *err)
{
	int rc = read_answer(w, a, what, ret, err);

	if (rc < 0 || ret->result != NULL)
		return rc;
	rc = err_set(err, ERR_IO, "%s: the node answers '%s' (%lld)", what, ret->text,
		     (long long)ret->code);
	sky_webrpc_release(ret);
	return rc;
}

/* --- the head --------------------------------------------------------------------------------- */

static void ask_status(const struct sky_work *w, struct sky_request *r)
{
	ask_begin(r, w->id, "get_status");
	(void)buf_puts(&r->body, "}");
}

static int take_status(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	struct sky_webrpc answer;
	int rc = read_result(w, a, "get_status", &answer, err);

	if (rc < 0)
		return rc;
	rc = sky_webrpc_read_head(answer.result, &w->head_seq, err);
	w->head_known = rc == 0;
	sky_webrpc_release(&answer);
	return rc;
}

/* --- outputs ---------------------------------------------------------------------------------- */

static void ask_outputs(const struct sky_work *w, struct sky_request *r)
{
	ask_with_addresses(w, r, "get_outputs");
}

static int take_outputs(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	struct sky_webrpc answer;
	int rc = read_result(w, a, "get_outputs", &answer, err);

	if (rc < 0)
		return rc;
	rc = sky_json_outputs(json_get(answer.result, "outputs"), w->asked, w->asked_count,
			      &w->outputs, err);
	sky_webrpc_release(&answer);
	return rc;
}

static const struct sky_step outputs_steps[] = {
	{ NULL, ask_status, take_status },
	{ NULL, ask_outputs, take_outputs },
	{ NULL, NULL, NULL },
};

/* --- inject ----------------------------------------------------------------------------------- */

static void ask_inject(const struct sky_work *w, struct sky_request *r)
{
	ask_with_text(w, r, "inject_transaction", w->rawtx);
}

static int take_inject(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	struct sky_webrpc answer;
	int rc = read_answer(w, a, "inject_transaction", &answer, err);

	if (rc < 0)
		return rc;
	w->inject = sky_webrpc_judge_inject(&answer, w->txid, w->text);
	sky_webrpc_release(&answer);
	return SKY_STEP_NEXT;
}

static const struct sky_step inject_steps[] = {
	{ NULL, ask_inject, take_inject },
	{ NULL, NULL, NULL },
};

/* --- status ----------------------------------------------------------------------------------- */

static void ask_transaction(const struct sky_work *w, struct sky_request *r)
{
	ask_with_text(w, r, "get_transaction", w->txid);
}

static int take_place(struct sky_work *w, const struct sky_webrpc *answer, struct err *err)
{
	if (sky_webrpc_unknown_tx(answer))
		return SKY_STEP_NEXT;
	if (answer->result == NULL)
		return err_set(err, ERR_IO, "get_transaction: the node answers '%s' (%lld)",
			       answer->text, (long long)answer->code);
	return sky_json_transaction(json_get(answer->result, "transaction"), w->txid, &w->tx, err);
}

static int take_transaction(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	struct sky_webrpc answer;
	int rc = read_answer(w, a, "get_transaction", &answer, err);

	if (rc < 0)
		return rc;
	rc = take_place(w, &answer, err);
	sky_webrpc_release(&answer);
	return rc;
}

static const struct sky_step status_steps[] = {
	{ NULL, ask_transaction, take_transaction },
	{ NULL, NULL, NULL },
};

/* --- spent ------------------------------------------------------------------------------------ */

static void ask_uxouts(const struct sky_work *w, struct sky_request *r)
{
	ask_with_addresses(w, r, "get_address_uxouts");
}

static int take_uxouts(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	struct sky_webrpc answer;
	int rc = read_result(w, a, "get_address_uxouts", &answer, err);

	if (rc < 0)
		return rc;
	w->spent.head_seq = w->head_seq;
	rc = sky_webrpc_read_spent(answer.result, &w->uxid, &w->asked[0], &w->spent, err);
	sky_webrpc_release(&answer);
	return rc;
}

static const struct sky_step spent_steps[] = {
	{ NULL, ask_status, take_status },
	{ NULL, ask_uxouts, take_uxouts },
	{ NULL, NULL, NULL },
};

/* --- blocks ----------------------------------------------------------------------------------- */

static void ask_blocks(const struct sky_work *w, struct sky_request *r)
{
	ask_begin(r, w->id, "get_blocks");
	(void)buf_printf(&r->body, ",\"params\":[%" PRIu64 ",%" PRIu64 "]}", w->first_seq,
			 w->last_seq);
}

/* An error is read as all errors are; a result goes past cJSON, whose numbers are too short. */
static int take_blocks(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	struct sky_webrpc answer;
	struct json_slice result;
	int rc;

	if (a->status != 200)
		return sky_reply_refused(a, "get_blocks", err);
	if (sky_webrpc_raw_result(a->body, a->len, w->id, &result))
		return sky_blocks_read(result.text, result.len, w->first_seq, w->last_seq,
				       &w->blocks, err);
	rc = read_result(w, a, "get_blocks", &answer, err);
	if (rc < 0)
		return rc;
	sky_webrpc_release(&answer);
	return err_set(err, ERR_INVALID, "get_blocks: the result cannot be read");
}

static const struct sky_step blocks_steps[] = {
	{ NULL, ask_blocks, take_blocks },
	{ NULL, NULL, NULL },
};

/* --- health ----------------------------------------------------------------------------------- */

static int take_health(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	int rc = take_status(w, a, err);

	w->health.head_seq = w->head_seq;
	w->health.open_connections = -1;
	return rc;
}

static void ask_genesis(const struct sky_work *w, struct sky_request *r)
{
	ask_begin(r, w->id, "get_blocks_by_seq");
	(void)buf_puts(&r->body, ",\"params\":[0]}");
}

static int take_genesis(struct sky_work *w, const struct sky_reply *a, struct err *err)
{
	struct sky_webrpc answer;
	int rc = read_result(w, a, "get_blocks_by_seq", &answer, err);

	if (rc < 0)
		return rc;
	rc = sky_webrpc_read_genesis(answer.result, w->health.genesis, err);
	sky_webrpc_release(&answer);
	return rc;
}

static const struct sky_step health_steps[] = {
	{ NULL, ask_status, take_health },
	{ NULL, ask_genesis, take_genesis },
	{ NULL, NULL, NULL },
};

/* --- is it spoken? ---------------------------------------------------------------------------- */

static void probe(const struct sky_api *api, struct sky_request *r)
{
	(void)api;
	ask_begin(r, "1", "get_status");
	(void)buf_puts(&r->body, "}");
}

static enum sky_speaks judge_probe(const struct sky_reply *a, struct err *err)
{
	switch (a->status) {
	case 200: return sky_webrpc_speaks(a->body, a->len) ? SKY_SPEAKS : SKY_SPEAKS_NOT;
	case 404:
	case 405: return SKY_SPEAKS_NOT;
	default: (void)sky_reply_refused(a, "get_status", err); return SKY_SPEAKS_TROUBLE;
	}
}

const struct sky_api sky_api_webrpc = {
	.name = "webrpc",
	.prefix = "",
	.probe = probe,
	.judge_probe = judge_probe,
	.steps = { [SKY_ASK_OUTPUTS] = outputs_steps,
		   [SKY_ASK_INJECT] = inject_steps,
		   [SKY_ASK_STATUS] = status_steps,
		   [SKY_ASK_SPENT] = spent_steps,
		   [SKY_ASK_BLOCKS] = blocks_steps,
		   [SKY_ASK_HEALTH] = health_steps },
};
