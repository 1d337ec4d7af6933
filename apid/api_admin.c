/* The operator's API: reads only, from the database. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "common/json/json.h"
#include "common/store/binding_store.h"
#include "common/store/deposit_store.h"

#define ADMIN_ANSWER_MAX (512U << 20)
#define WEI_PER_GWEI	 1000000000U

/* --- GET /api/deposit-addresses --------------------------------------------------------------- */

static void on_bound(void *arg, const struct binding *b)
{
	json_write_string(arg, b->address);
}

static int print_pool(struct json_writer *w, struct apid *a, enum coin c, struct err *err)
{
	const struct conf *conf = a->d->conf;
	uint64_t left = 0, size = 0;
	int rc = store_pool_remaining(a->d->store, c, &left, err);

	if (rc == 0)
		rc = store_pool_size(a->d->store, c, &size, err);
	if (rc < 0)
		return rc;
	json_write_key(w, coin_name(c));
	json_begin_object(w);
	json_put_bool(w, "scanning_enabled", conf->coin[c].enabled && !conf->dummy_scanner);
	json_put_bool(w, "address_manager_enabled", size > 0);
	json_put_u64(w, "remaining_addresses", left);
	json_write_key(w, "scanning_addresses");
	json_begin_array(w);
	rc = store_binding_each(a->d->store, c, on_bound, w, err);
	json_end_array(w);
	json_end_object(w);
	return rc;
}

void api_deposit_addresses(struct apid *a, struct http_request *r)
{
	struct buf out = BUF_INIT(ADMIN_ANSWER_MAX);
	struct json_writer w;
	struct err err;
	int rc = 0;

	json_writer_init(&w, &out, JSON_INDENTED);
	json_begin_object(&w);
	for (enum coin c = 0; rc == 0 && c < COIN_COUNT; c++)
		rc = print_pool(&w, a, c, &err);
	json_end_object(&w);
	if (rc < 0)
		answer_internal(r, &err);
	else
		answer_json(r, &out);
	buf_release(&out);
}

/* --- GET /api/deposits ------------------------------------------------------------------------ */

/* The original counts ETH in gwei: wei would not fit its integers. */
static void put_value(struct json_writer *w, const char *key, const struct deposit *d)
{
	struct units shown = d->value;
	char text[UNITS_TEXT_MAX];

	if (d->coin == COIN_ETH)
		shown.n /= WEI_PER_GWEI;
	units_to_text(shown, text);
	json_write_key(w, key);
	json_write_digits(w, text);
}

/* Always there, and empty for what was sold directly. */
static void put_passthrough(struct json_writer *w)
{
	json_write_key(w, "passthrough");
	json_begin_object(w);
	json_put_string(w, "exchange_name", "");
	json_put_u64(w, "sky_bought", 0);
	json_put_u64(w, "deposit_value_spent", 0);
	json_put_string(w, "requested_amount", "");
	json_write_key(w, "order");
	json_begin_object(w);
	json_put_string(w, "customer_id", "");
	json_put_string(w, "order_id", "");
	json_put_string(w, "completed_amount", "");
	json_put_string(w, "price", "");
	json_put_string(w, "status", "");
	json_put_bool(w, "final", false);
	json_put_string(w, "original", "");
	json_end_object(w);
	json_end_object(w);
}

static void put_sighting(struct json_writer *w, const struct deposit *d)
{
	json_write_key(w, "deposit");
	json_begin_object(w);
	json_put_string(w, "coin_type", coin_name(d->coin));
	json_put_string(w, "address", d->address);
	put_value(w, "value", d);
	json_put_i64(w, "height", d->height);
	json_put_string(w, "tx", d->txid);
	json_put_u64(w, "n", d->n);
	json_put_bool(w, "processed", false); /* as it was when recorded */
	json_end_object(w);
}

