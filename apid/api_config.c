/* GET /api/config: what a customer's page needs to know of the configuration.  Printed once, at
 * start. */
#include <stdio.h>
#include <string.h>

#include "apid/answer.h"
#include "apid/api.h"
#include "apid/confirmations.h"
#include "common/json/json.h"

/* SKY for one whole coin, as a customer is shown it; "0.000000" when the coin has no rate. */
static void shown_rate(const struct conf *conf, enum coin c, char ret[UNITS_TEXT_MAX])
{
	struct units one = units_of(1);
	struct droplets sky = droplets_of(0);
	struct err err;

	for (unsigned i = 0; i < coin_info(c)->decimals; i++)
		one.n *= 10;
	if (conf->coin[c].rate.text[0] != '\0' &&
	    rate_apply(&conf->coin[c].rate, c, one, conf->max_decimals, &sky, &err) < 0)
		sky = droplets_of(0);
	droplets_to_text(sky, ret);
}

static void shown_minimum(const struct conf *conf, enum coin c, char *ret, size_t size)
{
	size_t n;

	(void)snprintf(ret, size, "%s", c == COIN_BTC ? conf->btc_minimum_volume : "0");
	if (strchr(ret, '.') == NULL)
		return;
	for (n = strlen(ret); n > 0 && ret[n - 1] == '0'; n--)
		ret[n - 1] = '\0';
	if (n > 0 && ret[n - 1] == '.')
		ret[n - 1] = '\0';
}

static void print_coin_config(struct json_writer *w, const struct conf *conf, enum coin c)
{
	char rate[UNITS_TEXT_MAX], minimum[CONF_TEXT_MAX];

	shown_rate(conf, c, rate);
	shown_minimum(conf, c, minimum, sizeof(minimum));
	json_write_key(w, coin_info(c)->key);
	json_begin_object(w);
	json_put_bool(w, "enabled", conf->coin[c].enabled);
	json_put_i64(w, "confirmations_required", confirmations_required(&conf->coin[c]));
	json_put_string(w, "fixed_exchange_rate", rate);
	json_put_string(w, "passthrough_minimum_volume", minimum);
	json_end_object(w);
}

void api_config_print(const struct conf *conf, struct buf *out)
{
	char rate[UNITS_TEXT_MAX];
	struct json_writer w;

	json_writer_init(&w, out, JSON_INDENTED);
	json_begin_object(&w);
	json_put_bool(&w, "enabled", conf->bind_enabled);
	json_put_string(&w, "buy_method", buy_method_name(conf->buy_method));
	json_put_i64(&w, "max_bound_addrs", conf->max_bound_addrs);
	json_put_u64(&w, "max_decimals", conf->max_decimals);
	json_write_key(&w, "deposits");
	json_begin_object(&w);
	for (enum coin c = 0; c < COIN_COUNT; c++)
		print_coin_config(&w, conf, c);
	json_end_object(&w);
	shown_rate(conf, COIN_BTC, rate);
	json_put_string(&w, "sky_btc_exchange_rate", rate);
	json_end_object(&w);
}

void api_config(struct apid *a, struct http_request *r)
{
	answer_json(r, &a->config_text);
}
