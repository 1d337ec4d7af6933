#include "apid/deposit_shown.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/base/clock.h"

#define WEI_PER_GWEI 1000000000U

void deposit_id_text(const struct deposit *d, char ret[DEPOSIT_ID_MAX])
{
	(void)snprintf(ret, DEPOSIT_ID_MAX, "%s:%" PRIu32, d->txid, d->n);
}

/* --- JSON ---------------------------------------------------------------------------------- */

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

void deposit_print_json(struct json_writer *w, const struct deposit *d)
{
	char id[DEPOSIT_ID_MAX], wei[UNITS_TEXT_MAX];

	deposit_id_text(d, id);
	json_begin_object(w);
	json_put_u64(w, "seq", d->id);
	json_put_i64(w, "updated_at", d->updated_at);
	json_put_string(w, "status", deposit_state_public_name(d->state));
	json_put_string(w, "coin_type", coin_name(d->coin));
	json_put_string(w, "sky_address", d->sky_address);
	json_put_string(w, "buy_method", buy_method_name(d->buy_method));
	json_put_string(w, "deposit_address", d->address);
	json_put_string(w, "deposit_id", id);
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
}

/* --- CSV ----------------------------------------------------------------------------------- */

static void put_time(struct csv *c, int64_t at)
{
	char text[CLOCK_TEXT_MAX];

	clock_text(at, text);
	csv_text(c, text);
}

void deposit_print_csv(struct csv *c, const struct deposit *d)
{
	char id[DEPOSIT_ID_MAX], amount[UNITS_TEXT_MAX];

	deposit_id_text(d, id);
	csv_u64(c, d->id);
	put_time(c, d->created_at);
	put_time(c, d->updated_at);
	csv_text(c, deposit_state_public_name(d->state));
	csv_text(c, coin_name(d->coin));
	units_to_coins(d->value, coin_info(d->coin)->decimals, amount);
	csv_digits(c, amount);
	droplets_to_text(d->sent, amount);
	csv_digits(c, amount);
	csv_text(c, d->sky_address);
	csv_text(c, d->address);
	csv_text(c, id);
	csv_i64(c, d->height);
	csv_text(c, buy_method_name(d->buy_method));
	csv_text(c, d->rate.text);
	csv_text(c, d->payout_txid);
	csv_text(c, d->error);
	csv_end_line(c);
}