static void put_deposit_id(struct json_writer *w, const struct deposit *d)
{
	char id[TXID_TEXT_MAX + 16];

	(void)snprintf(id, sizeof(id), "%s:%" PRIu32, d->txid, d->n);
	json_put_string(w, "deposit_id", id);
}

static int print_deposit(void *arg, const struct deposit *d, struct err *err)
{
	struct json_writer *w = arg;
	char wei[UNITS_TEXT_MAX];

	json_begin_object(w);
	json_put_u64(w, "seq", d->id);
	json_put_i64(w, "updated_at", d->updated_at);
	json_put_string(w, "status", deposit_state_public_name(d->state));
	json_put_string(w, "coin_type", coin_name(d->coin));
	json_put_string(w, "sky_address", d->sky_address);
	json_put_string(w, "buy_method", buy_method_name(d->buy_method));
	json_put_string(w, "deposit_address", d->address);
	put_deposit_id(w, d);
	json_put_string(w, "txid", d->payout_txid);
	json_put_string(w, "conversion_rate", d->rate.text);
	put_value(w, "deposit_value", d);
	json_put_u64(w, "sky_sent", d->sent.n);
	put_passthrough(w);
	json_put_string(w, "error", d->error);
	put_sighting(w, d);
	if (d->coin == COIN_ETH) {
		units_to_text(d->value, wei);
		json_put_string(w, "deposit_value_wei", wei);
	}
	json_end_object(w);
	return w->out->failed ? err_set(err, ERR_IO, "the list is too long for one answer") : 0;
}

static void answer_deposits(struct apid *a, struct http_request *r, const struct deposit_filter *f)
{
	struct buf out = BUF_INIT(ADMIN_ANSWER_MAX);
	struct json_writer w;
	struct err err;
	int rc;

	json_writer_init(&w, &out, JSON_INDENTED);
	json_begin_object(&w);
	json_write_key(&w, "deposits");
	json_begin_array(&w);
	rc = store_deposit_list(a->d->store, f, print_deposit, &w, &err);
	json_end_array(&w);
	json_end_object(&w);
	if (rc < 0)
		answer_internal(r, &err);
	else
		answer_json(r, &out);
	buf_release(&out);
}

/* The seven statuses that clients know. */
static bool is_public_status(const char *status)
{
	for (enum deposit_state s = 0; s < DEPOSIT_STATE_COUNT; s++)
		if (strcmp(deposit_state_public_name(s), status) == 0)
			return true;
	return false;
}

void api_deposits(struct apid *a, struct http_request *r)
{
	const char *status = http_query(r, "status");
	struct deposit_filter f = { .state = NULL };

	if (status != NULL && status[0] != '\0') {
		if (!is_public_status(status)) {
			answer_error(r, 400, "Invalid status");
			return;
		}
		f.state = status;
	}
	answer_deposits(a, r, &f);
}

void api_deposits_errored(struct apid *a, struct http_request *r)
{
	struct deposit_filter f = { .errored = true };

	answer_deposits(a, r, &f);
}

/* --- GET /api/accounting ---------------------------------------------------------------------- */

void api_accounting(struct apid *a, struct http_request *r)
{
	struct buf out = BUF_INIT(4096);
	struct deposit_totals totals;
	char text[UNITS_TEXT_MAX];
	struct json_writer w;
	struct err err;

	if (store_deposit_totals(a->d->store, &totals, &err) < 0) {
		answer_internal(r, &err);
		return;
	}
	json_writer_init(&w, &out, JSON_INDENTED);
	json_begin_object(&w);
	droplets_to_text(totals.sent, text);
	json_put_string(&w, "sent", text);
	json_write_key(&w, "received");
	json_begin_object(&w);
	for (enum coin c = 0; c < COIN_COUNT; c++) {
		units_to_coins(totals.received[c], coin_info(c)->decimals, text);
		json_put_string(&w, coin_name(c), text);
	}
	json_end_object(&w);
	json_end_object(&w);
	answer_json(r, &out);
	buf_release(&out);
}
