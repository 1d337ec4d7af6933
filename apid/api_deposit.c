/* GET /api/deposit?deposit_id=<txid>:<n> (and coin_type=, where two coins have the same), or ?seq=:
 * one deposit with every change of its state and why, and its payout. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "apid/deposit_shown.h"
#include "apid/query.h"
#include "common/base/text.h"
#include "common/store/deposit_store.h"
#include "common/store/payout_store.h"

#define ANSWER_MAX (1U << 20)

/* --- which one ------------------------------------------------------------------------------- */

/* "<txid>:<n>"; a txid of the dummy scanner may hold a colon of its own. */
static bool split_id(const char *id, char ret_txid[TXID_TEXT_MAX], uint32_t *ret_n)
{
	const char *colon = strrchr(id, ':');
	size_t len = colon != NULL ? (size_t)(colon - id) : 0;
	uint64_t n;

	if (len == 0 || len >= TXID_TEXT_MAX || !text_to_u64(colon + 1, UINT32_MAX, &n))
		return false;
	memcpy(ret_txid, id, len);
	ret_txid[len] = '\0';
	*ret_n = (uint32_t)n;
	return true;
}

static int find_by_id(struct apid *a, const char *id, const char *coin_type, struct deposit *ret,
		      struct err *err)
{
	char txid[TXID_TEXT_MAX];
	int rc = ERR_NOT_FOUND;
	enum coin wanted = 0;
	uint32_t n;

	if (coin_type != NULL && !coin_parse(coin_type, &wanted))
		return err_set(err, ERR_INVALID, "Invalid coin_type");
	if (!split_id(id, txid, &n))
		return err_set(err, ERR_INVALID, "Invalid deposit_id");
	for (enum coin c = 0; c < COIN_COUNT && rc == ERR_NOT_FOUND; c++)
		if (coin_type == NULL || c == wanted)
			rc = store_deposit_find(a->d->store, c, txid, n, ret, err);
	return rc;
}

static int find_deposit(struct apid *a, const struct http_request *r, struct deposit *ret,
			struct err *err)
{
	const char *id = query_text(r, "deposit_id");
	uint64_t seq = 0;
	int rc;

	if (id != NULL)
		return find_by_id(a, id, query_text(r, "coin_type"), ret, err);
	rc = query_u64(r, "seq", 1, INT64_MAX, &seq, err);
	if (rc == 0 && seq == 0)
		rc = err_set(err, ERR_INVALID, "Missing deposit_id");
	return rc < 0 ? rc : store_deposit_get(a->d->store, seq, ret, err);
}

/* --- what is shown of it --------------------------------------------------------------------- */

static int on_step(void *arg, const struct deposit_history *h, struct err *err)
{
	struct json_writer *w = arg;

	(void)err;
	json_begin_object(w);
	json_put_u64(w, "step", h->step);
	json_put_i64(w, "at", h->at);
	json_put_string(w, "from", h->from);
	json_put_string(w, "to", h->to);
	json_put_string(w, "why", h->why);
	json_end_object(w);
	return 0;
}

static int print_history(struct json_writer *w, struct apid *a, const struct deposit *d,
			 struct err *err)
{
	int rc;

	json_write_key(w, "history");
	json_begin_array(w);
	rc = store_deposit_history(a->d->store, d->id, on_step, w, err);
	json_end_array(w);
	return rc;
}

static void put_payout(struct json_writer *w, const struct payout *p)
{
	char amount[UNITS_TEXT_MAX];

	droplets_to_text(p->amount, amount);
	json_begin_object(w);
	json_put_string(w, "state", payout_state_name(p->state));
	json_put_string(w, "amount", amount);
	json_put_string(w, "txid", p->txid);
	json_put_string(w, "replaces", p->replaces);
	json_put_string(w, "error", p->error);
	json_put_i64(w, "created_at", p->created_at);
	json_put_i64(w, "updated_at", p->updated_at);
	json_end_object(w);
}

/* null before senderd knows of it. */
static int print_payout(struct json_writer *w, struct apid *a, const struct deposit *d,
			struct err *err)
{
	struct payout p;
	int rc = store_payout_get(a->d->store, d->id, &p, err);

	json_write_key(w, "payout");
	if (rc == 0)
		put_payout(w, &p);
	else
		json_write_null(w);
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

static int print_deposit(struct json_writer *w, struct apid *a, const struct deposit *d,
			 struct err *err)
{
	char owed[UNITS_TEXT_MAX], value[UNITS_TEXT_MAX];
	int rc;

	units_to_coins(d->value, coin_info(d->coin)->decimals, value);
	droplets_to_text(d->to_send, owed);
	json_begin_object(w);
	json_write_key(w, "deposit");
	deposit_print_json(w, d);
	json_put_string(w, "state", deposit_state_name(d->state));
	json_put_string(w, "deposit_coins", value);
	json_put_string(w, "sky_owed", owed);
	json_put_bool(w, "left_chain", d->left_chain);
	json_put_i64(w, "recorded_at", d->created_at);
	rc = print_payout(w, a, d, err);
	if (rc == 0)
		rc = print_history(w, a, d, err);
	json_end_object(w);
	return rc;
}

static void answer_deposit(struct apid *a, struct http_request *r, const struct deposit *d)
{
	struct buf out = BUF_INIT(ANSWER_MAX);
	struct json_writer w;
	struct err err;

	json_writer_init(&w, &out, JSON_INDENTED);
	if (print_deposit(&w, a, d, &err) < 0)
		answer_internal(r, &err);
	else
		answer_json(r, &out);
	buf_release(&out);
}

void api_deposit(struct apid *a, struct http_request *r)
{
	struct deposit d;
	struct err err;
	int rc = find_deposit(a, r, &d, &err);

	if (rc == 0)
		answer_deposit(a, r, &d);
	else if (rc == ERR_INVALID)
		answer_error(r, 400, "%s", err.text);
	else if (rc == ERR_NOT_FOUND)
		answer_error(r, 404, "There is no such deposit");
	else
		answer_internal(r, &err);
}
